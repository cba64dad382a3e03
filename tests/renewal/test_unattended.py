"""`rotate --all --unattended`, which a timer runs: what it renews, notes and reports; it asks nobody."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.checks import keep
from support.notifications import notices
from support.program import LAUNCHER
from support.pty_program import Terminal
from support.secret_service import bus
from support.slots import lock_by_passphrase

from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import DAY, SECOND, Nanoseconds
from git_credential_pat.model.renewal import Renewal, noting
from git_credential_pat.renewal.record import LastRun, Result, last_run, note_run

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program, Run
    from support.token_hosts.gitlab import GitLab, Token

pytestmark = pytest.mark.slow

GROUP, OTHER_GROUP, OCTO = "https://gitlab.com/group", "https://gitlab.com/other", "https://github.com/octo"
NOTES_NOTICE = """#!/bin/sh
printf '%s\\n' "$DBUS_SESSION_BUS_ADDRESS" "$@" >"$HOME/shown"
sleep "${SLEEPS:-0}"
"""


def added(gitlab: GitLab, jane: Program, url: str, days: int) -> Token:
    """Return a token of Jane's that ends in some days, and is stored for a place."""
    token = gitlab.add(now=time.time(), days=days)
    keep(jane, url, token.value, expires=int(time.time()) // DAY * DAY + days * DAY)
    return token


def settings(jane: Program, *rows: tuple[str, str]) -> None:
    for name, value in rows:
        assert jane.git("config", "--global", name, value).status == 0


def unattended(jane: Program, *words: str) -> Run:
    return jane.run("rotate", "--all", "--unattended", *words)


def noted(jane: Program) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((jane.data / "renewed").read_bytes())
    return found


def outcomes(jane: Program) -> dict[str, str]:
    """Return what is noted of each place."""
    return {result["scope"]: result["outcome"] for result in noted(jane)["results"]}


# What it renews


def test_it_renews_what_ends_soon_where_the_settings_allow_it_and_notes_that(
    jane: Program, gitlab: GitLab
) -> None:
    soon, later = added(gitlab, jane, GROUP, 10), added(gitlab, jane, OTHER_GROUP, 100)
    settings(jane, ("pat.renew", "auto"))
    before = time.time_ns()
    run = unattended(jane)
    assert (run.status, run.stderr) == (0, "")
    (line,) = run.stdout.decode().splitlines()
    assert line.startswith(f"rotated  {GROUP}: ")
    assert not gitlab.lives(soon.value, time.time())
    assert gitlab.lives(later.value, time.time())
    assert outcomes(jane) == {GROUP: "rotated", OTHER_GROUP: "not-due"}
    assert before < noted(jane)["ran"] < time.time_ns()
    file = jane.data / "renewed"
    assert file.stat().st_mode & 0o777 == 0o600
    assert not any(token.value.encode() in file.read_bytes() for token in (soon, later, *gitlab.living))


def test_without_the_setting_no_token_is_touched(jane: Program, gitlab: GitLab) -> None:
    added(gitlab, jane, GROUP, 10)
    assert unattended(jane).stdout == b""
    assert gitlab.rotations == []
    assert outcomes(jane) == {}


def test_a_setting_for_a_url_goes_before_and_days_are_the_users(jane: Program, gitlab: GitLab) -> None:
    added(gitlab, jane, GROUP, 25)
    added(gitlab, jane, OTHER_GROUP, 25)
    settings(jane, ("pat.renew", "auto"), (f"pat.{OTHER_GROUP}.renew", "never"))
    unattended(jane)
    assert outcomes(jane) == {GROUP: "not-due"}
    settings(jane, ("pat.renewWithin", "30"))
    unattended(jane)
    assert outcomes(jane) == {GROUP: "rotated"}


@pytest.mark.parametrize(
    ("life", "noted", "outcome"),
    [
        ((1, 6), Renewal("1"), "not-due"),
        ((4, 3), Renewal("1"), "rotated"),
        ((0, 2), Renewal("1"), "rotated"),
        ((1, 6), Renewal(), "rotated"),
    ],
    ids=["more than half is left", "half is over", "two days are left", "a user stored it"],
)
def test_one_that_a_run_has_made_for_a_short_life_waits_until_half_of_it_is_over(
    jane: Program, gitlab: GitLab, life: tuple[int, int], noted: Renewal, outcome: str
) -> None:
    ago, days = life
    added(gitlab, jane, GROUP, days)
    backend = VaultBackend(Settings(str(jane.data), str(jane.key.parent)))
    (entry,) = backend.entries()
    made = entry._replace(created=Nanoseconds(entry.created - ago * DAY * SECOND))
    backend.apply([Change(entry, noting(made, noted))])
    settings(jane, ("pat.renew", "auto"))
    unattended(jane)
    assert outcomes(jane) == {GROUP: outcome}
    assert json.loads(jane.run("rotate", GROUP, "--json").stdout)["results"][0]["outcome"] == "rotated"


def test_a_dry_run_notes_nothing(jane: Program, gitlab: GitLab) -> None:
    added(gitlab, jane, GROUP, 10)
    settings(jane, ("pat.renew", "auto"))
    assert unattended(jane, "--dry-run").status == 0
    assert not (jane.data / "renewed").exists()


def test_no_passphrase_is_asked_for_even_on_a_terminal(
    jane: Program, gitlab: GitLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(gitlab, jane, GROUP, 10)
    lock_by_passphrase(jane, monkeypatch)
    terminal = Terminal(jane, "rotate", "--all", "--unattended")
    assert terminal.finish() == 3
    assert "Passphrase" not in terminal.seen
    assert "is locked" in noted(jane)["error"]


# What it reports


@pytest.fixture
def desktop(jane: Program) -> Path:
    """Return the file in which a stand-in for `notify-send` notes what it is to show."""
    program = jane.home / "bin" / "notify-send"
    program.parent.mkdir()
    program.write_text(NOTES_NOTICE)
    program.chmod(0o755)
    jane.environment |= {
        "PATH": f"{program.parent}:{LAUNCHER.parent}:/usr/bin:/bin",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/a/bus",
    }
    return jane.home / "shown"


def test_what_failed_or_waits_for_a_person_is_noted_and_shown(
    jane: Program, gitlab: GitLab, desktop: Path
) -> None:
    dead = added(gitlab, jane, GROUP, 10)
    keep(jane, OCTO, f"ghp_{'A' * 36}", expires=int(time.time()) + DAY)
    dead.revoked = True
    settings(jane, ("pat.renew", "auto"))
    assert unattended(jane).status == 1
    assert outcomes(jane) == {OCTO: "by-hand", GROUP: "failed"}
    bus_address, *options, _, title, first, second = desktop.read_text().splitlines()
    assert bus_address == "unix:path=/a/bus"
    assert options == ["--app-name=git-credential-pat", "--icon=dialog-password"]
    assert title == "2 tokens were not renewed"
    assert first.startswith(f"{OCTO}: ") or second.startswith(f"{OCTO}: ")
    assert dead.value not in desktop.read_text() + (jane.data / "renewed").read_text()


@pytest.mark.parametrize(("days", "times"), [(10, 1), (3, 2), (0, 2), (-5, 1)])
def test_what_waits_for_a_person_is_shown_once_and_again_on_the_last_days(
    jane: Program, desktop: Path, days: int, times: int
) -> None:
    end = int(time.time()) // DAY * DAY + days * DAY + DAY - 1
    keep(jane, OCTO, f"ghp_{'A' * 36}", expires=end)
    settings(jane, ("pat.renew", "auto"))
    shown = 0
    for _ in range(2):
        desktop.unlink(missing_ok=True)
        assert unattended(jane).status == 6
        shown += desktop.exists()
    assert shown == times


def test_a_token_that_another_took_the_turn_of_is_shown_too(jane: Program, desktop: Path) -> None:
    for url in (OCTO, "https://github.com/other"):
        desktop.unlink(missing_ok=True)
        keep(jane, url, f"ghp_{'A' * 36}", expires=int(time.time()) + 10 * DAY)
        settings(jane, ("pat.renew", "auto"))
        assert unattended(jane).status == 6
        assert desktop.read_text().count("https://") == 1
        assert url in desktop.read_text()


def test_what_went_well_is_not_shown_nor_is_anything_without_a_desktop_or_a_timer(
    jane: Program, gitlab: GitLab, desktop: Path
) -> None:
    added(gitlab, jane, GROUP, 10)
    settings(jane, ("pat.renew", "auto"))
    assert unattended(jane).status == 0
    assert not desktop.exists()
    keep(jane, OCTO, f"ghp_{'A' * 36}", expires=int(time.time()) + DAY)
    assert jane.run("rotate", "--all").status == 6
    assert not desktop.exists()
    jane.environment["DBUS_SESSION_BUS_ADDRESS"] = ""
    assert unattended(jane).status == 6
    assert not desktop.exists()


def test_a_desktop_that_does_not_answer_is_not_waited_for(jane: Program, desktop: Path) -> None:
    keep(jane, OCTO, f"ghp_{'A' * 36}", expires=int(time.time()) + DAY)
    settings(jane, ("pat.renew", "auto"))
    jane.environment["SLEEPS"] = "60"
    before = time.monotonic()
    assert unattended(jane).status == 6
    assert time.monotonic() - before < 20
    assert desktop.exists()


@pytest.mark.needs("notify-send", "dbus")
def test_a_real_notice_is_shown_as_text_and_not_as_markup(jane: Program) -> None:
    url = "https://github.com/octo%3Cb%3E&co"
    keep(jane, url, f"ghp_{'A' * 36}", expires=int(time.time()) + DAY)
    settings(jane, ("pat.renew", "auto"))
    with bus() as session, notices(session.address) as shown:
        jane.environment["DBUS_SESSION_BUS_ADDRESS"] = session.address
        assert unattended(jane).status == 6
    ((title, body),) = shown
    assert title == "A token was not renewed"
    assert body == "https://github.com/octo%3Cb%3E&amp;co: it waits for you to renew it"


# The record


def test_a_record_is_read_as_it_was_written_without_a_token(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    assert last_run(folder) is None
    results = (Result(GROUP, "jane", "rotated"), Result(OCTO, "", "failed", f"ghp_{'A' * 36} is dead"))
    note_run(folder, Nanoseconds(7), results, "an error")
    hidden = results[1]._replace(why="(a token) is dead")
    assert last_run(folder) == LastRun(Nanoseconds(7), (results[0], hidden), "an error")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"ran": "x", "error": "", "results": []}',
        '{"ran": 1, "error": null, "results": []}',
        '{"ran": -1, "error": "", "results": []}',
        '{"ran": 1' + "0" * 20 + ', "error": "", "results": []}',
        "[" * 100_000,
        '{"ran": 1, "error": "", "results": [{"scope": "x"}]}',
        '{"ran": 1, "error": "", "results": [{"scope": "x", "username": "", "outcome": "gone"}]}',
        '{"ran": 1, "error": "", "results": [{"scope": 1, "username": "", "outcome": "rotated"}]}',
    ],
)
def test_a_damaged_record_says_how_it_goes(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "data"
    note_run(str(folder), Nanoseconds(7), ())
    (folder / "renewed").write_text(text)
    with pytest.raises(PatError, match=f"to remove it, run: rm {folder}/renewed"):
        last_run(str(folder))
    note_run(str(folder), Nanoseconds(8), ())
    assert last_run(str(folder)) == LastRun(Nanoseconds(8))
