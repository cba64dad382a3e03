"""The installed program where its calls may start an agent, and no agent that outlives its test.

The homes lie in short folders, because the path of a Unix socket has at most 107 bytes. `by_agent` runs
a call that only an agent can answer: where git is not on PATH, going the full way fails.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from git_credential_pat.agent import identity
from git_credential_pat.agent.client import ask, ask_in
from git_credential_pat.agent.control import Status, status_of
from git_credential_pat.errors import PatError
from support.program import AZURE_TOKEN, LAUNCHER, NO_AGENT, OTHER_AZURE_TOKEN, Program, Run, attributes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")
ANSWER = f"username=pat\npassword={AZURE_TOKEN}\n".encode()
FOUND = Run(0, ANSWER, "")
"""How a `get` of the one entry that `keep` makes for `FABRIKAM` ends."""

OTHER = Run(0, f"username=pat\npassword={OTHER_AZURE_TOKEN}\n".encode(), "")
"""How it ends once the other token is kept."""
JANE = Run(0, ANSWER.replace(b"username=pat", b"username=jane"), "")
MISS = Run(0, b"", "")

PHRASE = "correct horse battery staple"
"""What opens a vault that is locked by a passphrase."""

PATIENCE = 10.0
"""Seconds for what should come at once, on a busy machine."""

LIMIT = 5.0
"""Seconds within which every call must be answered, whatever the agent does."""

NO_GIT = {"PATH": "/nonexistent"}
NEEDS_GIT = "git-credential-pat: git is not on PATH; install Git, or add its folder to PATH\n"


class Timed(NamedTuple):
    """How a run ended, and the seconds that its caller waited."""

    run: Run
    seconds: float


def said_by_git(password: str, username: str = "pat") -> bytes:
    """Return what `store` and `erase` get for the entry of `FOUND` with this password."""
    return REQUEST[:-1] + f"username={username}\npassword={password}\n\n".encode()


class AgentProgram(Program):
    """The program in a home where an agent may run."""

    def __init__(self, home: Path, launcher: Path = LAUNCHER) -> None:
        super().__init__(home, launcher)
        for name in NO_AGENT:
            del self.environment[name]

    @property
    def bare_environment(self) -> dict[bytes, bytes]:
        return {os.fsencode(name): os.fsencode(value) for name, value in self.environment.items()}

    @property
    def folder(self) -> Path:
        """The first of the folders where the agent's socket may lie."""
        return self.folders[0]

    @property
    def folders(self) -> list[Path]:
        return [Path(os.fsdecode(folder)) for folder in identity.folders(self.bare_environment)]

    @property
    def socket(self) -> Path:
        return self.folder / "agent.sock"

    def status(self) -> Status | None:
        """Return what the agent reports of itself, or None if none answers."""
        try:
            return status_of(self.bare_environment)
        except PatError:
            return None

    def pid(self) -> int:
        """Return the process id of the agent, which must run."""
        status = self.status()
        assert status is not None, "no agent runs"
        return status.pid

    def start(self) -> int:
        """Have a `get` start an agent; return its process id."""
        assert self.run("get", stdin=REQUEST) == FOUND
        return self.pid()

    def by_agent(
        self,
        operation: str,
        stdin: bytes = REQUEST,
        *options: str,
        environment: Mapping[str, str] | None = None,
    ) -> Run | None:
        """Run an operation that only an agent can do; return None if none did it."""
        done = self.run(*options, operation, stdin=stdin, environment={**NO_GIT, **(environment or {})})
        return None if done == Run(1, b"", NEEDS_GIT) else done

    def timed(self, operation: str = "get", stdin: bytes = REQUEST) -> Timed:
        begun = time.monotonic()
        done = self.run(operation, stdin=stdin)
        return Timed(done, time.monotonic() - begun)

    def alone(
        self, operation: str, stdin: bytes = REQUEST, environment: Mapping[str, str] | None = None
    ) -> Run:
        """Run an operation that no agent answers."""
        return self.run(operation, stdin=stdin, environment={**NO_AGENT, **(environment or {})})

    def end(self) -> None:
        """End the agent, if one runs, whatever was done to it; fail if it does not go."""
        for folder in self.folders:
            ask_in(os.fsencode(folder), b"stop")
            (folder / "agent.sock").unlink(missing_ok=True)
            eventually(partial(is_free, folder / "agent.lock"), "the agent ends")


def is_free(path: Path) -> bool:
    """Whether nobody holds an agent's lock, which an agent does as long as it lives."""
    try:
        lock = os.open(path, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


@contextmanager
def agent_program() -> Iterator[AgentProgram]:
    """Give a program in a short folder of its own, whose agent ends with it."""
    with tempfile.TemporaryDirectory(prefix="pat-") as folder:
        program = AgentProgram(Path(folder) / "home")
        try:
            yield program
        finally:
            program.end()


@contextmanager
def in_foreground(
    program: AgentProgram, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `agent --foreground` as a child of this process, until it answers and as long as needed.

    It alone has the variables of `environment` beside the program's.
    """
    with subprocess.Popen(
        [str(program.launcher), "agent", "--foreground", *arguments],
        env={**program.environment, **(environment or {})},
        cwd=program.home,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as agent:
        try:
            eventually(lambda: program.status() is not None, "the agent answers")
            yield agent
        finally:
            agent.kill()


@contextmanager
def connected(program: AgentProgram) -> Iterator[socket.socket]:
    """Give a connection to the agent, to which nothing is said yet."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2 * LIMIT)
        connection.connect(str(program.socket))
        yield connection


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process, so that it is there and does nothing; it may have been ended by then."""
    os.kill(pid, signal.SIGSTOP)
    try:
        eventually(lambda: state_of(pid) == "T", "the process stops")
        yield
    finally:
        with suppress(ProcessLookupError):  # it was killed meanwhile
            os.kill(pid, signal.SIGCONT)


def eventually(holds: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it did not happen within {seconds:.0f} s: {what}"
        time.sleep(0.01)


def state_of(pid: int) -> str:
    """Return the letter of a process's state (proc(5)), empty if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][:1]
    except OSError:
        return ""


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for by its parent or not."""
    return state_of(pid) in ("", "Z", "X")


def megabytes(pid: int) -> float:
    """Return the memory that a process has in use; 0 if there is no such process."""
    try:
        said = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in said.splitlines() if line.startswith("VmRSS:")) / 1024


def cpu_seconds(pid: int) -> float:
    """Return the time that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def asked(program: AgentProgram, *fields: bytes) -> list[bytes]:
    """Send fields to the agent as a client does, and return those of its reply."""
    outcome, reply = ask(program.bare_environment, *fields)
    return [outcome, *reply]
