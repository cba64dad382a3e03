"""Files and folders that others could read or swap, or that are none: refused, and left as they are.

Every fault is put in place of each file and folder of a vault, and each kind of call is tried on it.
So are copies of a vault, and other users on root's vault.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.checks import keep
from support.program import LAUNCHER, Program, Run, attributes
from support.users import AS_NOBODY, NOBODY, give_to_nobody

import git_credential_pat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOKEN = "canary-of-the-owner"
URL = "https://git.example.com"
ASKED = attributes("protocol=https", "host=git.example.com", "username=jane")
ANSWERED = Run(0, f"username=jane\npassword={TOKEN}\n".encode(), "")
REPORTED = ASKED[:-1] + b"password=another\n\n"
PATIENCE = 10.0
"""Seconds after which a call counts as hung."""

READERS = {"get": ASKED, "list": b"", f"token {URL}": b"", f"header {URL}": b"", "vault info": b""}
WRITERS = {"store": REPORTED, f"seed {URL} --username jane --no-verify --no-configure": b"another\n"}
MODES = tuple(0o600 | others for others in range(1, 0o100))
"""All modes of a file that its user can read and write, and other users can reach."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a path, and what the line that refuses it must say to do."""

    name: str
    put: Callable[[Path], object]
    """Puts the fault in place of what lies at the path, which is a copy that nobody needs."""
    fix: str


AWAY = "; move it away"
ZERO = os.makedev(1, 5)
"""/dev/zero, which never ends."""


def _mode(mode: int, fix: str) -> Fault:
    return Fault(f"{mode:o}", lambda path: path.chmod(mode), f"; run: {fix} ")


def _replaced(name: str, put: Callable[[Path], object], fix: str = AWAY) -> Fault:
    """Return a fault that stands in place of what is moved away."""

    def move_and_put(path: Path) -> None:
        path.rename(path.parent.parent / f"moved-{path.name}")
        put(path)

    return Fault(name, move_and_put, fix)


OTHERS = (
    Fault("owner", give_to_nobody, '; run: sudo chown "$(id -un)" '),
    _replaced("link", lambda path: path.symlink_to(path.parent.parent / f"moved-{path.name}")),
    _replaced("dangling link", lambda path: path.symlink_to(path.parent / "nowhere")),
    _replaced("FIFO", lambda path: os.mkfifo(path, 0o600)),
    _replaced("socket", lambda path: os.mknod(path, stat.S_IFSOCK | 0o600)),
    _replaced("device", lambda path: os.mknod(path, stat.S_IFCHR | 0o600, ZERO)),
)
FOLDER = _replaced("folder", lambda path: path.mkdir(0o700))
OF_FILES = (
    *(_mode(mode, "chmod 600") for mode in MODES),
    *OTHERS,
    FOLDER,
    Fault("hard link", lambda path: os.link(path, path.parent.parent / "second"), "; to find it, run: "),
)
OF_FOLDERS = (
    *(_mode(mode | 0o100, "chmod 700") for mode in MODES),
    *OTHERS,
    _replaced("file", lambda path: path.touch(0o600)),
)


class Place:
    """A home with a vault in it, made anew by `fresh` for each fault."""

    def __init__(self, folder: Path) -> None:
        self.program = Program(folder / "home")
        self._folder = folder
        keep(self.program, URL, TOKEN, "jane")
        (self.program.key.parent / "key.lock").chmod(0o600)
        assert self.program.run("get", stdin=ASKED) == ANSWERED
        self.program.home.rename(folder / "good")

    def fresh(self) -> Program:
        """Put the good home back."""
        shutil.rmtree(self.program.home, ignore_errors=True)
        shutil.copytree(self._folder / "good", self.program.home)
        return self.program


def cases(program: Program) -> list[tuple[Path, Fault, str, bytes]]:
    """Return every path, fault and call, with its standard input."""
    files = {program.vault: READERS | WRITERS, program.key: READERS | WRITERS}
    lock = {program.data / "vault.lock": WRITERS}
    folders = {program.data: READERS | WRITERS, program.key.parent: READERS | WRITERS}
    tables = ((files | lock, OF_FILES), (folders, OF_FOLDERS))
    return [
        (path, fault, call, given)
        for paths, faults in tables
        for path, calls in paths.items()
        for fault in faults
        for call, given in calls.items()
        if not (call == "vault info" and path in (program.key, program.key.parent))
    ]


def state(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return all that lies below a folder: kind and mode, owner, names, and what it holds."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        target = os.readlink(path) if path.is_symlink() else ""
        found[str(path)] = status.st_mode, status.st_uid, status.st_nlink, status.st_ino, content, target
    return found


def run(  # noqa: PLR0913, PLR0917  # what is run, and what it may break
    program: Program, words: str, given: bytes, trial: Trial, what: str, command: Sequence[str] = ()
) -> Run:
    """Run a call; one that does not end is a breach."""
    try:
        ended = subprocess.run(
            [*(command or [str(program.launcher)]), *words.split()],
            input=given,
            env=program.environment,
            cwd="/",
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        trial.breach("hung", f"{words} waits for {what}")
    return Run(ended.returncode, ended.stdout, ended.stderr.decode())


def is_one_line(said: str) -> bool:
    """Whether a text is one line of this program, and no traceback."""
    return said.startswith("git-credential-pat: ") and said.count("\n") == 1 and "internal" not in said


def attack_vault(trial: Trial, place: Place) -> None:
    """Try as many of the cases as the size allows, every other of them about a mode."""
    found = cases(place.program)
    trial.chance.shuffle(found)
    modes = [case for case in found if case[1].name.isdigit()]
    others = [case for case in found if not case[1].name.isdigit()]
    turns = [case for turn in zip_longest(others, modes) for case in turn if case]
    for path, fault, call, given in turns[: trial.size]:
        program = place.fresh()
        fault.put(path)
        what = f"{path.name} ({fault.name})"
        before = state(program.home)
        ended = run(program, call, given, trial, what)
        trial.count("refusals")
        is_refused = ended.status == 1 and not ended.stdout and is_one_line(ended.stderr)
        trial.require(is_refused, "accepted", f"{call} on {what}: {ended}")
        is_reported = str(path) in ended.stderr and fault.fix in ended.stderr
        trial.require(is_reported, "unreported", f"{call} on {what}: {ended.stderr!r} lacks {fault.fix!r}")
        trial.require(state(program.home) == before, "changed", f"{call} on {what} changed something")


def attack_copies(trial: Trial, place: Place) -> None:
    """Give `recover` what is no file, and `backup` a name that is taken."""
    for fault in (*OTHERS[2:], FOLDER):
        for call in ("vault recover --yes", "vault backup"):
            program = place.fresh()
            copy = program.home / "below" / "copy"
            copy.parent.mkdir()
            copy.touch(0o600)
            fault.put(copy)
            before = state(program.home)
            ended = run(program, f"{call} {copy}", b"", trial, f"a copy that is {fault.name}")
            trial.count("refusals")
            is_refused = (ended.status, ended.stdout) == (1, b"") and is_one_line(ended.stderr)
            trial.require(is_refused, "accepted", f"{call} of {fault.name}: {ended}")
            trial.require(str(copy) in ended.stderr, "unreported", f"{call}: {ended.stderr}")
            trial.require(state(program.home) == before, "changed", f"{call} of {fault.name}")


def attack_as_others(trial: Trial, place: Place) -> None:
    """Run as another user on root's vault, open to all as it may be; and with another user's rights."""
    program = place.fresh()
    subprocess.run(["chmod", "-R", "a+rwX", str(program.home)], check=True)
    package = Path(git_credential_pat.__file__).parent
    half = ["setpriv", f"--ruid={NOBODY}", sys.executable, "-I", "-S", str(package / "__main__.py")]
    ways = (
        ([*AS_NOBODY, str(LAUNCHER)], " belongs to root; run it as that user, "),
        (half, "(set-uid); run it as yourself"),
    )
    before = state(program.home)
    for words, given in (READERS | WRITERS).items():
        for command, fix in ways:
            ended = run(program, words, given, trial, "another user's", command)
            trial.count("others")
            is_refused = (ended.status, ended.stdout) == (1, b"") and is_one_line(ended.stderr)
            trial.require(is_refused, "accepted", f"{words} by {command[:3]}: {ended}")
            trial.require(fix in ended.stderr, "unreported", f"{words} by {command[:3]}: {ended.stderr}")
    trial.require(state(program.home) == before, "changed", "another user changed something")


def attack(trial: Trial) -> None:
    """Try everything in homes of its own."""
    with tempfile.TemporaryDirectory(prefix="pat-") as folder:
        place = Place(Path(folder))
        attack_vault(trial, place)
        attack_copies(trial, place)
        attack_as_others(trial, place)


ROW = Row(
    promise="a file or folder that others could reach, or of a wrong type, is refused with a fix",
    attack=attack,
    ci=100,
    full=700,
    tried=("refusals", "others"),
    breaches=("accepted", "unreported", "changed", "hung"),
    needs=("root",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))
