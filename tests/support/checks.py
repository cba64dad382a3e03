"""What tests of the commands share: entries to begin with, and how refusals and lists must look."""

import json
import time
from typing import TypedDict, cast

from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import Entry, Nanoseconds
from git_credential_pat.model.scope import parse_url
from support.program import AZURE_TOKEN, Program, Run

_PREFIX = "git-credential-pat: "


class ListedEntry(TypedDict):
    """One row of `list --json`."""

    scope: str
    username: str
    authtype: str
    label: str
    owner: str
    permissions: list[str]
    created: str
    updated: str
    expires: str | None
    days_left: int | None
    state: str
    pinned: bool
    sign_in: str
    answers: bool
    global_token: bool
    renewal: str | None
    revoked_after: str | None


def keep(program: Program, url: str, token: str = AZURE_TOKEN, username: str = "", **fields: object) -> None:
    """Put an active entry for a scope into the program's vault, as `seed` would, but at once."""
    entry = Entry(
        parse_url(url).scope, username.encode(), token.encode(), created=Nanoseconds(time.time_ns())
    )
    entry = entry._replace(updated=entry.created)._replace(**fields)  # type: ignore[arg-type]  # Entry's own
    VaultBackend(Settings(str(program.data), str(program.key.parent))).apply([Change(None, entry)])


def line_of(run: Run) -> str:
    """Return the one line of standard error, without the program's name before it."""
    assert run.stderr.startswith(_PREFIX), run
    assert run.stderr.endswith("\n"), run
    assert run.stderr.count("\n") == 1, run
    assert all(character == "\n" or character.isprintable() for character in run.stderr), run
    return run.stderr.removeprefix(_PREFIX).removesuffix("\n")


def refusal(run: Run, status: int) -> str:
    """Return the line that a refused command said, after checking that it said nothing else."""
    line = line_of(run)
    assert run.status == status, run
    assert run.stdout == b"", run
    assert "internal error" not in line, run
    assert "Traceback" not in line, run
    return line


def said(run: Run) -> list[str]:
    """Return the lines of a command that went well and said nothing else."""
    assert (run.status, run.stderr) == (0, ""), run
    return run.stdout.decode().splitlines()


def slots(program: Program) -> list[tuple[int, str]]:
    """Return number and kind of the vault's slots."""
    shown = json.loads(program.run("vault", "info", "--json").stdout)
    return [(slot["id"], slot["kind"]) for slot in shown["slots"]]


def entries(program: Program) -> list[ListedEntry]:
    """Return what `list --json` shows."""
    listed = program.run("list", "--json")
    assert listed.status == 0, listed
    assert listed.stderr == "", listed
    return cast("list[ListedEntry]", json.loads(listed.stdout)["entries"])


def only_entry(program: Program) -> ListedEntry:
    """Return the one entry that `list --json` shows."""
    (entry,) = entries(program)
    return entry


def answering_first(program: Program) -> list[ListedEntry]:
    """Return the entries of `list --json`, those before that Git gets."""
    return sorted(entries(program), key=lambda entry: not entry["answers"])


def files(program: Program) -> dict[str, bytes]:
    """Return every file below the home folder with its bytes, to see that nothing changed."""
    found = sorted(path for path in program.home.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(program.home)): path.read_bytes() for path in found}
