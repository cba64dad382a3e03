"""`vault backup` and `vault recover` as users run them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.checks import entries, files, keep, refusal
from support.pty_program import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.program import Program

FABRIKAM, CONTOSO = "https://dev.azure.com/fabrikam", "https://dev.azure.com/contoso"


@pytest.fixture
def filled(program: Program) -> Program:
    keep(program, FABRIKAM)
    return program


@pytest.fixture
def copied(filled: Program) -> Program:
    """Return a program with a copy of its vault, `copy`, which holds one entry less than the vault."""
    assert filled.run("vault", "backup", "copy").status == 0
    keep(filled, CONTOSO)
    return filled


def scopes(program: Program) -> list[str]:
    return [entry["scope"] for entry in entries(program)]


def asides(program: Program) -> list[Path]:
    return [path for path in program.data.iterdir() if path.name.startswith("vault.2")]


def test_a_copy_lies_where_the_user_said_it_should(filled: Program, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    for name, cwd in (
        ("copy", tmp_path),
        ("../copy", tmp_path / "elsewhere"),
        (str(tmp_path / "copy"), None),
    ):
        done = filled.run("vault", "backup", name, cwd=cwd)
        assert (done.status, done.stderr) == (0, "")
        assert done.stdout.decode() == (
            f"{tmp_path / 'copy'} is a copy of the vault. It opens by the keyfile of today.\n"
        )
        assert (tmp_path / "copy").read_bytes() == filled.vault.read_bytes()
        assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
        (tmp_path / "copy").unlink()


def test_a_copy_in_the_place_of_a_file_is_refused(copied: Program) -> None:
    before = files(copied)
    assert refusal(copied.run("vault", "backup", "copy"), 1) == (
        f"{copied.home / 'copy'} is there already; give another name"
    )
    assert files(copied) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that is on a disk of its own of 8 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.needs("root")
def test_on_a_full_disk_no_part_of_a_copy_is_left(filled: Program, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(4096))
    told = refusal(filled.run("vault", "backup", str(small_disk / "copy")), 1)
    assert told == f"cannot make {small_disk / 'copy'}: No space left on device"
    assert os.listdir(small_disk) == ["filler"]


@pytest.mark.needs("root")
def test_on_a_read_only_disk_a_copy_is_refused(filled: Program, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    told = refusal(filled.run("vault", "backup", str(small_disk / "copy")), 1)
    assert told == f"cannot make {small_disk / 'copy'}: Read-only file system"


def test_without_a_vault_there_is_nothing_to_copy(program: Program) -> None:
    assert refusal(program.run("vault", "backup", "copy"), 1) == (
        f"there is no vault at {program.vault} yet; run: git credential-pat seed URL"
    )
    assert files(program) == {}


def test_recovering_says_what_is_there_now_and_what_was_before(copied: Program) -> None:
    before = copied.vault.read_bytes()
    done = copied.run("vault", "recover", "copy")
    (aside,) = asides(copied)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.decode().splitlines() == [
        f"The vault holds the 1 entry of {copied.home / 'copy'}.",
        f"The vault of before is {aside}.",
    ]
    assert aside.read_bytes() == before
    assert aside.stat().st_mode & 0o777 == 0o600
    assert scopes(copied) == [FABRIKAM]
    assert copied.run("vault", "recover", str(aside)).status == 0
    assert scopes(copied) == [CONTOSO, FABRIKAM]


def test_where_there_is_no_vault_recovering_makes_it(copied: Program) -> None:
    copied.vault.unlink()
    done = copied.run("vault", "recover", "copy")
    assert (done.status, done.stdout.decode().count("\n")) == (0, 1)
    assert scopes(copied) == [FABRIKAM]
    assert asides(copied) == []


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_on_a_terminal_it_asks_first(copied: Program, answer: str, status: int) -> None:
    terminal = Terminal(copied, "vault", "recover", "copy")
    terminal.wait_for("[y/N] ")
    terminal.enter(answer)
    assert terminal.finish() == status
    asked = f"Put {copied.home / 'copy'}, which holds 1 entry, in the place of {copied.vault}? [y/N] "
    assert "".join(terminal.lines()).startswith(asked)
    assert scopes(copied) == ([FABRIKAM] if status == 0 else [CONTOSO, FABRIKAM])
    assert len(asides(copied)) == (status == 0)


def test_with_yes_it_does_not_ask(copied: Program) -> None:
    terminal = Terminal(copied, "vault", "recover", "copy", "--yes")
    assert terminal.finish() == 0
    assert "[y/N]" not in terminal.seen


def test_where_there_is_nothing_to_replace_it_does_not_ask(copied: Program) -> None:
    copied.vault.unlink()
    terminal = Terminal(copied, "vault", "recover", "copy")
    assert terminal.finish() == 0
    assert "[y/N]" not in terminal.seen


def test_where_questions_are_forbidden_it_wants_yes(copied: Program) -> None:
    terminal = Terminal(copied, "vault", "recover", "copy", environment={"GIT_TERMINAL_PROMPT": "0"})
    assert terminal.finish() == 1
    assert "give --yes" in terminal.seen
    assert scopes(copied) == [CONTOSO, FABRIKAM]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 4), (b"GITPATS1" + bytes(5000), 4), (None, 1)],
    ids=["empty", "zeros", "none"],
)
def test_what_is_no_copy_replaces_nothing(copied: Program, content: bytes | None, status: int) -> None:
    path = copied.home / "other"
    if content is not None:
        path.write_bytes(content)
    before = files(copied)
    assert str(path) in refusal(copied.run("vault", "recover", "other"), status)
    assert files(copied) == before


def test_recover_takes_the_place_of_a_damaged_vault(copied: Program) -> None:
    copied.vault.write_bytes(b"damaged")
    refusal(copied.run("list"), 4)
    assert copied.run("vault", "recover", "copy").status == 0
    assert scopes(copied) == [FABRIKAM]
    assert [path.read_bytes() for path in asides(copied)] == [b"damaged"]


def test_a_copy_whose_key_is_missing_is_status_3_and_no_key_is_made(copied: Program) -> None:
    copied.key.unlink()
    before = files(copied)
    refusal(copied.run("vault", "recover", "copy"), 3)
    copied.vault.unlink()
    refusal(copied.run("vault", "recover", "copy"), 3)
    after = files(copied)
    assert {name: after.get(name) for name in before if not name.endswith("/vault")} == {
        name: data for name, data in before.items() if not name.endswith("/vault")
    }
    assert not copied.key.exists()
    assert not copied.vault.exists()
