"""`seed URL`: where the token comes from, what is kept with it, and what it replaces."""

from __future__ import annotations

import shlex
import shutil
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from support.checks import entries, files, keep, only_entry, refusal, told
from support.git_credential import GitCredential, Login
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run

REQUEST = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")


def seed(program: Program, *arguments: str, stdin: bytes = f"{AZURE_TOKEN}\n".encode()) -> Run:
    return program.run("seed", "--no-verify", "--no-configure", *arguments, stdin=stdin)


def token(program: Program, url: str = FABRIKAM) -> bytes:
    return program.run("token", url).stdout


def today() -> datetime:
    return datetime.now(timezone.utc)


# Where the token comes from


@pytest.mark.parametrize(
    "stdin",
    [
        f"{AZURE_TOKEN}\n",
        AZURE_TOKEN,
        f"{AZURE_TOKEN}\r\n",
        f" \t{AZURE_TOKEN}  \n",
        f"{AZURE_TOKEN}\nsecond line\n",
        f"{AZURE_TOKEN}\n\x00\x1b\n",
    ],
)
def test_the_token_is_the_first_line_of_stdin_without_white_space_around_it(
    program: Program, stdin: str
) -> None:
    done = seed(program, FABRIKAM, stdin=stdin.encode())
    assert (done.status, done.stderr) == (0, "")
    assert token(program) == f"{AZURE_TOKEN}\n".encode()


def test_the_token_of_an_environment_variable_is_taken(program: Program) -> None:
    done = program.run(
        *("seed", FABRIKAM, "--no-verify", "--no-configure", "--from-env", "MY_PAT"),
        stdin=b"not this one\n",
        environment={"MY_PAT": f" {AZURE_TOKEN}\n"},
    )
    assert (done.status, done.stderr) == (0, "")
    assert token(program) == f"{AZURE_TOKEN}\n".encode()


@pytest.mark.parametrize("options", [("--no-verify",), ()])
def test_no_child_inherits_the_variable_that_holds_the_token(
    program: Program, options: tuple[str, ...]
) -> None:
    folder = program.home / "bin"
    folder.mkdir()
    git = folder / "git"
    real = shlex.quote(shutil.which("git") or "")
    git.write_text(f'#!/bin/sh\nenv >>{shlex.quote(str(folder))}/seen\nexec {real} "$@"\n')
    git.chmod(0o755)
    path = f"{folder}:{program.environment['PATH']}"
    done = program.run(
        *("seed", FABRIKAM, *options, "--from-env", "MY_PAT"),
        environment={"MY_PAT": AZURE_TOKEN, "PATH": path},
    )
    assert done.status == 0, done
    seen = (folder / "seen").read_text()
    assert "HOME=" in seen
    assert AZURE_TOKEN not in seen


def test_a_variable_that_is_not_set_is_refused(program: Program) -> None:
    done = seed(program, FABRIKAM, "--from-env", "MY_PAT")
    assert refusal(done, 2) == 'the environment variable "MY_PAT" is not set; export it first'


@pytest.mark.parametrize("stdin", ["", "\n", "  \t\r\n", f"\n{AZURE_TOKEN}\n"])
def test_no_token_is_refused_and_nothing_is_made(program: Program, stdin: str) -> None:
    done = seed(program, FABRIKAM, stdin=stdin.encode())
    assert refusal(done, 1) == "no token was given; nothing was changed"
    assert files(program) == {}


@pytest.mark.parametrize("stdin", [b"to\x07ken\n", b"to\x00ken\n", b"to\rken\n", b"a" * 40_000 + b"\n"])
def test_what_can_be_no_token_is_refused(program: Program, stdin: bytes) -> None:
    line = refusal(seed(program, FABRIKAM, stdin=stdin), 1)
    assert line == "that is no token: it is too long or holds control characters; nothing was changed"
    assert files(program) == {}


def test_a_token_of_any_other_bytes_comes_back_byte_for_byte(program: Program) -> None:
    odd = "pä ss=wörd\u2028".encode() + b"\xff\xfe"
    assert seed(program, "https://git.example.com", "--username", "jane", stdin=odd + b"\n").status == 0
    assert token(program, "https://git.example.com") == odd + b"\n"


@pytest.mark.parametrize(
    ("url", "value", "title"),
    [
        (FABRIKAM, "short", "Azure DevOps"),
        (FABRIKAM, "eyJhbGciOi", "Azure DevOps"),
        ("https://github.com/octo", AZURE_TOKEN, "GitHub"),
        ("https://tfs.example.com/tfs/Main", "short", "Azure DevOps Server"),
    ],
)
def test_a_token_of_an_unexpected_shape_is_kept_with_a_warning(
    program: Program, url: str, value: str, title: str
) -> None:
    done = seed(program, url, stdin=f"{value}\n".encode())
    assert done.status == 0
    assert told(done) == f"warning: this does not look like a token of {title}; it is kept all the same"
    assert token(program, url) == f"{value}\n".encode()


@pytest.mark.parametrize(
    ("url", "value"),
    [
        (FABRIKAM, AZURE_TOKEN),
        (FABRIKAM, "a2b3" * 13),
        ("https://github.com/octo", "ghp_" + "a1" * 18),
        ("https://github.com/octo", "github_pat_" + "a" * 82),
        ("https://gitlab.com/group", "glpat-" + "a" * 20),
        ("https://codeberg.org/forgejo", "0123456789abcdef" * 2 + "01234567"),
    ],
)
def test_a_token_of_the_hosts_own_shape_gives_no_warning(program: Program, url: str, value: str) -> None:
    assert seed(program, url, stdin=f"{value}\n".encode()).stderr == ""


# What is kept with it


def test_label_permissions_and_pin_are_kept(program: Program) -> None:
    options = ("--label", "work, büro", "--permission", "vso.code", "--permission", "vso.build", "--pinned")
    assert seed(program, FABRIKAM, *options).status == 0
    entry = only_entry(program)
    assert entry["label"] == "work, büro"
    assert entry["permissions"] == ["vso.code", "vso.build"]
    assert entry["pinned"] is True


def test_without_options_nothing_is_made_up(program: Program) -> None:
    seed(program, FABRIKAM)
    entry = only_entry(program)
    assert (entry["label"], entry["permissions"], entry["pinned"]) == ("", [], False)
    assert (entry["expires"], entry["days_left"], entry["state"]) == (None, None, "active")


def test_a_last_day_lasts_to_its_end_in_utc(program: Program) -> None:
    seed(program, FABRIKAM, "--expires", "2099-02-28")
    assert only_entry(program)["expires"] == "2099-02-28T23:59:59Z"


def test_today_is_a_last_day_that_is_not_past(program: Program) -> None:
    assert seed(program, FABRIKAM, "--expires", f"{today():%Y-%m-%d}").status == 0
    assert only_entry(program)["state"] == "active"


@pytest.mark.parametrize("days", [1, 36_500])
def test_a_number_of_days_counts_from_now(program: Program, days: int) -> None:
    before = today().replace(microsecond=0) + timedelta(days=days)
    assert seed(program, FABRIKAM, "--days", str(days)).status == 0
    after = today() + timedelta(days=days)
    expires = datetime.strptime(only_entry(program)["expires"] or "", "%Y-%m-%dT%H:%M:%S%z")
    assert before <= expires <= after


def test_a_past_day_is_refused(program: Program) -> None:
    yesterday = f"{today() - timedelta(days=1):%Y-%m-%d}"
    line = refusal(seed(program, FABRIKAM, "--expires", yesterday), 2)
    assert line == f"{yesterday} is past; a token that has expired is of no use"
    assert files(program) == {}


@pytest.mark.parametrize("date", ["", "tomorrow", "31.12.2099", "2099-02-30", "90"])
def test_what_is_no_date_is_refused(program: Program, date: str) -> None:
    assert refusal(seed(program, FABRIKAM, "--expires", date), 2) == (
        "that is not a date; write it as 2027-01-31"
    )
    assert files(program) == {}


@pytest.mark.parametrize("days", ["0", "-1", "36501", "1.5", "many"])
def test_what_is_no_number_of_days_is_refused(program: Program, days: str) -> None:
    refusal(seed(program, FABRIKAM, "--days", days), 2)
    assert files(program) == {}


def test_a_day_and_a_number_of_days_are_refused_together(program: Program) -> None:
    done = seed(program, FABRIKAM, "--days", "9", "--expires", "2099-01-01")
    assert refusal(done, 2) == "give --expires or --days, not both"


@pytest.mark.parametrize("note", ["two\nlines", "\x1b[31mred", "\x7f", "b\udcfcro", "\u202eback"])
def test_a_label_or_permission_that_cannot_be_shown_is_refused(program: Program, note: str) -> None:
    for option in ("--label", "--permission"):
        refusal(seed(program, FABRIKAM, option, note), 2)
    assert files(program) == {}


# What it replaces


def test_a_second_token_replaces_the_first_and_keeps_what_was_noted_of_it(program: Program) -> None:
    seed(program, FABRIKAM, "--label", "work", "--permission", "vso.code", "--pinned", "--days", "9")
    first = only_entry(program)
    seed(program, FABRIKAM, stdin=f"{OTHER_AZURE_TOKEN}\n".encode())
    entry = only_entry(program)
    assert token(program) == f"{OTHER_AZURE_TOKEN}\n".encode()
    assert (entry["label"], entry["permissions"], entry["pinned"]) == ("work", ["vso.code"], False)
    assert entry["expires"] is None, "the new token's last day is not the old one's"
    assert entry["updated"] >= first["updated"]


def test_what_is_said_of_a_second_token_replaces_what_was_noted(program: Program) -> None:
    seed(program, FABRIKAM, "--label", "work", "--permission", "vso.code")
    seed(program, FABRIKAM, "--label", "home", "--permission", "vso.build", "--days", "9")
    entry = only_entry(program)
    assert (entry["label"], entry["permissions"]) == ("home", ["vso.build"])
    assert entry["expires"] is not None


def test_without_a_username_every_entry_of_the_scope_is_replaced(program: Program) -> None:
    for name in ("jane", "john"):
        keep(program, FABRIKAM, username=name)
    keep(program, f"{FABRIKAM}/web", username="jane")
    seed(program, FABRIKAM, stdin=f"{OTHER_AZURE_TOKEN}\n".encode())
    assert sorted((entry["scope"], entry["username"]) for entry in entries(program)) == [
        (FABRIKAM, "pat"),
        (f"{FABRIKAM}/web", "jane"),
    ]
    assert token(program) == f"{OTHER_AZURE_TOKEN}\n".encode()


def test_with_a_username_only_that_ones_entry_is_replaced(program: Program) -> None:
    for name in ("jane", "john"):
        keep(program, FABRIKAM, username=name)
    seed(program, FABRIKAM, "--username", "jane", stdin=f"{OTHER_AZURE_TOKEN}\n".encode())
    assert sorted(entry["username"] for entry in entries(program)) == ["jane", "john"]
    jane, john = (
        program.run("token", FABRIKAM, "--username", name).stdout.decode() for name in ("jane", "john")
    )
    assert (jane, john) == (f"{OTHER_AZURE_TOKEN}\n", f"{AZURE_TOKEN}\n")


@pytest.mark.parametrize("fields", [{"expires": 1_700_000_000}, {"state": "rejected", "put_aside": 1}])
def test_over_what_works_no_more_a_token_keeps_label_and_permissions(
    program: Program, fields: dict[str, Any]
) -> None:
    keep(program, FABRIKAM, AZURE_TOKEN, "", label="laptop", permissions=("vso.code_write",), **fields)
    assert seed(program, FABRIKAM, stdin=f"{OTHER_AZURE_TOKEN}\n".encode()).status == 0
    entry = only_entry(program)
    assert (entry["state"], entry["expires"]) == ("active", None)
    assert (entry["label"], entry["permissions"]) == ("laptop", ["vso.code_write"])
    assert token(program) == f"{OTHER_AZURE_TOKEN}\n".encode()


def test_a_rejected_token_is_replaced_by_an_active_one(program: Program) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    GitCredential(program).reject(*REQUEST, "username=pat", f"password={AZURE_TOKEN}")
    assert only_entry(program)["state"] == "rejected"
    seed(program, FABRIKAM, stdin=f"{OTHER_AZURE_TOKEN}\n".encode())
    assert only_entry(program)["state"] == "active"
    assert GitCredential(program).fill(*REQUEST) == Login("pat", OTHER_AZURE_TOKEN)


# What it says and does not say


def test_it_says_which_scope_it_took_and_where_the_first_token_lies(program: Program) -> None:
    first, second = seed(program, f"{FABRIKAM}/web/_git/api").stdout.decode().splitlines()
    assert first == "The token for https://dev.azure.com/fabrikam is kept."
    assert second == (
        f"The vault lies encrypted in {program.vault}, the key in {program.key}: who can read both can read "
        "your tokens (stronger, by passphrase or keyring: git credential-pat vault add-slot --help)."
    )
    day = only_entry(program)["updated"][:10]
    assert seed(program, FABRIKAM).stdout.decode() == (
        f"The token for https://dev.azure.com/fabrikam is kept, in place of the one kept since {day}.\n"
    )


def test_the_token_is_in_no_file_and_in_no_output(program: Program) -> None:
    done = program.seed(FABRIKAM, AZURE_TOKEN, "--label", "work")
    commands = (["list"], ["list", "--json"], ["vault", "info"], ["restore", FABRIKAM], ["configure"])
    runs = [done, *[program.run(*command) for command in commands]]
    assert [run.status for run in runs] == [0, 0, 0, 0, 1, 0]
    shown = [part for run in runs for part in (run.stdout, run.stderr.encode())]
    for content in [*shown, *files(program).values()]:
        assert AZURE_TOKEN.encode() not in content


# The same token again


def test_the_same_token_again_keeps_its_end_and_another_does_not(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN, "--expires", "2099-01-31")
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    assert only_entry(program)["expires"] == "2099-01-31T23:59:59Z"
    program.seed("https://dev.azure.com/fabrikam", OTHER_AZURE_TOKEN)
    assert only_entry(program)["expires"] is None


def test_the_marks_of_a_terminal_around_a_paste_are_no_part_of_the_token(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", f"\x1b[200~{AZURE_TOKEN}\x1b[201~")
    assert program.run("token", "fabrikam").stdout == f"{AZURE_TOKEN}\n".encode()
