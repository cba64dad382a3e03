"""`list` shows every entry, to people and to scripts, and never a part of a token."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from support.checks import answering_first, entries, keep, only_entry
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes
from support.pty_program import Terminal
from support.vault_vectors.__main__ import FOLDER
from support.vault_vectors.writer import KEY_FILE

from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import DAY, REJECTED, SECOND, Nanoseconds
from git_credential_pat.model.renewal import Renewal, noting

REQUEST = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")


def seed(program: Program, url: str, *options: str) -> None:
    program.seed(url, AZURE_TOKEN, "--no-configure", *options)


def reject(program: Program) -> None:
    run = program.run("erase", stdin=attributes(*REQUEST, f"password={AZURE_TOKEN}"))
    assert run == Run(0, b"", "")


def shown(program: Program, **environment: str) -> Terminal:
    terminal = Terminal(program, "list", environment=environment)
    assert terminal.finish() == 0
    return terminal


def test_times_are_reported_in_utc_and_a_new_token_is_updated_now(program: Program) -> None:
    keep(program, FABRIKAM, created=1_600_000_000 * SECOND, updated=1_700_000_000 * SECOND)
    entry = only_entry(program)
    assert (entry["created"], entry["updated"]) == ("2020-09-13T12:26:40Z", "2023-11-14T22:13:20Z")
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    program.seed(FABRIKAM, OTHER_AZURE_TOKEN, "--no-configure")
    assert answering_first(program)[0]["updated"] >= before


def test_an_expired_token_is_named_so_and_rejected_wins_over_expired(program: Program) -> None:
    three_days_ago = int(time.time()) // DAY - 3  # a calendar day, whatever the hour is now
    keep(program, FABRIKAM, expires=three_days_ago * DAY + DAY // 2)
    entry = only_entry(program)
    assert (entry["state"], entry["days_left"]) == ("expired", -3)
    reject(program)
    assert only_entry(program)["state"] == "rejected"


def test_a_pinned_token_is_never_rejected(program: Program) -> None:
    seed(program, FABRIKAM, "--pinned")
    reject(program)
    entry = only_entry(program)
    assert (entry["state"], entry["pinned"]) == ("active", True)


# The table


def test_a_pipe_gets_no_colours_and_unbroken_lines(program: Program) -> None:
    seed(program, FABRIKAM, "--label", "a label " * 20, "--days", "3")
    reject(program)
    done = program.run("list", environment={"TERM": "xterm-256color", "COLUMNS": "80"})
    assert b"\x1b" not in done.stdout
    assert len(done.stdout.splitlines()) == 2
    assert b"a label " * 19 in done.stdout


def test_where_a_table_does_not_fit_the_terminal_all_stands_below_the_scope(program: Program) -> None:
    long = "https://dev.azure.com/a-very-long-organization-name/a-very-long-project-name"
    seed(program, long, "--label", "a long label that says much", "--permission", "vso.code_write")
    options = ("--username", "a-long-username-of-somebody", "--days", "3")
    program.seed(FABRIKAM, OTHER_AZURE_TOKEN, "--no-configure", *options)
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 3 * DAY))
    assert [line.rstrip() for line in shown(program).lines()] == [
        long,
        "  pat · active · az · a long label that says much · vso.code_write",
        FABRIKAM,
        f"  a-long-username-of-somebody · {day} (3 days) · active · az",
    ]


def test_an_entry_of_usual_length_is_on_one_line_with_its_notes_below(program: Program) -> None:
    seed(program, FABRIKAM, "--label", "work", "--permission", "vso.code", "--days", "60")
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 60 * DAY))
    assert [line.rstrip() for line in shown(program).lines()] == [
        "SCOPE                           USERNAME  EXPIRES               STATE   RENEWAL",
        f"{FABRIKAM}  pat       {day} (60 days)  active  az",
        "  work · vso.code",
    ]


def test_a_terminal_gets_colours_for_what_needs_attention_unless_they_are_unwanted(program: Program) -> None:
    keep(program, FABRIKAM)
    reject(program)
    (row,) = [line for line in shown(program).seen.splitlines() if "fabrikam" in line]
    assert "\x1b[31m" in row, "rejected is red"
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        seen = shown(program, **environment).seen
        assert re.search(r"\x1b\[[0-9;]*3\dm", seen) is None
        assert "rejected" in seen


@pytest.mark.parametrize(
    ("warning", "colour"), [("", ""), ("30", "\x1b[33m"), ("20", "\x1b[33m"), ("19", "")]
)
def test_what_expires_within_the_setting_s_days_is_yellow(
    program: Program, warning: str, colour: str
) -> None:
    program.gitconfig.write_text(f"[pat]\n\texpiryWarning = {warning}\n" if warning else "")
    keep(program, FABRIKAM, expires=int(time.time()) + 20 * DAY - 60)
    (row,) = [line for line in shown(program).seen.splitlines() if "fabrikam" in line]
    assert "".join(re.findall(r"\x1b\[3\dm", row)[:1]) == colour


# What must not reach a terminal

ATTACK = "\x1b]0;mine\x07\x1b[2J\x9b31m\x7f\u202e\r\nline"


@pytest.fixture
def attacked(program: Program) -> Program:
    """Keep an entry with notes that `seed` would refuse, as another program could have written it."""
    keep(program, FABRIKAM, label=ATTACK, permissions=(ATTACK,))
    return program


def is_harmless(text: str) -> bool:
    return all(character == "\n" or character.isprintable() for character in text)


def test_control_characters_of_a_label_reach_neither_terminal_nor_pipe(attacked: Program) -> None:
    terminal = shown(attacked, NO_COLOR="1")
    for text in (attacked.run("list").stdout.decode(), re.sub(r"\x1b\[[0-9;]*m|\r\n", "", terminal.seen)):
        assert is_harmless(text), text
        assert "?]0;mine?" in text


def test_json_escapes_control_characters_and_keeps_them(attacked: Program) -> None:
    assert only_entry(attacked)["label"] == ATTACK
    assert only_entry(attacked)["permissions"] == [ATTACK]
    assert is_harmless(attacked.run("list", "--json").stdout.decode())


def test_control_characters_of_a_username_that_git_approved_do_not_reach_the_terminal(
    program: Program,
) -> None:
    name = b"\x1b]0;mine\x07ja ne\xff"
    request = b"protocol=https\nhost=git.example.com\nusername=" + name + b"\npassword=secret\n\n"
    assert program.run("store", stdin=request) == Run(0, b"", "")
    table = program.run("list").stdout.decode()
    assert "%1B]0;mine%07ja%20ne%FF" in table
    assert is_harmless(table)
    assert is_harmless(program.run("list", "--json").stdout.decode())


def test_no_part_of_a_token_is_shown(program: Program) -> None:
    keep(program, FABRIKAM, token="0123456789")
    for run in (program.run("list"), program.run("list", "--json")):
        assert FABRIKAM.encode() in run.stdout
        for at in range(len("0123456789") - 5):
            assert "0123456789"[at : at + 6].encode() not in run.stdout


def test_a_token_in_the_place_of_a_username_is_not_shown(program: Program) -> None:
    keep(program, "https://git.example.com/team", username=OTHER_AZURE_TOKEN)
    assert only_entry(program)["username"] == "(a token)"
    assert OTHER_AZURE_TOKEN.encode() not in program.run("list").stdout


def test_whatever_a_vault_may_hold_is_shown(program: Program) -> None:
    """What this program would not write is no damage, as long as the vault is whole."""
    for path, data in (
        (program.vault, (FOLDER / "good/odd-parts.vault").read_bytes()),
        (program.key, KEY_FILE),
    ):
        path.parent.mkdir(mode=0o700, parents=True)
        path.touch(0o600)
        path.write_bytes(data)
    table = program.run("list")
    assert (table.status, table.stderr) == (0, "")
    assert b"https://%FF%0A%1B[2J/%FF%0A" in table.stdout
    assert [entry["scope"] for entry in entries(program)] == [
        "HTTPS://DEV.azure.com:443//a%2Fb/..",
        "https://dev.azure.com/fabrikam",
        "https://%FF%0A%1B[2J/%FF%0A",
    ]


# How a token is renewed


def test_it_says_how_each_token_in_use_is_renewed(program: Program) -> None:
    now = int(time.time())
    keep(program, FABRIKAM, expires=now + DAY)
    keep(program, "https://gitlab.com/contoso", "glpat-contoso", expires=now + DAY)
    keep(program, "https://gitlab.com/narrow", "glpat-narrow", permissions=("write_repository",))
    keep(program, "https://dev.azure.com", OTHER_AZURE_TOKEN)
    keep(program, "https://gitlab.com/ended", "glpat-ended", expires=now - DAY)
    keep(program, "https://gitlab.com/job", "glcbt-job", expires=now + DAY)
    keep(program, "https://gitlab.com/rejected", "glpat-rejected", state="rejected")
    keep(program, "https://git.example.com", "secret", "jane")
    assert {entry["scope"].rpartition("/")[2]: entry["renewal"] for entry in entries(program)} == {
        "fabrikam": "az",
        "contoso": "itself",
        "narrow": "by-hand",
        "dev.azure.com": "by-hand",
        "ended": "by-hand",
        "job": None,
        "rejected": None,
        "git.example.com": "by-hand",
    }
    table = program.run("list").stdout.decode()
    assert re.search(r"gitlab.com/contoso .* active +itself", table)
    assert re.search(r"gitlab.com/rejected .* rejected +-", table)


def test_seed_names_the_setting_for_a_token_that_a_timer_could_renew(program: Program) -> None:
    group, token = "https://gitlab.com/group", "glpat-" + "A" * 20
    line = "It can renew itself; to have that done, run: git config --global pat.renew auto"
    assert line in program.seed(group, token, "--no-configure", "--days", "30").stdout.decode()
    assert b"renew" not in program.seed(group, token, "--no-configure").stdout, "it has no end"
    assert b"renew" not in program.seed("https://github.com/octo", token, "--days", "30").stdout
    program.git("config", "--global", f"pat.{group}.renew", "auto")
    assert b"renew" not in program.seed(group, token, "--no-configure", "--days", "30").stdout


def test_a_token_that_is_still_to_be_revoked_says_from_when_on(program: Program) -> None:
    moment = 1_800_000_000 * SECOND
    keep(program, FABRIKAM, expires=int(time.time()) + DAY)
    keep(program, FABRIKAM, OTHER_AZURE_TOKEN, number=1)
    backend = VaultBackend(Settings(str(program.data), str(program.key.parent)))
    old = next(entry for entry in backend.entries() if entry.secret == OTHER_AZURE_TOKEN.encode())
    replaced = old._replace(state=REJECTED, put_aside=old.updated)
    backend.apply([Change(old, noting(replaced, Renewal(revoke_after=Nanoseconds(moment))))])
    found = {entry["state"]: entry["revoked_after"] for entry in entries(program)}
    assert found == {"active": None, "replaced": "2027-01-15T08:00:00Z"}
    assert b"  replaced, to be revoked from 2027-01-15 on  -" in program.run("list").stdout


# What ends soon, for monitoring


def test_within_days_it_lists_what_ends_by_then_or_has_ended_and_says_so_by_its_status(
    program: Program,
) -> None:
    today = int(time.time()) // DAY * DAY
    kept: dict[str, dict[str, Any]] = {
        "ended": {"expires": today - 1},
        "today": {"expires": today + DAY - 1},
        "soon": {"expires": today + 15 * DAY - 1},
        "later": {"expires": today + 15 * DAY},
        "never": {},
        "rejected": {"expires": today, "state": "rejected"},
        "fleeting": {"expires": today + DAY - 1, "refresh_token": b"x"},
    }
    for name, fields in kept.items():
        keep(program, f"https://gitlab.com/{name}", f"glpat-{name}", **fields)

    def within(days: str) -> tuple[int, list[str]]:
        run = program.run("list", "--within", days, "--json")
        return run.status, [entry["scope"].rpartition("/")[2] for entry in json.loads(run.stdout)["entries"]]

    assert within("14") == (1, ["ended", "soon", "today"])
    assert within("0") == (1, ["ended", "today"])
    assert within("15") == (1, ["ended", "later", "soon", "today"])
    table = program.run("list", "--within", "14")
    assert (table.status, len(table.stdout.splitlines())) == (1, 4)


def test_where_nothing_ends_by_then_it_prints_nothing_with_status_0(program: Program) -> None:
    keep(program, FABRIKAM, expires=int(time.time()) + 20 * DAY)
    assert program.run("list", "--within", "14") == Run(0, b"", "")
    assert program.run("list", "--within", "14", "--json").status == 0


def test_days_are_a_number(program: Program) -> None:
    assert program.run("list", "--within", "-1").status == 2
    assert program.run("list", "--within", "soon").status == 2
