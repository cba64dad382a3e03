"""`vault backup` and `vault recover` as users run them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.checks import entries, files, keep, refusal
from support.program import CONTOSO, FABRIKAM
from support.pty_program import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.program import Program


@pytest.fixture
def copied(filled: Program) -> Program:
    """Return a program with a copy of its vault, `copy`, which holds one entry less than the vault."""
    assert filled.run("vault", "backup", "copy").status == 0
    keep(filled, CONTOSO)
    return filled


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        ("vault backup copy", {}),
        ("vault recover copy", {}),
        ("import remotes .", {}),
        ("configure", {"GIT_CONFIG_GLOBAL": "config"}),
    ],
)
def test_a_relative_path_is_refused_where_the_working_folder_is_gone(
    filled: Program, command: str, variables: dict[str, str]
) -> None:
    (filled.home / "gone").mkdir()
    line = f'cd gone; rmdir ../gone; exec "{filled.launcher}" {command}'
    before = files(filled)
    finished = subprocess.run(
        ["sh", "-c", line],
        env=filled.environment | variables,
        cwd=filled.home,
        capture_output=True,
        check=False,
    )
    assert (finished.returncode, finished.stdout) == (1, b"")
    assert finished.stderr.endswith(b": the working folder is gone; change to one that is there\n")
    assert files(filled) == before


def scopes(program: Program) -> list[str]:
    return [entry["scope"] for entry in entries(program)]


def asides(program: Program) -> list[Path]:
    return [path for path in program.data.iterdir() if path.name.startswith("vault.2")]


@pytest.mark.parametrize(("name", "folder"), [("copy", "."), ("../copy", "elsewhere"), ("{}/copy", "/")])
def test_a_copy_lies_where_the_user_said_it_should(
    program: Program, tmp_path: Path, name: str, folder: str
) -> None:
    keep(program, FABRIKAM)
    (tmp_path / "elsewhere").mkdir()
    done = program.run("vault", "backup", name.format(tmp_path), cwd=tmp_path / folder)
    assert (done.status, done.stderr) == (0, "")
    assert (tmp_path / "copy").read_bytes() == program.vault.read_bytes()
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600


def test_a_copy_in_the_place_of_a_file_is_refused(copied: Program) -> None:
    before = files(copied)
    refusal(copied.run("vault", "backup", "copy"), 1)
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
def test_on_a_full_or_read_only_disk_no_part_of_a_copy_is_left(copied: Program, small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(4096))
    for why in ("No space left on device", "Read-only file system"):
        said = refusal(copied.run("vault", "backup", str(small_disk / "copy")), 1)
        assert said == f"cannot make {small_disk / 'copy'}: {why}"
        assert os.listdir(small_disk) == ["filler"]
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)


def test_recovering_says_what_is_there_now_and_what_was_before(copied: Program) -> None:
    before = copied.vault.read_bytes()
    done = copied.run("vault", "recover", "copy")
    (aside,) = asides(copied)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.decode().splitlines() == [
        f"The vault holds the 1 entry of {copied.home / 'copy'}.",
        f"The previous vault is {aside}.",
    ]
    assert (aside.read_bytes(), aside.stat().st_mode & 0o777) == (before, 0o600)
    assert scopes(copied) == [FABRIKAM]
    assert copied.run("vault", "recover", str(aside)).status == 0
    assert scopes(copied) == [CONTOSO, FABRIKAM]


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_on_a_terminal_it_asks_first(copied: Program, answer: str, status: int) -> None:
    terminal = Terminal(copied, "vault", "recover", "copy")
    terminal.wait_for("[y/N] ")
    terminal.enter(answer)
    assert terminal.finish() == status
    asked = f"Put {copied.home / 'copy'}, which holds 1 entry, in place of {copied.vault}? [y/N] "
    assert "".join(terminal.lines()).startswith(asked)
    assert scopes(copied) == ([FABRIKAM] if status == 0 else [CONTOSO, FABRIKAM])
    assert len(asides(copied)) == (status == 0)


@pytest.mark.parametrize("why", ["--yes", "no vault", "forbidden"])
def test_it_does_not_ask_where_it_need_not_or_may_not(copied: Program, why: str) -> None:
    if why == "no vault":
        copied.vault.unlink()
    environment = {"GIT_TERMINAL_PROMPT": "0"} if why == "forbidden" else {}
    options = ["--yes"] if why == "--yes" else []
    terminal = Terminal(copied, "vault", "recover", "copy", *options, environment=environment)
    assert terminal.finish() == (why == "forbidden")
    assert "[y/N]" not in terminal.seen
    assert ("give --yes" in terminal.seen) == (why == "forbidden")
    assert scopes(copied) == ([CONTOSO, FABRIKAM] if why == "forbidden" else [FABRIKAM])
