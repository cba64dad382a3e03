"""`import vault FILE`: the entries of a backup or of another machine's vault come as they are, over none."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.checks import files, keep, refusal
from support.git_credential import states
from support.importing import import_, scopes, token
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes
from support.pty_program import Terminal
from support.slots import PHRASE, lock_by_passphrase

from git_credential_pat.backends import open_backend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import DAY, REJECTED, SECOND, Entry, Nanoseconds, Seconds

if TYPE_CHECKING:
    from pathlib import Path

    from support.secret_service import SecretService

NOW = time.time_ns()


@pytest.fixture
def other(tmp_path: Path) -> Program:
    """Return the program as another person or machine has it, with two tokens."""
    other = Program(tmp_path / "other")
    keep(other, FABRIKAM)
    keep(other, CONTOSO, token=OTHER_AZURE_TOKEN, username="jane")
    return other


def entries_of(program: Program) -> tuple[Entry, ...]:
    return open_backend(Settings(str(program.data), str(program.key.parent))).entries()


def backup(program: Program, path: Path) -> str:
    assert program.run("vault", "backup", str(path)).status == 0
    return str(path)


@pytest.mark.parametrize("key", ["file", "folder"])
def test_another_machines_vault_opens_by_its_key_file(program: Program, other: Program, key: str) -> None:
    keep(program, "https://dev.azure.com/other")
    place = other.key if key == "file" else other.key.parent
    before = files(other)
    found = import_(program, "vault", str(other.vault), str(place))
    assert [(row.scope, row.username, row.outcome) for row in found] == [
        (CONTOSO, "jane", "added"),
        (FABRIKAM, "pat", "added"),
    ]
    assert (token(program, CONTOSO), token(program, FABRIKAM)) == (OTHER_AZURE_TOKEN, AZURE_TOKEN)
    assert files(other) == before
    listed = program.git("config", "--global", "--list").stdout.decode()
    assert "credential.https://dev.azure.com.usehttppath=true" in listed


def test_all_that_is_known_of_an_entry_comes_along(program: Program, other: Program) -> None:
    day = DAY * SECOND
    keep(
        other,
        "https://github.com/acme",
        label="laptop",
        owner="jane",
        permissions=("repo", "gist"),
        pinned=True,
        created=Nanoseconds(NOW - 9 * day),
        updated=Nanoseconds(NOW - 8 * day),
        approved=Nanoseconds(NOW - 8 * day),
        expires=Seconds(NOW // SECOND - 60),
        refresh_token=b"refreshing",
        unknown=((99, b"of a later version"),),
    )
    aside = Nanoseconds(NOW - day)
    keep(other, "https://gitlab.com/acme", state=REJECTED, put_aside=aside)
    found = import_(program, "vault", str(other.vault), str(other.key))
    assert [(row.outcome, row.reason) for row in found] == [
        *[("added", ""), ("added", ""), ("added", "expired"), ("added", "rejected")]
    ]
    assert entries_of(program) == entries_of(other)
    listed = program.git("config", "--global", "--list").stdout.decode()
    assert ("github.com" in listed, "gitlab.com" in listed) == (True, False), (
        "Git need not know a rejected one"
    )
    assert program.run("restore", "https://gitlab.com/acme").status == 0
    assert token(program, "https://gitlab.com/acme") == AZURE_TOKEN


def test_what_stands_beside_a_token_comes_along_also_where_the_token_is_stored(
    program: Program, other: Program
) -> None:
    other.seed(FABRIKAM, OTHER_AZURE_TOKEN)
    program.seed(FABRIKAM, OTHER_AZURE_TOKEN)
    for _ in range(2):
        import_(program, "vault", str(other.vault), str(other.key))
        fabrikams = [entry for entry in entries_of(program) if entry.scope.text == FABRIKAM]
        assert [(entry.secret.decode(), entry.is_replaced) for entry in fabrikams] == [
            (OTHER_AZURE_TOKEN, False),
            (AZURE_TOKEN, True),
        ]


def test_a_backup_brings_back_what_was_removed_and_nothing_else(program: Program, tmp_path: Path) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO)
    copy = backup(program, tmp_path / "copy")
    program.run("remove", FABRIKAM, "--yes")
    assert scopes(program) == [(CONTOSO, "pat")]
    before = entries_of(program)
    assert [row.outcome for row in import_(program, "vault", copy)] == ["kept", "added"]
    assert scopes(program) == [(CONTOSO, "pat"), (FABRIKAM, "pat")]
    assert before[0] in entries_of(program)
    after = files(program)
    assert [row.outcome for row in import_(program, "vault", copy)] == ["kept"] * 2
    assert files(program) == after


@pytest.mark.parametrize(
    ("days", "reason"), [(1, "another token is stored"), (-1, "an older token is stored; remove it first")]
)
def test_an_entry_never_replaces_another(program: Program, other: Program, days: int, reason: str) -> None:
    moment = Nanoseconds(time.time_ns() + days * DAY * SECOND)
    keep(program, FABRIKAM, token="word", created=moment, updated=moment)
    found = {row.scope: row for row in import_(program, "vault", str(other.vault), str(other.key))}
    assert (found[FABRIKAM].outcome, found[FABRIKAM].reason) == ("not-taken", reason)
    assert found[CONTOSO].outcome == "added"
    assert token(program, FABRIKAM) == "word"


def test_an_entry_that_was_rejected_here_stays_so(program: Program, tmp_path: Path) -> None:
    keep(program, FABRIKAM)
    copy = backup(program, tmp_path / "copy")
    erased = attributes(
        *["protocol=https", "host=dev.azure.com", "path=fabrikam/x", f"password={AZURE_TOKEN}"]
    )
    assert program.run("erase", stdin=erased) == Run(0, b"", "")
    assert [row.outcome for row in import_(program, "vault", copy)] == ["kept"]
    assert states(program) == {f"{FABRIKAM} pat": "rejected"}


def test_a_dry_run_changes_nothing(program: Program, other: Program) -> None:
    before = files(program)
    run = program.run("import", "vault", str(other.vault), str(other.key), "--dry-run")
    assert (run.status, run.stderr) == (0, "")
    assert b"2 tokens would be added" in run.stdout
    assert files(program) == before


def test_scrub_is_refused_before_anything_is_added(program: Program, other: Program) -> None:
    why = refusal(program.run("import", "vault", str(other.vault), "--scrub", "--yes"), 2)
    assert why == "a vault's file stays whole; delete it yourself once nothing else needs it"
    assert not program.vault.exists()


def test_without_a_file_the_help_is_named(program: Program) -> None:
    why = refusal(program.run("import", "vault"), 2)
    assert why == "give the vault's file; see: git credential-pat import --help"


def test_a_vault_whose_key_is_not_here_is_refused_with_the_command_for_its_machine(
    program: Program, other: Program
) -> None:
    keep(program, "https://dev.azure.com/other")
    why = refusal(program.run("import", "vault", str(other.vault)), 3)
    assert why == (
        f"the key file {program.key} does not open {other.vault}; add a passphrase where it opens "
        "(git credential-pat vault add-slot passphrase) and copy it again"
    )


@pytest.mark.parametrize(
    ("at", "byte", "why"),
    [
        (-1, b"\0", "; give another one"),
        (7, b"2", "a later version of git-credential-pat wrote it: install that one"),
    ],
    ids=["damaged", "a later format"],
)
def test_a_file_that_cannot_be_read_is_named_and_adds_nothing(
    program: Program, other: Program, at: int, byte: bytes, why: str
) -> None:
    data = bytearray(other.vault.read_bytes())
    data[at : at + 1 or None] = byte if data[at : at + 1 or None] != byte else b"\1"
    other.vault.write_bytes(data)
    said = refusal(program.run("import", "vault", str(other.vault), str(other.key)), 4)
    assert said.startswith(f"the copy {other.vault} cannot be used: ")
    assert said.endswith(why)
    assert not program.vault.exists()


def test_a_file_that_is_not_there_is_named(program: Program) -> None:
    why = refusal(program.run("import", "vault", "copy"), 1)
    assert why == f"cannot read {program.home / 'copy'}: No such file or directory"


def test_a_passphrase_opens_it_anywhere(
    program: Program, other: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_by_passphrase(other, monkeypatch)
    run = program.run("import", "vault", str(other.vault), stdin=f"{PHRASE}\n".encode())
    assert (run.status, run.stderr) == (0, ""), run
    assert token(program, FABRIKAM) == AZURE_TOKEN
    why = refusal(program.run("import", "vault", str(other.vault), stdin=b"wrong words\n"), 3)
    assert why == f"no passphrase opened the vault {other.vault}; try again"


def test_on_a_terminal_its_passphrase_is_asked_for(
    program: Program, other: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_by_passphrase(other, monkeypatch)
    terminal = Terminal(program, "import", "vault", str(other.vault))
    terminal.wait_for(f"Passphrase of the vault {other.vault}: ")
    terminal.enter(PHRASE)
    assert terminal.finish() == 0
    assert token(program, FABRIKAM) == AZURE_TOKEN


@pytest.mark.needs("gnome-keyring", "dbus")
def test_a_key_in_the_keyring_opens_it(program: Program, other: Program, service: SecretService) -> None:
    bus = {"DBUS_SESSION_BUS_ADDRESS": service.address}
    assert other.run("vault", "add-slot", "keyring", environment=bus).status == 0
    assert other.run("vault", "remove-slot", "1", environment=bus).status == 0
    assert len(import_(program, "vault", str(other.vault), environment=bus)) == 2
    service.clear()
    why = refusal(program.run("import", "vault", str(other.vault), environment=bus), 3)
    assert why.endswith("(git credential-pat vault add-slot passphrase) and copy it again")


@pytest.mark.needs("gnome-keyring", "dbus")
def test_entries_come_into_the_keyring_where_that_is_the_backend(
    program: Program, other: Program, service: SecretService
) -> None:
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
    program.git("config", "--global", "pat.backend", "keyring")
    found = import_(program, "vault", str(other.vault), str(other.key))
    assert [row.outcome for row in found] == ["added"] * 2
    assert token(program, FABRIKAM) == AZURE_TOKEN
    assert not program.vault.exists()
