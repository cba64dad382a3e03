"""`seed URL`: where the token comes from, what is kept with it, and what it replaces."""

from __future__ import annotations

import shlex
import shutil
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from support.checks import answering_first, entries, files, keep, only_entry, refusal
from support.git_credential import GitCredential, Login
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run

REQUEST = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")
NOTED = ("--label", "work, büro", "--permission", "vso.code", "--permission", "vso.build")


def seed(program: Program, *arguments: str, stdin: bytes = f"{AZURE_TOKEN}\n".encode()) -> Run:
    return program.run("seed", "--no-verify", "--no-configure", *arguments, stdin=stdin)


def seed_other(program: Program, *arguments: str) -> None:
    assert seed(program, FABRIKAM, *arguments, stdin=f"{OTHER_AZURE_TOKEN}\n".encode()).status == 0


def token(program: Program, url: str = FABRIKAM, *options: str) -> bytes:
    return program.run("token", url, *options).stdout.removesuffix(b"\n")


def today() -> datetime:
    return datetime.now(timezone.utc)


# Where the token comes from


@pytest.mark.parametrize(
    "stdin",
    [
        AZURE_TOKEN,
        f"{AZURE_TOKEN}\r\n",
        f" \t{AZURE_TOKEN}  \n",
        f"{AZURE_TOKEN}\nsecond line\n",
        f"{AZURE_TOKEN}\n\x00\x1b\n",
        f"\x1b[200~{AZURE_TOKEN}\x1b[201~\n",  # the marks of a terminal around a paste
    ],
)
def test_the_token_is_the_first_line_of_stdin_without_what_is_around_it(program: Program, stdin: str) -> None:
    done = seed(program, FABRIKAM, stdin=stdin.encode())
    assert (done.status, done.stderr) == (0, "")
    assert token(program) == AZURE_TOKEN.encode()


def test_the_token_of_an_environment_variable_is_taken(program: Program) -> None:
    done = program.run(
        *("seed", FABRIKAM, "--no-verify", "--no-configure", "--from-env", "MY_PAT"),
        stdin=b"not this one\n",
        environment={"MY_PAT": f" {AZURE_TOKEN}\n"},
    )
    assert (done.status, done.stderr) == (0, "")
    assert token(program) == AZURE_TOKEN.encode()


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


@pytest.mark.parametrize(
    "stdin", [b"\n", b"  \t\r\n", b"\ntoken\n", b"to\x00ken\n", b"to\rken\n", b"a" * 40_000 + b"\n"]
)
def test_what_is_no_token_is_refused_and_nothing_is_made(program: Program, stdin: bytes) -> None:
    assert refusal(seed(program, FABRIKAM, stdin=stdin), 1).endswith("; nothing was changed")
    assert files(program) == {}


def test_a_token_of_any_other_bytes_comes_back_byte_for_byte(program: Program) -> None:
    odd = "pä ss=wörd\u2028".encode() + b"\xff\xfe"
    assert seed(program, "https://git.example.com", "--username", "jane", stdin=odd + b"\n").status == 0
    assert token(program, "https://git.example.com") == odd


# What is kept with it


def test_label_permissions_and_pin_are_kept(program: Program) -> None:
    assert seed(program, FABRIKAM, *NOTED, "--pinned").status == 0
    entry = only_entry(program)
    assert (entry["label"], entry["permissions"]) == ("work, büro", ["vso.code", "vso.build"])
    assert entry["pinned"] is True


def test_a_last_day_lasts_to_its_end_in_utc(program: Program) -> None:
    seed(program, FABRIKAM, "--expires", "2099-02-28")
    assert only_entry(program)["expires"] == "2099-02-28T23:59:59Z"
    assert seed(program, FABRIKAM, "--expires", f"{today():%Y-%m-%d}").status == 0
    assert only_entry(program)["state"] == "active", "today is no past day"


@pytest.mark.parametrize("days", [1, 36_500])
def test_a_number_of_days_counts_from_now(program: Program, days: int) -> None:
    before = today().replace(microsecond=0) + timedelta(days=days)
    assert seed(program, FABRIKAM, "--days", str(days)).status == 0
    after = today() + timedelta(days=days)
    expires = datetime.strptime(only_entry(program)["expires"] or "", "%Y-%m-%dT%H:%M:%S%z")
    assert before <= expires <= after


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--expires", date) for date in ("", "tomorrow", "31.12.2099", "90")),
        ("--expires", f"{today() - timedelta(days=1):%Y-%m-%d}"),
        *(("--days", days) for days in ("0", "-1", "1.5", "many")),
        *(("--label", note) for note in ("two\nlines", "\x1b[31mred", "\x7f", "b\udcfcro")),
        ("--permission", "\u202eback"),
    ],
)
def test_what_is_no_last_day_or_cannot_be_shown_is_refused(program: Program, option: str, value: str) -> None:
    refusal(seed(program, FABRIKAM, option, value), 2)
    assert files(program) == {}


# What it replaces


def test_a_second_token_replaces_the_first_and_keeps_what_was_noted_of_it(program: Program) -> None:
    seed(program, FABRIKAM, *NOTED, "--pinned", "--days", "9")
    first = only_entry(program)
    seed_other(program)
    entry, old = answering_first(program)
    assert token(program) == OTHER_AZURE_TOKEN.encode()
    assert (entry["label"], entry["permissions"]) == (first["label"], first["permissions"])
    assert (entry["pinned"], entry["expires"]) == (False, None), "the new token's are not the old one's"
    assert entry["updated"] >= first["updated"]
    assert (old["state"], old["pinned"], old["expires"]) == ("replaced", True, first["expires"])


def test_what_is_said_of_a_second_token_replaces_what_was_noted(program: Program) -> None:
    seed(program, FABRIKAM, *NOTED)
    seed(program, FABRIKAM, "--label", "home", "--permission", "vso.work", "--days", "9")
    entry = only_entry(program)
    assert (entry["label"], entry["permissions"]) == ("home", ["vso.work"])
    assert entry["expires"] is not None


def test_the_same_token_again_keeps_its_end_and_another_does_not(program: Program) -> None:
    seed(program, FABRIKAM, "--expires", "2099-01-31")
    seed(program, FABRIKAM)
    assert only_entry(program)["expires"] == "2099-01-31T23:59:59Z"
    seed_other(program)
    entry, old = answering_first(program)
    assert (entry["expires"], old["expires"]) == (None, "2099-01-31T23:59:59Z")


@pytest.mark.parametrize(
    ("options", "left", "replaced"),
    [([], ["pat"], ["jane", "john"]), (["--username", "jane"], ["jane", "john"], ["jane"])],
    ids=["every username", "one username"],
)
def test_without_a_username_every_entry_of_the_scope_is_replaced(
    program: Program, options: list[str], left: list[str], replaced: list[str]
) -> None:
    for name in ("jane", "john"):
        keep(program, FABRIKAM, username=name)
    keep(program, f"{FABRIKAM}/web", username="jane")
    seed_other(program, *options)
    kept = sorted((entry["scope"], entry["username"]) for entry in entries(program) if entry["answers"])
    assert kept == [*((FABRIKAM, name) for name in left), (f"{FABRIKAM}/web", "jane")]
    assert [entry["username"] for entry in entries(program) if entry["state"] == "replaced"] == replaced
    assert token(program, FABRIKAM, *options) == OTHER_AZURE_TOKEN.encode()
    if "john" in left:
        assert token(program, FABRIKAM, "--username", "john") == AZURE_TOKEN.encode()


@pytest.mark.parametrize("fields", [{"expires": 1_700_000_000}, {"state": "rejected", "put_aside": 1}])
def test_over_what_works_no_more_a_token_keeps_label_and_permissions(
    program: Program, fields: dict[str, Any]
) -> None:
    keep(program, FABRIKAM, AZURE_TOKEN, "", label="laptop", permissions=("vso.code_write",), **fields)
    program.seed(FABRIKAM, OTHER_AZURE_TOKEN)
    entry = answering_first(program)[0]
    assert (entry["state"], entry["expires"]) == ("active", None)
    assert (entry["label"], entry["permissions"]) == ("laptop", ["vso.code_write"])
    assert GitCredential(program).fill(*REQUEST) == Login("pat", OTHER_AZURE_TOKEN)


WEB_TOKEN, API_TOKEN = ("github_pat_" + letter * 82 for letter in "wa")
ACME = "https://github.com/acme"


def seed_acme(program: Program, path: str, token: str, *options: str) -> Run:
    return seed(program, ACME + path, *options, stdin=token.encode())


def scopes(program: Program) -> list[str]:
    return [entry["scope"] for entry in entries(program) if entry["answers"]]


@pytest.mark.parametrize(
    ("host", "web", "api"),
    [
        ("https://github.com/acme/{}", WEB_TOKEN, API_TOKEN),
        ("https://gitlab.com/acme/tools/{}.git", "glpat-" + "w" * 20, "glpat-" + "a" * 20),
    ],
    ids=["GitHub", "GitLab"],
)
def test_a_token_for_another_repository_does_not_replace_the_owners_without_a_word(
    program: Program, host: str, web: str, api: str
) -> None:
    assert seed(program, host.format("web"), stdin=web.encode()).status == 0
    owner = scopes(program)
    line = refusal(seed(program, host.format("api"), stdin=api.encode()), 1)
    assert "--exact" in line
    assert "--replace" in line
    assert seed(program, host.format("api"), "--exact", stdin=api.encode()).status == 0
    assert scopes(program) == [*owner, host.format("api").removesuffix(".git")]
    assert (token(program, host.format("web")), token(program, host.format("api"))) == (
        web.encode(),
        api.encode(),
    )


def test_a_token_that_replaces_or_cannot_be_for_one_repository_is_stored_for_the_owner(
    program: Program,
) -> None:
    for path, token, options in (
        ("/web", WEB_TOKEN, ()),
        ("/web", WEB_TOKEN, ()),
        ("/api", API_TOKEN, ("--replace",)),
        ("", WEB_TOKEN, ()),
        ("/api", "ghp_" + "c" * 36, ()),
    ):
        assert seed_acme(program, path, token, *options).status == 0
        assert scopes(program) == [ACME]


def test_a_repository_with_a_token_of_its_own_gets_the_next_one_too(program: Program) -> None:
    for token, options in ((WEB_TOKEN, ("--exact",)), (API_TOKEN, ())):
        assert seed_acme(program, "/web", token, *options).status == 0
        assert scopes(program) == [f"{ACME}/web"]


def test_the_token_is_in_no_file_and_in_no_output(program: Program) -> None:
    done = program.seed(FABRIKAM, AZURE_TOKEN, "--label", "work")
    commands = (["list"], ["list", "--json"], ["vault", "info"], ["restore", FABRIKAM], ["configure"])
    runs = [done, *[program.run(*command) for command in commands]]
    assert [run.status for run in runs] == [0, 0, 0, 0, 1, 0]
    shown = [part for run in runs for part in (run.stdout, run.stderr.encode())]
    for content in [*shown, *files(program).values()]:
        assert AZURE_TOKEN.encode() not in content
