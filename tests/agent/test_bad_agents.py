"""Whatever is wrong with the agent, its socket or its folder: every `get` is answered rightly, within 5 s."""

from __future__ import annotations

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.agents import (
    FOUND,
    REQUEST,
    AgentProgram,
    agent_program,
    asked,
    eventually,
    frozen,
    is_gone,
)
from support.checks import entries, keep
from support.fake_agents import QUICK, SLOW, fake_agent
from support.program import FABRIKAM, OTHER_AZURE_TOKEN, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

LIMIT = 5.0
"""Seconds within which every call must be answered."""

APPROVAL = b"protocol=https\nhost=git.example.com\nusername=jane\npassword=t\n\n"
LARGE = REQUEST[:-1] + b"".join(b"wwwauth[]=%060000d\n" % number for number in range(15)) + b"\n"
"""More than a socket holds while nobody reads."""


class Timed(NamedTuple):
    """How a run ended, and the seconds that it took."""

    run: Run
    seconds: float


def timed(program: AgentProgram, operation: str = "get", stdin: bytes = REQUEST) -> Timed:
    begun = time.monotonic()
    done = program.run(operation, stdin=stdin)
    return Timed(done, time.monotonic() - begun)


# Processes that answer wrongly


@pytest.mark.parametrize("behaviour", QUICK)
def test_what_answers_wrongly_is_passed_over(program: AgentProgram, behaviour: str) -> None:
    with fake_agent(program, QUICK[behaviour]):
        done = timed(program)
    assert done.run == FOUND
    assert done.seconds < LIMIT


@contextmanager
def full_queue(program: AgentProgram) -> Iterator[None]:
    """Listen without ever accepting, with no room for one client more."""
    program.folder.mkdir(mode=0o700, parents=True)
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(program.socket))
        listener.listen(0)
        while True:
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)  # noqa: FBT003  # the standard library's signature
            try:
                client.connect(str(program.socket))
            except BlockingIOError:
                break
        yield


@contextmanager
def stopped_agent(program: AgentProgram) -> Iterator[None]:
    with frozen(program.start()):
        yield


WAYS: dict[str, Callable[[AgentProgram], AbstractContextManager[None]]] = {
    **{name: partial(fake_agent, behave=behave) for name, behave in SLOW.items()},
    "never accepts": full_queue,
    "is stopped": stopped_agent,
}
OPERATIONS = {
    "a get": ("get", REQUEST, FOUND),
    "a large get": ("get", LARGE, FOUND),
    "a store": ("store", APPROVAL, Run(0, b"", "")),
}


@pytest.fixture(scope="module")
def beside_slow_ones() -> Mapping[tuple[str, str], Timed]:
    """Return how each operation beside each slow one went; all run at once, because each takes seconds."""
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(len(WAYS) * len(OPERATIONS)))
        runs = {}
        for way, listen in WAYS.items():
            program = stack.enter_context(agent_program())
            keep(program, FABRIKAM)
            stack.enter_context(listen(program))
            for name, (operation, stdin, _) in OPERATIONS.items():
                runs[way, name] = pool.submit(timed, program, operation, stdin)
        return {key: run.result() for key, run in runs.items()}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_slow_is_passed_over(
    beside_slow_ones: Mapping[tuple[str, str], Timed], way: str, operation: str
) -> None:
    done = beside_slow_ones[way, operation]
    assert done.run == OPERATIONS[operation][2]
    assert done.seconds < LIMIT


def test_what_is_slow_is_asked_only_once_a_call(program: AgentProgram) -> None:
    asked_by: list[socket.socket] = []

    def note_and_close(connection: socket.socket) -> None:
        asked_by.append(connection)

    with fake_agent(program, note_and_close):
        assert program.run("get", stdin=REQUEST) == FOUND
    assert len(asked_by) == 1


# Sockets


def make_file(path: Path) -> None:
    path.write_bytes(b"")


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_link_to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def make_datagram_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(path))


def make_dead_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))


@pytest.mark.parametrize(
    "make", [make_file, make_pipe, make_link_to_nowhere, make_datagram_socket, make_dead_socket]
)
def test_what_nobody_listens_on_is_replaced_by_an_agent(
    program: AgentProgram, make: Callable[[Path], None]
) -> None:
    program.folder.mkdir(0o700, parents=True)
    make(program.socket)
    assert program.run("get", stdin=REQUEST) == FOUND
    assert program.by_agent("get") == FOUND


def test_a_folder_in_the_socket_s_place_means_no_agent_and_is_left_alone(program: AgentProgram) -> None:
    program.socket.mkdir(0o700, parents=True)
    (program.socket / "mine").touch()
    assert [program.run("get", stdin=REQUEST) for _ in range(2)] == [FOUND, FOUND]
    assert (program.socket / "mine").exists()
    (program.socket / "mine").unlink()
    program.socket.rmdir()


def test_an_agent_killed_amid_calls_lets_none_go_unanswered(served: AgentProgram) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(timed, served) for _ in range(40)]
        for _ in range(3):
            status = served.status()
            if status is not None:
                os.kill(status.pid, signal.SIGKILL)
                eventually(partial(is_gone, status.pid), "it ends")
            time.sleep(0.1)
        done = [run.result() for run in runs]
    assert {timed.run for timed in done} == {FOUND}
    assert max(timed.seconds for timed in done) < LIMIT


# Folders


def open_to_all(folder: Path) -> None:
    folder.chmod(0o755)


def open_to_the_group(folder: Path) -> None:
    folder.chmod(0o710)


def replace_by_link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


MISTREATMENTS: list[Callable[[Path], None]] = [open_to_all, open_to_the_group, replace_by_link]


@pytest.mark.parametrize("mistreat", MISTREATMENTS)
def test_an_agent_in_a_folder_that_others_could_reach_is_not_asked(
    served: AgentProgram, mistreat: Callable[[Path], None]
) -> None:
    assert served.by_agent("get") == FOUND
    mistreat(served.folder)
    assert served.by_agent("get") is None
    assert served.run("get", stdin=REQUEST) == FOUND
    assert asked(served, b"status") == [b"absent"]
    mend(served.folder)


@pytest.mark.parametrize("mistreat", MISTREATMENTS)
def test_none_is_started_in_such_a_folder(program: AgentProgram, mistreat: Callable[[Path], None]) -> None:
    program.folder.mkdir(0o700, parents=True)
    mistreat(program.folder)
    assert program.run("get", stdin=REQUEST) == FOUND
    assert [*program.folder.iterdir()] == []
    refused = program.run("agent", "--foreground")
    line = f"an agent needs a folder of yours, closed to others; none of these is one: {program.folder}"
    assert refused == Run(1, b"", f"git-credential-pat: {line}\n")


def mend(folder: Path) -> None:
    """Undo a mistreatment."""
    if folder.is_symlink():
        folder.unlink()
        folder.with_name("elsewhere").rename(folder)
    folder.chmod(0o700)


def test_where_no_folder_can_be_made_there_is_no_agent(program: AgentProgram) -> None:
    program.folder.parent.write_bytes(b"in the way")
    assert [program.run("get", stdin=REQUEST) for _ in range(2)] == [FOUND, FOUND]
    program.folder.parent.unlink()


def test_an_entry_that_was_kept_beside_a_stopped_agent_is_answered_by_it(served: AgentProgram) -> None:
    with frozen(served.pid()):
        served.seed(FABRIKAM, OTHER_AZURE_TOKEN)
    assert served.by_agent("get") == Run(0, f"username=pat\npassword={OTHER_AZURE_TOKEN}\n".encode(), "")
    assert len(entries(served)) == 1


def test_what_a_client_that_gave_up_has_kept_itself_is_not_kept_again_later(served: AgentProgram) -> None:
    approval = REQUEST[:-1] + b"username=pat\npassword=of-before\n\n"
    with frozen(served.pid()):
        assert served.run("store", stdin=approval) == Run(0, b"", "")
        served.seed(FABRIKAM, OTHER_AZURE_TOKEN)
    assert served.by_agent("get") == Run(0, f"username=pat\npassword={OTHER_AZURE_TOKEN}\n".encode(), "")


def test_a_stopped_agent_that_was_told_to_end_ends_though_nobody_waits_for_it(served: AgentProgram) -> None:
    pid = served.pid()
    with frozen(pid):
        assert asked(served, b"stop") == [b"silent"]
    eventually(partial(is_gone, pid), "it ends")
