"""Faults of the vault, its folders and slots: `doctor` finds each, and the command it prints fixes it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.checks import entries, files
from support.doctor import doctor, fixes, only_problem, problems
from support.program import FABRIKAM
from support.slots import lock_by_passphrase
from support.users import as_nobody, give_to_nobody

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.diagnosis.vault import check_permissions
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import Nanoseconds
from git_credential_pat.vault.format import Slot

if TYPE_CHECKING:
    from support.program import Program


@pytest.mark.needs("root")
def test_the_vault_belongs_to_another_user(healthy: Program) -> None:
    os.chown(healthy.vault, 65_534, 65_534)
    finding = only_problem(healthy)
    assert (finding.check, finding.fix) == ("permissions", f'sudo chown "$(id -un)" {healthy.vault}')


def test_no_token_is_kept_yet(program: Program) -> None:
    assert program.run("configure").status == 0
    finding = only_problem(program)
    assert (finding.check, finding.fix) == (
        "vault",
        "git credential-pat seed https://dev.azure.com/ORGANIZATION",
    )
    assert fixes(program, finding._replace(fix=f"git credential-pat seed {FABRIKAM}"))
    assert entries(program)[0]["scope"] == FABRIKAM


def test_the_first_token_is_for_the_repository_at_hand(healthy: Program, repository: Path) -> None:
    healthy.vault.unlink()
    found = problems(healthy, cwd=repository)
    assert found[0].fix == "git credential-pat seed https://dev.azure.com/fabrikam/web/_git/api"
    assert fixes(healthy, found[0], cwd=repository)


@pytest.mark.slow
def test_a_damaged_vault_is_moved_over_none_that_was_moved_before(healthy: Program) -> None:
    for end in (b"first", b"second", b"third"):
        healthy.vault.write_bytes(end)
        healthy.vault.chmod(0o600)
        moved = only_problem(healthy)
        assert moved.check == "vault"
        assert fixes(healthy, moved._replace(fix=f"{moved.fix} && git credential-pat seed {FABRIKAM}"))
    kept = {path.name: path.read_bytes() for path in healthy.data.glob("vault.unusable*")}
    assert kept == {
        "vault.unusable": b"first",
        "vault.unusable-2": b"second",
        "vault.unusable-3": b"third",
    }


def test_the_key_file_is_missing(healthy: Program) -> None:
    kept = healthy.key.read_bytes()
    healthy.key.unlink()
    finding = only_problem(healthy)
    assert finding.check == "vault"
    assert finding.fix == f"mv {healthy.vault} {healthy.vault}.unusable"
    assert not healthy.key.exists()
    healthy.key.write_bytes(kept)
    healthy.key.chmod(0o600)
    assert problems(healthy) == []


def test_the_vault_is_locked_by_a_passphrase(healthy: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    lock_by_passphrase(healthy, monkeypatch)
    before = files(healthy)
    finding = only_problem(healthy)
    assert (finding.check, finding.fix) == ("vault", "git credential-pat unlock")
    assert files(healthy) == before


def test_a_slot_that_does_not_open_is_noted_beside_one_that_does(
    healthy: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [finding.text for finding in doctor(healthy) if finding.check == "slots"] == [
        f"slot 1 (keyfile) opens the vault; its key is in {healthy.key}"
    ]
    lock_by_passphrase(healthy, monkeypatch)
    assert [finding.text for finding in doctor(healthy) if finding.check == "slots"] == [
        "slot 2 (passphrase) opens the vault with a passphrase"
    ]


def test_a_passphrase_slot_that_costs_more_than_is_allowed(healthy: Program) -> None:
    backend = VaultBackend(Settings(str(healthy.data), str(healthy.key.parent)))
    costly = Slot(2, 9, b"\xff" * 28, bytes(12), bytes(48))
    backend.rewrite(lambda old: old._replace(header=old.header._replace(slots=(*old.header.slots, costly))))
    finding = only_problem(healthy)
    assert (finding.check, finding.fix) == ("slots", "git credential-pat vault remove-slot 9")
    assert fixes(healthy, finding)


@pytest.mark.needs("root")
def test_the_user_cannot_write_the_folder(tmp_path: Path) -> None:
    """Root may write anywhere, so another user looks."""
    with tempfile.TemporaryDirectory(prefix="pat-") as base:
        folder = Path(base) / "data"
        folder.mkdir(mode=0o500)
        give_to_nobody(base, folder)
        around = Surroundings({}, "/", backend=None, now=Nanoseconds(0), is_offline=True)
        vars(around)["settings"] = Settings(str(folder), str(tmp_path))

        def look() -> bytes:
            return "\n".join(f"{found.text}: {found.fix}" for found in check_permissions(around)).encode()

        said = as_nobody(look).decode().splitlines()
        assert said[0] == f"{folder} cannot be written: chmod u+rwx {folder}"
