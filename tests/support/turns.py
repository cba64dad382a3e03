"""Two processes that use one backend in turns, and a model of what each must see.

The model is a dictionary. A change stands on what its process has seen last; it is made if that is still
so, and is a conflict if not: as if each commit were one moment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import git_credential_pat
from support.turn_process import HOSTS
from support.vaults import TESTS, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NAMES = (f"{HOSTS[0]}/x", f"{HOSTS[0]}/y", f"{HOSTS[1]}/x")
SECRETS = ("1", "2", None)
"""Few of both, so that the two meet, and so that what was there comes back. None removes."""
_MEMORY = "/dev/shm"  # noqa: S108  # folders in it are made by mkdtemp(3)
"""A folder that needs no disk: many commits, and none of them is to outlast anything."""

Wanted = dict[str, "str | None"]


@dataclass(frozen=True)
class Step:
    """What one of the two does: `see`, `find`, `apply`, or `apply` while the other is within a commit."""

    who: int
    what: str
    wanted: Wanted
    of_other: Wanted
    """What the other one wants meanwhile."""


WHAT = ("see", "find", "apply", "apply", "meanwhile")


@dataclass
class Model:
    """What is kept, and what each of the two has seen of it last."""

    kept: dict[str, str] = field(default_factory=dict)
    seen: list[dict[str, str]] = field(default_factory=lambda: [{}, {}])

    def writes(self, who: int, wanted: Wanted) -> bool:
        """Whether a change would be made, and would change something."""
        changes = self._changes(who, wanted)
        return self._fits(who, changes) and any(self.kept.get(name) != changes[name] for name in changes)

    def apply(self, who: int, wanted: Wanted) -> str:
        """Make a change; return how it ends."""
        changes = self._changes(who, wanted)
        if not self._fits(who, changes):
            return "conflict"
        for known in (self.kept, self.seen[who]):
            for name, secret in changes.items():
                known.pop(name, None)
                if secret is not None:
                    known[name] = secret
        return "done"

    def see(self, who: int) -> dict[str, str]:
        """Return what is kept, of which one process takes note."""
        self.seen[who] = dict(self.kept)
        return self.kept

    def _changes(self, who: int, wanted: Wanted) -> Wanted:
        """Return what is wanted without the removal of what is not there, which is no change."""
        seen = self.seen[who]
        return {name: secret for name, secret in wanted.items() if name in seen or secret is not None}

    def _fits(self, who: int, changes: Wanted) -> bool:
        return all(self.kept.get(name) == self.seen[who].get(name) for name in changes)


class Pair:
    """The two processes."""

    def __init__(self, processes: Sequence[subprocess.Popen[str]]) -> None:
        self._processes = processes
        self.conflicts = 0
        """How many changes were refused so far."""
        self.waits = 0
        """How many commits had to wait for the other's."""

    def expect_as_modelled(self, steps: Sequence[Step], kind: str = "vault") -> None:
        """Do the steps where nothing is kept yet; raise AssertionError if one is not as the model has it.

        Only a vault can be paused within a commit.
        """
        with tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as folder:
            model = Model()
            for who in range(2):
                assert self._asked(who, "open", folder, kind) == "done"
            for step in steps:
                self._do(step, model)
            for who in range(2):
                assert self._asked(who, "see") == model.kept, "in the end both see the same"
            assert Place(Path(folder)).temporaries() == []

    def _do(self, step: Step, model: Model) -> None:
        who = step.who
        if step.what == "see":
            assert self._asked(who, "see") == model.see(who), step
        elif step.what == "find":
            host = HOSTS[len(step.wanted) % len(HOSTS)]
            kept = {name: secret for name, secret in model.kept.items() if name.startswith(host)}
            assert self._asked(who, "find", host) == kept, step
        elif step.what == "apply":
            self._compare(self._asked(who, "apply", step.wanted), model.apply(who, step.wanted), step)
        else:
            self._do_meanwhile(step, model)

    def _do_meanwhile(self, step: Step, model: Model) -> None:
        who, other = step.who, 1 - step.who
        is_written = model.writes(who, step.wanted)
        first = self._asked(who, "apply_and_pause", step.wanted)
        assert (first == "writing") == is_written, (first, step)
        if not is_written:
            self._compare(first, model.apply(who, step.wanted), step)
            return
        assert self._asked(other, "see") == model.see(other), "nothing of a commit that is not made"
        self.waits += 1
        self._ask(other, "apply", step.of_other)
        self._ask(who, "go on")
        self._compare(self._heard(who), model.apply(who, step.wanted), step)
        self._compare(self._heard(other), model.apply(other, step.of_other), step)

    def _compare(self, said: object, expected: str, step: Step) -> None:
        assert said == expected, (said, step)
        self.conflicts += said == "conflict"

    def _asked(self, who: int, *command: object) -> Any:  # noqa: ANN401  # what JSON gives
        self._ask(who, *command)
        return self._heard(who)

    def _ask(self, who: int, *command: object) -> None:
        pipe = self._processes[who].stdin
        assert pipe
        pipe.write(f"{json.dumps(command)}\n")
        pipe.flush()

    def _heard(self, who: int) -> Any:  # noqa: ANN401  # what JSON gives
        pipe = self._processes[who].stdout
        assert pipe
        line = pipe.readline()
        assert line, "the process has ended"
        return json.loads(line)


@contextmanager
def pair() -> Iterator[Pair]:
    """Give two processes, which end with the block."""
    package = Path(git_credential_pat.__file__).parents[1]
    command = [sys.executable, "-m", "support.turn_process"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{TESTS}:{package}"}
    processes = [
        subprocess.Popen(
            command, env=environment, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        yield Pair(processes)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
