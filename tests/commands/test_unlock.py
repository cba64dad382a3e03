"""`unlock` and `lock` where there is nothing to hand over: what they refuse, and that they change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import files, keep, refusal
from support.program import FABRIKAM
from support.pty_program import Terminal
from support.slots import lock_by_passphrase

if TYPE_CHECKING:
    from support.program import Program


@pytest.fixture
def locked(program: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return a program whose vault opens by the passphrase alone."""
    keep(program, FABRIKAM)
    lock_by_passphrase(program, monkeypatch)
    return program


def test_without_a_vault_it_says_how_to_make_one(program: Program) -> None:
    told = f"there is no vault at {program.vault} yet; run: git credential-pat seed URL"
    assert refusal(program.run("unlock"), 1) == told
    assert not program.vault.parent.exists()
    assert not program.key.parent.exists()


@pytest.mark.parametrize("stdin", [b"", b"wrong horse\n"])
def test_a_wrong_or_missing_passphrase_is_status_3(locked: Program, stdin: bytes) -> None:
    before = locked.vault.read_bytes()
    assert refusal(locked.run("unlock", stdin=stdin), 3) == (
        f"no passphrase opened the vault {locked.vault}; try again"
    )
    assert locked.vault.read_bytes() == before
    assert locked.run("agent", "status").status == 1


def test_three_wrong_answers_on_a_terminal_are_status_3(locked: Program) -> None:
    terminal = Terminal(locked, "unlock")
    for _ in range(3):
        terminal.wait_for("vault: ")
        assert not terminal.echoes
        terminal.enter("wrong horse")
    assert terminal.finish() == 3
    assert locked.run("agent", "status").status == 1


def test_ctrl_c_is_status_130(locked: Program) -> None:
    terminal = Terminal(locked, "unlock")
    terminal.wait_for("vault: ")
    terminal.press("c")
    assert terminal.finish() == 130
    assert terminal.echoes


def test_a_missing_key_file_is_status_3_and_not_made(program: Program) -> None:
    keep(program, FABRIKAM)
    program.key.unlink()
    assert str(program.key) in refusal(program.run("unlock"), 3)
    assert not program.key.exists()


def test_a_damaged_vault_is_status_4_and_stays(program: Program) -> None:
    keep(program, FABRIKAM)
    program.vault.write_bytes(program.vault.read_bytes()[:-1])
    before = files(program)
    assert str(program.vault) in refusal(program.run("unlock"), 4)
    assert files(program) == before


def test_locking_what_is_locked_says_so(locked: Program) -> None:
    done = locked.run("lock")
    assert (done.status, done.stdout, done.stderr) == (0, b"Nothing was unlocked.\n", "")
