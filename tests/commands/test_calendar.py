"""`list --ics` writes a calendar that any program can read, and nothing of a token."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.checks import keep, refusal, said
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program

from git_credential_pat.commands.support.calendar import End, calendar
from git_credential_pat.model.entry import DAY, REJECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

# A strict reader, after RFC 5545


class Component(NamedTuple):
    """What stands between BEGIN and END: values by name, in order, and the components within."""

    name: str
    values: dict[str, list[str]]
    within: list[Component]

    def only(self, name: str) -> str:
        (value,) = self.values[name]
        return value


_TIME = r"\d{8}T\d{6}Z"
_ONCE = {
    "VCALENDAR": {"PRODID": r"-//.+//.+//EN", "VERSION": r"2\.0"},
    "VEVENT": {
        "UID": r"[0-9a-f-]{36}",
        "DTSTAMP": _TIME,
        "LAST-MODIFIED": _TIME,
        "SEQUENCE": r"\d{1,9}",
        "DTSTART;VALUE=DATE": r"\d{8}",
        "SUMMARY": r".+",
        "DESCRIPTION": r".+",
        "TRANSP": "TRANSPARENT",
    },
    "VALARM": {"ACTION": "DISPLAY", "DESCRIPTION": r".+", "TRIGGER": r"-P\d+D"},
    "VTIMEZONE": {"TZID": "UTC"},
    "STANDARD": {"DTSTART": r"\d{8}T\d{6}", "TZOFFSETFROM": r"[+-]\d{4}", "TZOFFSETTO": r"[+-]\d{4}"},
}
_AT_MOST_ONCE = {"VEVENT": {"URL": r"https?://[!-~]+"}}
_WITHIN = {"VCALENDAR": {"VEVENT", "VTIMEZONE"}, "VEVENT": {"VALARM"}, "VTIMEZONE": {"STANDARD"}}
_TEXT = re.compile(r"(?:[^\\;,\x00-\x1f\x7f]|\\[\\;,nN])*")


def unfolded(data: bytes) -> list[str]:
    """Return the lines of a file, after checking their ends and lengths."""
    assert data.endswith(b"\r\n")
    lines = data.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(line) <= 75 and not {*line} & {*b"\r\n"} for line in lines)
    return "\n".join(line.decode() for line in lines).replace("\n ", "").split("\n")


def parsed(data: bytes) -> Component:
    """Return the calendar in a file, after checking what RFC 5545 wants of each part of ours."""
    lines = iter(unfolded(data))
    assert next(lines) == "BEGIN:VCALENDAR"
    found = _component("VCALENDAR", lines)
    assert [*lines] == []
    assert found.within, "a calendar has a component"
    return found


def _component(name: str, lines: Iterator[str]) -> Component:
    found = Component(name, {}, [])
    while (line := next(lines)) != f"END:{name}":
        what, colon, value = line.partition(":")
        assert colon
        if what == "BEGIN":
            assert value in _WITHIN.get(name, ())
            found.within.append(_component(value, lines))
        else:
            found.values.setdefault(what, []).append(value)
    wanted, possible = _ONCE[name], _AT_MOST_ONCE.get(name, {})
    assert wanted.keys() <= found.values.keys() <= wanted.keys() | possible.keys()
    for what, pattern in {**wanted, **possible}.items():
        for value in found.values.get(what, ()):
            assert re.fullmatch(pattern, value), line
            assert what not in ("SUMMARY", "DESCRIPTION") or _TEXT.fullmatch(value), value
        assert len(found.values.get(what, [""])) == 1
    return found


def text(value: str) -> str:
    """Return a text without its escapes."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], value)


# The text


END = End(
    ("https://dev.azure.com/fabrikam", "", ""),
    date(2027, 1, 31),
    datetime(2026, 11, 30, 12, 0, 5, tzinfo=timezone.utc),
    "The token for https://dev.azure.com/fabrikam expires",
    "One\nTwo; three, four\\five",
    "https://dev.azure.com/fabrikam/_usersSettings/tokens",
)


def test_a_calendar_is_as_it_is_here() -> None:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//git-credential-pat//NONSGML Ends of tokens//EN",
        "BEGIN:VEVENT",
        "UID:6c954c9f-e0d6-59ad-8e93-fdcaf4086868",
        "DTSTAMP:20261130T120005Z",
        "LAST-MODIFIED:20261130T120005Z",
        "SEQUENCE:30674012",
        "DTSTART;VALUE=DATE:20270131",
        "SUMMARY:The token for https://dev.azure.com/fabrikam expires",
        r"DESCRIPTION:One\nTwo\; three\, four\\five",
        "URL:https://dev.azure.com/fabrikam/_usersSettings/tokens",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:The token for https://dev.azure.com/fabrikam expires",
        "TRIGGER:-P14D",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    assert calendar([END], 14).decode() == "\r\n".join(lines)


@pytest.mark.parametrize("length", [66, 67, 68, 140, 141, 142])
@pytest.mark.parametrize("character", ["x", "ä", "\U0001f511"])
def test_a_line_is_folded_before_its_76th_octet_and_within_no_character(length: int, character: str) -> None:
    summary = "x" * (length - 2) + character * 3
    (event,) = parsed(calendar([END._replace(summary=summary)], 14)).within
    assert event.only("SUMMARY") == summary


@pytest.mark.slow
@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))), st.integers(0, 99_999))
def test_any_text_comes_back_as_it_was(words: str, days: int) -> None:
    (event,) = parsed(calendar([END._replace(summary=f"a{words}", description=f"{words}\nb")], days)).within
    assert text(event.only("SUMMARY")) == f"a{words}"
    assert text(event.only("DESCRIPTION")) == f"{words}\nb"
    assert event.within[0].only("TRIGGER") == f"-P{days}D"


def test_an_event_counts_above_what_it_was_before_with_each_change_of_the_token_or_its_end() -> None:
    later = [
        END,
        END._replace(last_day=END.last_day + timedelta(1)),
        END._replace(changed=END.changed + timedelta(minutes=2)),
        END._replace(changed=END.changed + timedelta(1), last_day=END.last_day - timedelta(300)),
    ]
    sequences = [int(event.only("SEQUENCE")) for event in parsed(calendar(later, 14)).within]
    assert sequences == sorted({*sequences})


# The command


def in_days(days: int) -> int:
    """Return the last second of a day (UTC), after today by so many."""
    return int(datetime.now(timezone.utc).timestamp()) // DAY * DAY + days * DAY + DAY - 1


def written(program: Program, *options: str) -> list[Component]:
    """Return the events of what the command prints."""
    run = program.run("list", "--ics", "-", *options)
    assert (run.status, run.stderr) == (0, "")
    return parsed(run.stdout).within


def test_each_token_in_use_that_has_an_end_is_an_event_on_its_last_day(program: Program) -> None:
    keep(program, FABRIKAM, expires=in_days(10), label="a label", permissions=("vso.code",))
    keep(program, CONTOSO, OTHER_AZURE_TOKEN, expires=in_days(5) + 1)  # the first second of the next day
    keep(program, "https://gitlab.com/contoso", "glpat-x")
    keep(program, "https://github.com/contoso", "ghp_x", expires=in_days(9), state=REJECTED)
    keep(program, "https://github.com/tailspin", "ghp_x", expires=in_days(-1))
    keep(program, "https://gitlab.com/fleeting", "x", expires=in_days(9), refresh_token=b"y")
    contoso, fabrikam = written(program)
    assert fabrikam.only("SUMMARY") == f"The token for {FABRIKAM} expires"
    assert f"git credential-pat rotate {FABRIKAM}" in text(fabrikam.only("DESCRIPTION")).split("run: ")[1]
    assert fabrikam.only("URL") == f"{FABRIKAM}/_usersSettings/tokens"
    assert fabrikam.only("DTSTART;VALUE=DATE") == f"{date.today() + timedelta(10):%Y%m%d}"  # noqa: DTZ011  # tests run in UTC
    assert contoso.only("DTSTART;VALUE=DATE") == f"{date.today() + timedelta(5):%Y%m%d}"  # noqa: DTZ011  # as above
    assert fabrikam.within[0].only("TRIGGER") == "-P14D"


def test_the_reminder_comes_when_the_timer_would_renew_it(program: Program) -> None:
    program.gitconfig.write_text("[pat]\n\trenewWithin = 30\n")
    keep(program, FABRIKAM, expires=in_days(10))
    assert written(program)[0].within[0].only("TRIGGER") == "-P30D"


def test_a_token_in_its_place_moves_the_event(program: Program) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN, "--no-configure", "--days", "10")
    (before,) = written(program)
    program.seed(FABRIKAM, OTHER_AZURE_TOKEN, "--no-configure", "--days", "90")
    (after,) = written(program)
    assert after.only("UID") == before.only("UID")
    assert int(after.only("SEQUENCE")) > int(before.only("SEQUENCE"))
    assert after.only("DTSTART;VALUE=DATE") > before.only("DTSTART;VALUE=DATE")


def test_two_users_of_one_place_have_an_event_each(program: Program) -> None:
    for name in ("jane", "joe"):
        keep(program, "https://gitlab.com/contoso", f"glpat-{name}", name, expires=in_days(10))
    events = written(program)
    assert len({event.only("UID") for event in events}) == 2
    assert [event.only("SUMMARY").split(" for ")[0] for event in events] == [
        "The token of jane",
        "The token of joe",
    ]


def test_nothing_of_a_token_is_in_it_nor_made_from_one(program: Program) -> None:
    """Git may have stored a token as a username: two of them in one place do not differ."""
    uids = set()
    for token in (AZURE_TOKEN, OTHER_AZURE_TOKEN):
        keep(program, FABRIKAM, token, token, expires=in_days(10))
        (event,) = written(program)
        uids.add(event.only("UID"))
        assert token.encode() not in program.run("list", "--ics", "-").stdout
    assert len(uids) == 1


def test_without_an_end_the_calendar_is_empty_and_still_one(program: Program) -> None:
    assert [component.name for component in written(program)] == ["VTIMEZONE"]


def test_only_what_ends_by_then_is_written_with_status_1(program: Program) -> None:
    keep(program, FABRIKAM, expires=in_days(10))
    keep(program, CONTOSO, OTHER_AZURE_TOKEN, expires=in_days(20))
    run = program.run("list", "--ics", "-", "--within", "15")
    assert (run.status, len(parsed(run.stdout).within)) == (1, 1)


def test_a_last_day_beyond_the_calendar_is_its_last_day(program: Program) -> None:
    keep(program, FABRIKAM, expires=(1 << 63) - 1)
    assert written(program)[0].only("DTSTART;VALUE=DATE") == "99991231"


# The file


def test_a_file_is_written_whole_in_the_users_folder_with_the_mode_that_files_have(program: Program) -> None:
    keep(program, FABRIKAM, expires=in_days(10))
    folder = program.home / "a folder"
    folder.mkdir()
    file = folder / "tokens.ics"
    line = [f"Wrote the ends of 1 token to {file}."]
    assert said(program.run("list", "--ics", "tokens.ics", cwd=folder)) == line
    assert file.read_bytes() == program.run("list", "--ics", "-").stdout
    assert file.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in folder.iterdir()] == ["tokens.ics"]
    file.chmod(0o600)
    keep(program, CONTOSO, OTHER_AZURE_TOKEN, expires=in_days(20))
    assert program.run("list", "--ics", "tokens.ics", cwd=folder).status == 0
    assert len(parsed(file.read_bytes()).within) == 2
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_users_umask_holds_for_it(program: Program) -> None:
    done = program.shell(f"umask 027; {program.launcher} list --ics tokens.ics")
    assert done.status == 0, done
    assert (program.home / "tokens.ics").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "content", ["x", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//others//EN\r\nEND:VCALENDAR\r\n"]
)
def test_a_file_of_another_kind_is_left_alone(program: Program, content: str) -> None:
    file = program.home / "file"
    file.write_bytes(content.encode())
    line = refusal(program.run("list", "--ics", "file"), 1)
    assert line == f"{file} is another file; give another name, or remove it"
    assert file.read_bytes() == content.encode()
    assert not (program.home / "file.lock").exists()


def test_an_empty_file_is_as_good_as_none(program: Program) -> None:
    (program.home / "file").touch()
    assert program.run("list", "--ics", "file").status == 0
    assert (program.home / "file").stat().st_size


@pytest.mark.parametrize("what", [".", "/dev/null", "none/tokens.ics"])
def test_what_cannot_be_a_calendar_is_refused(program: Program, what: str) -> None:
    line = refusal(program.run("list", "--ics", what), 1)
    assert "is not a regular file" in line or line.startswith("cannot write ")


def test_it_does_not_go_with_json(program: Program) -> None:
    assert refusal(program.run("list", "--ics", "-", "--json"), 2).startswith("--json and --ics exclude")
