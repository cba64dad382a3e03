"""`import gcm`: the stores of Git Credential Manager, written by the real program where it is there."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support.checks import files
from support.git_credential import GitCredential, Login
from support.gnupg import asks_by, encrypted
from support.importing import Row, import_, scopes, token, write
from support.program import AZURE_TOKEN, FABRIKAM, Program, attributes
from support.pty_program import Terminal
from support.secret_service import SecretService, running

if TYPE_CHECKING:
    from pathlib import Path

GITHUB_TOKEN = "ghp_" + "a1" * 18
LOGINS = (
    ("host=dev.azure.com", "path=fabrikam/_git/web", "username=fabrikam", f"password={AZURE_TOKEN}"),
    ("host=github.com", "username=octo", f"password={GITHUB_TOKEN}"),
    ("host=contoso.visualstudio.com", "username=jane", "password=c"),
    ("host=bitbucket.org", "username=bob", "password=ATBBword"),
)
KEPT = [
    ("https://bitbucket.org", "bob"),
    ("https://dev.azure.com/contoso", "jane"),
    (FABRIKAM, "pat"),
    ("https://github.com", "octo"),
]


def manager_stores(environment: dict[str, str], store: str) -> None:
    """Have the real Git Credential Manager keep the logins."""
    for login in LOGINS:
        finished = subprocess.run(
            ["git-credential-manager", "store"],
            input=attributes("protocol=https", *login),
            env={**environment, "GCM_CREDENTIAL_STORE": store},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert finished.returncode == 0, finished


def item(program: Program, path: str, url: str, account: str, secret: str) -> Path:
    """Write what the plain store writes."""
    text = f"{secret}\nservice={url}\naccount={account}\n"
    return write(program.home / ".gcm/store" / path / f"{account}.credential", text)


# Plain files


@pytest.mark.needs("gcm")
def test_what_the_manager_kept_in_plain_files_answers_git_afterwards(program: Program) -> None:
    manager_stores(program.environment, "plaintext")
    assert [row.outcome for row in import_(program, "gcm")] == ["added"] * 4
    assert scopes(program) == KEPT
    git = GitCredential(program)
    filled = git.fill("protocol=https", "host=dev.azure.com", "path=fabrikam/_git/web")
    assert filled == Login("pat", AZURE_TOKEN)
    import_(program, "gcm", "--scrub", "--yes")
    assert [name for name in files(program) if name.endswith(".credential")] == []


def test_a_plain_file_is_read(program: Program) -> None:
    url = "https://git.example.com/team/x.git"
    item(program, "git/https/git.example.com/team/x.git", url, "ja/n e", "word")
    import_(program, "gcm")
    assert scopes(program) == [(url, "ja/n e")]
    assert token(program, url) == "word"


@pytest.mark.parametrize(
    "url", ["https://bitbucket.org/refresh_token", "https://refresh_token.git.example.com"]
)
def test_a_refresh_token_is_no_token_for_git(program: Program, url: str) -> None:
    item(program, "git/https/x", url, "jane", "word")
    assert import_(program, "gcm") == [
        Row(None, None, "not-taken", "a refresh token, which is of no use to Git")
    ]


def test_a_damaged_file_is_reported_and_hinders_nothing(program: Program) -> None:
    write(program.home / ".gcm/store/git/https/a/b.credential", b"\xff\xfe\nrubbish")
    item(program, "git/https/git.example.com", "https://git.example.com", "jane", "word")
    assert [row.outcome for row in import_(program, "gcm")] == ["not-taken", "added"]


@pytest.mark.parametrize("is_named", [False, True], ids=["setting", "named"])
def test_the_store_may_lie_elsewhere_and_is_then_read_alone(program: Program, *, is_named: bool) -> None:
    namespace = "git" if is_named else "mine"
    item(program, f"{namespace}/https/a.example.com", "https://a.example.com", "jane", "word")
    (program.home / ".gcm/store").rename(program.home / "elsewhere")
    item(program, "git/https/b.example.com", "https://b.example.com", "jane", "word")
    if not is_named:
        program.git("config", "--global", "credential.plaintextStorePath", "~/elsewhere")
        program.git("config", "--global", "credential.namespace", "mine")
    import_(program, "gcm", *([str(program.home / "elsewhere")] if is_named else []))
    assert scopes(program) == [("https://a.example.com", "jane")]


# GnuPG


has_passphrase = pytest.mark.parametrize("gnupg", ["a passphrase"], indirect=True)


@pytest.mark.needs("gcm", "gpg")
def test_what_the_manager_encrypted_is_read_and_scrubbed(program: Program, gnupg: dict[str, str]) -> None:
    manager_stores(gnupg, "gpg")
    encrypted(program, gnupg, "bank/card.gpg", "1234\n")
    assert [row.outcome for row in import_(program, "gcm", environment=gnupg)] == ["added"] * 4
    assert scopes(program) == KEPT
    import_(program, "gcm", "--scrub", "--yes", environment=gnupg)
    left = [name for name in files(program) if name.endswith(".gpg")]
    assert left == [".password-store/bank/card.gpg"]


@pytest.mark.needs("gpg")
@has_passphrase
def test_a_key_that_wants_its_passphrase_is_reported_where_nobody_can_be_asked(
    program: Program, gnupg: dict[str, str]
) -> None:
    encrypted(program, gnupg, "git/https/github.com/octo.gpg", "word\nservice=https://github.com\n")
    asked = program.home / "asked"
    asks_by(gnupg, str(write(program.home / "pinentry", f"#!/bin/sh\ntouch {asked}\n")))
    (program.home / "pinentry").chmod(0o700)
    assert import_(program, "gcm", environment=gnupg) == [
        Row(None, None, "not-taken", "gpg cannot decrypt it")
    ]
    assert not asked.exists()


@pytest.mark.needs("gpg", "pinentry")
@has_passphrase
def test_on_a_terminal_the_keys_own_question_is_shown(program: Program, gnupg: dict[str, str]) -> None:
    encrypted(program, gnupg, "git/https/github.com/octo.gpg", "word\nservice=https://github.com\n")
    asks_by(gnupg, "/usr/bin/pinentry-curses")
    terminal = Terminal(program, "import", "gcm", environment={"GNUPGHOME": gnupg["GNUPGHOME"]})
    terminal.wait_for("Passphrase:")
    terminal.enter("a passphrase")
    assert terminal.finish() == 0
    assert "1 token added, 0 already stored, 0 not taken." in terminal.lines()[-4:]


# The Secret Service


@pytest.mark.needs("gcm", "gnome-keyring", "dbus")
def test_what_the_manager_keeps_in_the_secret_service_is_read_and_scrubbed(program: Program) -> None:
    with running() as service:
        desktop(program, service)
        manager_stores({**program.environment, "DISPLAY": ":77"}, "secretservice")
        service.make("git:https://other.example.com", "jane", b"not the manager's")
        import_(program, "gcm")
        assert [scope for scope in scopes(program) if "other" not in scope[0]] == KEPT
        import_(program, "gcm", "--scrub", "--yes")
        assert {of["service"] for of, _, _ in service.items()} == {
            "git:https://other.example.com",
            "git-credential-pat",
        }


def desktop(program: Program, service: SecretService) -> None:
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
