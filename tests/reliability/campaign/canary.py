"""A token, a passphrase and the vault's data key: seen where they are asked for, and nowhere else.

Every command runs under strace, which shows what it writes, starts and names. First each encoding of a secret
is leaked on purpose, and must be seen. What may be seen: the token on standard output of `get`, `token` and
`header`, and in the environment of what `exec` starts; what the user gave on a command line or in a variable,
where it stands anyway; token and key between agent and calls. What goes to hosts is encrypted.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from binascii import a2b_base64
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.campaign.canary_calls import (
    AGENTS,
    BREAKABLE,
    CALLS,
    MISUSES,
    PHRASE,
    REPOSITORY,
    SHOWN,
    TERMINAL_CALLS,
    TOKEN,
    URL,
    Call,
    imports,
)
from reliability.campaign.row import Row, Trial, main
from support.agents import AgentProgram, agent_program, eventually
from support.git_server import GitServer
from support.leaks import STRACE, Secrets, Seen, Watched, files_below, forms, looked_at
from support.processes import processes
from support.program import NO_AGENT
from support.pty_program import Terminal
from support.secret_service import running

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.unlocking import Unlocking

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAKING = """
import os, socket, subprocess, sys
secret = sys.stdin.readline().strip()
half = len(secret) // 2
os.write(2, secret[:half].encode())
os.write(2, secret[half:].encode())
os.writev(os.pipe()[1], [b"before", secret.encode()])
ours, theirs = socket.socketpair()
ours.send(secret.encode().hex().encode())
for _ in range(3):
    subprocess.run(["/bin/true", secret], env={})
    subprocess.run(["/bin/true"], env={"X": secret})
open(secret, "w").write(secret.upper())
"""
TRACES = {
    "GIT_TRACE": "1", "GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "0", "GIT_CURL_VERBOSE": "1",
    "GIT_TRACE_PACKET": "1", "GIT_TRACE_SETUP": "1", "GIT_TRACE2_EVENT": "1", "SSLKEYLOGFILE": "keys.log",
}  # fmt: skip


class Stage:
    """A home, and all that is seen of what runs there."""

    def __init__(self, trial: Trial, program: AgentProgram, folder: Path) -> None:
        self.trial = trial
        self.program = program
        self.folder = folder
        self.secrets = Secrets(token=TOKEN.encode(), phrase=PHRASE.encode())
        self._keys: set[bytes] = set()
        self._runs = 0

    def note_key(self) -> None:
        """Look for the data key that the vault has now, too."""
        settings = Settings(str(self.program.data), str(self.program.key.parent))
        opened = VaultBackend(settings, Unlocking(passphrase=lambda _: PHRASE.encode())).open()
        if opened and opened.data_key not in self._keys:
            self._keys.add(opened.data_key)
            self.secrets.add("key", *self._keys)

    def start(self, call: Call, *, agent: bool = False) -> Watched:
        """Start a call under strace."""
        self._runs += 1
        self.trial.count("commands")
        variables = {**self.program.environment, **({} if agent else NO_AGENT), **call.variables}
        command = [str(self.program.launcher), *call.words]
        folder = self.folder / f"run-{self._runs}"
        return Watched(folder, command, variables, self.program.home, call.given)

    def run(self, call: Call, *, agent: bool = False) -> Watched:
        """Run a call to its end, and look."""
        watched = self.start(call, agent=agent)
        status = watched.finish()
        assert call.status in (status, None), f"{call.words}: {status} {watched.err.read_bytes()!r}"
        self.note_key()
        self.require(watched.seen(self.secrets), call.seen, " ".join(call.words))
        return watched

    def require(self, seen: Seen, wanted: frozenset[str], what: str) -> None:
        """Count what was looked at; end the row if a secret was seen elsewhere, or not where it belongs."""
        self.trial.count("buffers", seen.buffers)
        self.trial.count("bytes", seen.size)
        what = what.replace(TOKEN, "TOKEN")
        self.trial.require(seen.sightings <= wanted, "sightings", f"{what}: {seen.sightings - wanted}")
        assert seen.sightings == wanted, f"{what}: not seen: {wanted - seen.sightings}"

    def look(self, data: bytes, what: str) -> None:
        """Look at a text that no secret belongs into."""
        seen = Seen()
        seen.look(data, what, self.secrets)
        self.require(seen, frozenset(), what)

    def look_at_files(self, *folders: Path) -> None:
        """Look at every file below these folders, and its name."""
        for path, data in files_below(*folders):
            self.trial.count("files")
            self.look(os.fsencode(path) + b"\0" + data, f"the file {path.name}")

    def look_at_processes(self) -> None:
        """Look at command lines and environments of all processes that have this home."""
        home = f"HOME={self.program.home}".encode()
        for process in processes():
            if home in process.variables:
                self.trial.count("processes")
                seen = b"\0".join((*process.variables, *process.words))
                self.look(seen, f"process {process.words!r}")


def leak_on_purpose(stage: Stage) -> None:
    """See that nothing is overlooked: each form of each secret, written, and as an argument."""
    for name, secret in (("token", TOKEN), ("phrase", PHRASE)):
        wanted = forms(secret.encode())
        for form, text in wanted.items():
            assert stage.secrets.within(b"\xff" + text + b"\xff") == {name}, f"{form} is overlooked"
            stage.trial.count("planted")
    command = [sys.executable, "-c", LEAKING]
    watched = Watched(stage.folder / "leak", command, stage.program.environment, stage.folder, TOKEN.encode())
    assert watched.finish() == 0, watched.err.read_bytes()
    places = ("stderr", "pipe", "UNIX socket", "arguments", "environment", "names")
    seen = watched.seen(stage.secrets).sightings
    assert seen >= {f"token@{place}" for place in places}, f"what is leaked on purpose is overlooked: {seen}"
    stage.trial.count("planted", len(places))
    (stage.folder / TOKEN).unlink()


def call_all(stage: Stage, sources: Path) -> None:
    """Make every call without an agent, then what is no right call."""
    for call in CALLS:
        stage.run(call)
    stage.program.git("init", "-q", str(sources))
    url = f"https://jane:{TOKEN}@remote.example.com/x"
    stage.program.git("-C", str(sources), "remote", "add", "origin", url)
    for call in imports(stage.program.home, sources):
        stage.run(call)
    for call in MISUSES:
        stage.run(call)


def call_with_agents(stage: Stage) -> None:
    """Have calls start an agent, and others use it; what starts one is watched until it has ended."""
    for call, others in AGENTS:
        starting = stage.start(call, agent=True)
        eventually(lambda: stage.program.status() is not None, "the agent answers")
        for other in others:
            stage.run(other, agent=True)
            stage.look_at_processes()
        assert starting.finish() == call.status
        stage.require(starting.seen(stage.secrets), call.seen, f"{call.words[0]}, and the agent")


def call_with_keyring(stage: Stage) -> None:
    """Have a real keyring open the vault: on the bus its key is encrypted, too."""
    with running() as service:
        variables = {"DBUS_SESSION_BUS_ADDRESS": service.address}
        putting = stage.run(Call(("vault", "add-slot", "keyring"), variables=variables))
        (key,) = service.secrets().values()
        stage.secrets.add("slot", a2b_base64(key))
        stage.require(putting.seen(stage.secrets), frozenset(), "the call that puts a key into the keyring")
        stage.program.key.rename(stage.folder / "key")
        stage.run(Call(("token", URL), seen=frozenset((SHOWN,)), variables=variables))
        (stage.folder / "key").rename(stage.program.key)


def call_on_terminal(stage: Stage) -> None:
    """Type the secrets where they are asked for."""
    for number, (words, answers, wanted) in enumerate(TERMINAL_CALLS):
        log = stage.folder / f"terminal-{number}"
        terminal = Traced(stage.program, log, words.split())
        stage.trial.count("commands")
        for question, answer in answers:
            terminal.wait_for(question)
            stage.look_at_processes()
            terminal.enter(answer)
        assert terminal.finish() == 0, terminal.seen
        stage.note_key()
        is_shown = "token@terminal" in wanted
        assert TOKEN in terminal.seen or not is_shown, f"{words}: the terminal does not show the token"
        stage.trial.require(
            TOKEN not in terminal.seen or is_shown, "sightings", f"{words}: the token is shown"
        )
        stage.trial.require(
            PHRASE not in terminal.seen, "sightings", f"{words}: the terminal shows the phrase"
        )
        stage.require(looked_at(log.read_text("ascii"), {}, stage.secrets), frozenset(wanted), words)


class Traced(Terminal):
    """A call under strace on a terminal of its own."""

    def __init__(self, program: AgentProgram, log: Path, words: Sequence[str]) -> None:
        command = [*STRACE[1:], "-o", str(log), str(program.launcher), *words]
        self._spawn(program, STRACE[0], command, NO_AGENT)


def clone_and_push(stage: Stage) -> None:
    """Have real Git clone, commit and push with every trace that it has."""
    git = partial(stage.program.git, environment={**NO_AGENT, **TRACES})
    assert stage.program.run("configure").status == 0
    ways = (
        ("clone", REPOSITORY, "web"),
        ("-C", "web", "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--allow-empty", "-m", "x"),
        ("-C", "web", "push", "origin", "HEAD"),
        ("-C", "web", "fetch"),
    )
    for words in ways:
        ended = git(*words)
        assert ended.status == 0, ended
        stage.trial.count("traces", len(ended.stderr))
        stage.look(ended.stdout + ended.stderr.encode(), f"the traces of git {words[0]}")


def break_at_random(stage: Stage) -> None:
    """Break calls at random: little memory, few descriptors, Ctrl-C and crashes at any moment."""
    for _ in range(stage.trial.size):
        call = stage.trial.chance.choice(BREAKABLE)
        name = stage.trial.chance.choice(list(BREAKS))
        option, least, most, number = BREAKS[name]
        limit = f"{option}={stage.trial.chance.randint(least, most)}"
        with subprocess.Popen(
            ["prlimit", limit, str(stage.program.launcher), *call.words],
            env={**stage.program.environment, **NO_AGENT},
            cwd=stage.program.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            if number:
                time.sleep(stage.trial.chance.uniform(0, 0.15))
                process.send_signal(number)
            output, errors = process.communicate(call.given, timeout=60)
        stage.trial.count("breaks")
        stage.look(errors, f"standard error of {call.words[0]} after {name}")
        stage.look(output if SHOWN not in call.seen else b"", f"standard output of {call.words[0]}")


BREAKS = {
    "little memory": ("--as", 12 << 20, 140 << 20, 0),
    "few descriptors": ("--nofile", 3, 14, 0),
    "small files": ("--fsize", 0, 700, 0),
    "SIGINT": ("--core", -1, -1, signal.SIGINT),
    "SIGSEGV": ("--core", -1, -1, signal.SIGSEGV),
    "SIGABRT": ("--core", -1, -1, signal.SIGABRT),
}
"""Each by an option of prlimit(1), its least and most value (-1: none), and the signal that comes."""


def attack(trial: Trial) -> None:
    """Make every call, and look at all that is seen of it and at all files afterwards."""
    with tempfile.TemporaryDirectory(prefix="pat-") as name, agent_program() as program:
        folder = Path(name)
        with GitServer(folder / "server", {"fabrikam": TOKEN}) as server:
            server.create_repository(REPOSITORY)
            server.configure_client(program.home)
            program.environment["TMPDIR"] = str(program.home)
            (folder / "sources").mkdir()
            stage = Stage(trial, program, folder)
            leak_on_purpose(stage)
            call_all(stage, folder / "sources")
            call_with_agents(stage)
            call_with_keyring(stage)
            call_on_terminal(stage)
            clone_and_push(stage)
            break_at_random(stage)
            stage.look_at_files(program.home, folder / "sources")


ROW = Row(
    promise="no secret appears anywhere but where it is wanted",
    attack=attack,
    ci=12,
    full=400,
    tried=("planted", "commands", "buffers", "bytes", "files", "processes", "traces", "breaks"),
    breaches=("sightings",),
    needs=("strace", "dbus", "gnome-keyring"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))
