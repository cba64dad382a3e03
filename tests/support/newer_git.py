"""A user's Git and what it says to the helper: the newer Git, and any Git as an older one would speak."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from support.requirements import newer_git

if TYPE_CHECKING:
    from support.program import Program


def lead_with_newer_git(program: Program) -> None:
    """Make the newer Git this user's; the test says that it needs "newer-git"."""
    program.environment["PATH"] = f"{newer_git().parent}{os.pathsep}{program.environment['PATH']}"


def silence(program: Program, *attributes: str) -> None:
    """Keep these attributes of Git from the helper, as if Git were older than they are."""
    pattern = "|".join(f"^{attribute}" for attribute in attributes)
    helper = f"!f() {{ grep -Ev '{pattern}' | git-credential-pat \"$1\"; }}; f"
    done = program.git("config", "--global", "--replace-all", "credential.helper", helper)
    assert done.status == 0, done


def overhearing(*others: str) -> list[str]:
    """Return options for git that write to files of the home what the helper hears and says.

    `heard` has a line `[operation]` before each message, `said` has the answers. `others` are helpers that
    are asked first.
    """
    note = 'echo "[$1]" >>"$HOME/heard"; tee -a "$HOME/heard"'
    ours = f'!f() {{ {note} | git-credential-pat "$1" | tee -a "$HOME/said"; }}; f'
    return [part for helper in ("", *others, ours) for part in ("-c", f"credential.helper={helper}")]
