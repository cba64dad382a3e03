"""Rotations that are killed, fail or are cut off anywhere, and the run that comes after each of them.

All that counts is what the host's own state says in the end: the token that is kept lives there. GitLab ends
the old one as it makes the next; if that is lost, one line says which page to go to and which command to
run. None is rotated twice, and no dead one is shown to a rotation, which would end what came after it. At
Azure DevOps the old one lives on, and none is left alive that was made and is not kept.

A run without faults lists the calls from the first intent on: those that change the program's files, and
those on sockets. strace is attached at one of three moments, at which the host holds the program up: calls
are counted from there, because each question is asked in a thread of its own, whose counts begin anew.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from reliability.campaign.row import Row, Trial, main
from support.faked_clock import LIBFAKETIME
from support.faults import LINE, Home
from support.memory_backend import MemoryBackend
from support.program import LAUNCHER, NO_AGENT
from support.small_disks import PAGES, fill, small_disk
from support.token_hosts.azure import Azure
from support.token_hosts.faults import Fault, asks
from support.token_hosts.gitlab import GitLab
from support.token_hosts.serving import TokenServer
from support.vaults import store

from git_credential_pat.errors import PatError
from git_credential_pat.model.entry import ACTIVE, SECOND, Entry, Nanoseconds, Seconds
from git_credential_pat.model.renewal import Renewal, noting
from git_credential_pat.model.scope import Scope
from git_credential_pat.renewal import FAILED, ROTATED, Around, Outcome
from git_credential_pat.renewal.rotating import rotate
from git_credential_pat.web.asking import Web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from support.token_hosts.host import Request

    Case = Callable[["Stage"], tuple[str, str]]
    """Returns the figure that counts what became of a rotation, and what is wrong."""

AT_ONCE = 4
"""How many hosts there are, each with one program at a time."""
PATIENCE = 60
LATER = 180
"""Seconds after which the next run comes, by the program's clock: what was asked is over by then."""

GOES_ON = re.compile("the old one still works; run this again in 2 minutes")
"""What says that the next run puts all in order."""
LED = re.compile(r"create one at https://gitlab\.com/\S+ then run: git credential-pat seed ")
"""What leads a person on where no token that lives is kept."""

LOOKED, CONNECTED, ANSWERED = "looked", "connected", "answered"
"""The moments: the host is about to answer the last look, about to be reached to rotate, and has rotated."""
CHANGING = ("write", "ftruncate", "fsync", "rename", "renameat", "renameat2", "unlink", "unlinkat")
ON_SOCKETS = ("connect", "sendto", "recvfrom", "write", "read")
ERRORS: Mapping[bool, tuple[str, ...]] = {False: ("ENOSPC", "EIO"), True: ("EIO",)}
"""What calls fail with, by whether they are on sockets."""
CREATED_AT = Nanoseconds(1)
_FILE = re.compile(r'\d+<([^>]*)>(?:, "([^"]*)")?')
_RANDOM = re.compile(r"(?<=\.vault-)[0-9a-f]{16}")


class Call(NamedTuple):
    """A call of the program after a moment."""

    moment: str
    name: str
    number: int
    """The how manyeth of its name it is in its thread, since that moment."""
    place: str
    """The file below the data folder, `.` for the folder itself, or `socket`."""

    def __str__(self) -> str:
        return f"{self.name} {self.number} on {self.place} after it {self.moment}"


@dataclass(frozen=True)
class Ended:
    """How a run ended, and what strace saw."""

    status: int
    output: str
    errors: str
    log: str = ""

    @property
    def said(self) -> str:
        return self.output + self.errors

    @property
    def outcomes(self) -> list[str]:
        """What became of each token."""
        return [result["outcome"] for result in json.loads(self.output)["results"]]


class Kind:
    """A family of hosts: how its tokens are kept and rotated, and what its own state says of them."""

    name: ClassVar[str]
    words: ClassVar[tuple[str, ...]]
    """The command's, after `rotate`."""
    rotates: Callable[[Request], bool]
    """Whether a request makes the next one."""
    clear: ClassVar[re.Pattern[str]]
    """What a run says whose answer was lost."""
    host: GitLab | Azure
    given = ""
    """What is on standard input."""

    def add(self) -> Entry:
        """Make a token as its owner would, on a page; return it as it is kept."""
        raise NotImplementedError

    def wrong(self, kept: Sequence[Entry]) -> str:
        """Return what is wrong with the host's state by now, when all this is kept; empty if nothing is."""
        raise NotImplementedError

    def forget(self) -> None:
        """Have the host forget all tokens: it lists them, which takes ever longer."""

    def lives(self, entry: Entry) -> bool:
        """Return whether an entry's token opens repositories."""
        return self.host.lives(entry.secret.decode(), time.time())


class AtGitLab(Kind):
    """Its tokens replace themselves, and the old one is dead at once."""

    name = "GitLab"
    words = ("https://gitlab.com/group",)
    clear = LED

    def __init__(self) -> None:
        self.host = self.gitlab = GitLab()
        self.rotates = asks("POST", "/rotate")

    def add(self) -> Entry:
        value = self.gitlab.add(now=time.time()).value
        return Entry(Scope(b"https", b"gitlab.com", (b"group",)), b"", value.encode(), created=CREATED_AT)

    def wrong(self, kept: Sequence[Entry]) -> str:
        del kept
        rotations = Counter(rotation.old for rotation in self.gitlab.rotations)
        is_wrong = self.gitlab.reuses or max(rotations.values(), default=0) > 1
        return f"reused: {self.gitlab.reuses}, rotated: {rotations}" if is_wrong else ""


class AtAzure(Kind):
    """A sign-in makes tokens, and the old one lives on."""

    name = "Azure DevOps"
    words = ("https://dev.azure.com/fabrikam", "--entra-token-stdin")
    clear = GOES_ON

    def __init__(self) -> None:
        self.host = self.azure = Azure()
        self.rotates = asks("POST", "/_apis/tokens/pats")
        self.given = self.azure.sign_in(time.time(), seconds=1_000_000)
        self._numbers = count()

    def add(self) -> Entry:
        pat = self.azure.add(now=time.time(), name=f"laptop {next(self._numbers)}")
        entry = Entry(
            Scope(b"https", b"dev.azure.com", (b"fabrikam",)),
            b"",
            pat.token.encode(),
            created=CREATED_AT,
            expires=Seconds(int(pat.valid_to)),
        )
        return noting(entry, Renewal(pat.id, pat.name))

    def forget(self) -> None:
        self.azure.pats.clear()

    def wrong(self, kept: Sequence[Entry]) -> str:
        known = {entry.secret.decode() for entry in kept}
        own = {pat.name for pat in self.azure.pats.values() if pat.token in known}
        strays = [
            pat.id
            for pat in self.azure.pats.values()
            if pat.name in own and pat.token not in known and pat.state(time.time()) == "active"
        ]
        return f"alive and not kept: {strays}" if strays else ""


class Stage:
    """A host over TLS, and homes whose users have a token of it."""

    def __init__(self, folder: Path, server: TokenServer, kind: Kind) -> None:
        self.server = server
        self.kind = kind
        self._folder = folder
        self._numbers = count()

    def home(self) -> Home:
        """Return a home that keeps a token of its own."""
        home = Home(self._folder / str(next(self._numbers)))
        self.keep(home)
        return home

    def keep(self, home: Home) -> Entry:
        """Keep another token in a home."""
        entry = self.kind.add()
        self.server.configure_client(home.folder)
        store(home.place.backend(), entry)
        return entry

    def start(self, home: Home, more: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a rotation."""
        process = subprocess.Popen(
            [str(LAUNCHER), "rotate", *self.kind.words, "--json"],
            env={**home.environment, **NO_AGENT, **(more or {})},
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdin
        process.stdin.write(self.kind.given)
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, home: Home, more: Mapping[str, str] | None = None) -> Ended:
        """Rotate."""
        return ended(self.start(home, more))

    def next_run(self, home: Home) -> Ended:
        """Rotate again, later by every clock and by the host's; with one as it was, nothing can sleep."""
        self.server.clock = lambda: time.time() + LATER
        try:
            return self.run(home, {"LD_PRELOAD": LIBFAKETIME["LD_PRELOAD"], "FAKETIME": f"+{LATER}"})
        finally:
            self.server.clock = time.time

    def traced(self, home: Home, moment: str, options: Iterable[str]) -> Ended:
        """Rotate, with strace from a moment on."""
        log = home.folder / "strace.log"
        started: list[int] = []
        tracers: list[subprocess.Popen[bytes]] = []

        def attach() -> None:
            if not tracers:
                tracers.append(_attached(_only(started), log, options))

        before = self.requests_before
        connections, requests = count(), count(1)

        def route(_place: str) -> tuple[str, int]:
            if moment == CONNECTED and next(connections) == before:
                attach()
            return self.server.address

        self.server.proxy.route = route
        if moment == LOOKED:
            self.server.faults.add(Fault(lambda _: next(requests) == before, first=attach))
        elif moment == ANSWERED:
            self.server.faults.add(Fault(self.kind.rotates, then=attach))
        process = self.start(home)
        started.append(process.pid)
        found = ended(process)
        self.server.faults.clear()
        self.server.proxy.route = self.server.route
        tracers[0].wait(PATIENCE)
        return Ended(found.status, found.output, found.errors, log.read_text(errors="replace"))

    @cached_property
    def requests_before(self) -> int:
        """How many requests, each with a connection of its own, come before the one that rotates."""
        before = len(self.server.log)
        run = self.run(self.home())
        assert run.outcomes == ["rotated"], run
        return next(at for at, one in enumerate(self.server.log[before:]) if self.kind.rotates(one))

    def verdict(self, home: Home, *said: str) -> tuple[str, str]:
        """Rotate once more; return the figure that counts what became of a token, and what is wrong."""
        later = self.next_run(home)
        words = "".join((*said, later.said))
        try:
            kept = home.place.backend().entries()
        except PatError as error:
            return "lost", f"the vault: {error}"
        if wrong := self.kind.wrong(kept):
            return "twice", f"{wrong}: {words}"
        (held,) = [entry for entry in kept if entry.state == ACTIVE]
        if not self.kind.lives(held):
            is_led = self.kind.clear is LED and LED.search(words)
            return ("led", "") if is_led else ("lost", words)
        if later.status or later.outcomes != ["rotated"]:
            return "stuck", f"the next run does not go on: {later}"
        left = home.place.temporaries()
        return ("left", f"there is {left}") if left else ("working", "")


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for a run."""
    output, errors = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, output, errors)


def _only(started: list[int]) -> int:
    """Return the process that was started, whose first request may come before its starter knows it."""
    end = time.monotonic() + PATIENCE
    while not started and time.monotonic() < end:
        time.sleep(0.001)
    return started[0]


def _attached(process: int, log: Path, options: Iterable[str]) -> subprocess.Popen[bytes]:
    """Start strace on a process; return it when it holds every thread."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-q", "-y", "-s", "40", "-o", str(log), *options, "-p", str(process)],
        stderr=subprocess.DEVNULL,
    )
    tasks = Path(f"/proc/{process}/task")
    end = time.monotonic() + PATIENCE
    while any("TracerPid:\t0\n" in (task / "status").read_text() for task in tasks.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.001)
    return tracer


@contextmanager
def stages(kind: type[Kind]) -> Iterator[SimpleQueue[Stage]]:
    """Give stages of a kind, all of which go at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pat-")))
        queue: SimpleQueue[Stage] = SimpleQueue()
        for number in range(AT_ONCE):
            here = kind()
            server = stack.enter_context(TokenServer(folder / f"host-{number}", [here.host]))
            (folder / str(number)).mkdir()
            queue.put(Stage(folder / str(number), server, here))
        yield queue


def attack(trial: Trial) -> None:
    """Strike rotations at each of their calls, or at as many as the size says, and in all other ways."""
    for kind in (AtGitLab, AtAzure):
        with stages(kind) as free, ThreadPoolExecutor(AT_ONCE) as threads:

            def on_stage(case: Case, free: SimpleQueue[Stage] = free) -> tuple[str, str]:
                stage = free.get()
                try:
                    return case(stage)
                finally:
                    free.put(stage)

            stage = free.get()
            cases = _chosen(trial, cases_of(listed(stage)))
            runs = [
                (figure, name, threads.submit(on_stage, case))
                for figure, some in cases.items()
                for name, case in some.items()
            ]
            try:
                _cut_in_process(trial, stage)
                free.put(stage)
                for figure, name, run in runs:
                    became, what = run.result()
                    trial.count(figure)
                    trial.require(became in ("working", "led"), became, f"{kind.name}, {name}: {what}")
                    trial.count(became)
            finally:
                threads.shutdown(cancel_futures=True)


def cases_of(calls: list[Call]) -> dict[str, dict[str, Case]]:
    """Return the cases by the figure that counts them."""
    kills = {f"killed at {call}": _killing(call) for call in calls}
    faults = {
        f"{error} at {call}": _failing(call, error)
        for call in calls
        for error in ERRORS[call.place == "socket"]
    }
    cuts = {f"cut at {cut}, {way}": _cutting(cut, way) for cut in _places() for way in ("end", "reset")}
    disks = {f"{free} pages left": _filling(free) for free in range(PAGES // 4)}
    disks |= {"filled meanwhile": _filled_meanwhile}
    pairs: dict[str, Case] = {f"pair {number}": _pair for number in range(8)}
    return {"kills": kills, "faults": faults, "cuts": cuts, "disks": disks, "pairs": pairs}


def _chosen(trial: Trial, cases: dict[str, dict[str, Case]]) -> dict[str, dict[str, Case]]:
    if trial.size >= ROW.full:
        return cases
    return {figure: _sample(trial, some) for figure, some in cases.items()}


def _sample(trial: Trial, cases: dict[str, Case]) -> dict[str, Case]:
    """Return as many as the size says, and the last: at it hangs most."""
    names = [*cases]
    chosen = trial.chance.sample(names[:-1], min(trial.size, len(names)) - 1) if names else []
    return {name: cases[name] for name in [*chosen, *names[-1:]]}


def listed(stage: Stage) -> list[Call]:
    """Return the calls from the first intent on, by the moment from which each can be struck alone."""
    found: list[Call] = []
    for moment in (LOOKED, CONNECTED, ANSWERED):
        home = stage.home()
        names = ",".join(sorted({*CHANGING, *ON_SOCKETS}))
        run = stage.traced(home, moment, ["-e", f"trace={names}"])
        assert run.outcomes == ["rotated"], run
        calls = _calls(run.log, home, moment)
        found += calls[: _until(calls, moment)]
    assert len({call.place for call in found}) >= 3, found
    return found


def _until(calls: list[Call], moment: str) -> int:
    """Return how many of the calls come before the next moment."""
    if moment == LOOKED:
        return 1 + next(at for at, call in enumerate(calls) if call.name == "sendto")
    if moment == CONNECTED:
        ends = [at for at, call in enumerate(calls) if call.place != "socket"]
        sent = [at for at, call in enumerate(calls[: ends[0]]) if call.name == "write"]
        return 1 + sent[-1]
    return len(calls)


def _calls(log: str, home: Home, moment: str) -> list[Call]:
    """Return the calls of a log that come first with their number, so that a fault strikes there."""
    numbers: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, int]] = set()
    found = []
    for match in filter(None, map(LINE.match, log.splitlines())):
        process, name, rest = match.groups()
        numbers[process, name] += 1
        number = numbers[process, name]
        place = _place(rest, home)
        is_other = name == "read" and place != "socket"
        if (name, number) not in seen and place and not is_other:
            found.append(Call(moment, name, number, place))
        seen.add((name, number))
    return found


def _place(rest: str, home: Home) -> str:
    """Return where a call has its effect: a file of the data folder, or a socket; empty for others."""
    match = _FILE.match(rest)
    if match is None:
        return ""
    path, name = match.groups()
    if path.startswith(("socket:", "TCP:")):
        return "socket"
    whole = os.path.join(path, name) if name and path == str(home.place.data) else path
    if not f"{whole}/".startswith(f"{home.place.data}/"):
        return ""
    return _RANDOM.sub("*", os.path.relpath(whole, home.place.data))


def _struck(stage: Stage, call: Call, fault: str) -> tuple[Home, Ended | None]:
    """Rotate with a fault at a call, in a home of its own; without an end of it if another call was struck.

    How many reads there are depends on how the bytes come, so that the last ones may be fewer.
    """
    for number in range(call.number, max(0, call.number - (6 if call.name == "read" else 1)), -1):
        home = stage.home()
        run = _strike(stage, home, call._replace(number=number), fault)
        if run is not None:
            break
    return home, run


def _strike(stage: Stage, home: Home, call: Call, fault: str) -> Ended | None:
    options = [
        "-e",
        f"trace={call.name}",
        "-e",
        f"inject={call.name}:{fault}:when={call.number}",
    ]
    run = stage.traced(home, call.moment, options)
    mark = "(INJECTED)" if fault.startswith("error") else "= ?"
    hits = [hit for hit in map(LINE.match, run.log.splitlines()) if hit and hit[3].endswith(mark)]
    # An error may strike in other threads, too, which have a call of that number.
    return run if (call.name, call.place) in [(hit[2], _place(hit[3], home)) for hit in hits] else None


def _killing(call: Call) -> Case:
    def case(stage: Stage) -> tuple[str, str]:
        home, run = _struck(stage, call, "signal=KILL")
        if run is None or run.status != -9:
            return "missed", f"{run or (home.folder / 'strace.log').read_text()[-1000:]}"
        return stage.verdict(home)

    return case


def _failing(call: Call, error: str) -> Case:
    def case(stage: Stage) -> tuple[str, str]:
        home, run = _struck(stage, call, f"error={error}")
        if run is None:
            return "missed", (home.folder / "strace.log").read_text()[-1000:]
        if run.status not in (0, 1, 5) or "internal error" in run.errors or len(run.errors.splitlines()) > 1:
            return "unclear", f"{run}"
        return stage.verdict(home, run.said)

    return case


def _places() -> list[int | None]:
    """Return where answers are cut off: at their start, in the status line, headers and body; not at all."""
    return [0, 1, 8, 11, 12, 15, 17, 30, 60, 80, 100, 120, 140, 160, 180, 200, 250, 300, 330, None]


def _cutting(cut: int | None, way: str) -> Case:
    def case(stage: Stage) -> tuple[str, str]:
        home = stage.home()
        stage.server.faults.add(Fault(stage.kind.rotates, cut=cut, reset=way == "reset"))
        run = stage.run(home)
        if cut is not None and (run.outcomes != ["failed"] or not stage.kind.clear.search(run.said)):
            return "unclear", f"{run}"
        return stage.verdict(home, run.said)

    return case


def _filling(pages: int) -> Case:
    """Rotate on a disk that has room for some pages only."""

    def case(stage: Stage) -> tuple[str, str]:
        with TemporaryDirectory(prefix="pat-") as folder, small_disk(Path(folder) / "home") as home:
            old = stage.keep(home)
            filler = fill(home, pages)
            run = stage.run(home)
            is_refused = run.outcomes == ["failed"] and "the disk is full" in run.said
            if is_refused == (run.outcomes == ["rotated"]):
                return "unclear", f"{run}"
            if is_refused and not stage.kind.lives(old):
                return "lost", f"{run}"
            filler.unlink()
            return stage.verdict(home, run.said)

    return case


def _filled_meanwhile(stage: Stage) -> tuple[str, str]:
    """Rotate on a disk that others fill while the host is asked."""
    with TemporaryDirectory(prefix="pat-") as folder, small_disk(Path(folder) / "home") as home:
        stage.keep(home)
        stage.server.faults.add(Fault(stage.kind.rotates, then=lambda: fill(home, 0)))
        run = stage.run(home)
        kept = home.place.backend().entries()
        if not stage.kind.lives(kept[0]) or stage.kind.wrong(kept):
            return "lost", f"{run}"
        (home.place.data.parent / "filler").unlink()
        return stage.verdict(home, run.said)


def _pair(stage: Stage) -> tuple[str, str]:
    """Rotate by two processes at once: the host waits until both have begun."""
    home = stage.home()
    stage.server.faults.add(Fault(stage.kind.rotates, wait=1))
    both = [stage.start(home) for _ in range(2)]
    runs = [ended(process) for process in both]
    outcomes = sorted(outcome for run in runs for outcome in run.outcomes)
    if outcomes != ["not-due", "rotated"]:
        return "unclear", f"{runs}"
    return stage.verdict(home)


class _Remembering(Web):
    """Asks Git only once what it has for a URL."""

    def __init__(self, environment: Mapping[bytes, bytes]) -> None:
        super().__init__(environment)
        self._known: dict[str, dict[str, str]] = {}

    def settings(self, url: str) -> dict[str, str]:
        if url not in self._known:
            self._known[url] = super().settings(url)
        return self._known[url]


def _cut_in_process(trial: Trial, stage: Stage) -> None:
    """Cut the answer to a rotation at each byte, with its length and in chunks."""
    home, kind = stage.home(), stage.kind
    web = _Remembering({name.encode(): value.encode() for name, value in home.environment.items()})
    for kind.host.chunked in (True, False):
        for cut in count(0, 1 if trial.size >= ROW.full else 60):
            kind.forget()
            backend = MemoryBackend([kind.add()])
            stage.server.faults.add(Fault(kind.rotates, cut=cut))
            first = _rotated(backend, home, web, kind)
            trial.count("bytes")
            kept = backend.entries()
            if first.outcome == ROTATED:
                trial.require(kind.lives(kept[0]), "lost", f"{kind.name}, cut at byte {cut}: {first}")
                break
            is_clear = first.outcome == FAILED and kind.clear.search(first.why)
            trial.require(is_clear, "unclear", f"{kind.name}, cut at byte {cut}: {first}")
            stage.server.clock = lambda: time.time() + LATER
            later = _rotated(backend, home, web, kind, LATER)
            stage.server.clock = time.time
            kept = backend.entries()
            is_well = kind.lives(kept[0]) if kind.clear is GOES_ON else kind.clear.search(later.why)
            trial.require(is_well, "lost", f"{kind.name}, cut at byte {cut}: {first}, {later}")
            wrong = kind.wrong(kept)
            trial.require(not wrong, "twice", f"{kind.name}, cut at byte {cut}: {wrong}")


def _rotated(backend: MemoryBackend, home: Home, web: Web, kind: Kind, later: int = 0) -> Outcome:
    moment = Nanoseconds(time.time_ns() + later * SECOND)
    around = Around(backend, home.place.settings, moment, web.ask, lambda _: kind.given)
    (outcome,) = rotate([entry for entry in backend.entries() if entry.state == ACTIVE], None, around)
    return outcome


ROW = Row(
    promise="a rotation that is killed, fails or is cut off anywhere leaves a token that works, or says "
    "what to do, and rotates none twice",
    attack=attack,
    ci=2,
    full=1000,
    tried=("kills", "faults", "cuts", "disks", "pairs", "bytes", "working", "led"),
    breaches=("lost", "unclear", "stuck", "twice", "left", "missed"),
    needs=("strace", "faketime", "root"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))
