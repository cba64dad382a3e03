"""Faults of the vault, its folders and slots: `doctor` finds each, and the command it prints mends it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.checks import entries, files
from support.doctor import Found, doctor, mends, only_problem, problems
from support.program import FABRIKAM
from support.slots import lock_by_passphrase
from support.users import as_nobody, give_to_nobody

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.diagnosis.surroundings import Surroundings
from git_credential_pat.diagnosis.vault import check_permissions
from git_credential_pat.settings import Settings
from git_credential_pat.vault.format import Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.program import Program


def data(program: Program) -> Path:
    return program.data


def config(program: Program) -> Path:
    return program.key.parent


def vault(program: Program) -> Path:
    return program.vault


def key(program: Program) -> Path:
    return program.key


@pytest.mark.parametrize(
    ("place", "wrong", "right"),
    [(data, 0o755, "700"), (config, 0o750, "700"), (vault, 0o644, "600"), (key, 0o640, "600")],
)
def test_others_could_reach_a_folder_or_file(
    healthy: Program, place: Callable[[Program], Path], wrong: int, right: str
) -> None:
    path = place(healthy)
    path.chmod(wrong)
    found = problems(healthy)
    assert found[0] == Found("permissions", "problem", f"others can reach {path}", f"chmod {right} {path}")
    assert mends(healthy, found[0])


@pytest.mark.needs("root")
def test_the_vault_belongs_to_another_user(healthy: Program) -> None:
    os.chown(healthy.vault, 65_534, 65_534)
    (finding,) = problems(healthy)
    assert finding == Found(
        "permissions",
        "problem",
        f"{healthy.vault} belongs to another user",
        f'sudo chown "$(id -un)" {healthy.vault}',
    )


def test_no_token_is_kept_yet(program: Program) -> None:
    assert program.run("configure").status == 0
    finding = only_problem(program)
    assert finding == Found(
        "vault",
        "problem",
        f"there is no vault at {program.vault} yet",
        "git credential-pat seed https://dev.azure.com/ORGANIZATION",
    )
    named = finding._replace(mend="git credential-pat seed https://dev.azure.com/fabrikam")
    assert mends(program, named)
    assert entries(program)[0]["scope"] == "https://dev.azure.com/fabrikam"


def test_the_first_token_is_for_the_repository_at_hand(healthy: Program, repository: Path) -> None:
    healthy.vault.unlink()
    found = problems(healthy, cwd=repository)
    assert found[0].mend == "git credential-pat seed https://dev.azure.com/fabrikam/web/_git/api"
    assert mends(healthy, found[0], cwd=repository)


def test_the_vault_is_damaged(healthy: Program) -> None:
    damaged = healthy.vault.read_bytes()[:-1]
    healthy.vault.write_bytes(damaged)
    finding = only_problem(healthy)
    assert finding.check == "vault"
    assert finding.text.startswith(f"the vault {healthy.vault} cannot be used: ")
    assert finding.mend == f"mv {healthy.vault} {healthy.vault}.unusable"
    moved_and_seeded = finding._replace(mend=f"{finding.mend} && git credential-pat seed {FABRIKAM}")
    assert mends(healthy, moved_and_seeded)
    assert healthy.vault.with_name("vault.unusable").read_bytes() == damaged


def test_a_vault_is_moved_over_none_that_was_moved_before(healthy: Program) -> None:
    for end in (b"first", b"second", b"third"):
        healthy.vault.write_bytes(end)
        healthy.vault.chmod(0o600)
        moved = only_problem(healthy)
        assert mends(healthy, moved._replace(mend=f"{moved.mend} && git credential-pat seed {FABRIKAM}"))
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
    assert finding.text.startswith(
        f"the vault's key file {healthy.key} is missing; put it back from a backup"
    )
    assert finding.mend == f"mv {healthy.vault} {healthy.vault}.unusable"
    assert not healthy.key.exists()
    healthy.key.write_bytes(kept)
    healthy.key.chmod(0o600)
    assert problems(healthy) == []


def test_the_vault_is_locked_by_a_passphrase(healthy: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    lock_by_passphrase(healthy, monkeypatch)
    before = files(healthy)
    finding = only_problem(healthy)
    assert finding == Found(
        "vault",
        "problem",
        f"the vault {healthy.vault} is locked by a passphrase",
        "git credential-pat unlock",
    )
    assert files(healthy) == before


def test_a_slot_that_does_not_open_is_noted_beside_one_that_does(
    healthy: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [finding.text for finding in doctor(healthy) if finding.check == "slots"] == [
        f"slot 1 (keyfile) opens the vault, its key in {healthy.key}"
    ]
    lock_by_passphrase(healthy, monkeypatch)
    assert [finding.text for finding in doctor(healthy) if finding.check == "slots"] == [
        "slot 2 (passphrase) opens the vault by what the user knows"
    ]


def test_a_passphrase_slot_that_costs_more_than_is_allowed(healthy: Program) -> None:
    backend = VaultBackend(Settings(str(healthy.data), str(healthy.key.parent)))
    costly = Slot(2, 9, b"\xff" * 28, bytes(12), bytes(48))
    backend.rewrite(lambda old: old._replace(header=old.header._replace(slots=(*old.header.slots, costly))))
    finding = only_problem(healthy)
    assert finding == Found(
        "slots",
        "problem",
        "slot 9 (passphrase) opens by no passphrase, for its parameters are not allowed",
        "git credential-pat vault remove-slot 9",
    )
    assert mends(healthy, finding)


@pytest.mark.needs("root")
def test_the_user_cannot_write_the_folder(tmp_path: Path) -> None:
    """Root may write anywhere, so another user looks."""
    with tempfile.TemporaryDirectory(prefix="pat-") as base:
        folder = Path(base) / "data"
        folder.mkdir(mode=0o500)
        give_to_nobody(base, folder)
        around = Surroundings({}, "/", backend=None, now=0, is_offline=True)
        vars(around)["settings"] = Settings(str(folder), str(tmp_path))

        def look() -> bytes:
            return "\n".join(f"{found.text}: {found.mend}" for found in check_permissions(around)).encode()

        told = as_nobody(look).decode().splitlines()
        assert told[0] == f"{folder} cannot be written: chmod u+rwx {folder}"
