"""Errors of the disk and of the system, and writes cut short, at every call of a commit on own files.

A commit that fails says so in one line that is true, and leaves the old vault and no temporary. One whose
call may fail without harm, or is tried again, leaves the new one. So does one whose write the disk takes
in parts: each goes on where the one before stopped.
"""

from __future__ import annotations

import errno
import os
import re
import resource
import signal
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from reliability.campaign.commits import ALWAYS, COMMITS, STALE, Site, contents, site
from reliability.campaign.row import Row, Trial, main
from support.faults import stopped

from git_credential_pat.errors import PatError

if TYPE_CHECKING:
    from support.strikes import Call, Struck

LIMITS = (1000, 3000)
"""Lengths at which the file's growth is stopped, in bytes."""

ERRORS = ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EINTR", "EACCES", "EMFILE", "ENOMEM")
ANYWHERE = ("EIO", "EINTR", "ENOMEM")
"""What calls may fail with that ask for nothing of the disk."""

CHANGING = ("openat", "write", "fsync", "rename", "renameat", "renameat2", "unlink", "unlinkat", "flock")
CHANGING_FOLDERS = ("mkdir", "mkdirat")
ASKING = ("stat", "lstat", "fstat", "newfstatat", "statx")
RETRIED = ("openat", "read", "write", "fsync", "flock", *ASKING)
"""Calls that Python makes again after a signal (PEP 475)."""

MORE = ("first store", "rekey", "add-slot")
"""The commits that fail too where there is time for all."""


class Plan(NamedTuple):
    """A call of a commit, and how it shall fail."""

    name: str
    call: Call
    error: str
    is_over: bool
    """Whether the commit is done by then, and its failing would be no news for the user."""


def attack(trial: Trial) -> None:
    """Have each call of a store fail in all its ways, and in one those by which others change the disk."""
    with site() as here:
        _cut_short(trial, here)
        plans = _chosen(trial, _plans(trial, here))
        outcomes = here.threads.map(lambda plan: _outcome(here, plan), plans)
        for (name, call, error, _), (figure, what) in zip(plans, outcomes, strict=True):
            trial.count("strikes")
            trial.require(figure in ("refused", "harmless"), figure, f"{name}, {error} at {call}: {what}")
            trial.count(figure)


def _cut_short(trial: Trial, here: Site) -> None:
    """Store while no file may be longer than a limit, which is raised when it was reached."""
    home = here.home("store")
    limited = ["-e", "trace=write", "-e", "inject=write:signal=STOP", "prlimit", f"--fsize={LIMITS[0]}:"]
    running = here.threads.submit(COMMITS["store"].run, home, limited)
    for number, limit in enumerate((*LIMITS[1:], resource.RLIM_INFINITY, resource.RLIM_INFINITY), 1):
        process = stopped(running, home, number)
        resource.prlimit(process, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        os.kill(process, signal.SIGCONT)
    ended = running.result()
    written = [int(size) for size in re.findall(r"write\(\d+, .* = (\d+)$", ended.log, re.MULTILINE)]
    trial.count("pieces", len(written))
    length = home.place.vault.stat().st_size
    planned = [end - start for start, end in pairwise((0, *LIMITS, length))]
    trial.require(written == planned, "missed", f"the disk took {written}, not {planned}")
    is_kept = (ended.status, ended.errors, contents(home)) == (0, "", COMMITS["store"].after)
    trial.require(is_kept, "lost", f"a write in parts: {ended.errors!r}")


def _plans(trial: Trial, here: Site) -> list[Plan]:
    plans = []
    for name in (*ALWAYS, *(MORE if trial.size >= ROW.full else ())):
        calls = [call for _, call in here.calls([name])]
        in_place = max(at for at, call in enumerate(calls) if call.name.startswith("rename"))
        for at, call in enumerate(calls):
            is_over = at > in_place and call.name != "fsync"
            errors = _errors(call)
            if name != "store":
                errors = (trial.chance.choice(errors),) if errors is ERRORS else ()
            plans += [Plan(name, call, error, is_over) for error in errors]
    return plans


def _errors(call: Call) -> tuple[str, ...]:
    return ERRORS if call.name in (*CHANGING, *CHANGING_FOLDERS) else ANYWHERE


def _chosen(trial: Trial, plans: list[Plan]) -> list[Plan]:
    """Return all plans; or each error at some call, each kind of call, and others by chance."""
    if trial.size >= len(plans):
        return plans
    shuffled = trial.chance.sample(plans, len(plans))
    kinds = {plan.call.name: plan for plan in shuffled}
    errors = {plan.error: plan for plan in shuffled if plan.call.name in CHANGING}
    first = list(dict.fromkeys((*kinds.values(), *errors.values())))
    return [*first, *(plan for plan in shuffled if plan not in first)][: trial.size]


def _outcome(here: Site, plan: Plan) -> tuple[str, str]:
    """Strike a commit; return the figure that counts what became of it, and what is wrong."""
    name, call, error, is_over = plan
    struck = here.strike(name, call, f"error={error}")
    if not struck.hit:
        return "missed", struck.ended.log[-500:]
    commit = COMMITS[name]
    try:
        held = contents(struck.home)
    except PatError as damage:
        return "lost", str(damage)
    said = f"status {struck.ended.status}, {struck.ended.errors!r}, {struck.ended.output!r}"
    if struck.ended.status == 0 and (held != commit.after or not (is_over or _may_succeed(call, error))):
        return "silent", f"{said}; the vault holds {held}"
    if struck.ended.status and not _is_true(struck, error, is_old=here.is_old(name, struck.home)):
        return "untrue", f"{said}; the vault holds {held}"
    left = set(struck.home.place.temporaries()) - {STALE}
    if left:
        return "left", f"there is {left}"
    wrong = here.flaw(name, struck.home)
    return ("lost", wrong) if wrong else ("refused" if struck.ended.status else "harmless", "")


def _may_succeed(call: Call, error: str) -> bool:
    """Whether a commit may succeed though this call fails.

    Nothing is lost by a descriptor that does not close well, what was written having been flushed before.
    Folders are looked for and made without need if they are there, and opened then. What is left of another
    process may be another's. Reading a folder ends by going back to its start, which is of no use here.
    """
    by_path = not call.place.startswith("<")
    return (
        call.name in ("close", "lseek")
        or (by_path and call.name in (*ASKING, *CHANGING_FOLDERS))
        or (call.name.startswith("unlink") and error == "EACCES")
        or (call.name in RETRIED and error == "EINTR")
    )


def _is_true(struck: Struck, error: str, *, is_old: bool) -> bool:
    """Whether a refusal is one line that names a path, the reason, and what became of the vault."""
    errors = struck.ended.errors
    reason = os.strerror(getattr(errno, error))
    is_full = error in ("ENOSPC", "EDQUOT") and "the disk is full" in errors
    says_changed = f"{struck.home.place.vault} is changed, but the disk does not confirm it" in errors
    return (
        struck.ended.status == 1
        and not struck.ended.output
        and re.fullmatch(r"git-credential-pat: [^\n]+\n", errors) is not None
        and "internal error" not in errors
        and str(struck.home.folder) in errors
        and (is_full or errors.endswith(f": {reason}\n"))
        and says_changed != is_old
    )


ROW = Row(
    promise="a commit in which a system call fails reports it truly and leaves the old vault or the new one",
    attack=attack,
    ci=32,
    full=2000,
    tried=("strikes", "refused", "harmless", "pieces"),
    breaches=("lost", "left", "silent", "untrue", "missed"),
    needs=("strace",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))
