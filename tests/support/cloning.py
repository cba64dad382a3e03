"""Real clones: a user who reaches the local server, with either Git, and what the server saw of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from support.program import CONTOSO, FABRIKAM, Program, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.git_server import GitServer, RequestRecord

WEB = f"{FABRIKAM}/web/_git/web"
APP = f"{CONTOSO}/app/_git/app"
WRONG_TOKEN = "C" * 76 + "AZDO" + "f5g6"
NEWER = pytest.param("a newer Git", marks=pytest.mark.needs("newer-git"))
"""A parameter beside that of the machine's own Git."""


def meet(server: GitServer, program: Program) -> Program:
    """Let a program's user reach the server and make commits; nothing is seeded or configured."""
    server.configure_client(program.home)
    for key, value in [("user.name", "A Tester"), ("user.email", "tester@example.com")]:
        done(program.git("config", "--global", key, value))
    return program


def done(run: Run) -> Run:
    """Return a run after checking that it ended well."""
    assert run.status == 0, run
    return run


def commit_and_push(program: Program, folder: str, name: str) -> None:
    """Make a commit with one file, which holds its own name, and push it."""
    (program.home / folder / name).write_text(name, encoding="utf-8")
    done(program.git("-C", folder, "add", name))
    done(program.git("-C", folder, "commit", "--quiet", "--message", name))
    done(program.git("-C", folder, "push", "--quiet"))


def logins(server: GitServer) -> set[tuple[str, str | None, int]]:
    """Return who was answered what, of the requests with a login: (organization or host, user, status)."""
    return {(_place(record), record.username, record.status) for record in server.log if record.username}


def _place(record: RequestRecord) -> str:
    return record.path.split("/")[1] if record.host == "dev.azure.com" else record.host


@contextmanager
def untouched(path: Path) -> Iterator[None]:
    """Fail if a file is written inside."""
    before = path.stat()
    yield
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
