"""Whatever is wrong with the agent, its socket or its folder: every `get` is answered rightly, within 5 s."""

from __future__ import annotations

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from support.agents import (
    FOUND,
    LIMIT,
    MISS,
    REQUEST,
    AgentProgram,
    Timed,
    agent_program,
    asked,
    eventually,
    frozen,
    is_gone,
    said_by_git,
)
from support.checks import keep, refusal
from support.fake_agents import SLOW, fake_agent
from support.program import AZURE_TOKEN, FABRIKAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

APPROVAL = b"protocol=https\nhost=git.example.com\nusername=jane\npassword=t\n\n"
LARGE = REQUEST[:-1] + b"".join(b"wwwauth[]=%060000d\n" % number for number in range(15)) + b"\n"
"""More than a socket holds while nobody reads."""

# Processes that answer wrongly


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
    "a store": ("store", APPROVAL, MISS),
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
                runs[way, name] = pool.submit(program.timed, operation, stdin)
        return {key: run.result() for key, run in runs.items()}


@pytest.mark.slow
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
    with fake_agent(program, asked_by.append):
        assert program.run("get", stdin=REQUEST) == FOUND
    assert len(asked_by) == 1


# Sockets


def bind(path: Path, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_UNIX, kind) as other:
        other.bind(str(path))


IN_ITS_PLACE: dict[str, Callable[[Path], object]] = {
    "a file": lambda path: path.touch(),
    "a pipe": os.mkfifo,
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a datagram socket": partial(bind, kind=socket.SOCK_DGRAM),
    "a dead socket": partial(bind, kind=socket.SOCK_STREAM),
}


@pytest.mark.parametrize("what", IN_ITS_PLACE)
def test_what_nobody_listens_on_is_replaced_by_an_agent(program: AgentProgram, what: str) -> None:
    program.folder.mkdir(0o700, parents=True)
    IN_ITS_PLACE[what](program.socket)
    assert program.run("get", stdin=REQUEST) == FOUND
    assert program.by_agent("get") == FOUND


def folder_for_socket(program: AgentProgram) -> None:
    (program.socket / "mine").mkdir(0o700, parents=True)


def file_for_folder(program: AgentProgram) -> None:
    program.folder.parent.write_bytes(b"in the way")


def long_path(program: AgentProgram) -> None:
    program.environment["XDG_RUNTIME_DIR"] = str(program.home / ("x" * 100))


@pytest.mark.parametrize("in_the_way", [folder_for_socket, file_for_folder, long_path])
def test_where_no_socket_can_lie_calls_do_without_and_an_agent_is_refused(
    program: AgentProgram, in_the_way: Callable[[AgentProgram], None]
) -> None:
    in_the_way(program)
    assert [program.run("get", stdin=REQUEST) for _ in range(2)] == [FOUND, FOUND]
    assert "to see why, run: git credential-pat agent --foreground" in refusal(program.run("agent"), 1)
    assert str(program.folder) in refusal(program.run("agent", "--foreground"), 1)
    if in_the_way is folder_for_socket:
        (program.socket / "mine").rmdir()  # it was left alone
        program.socket.rmdir()
    elif in_the_way is file_for_folder:
        program.folder.parent.unlink()


# Folders


def replace_by_link(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


MISTREATMENTS: dict[str, Callable[[Path], None]] = {
    "open to all": lambda folder: folder.chmod(0o755),
    "open to the group": lambda folder: folder.chmod(0o710),
    "a link": replace_by_link,
}


def fix(folder: Path) -> None:
    """Undo a mistreatment."""
    if folder.is_symlink():
        folder.unlink()
        folder.with_name("elsewhere").rename(folder)
    folder.chmod(0o700)


@pytest.mark.parametrize("how", MISTREATMENTS)
def test_an_agent_in_a_folder_that_others_could_reach_is_not_asked(served: AgentProgram, how: str) -> None:
    assert served.by_agent("get") == FOUND
    MISTREATMENTS[how](served.folder)
    assert served.by_agent("get") is None
    assert served.run("get", stdin=REQUEST) == FOUND
    assert asked(served, b"status") == [b"absent"]
    fix(served.folder)


@pytest.mark.parametrize("how", MISTREATMENTS)
def test_none_is_started_in_such_a_folder(program: AgentProgram, how: str) -> None:
    program.folder.mkdir(0o700, parents=True)
    MISTREATMENTS[how](program.folder)
    assert program.run("get", stdin=REQUEST) == FOUND
    assert str(program.folder) in refusal(program.run("agent", "--foreground"), 1)
    assert [*program.folder.iterdir()] == []


# Agents that are stopped


@pytest.mark.slow
def test_what_a_client_that_gave_up_has_done_itself_is_not_done_again_later(served: AgentProgram) -> None:
    with frozen(served.pid()):
        assert served.run("erase", stdin=said_by_git(AZURE_TOKEN)).status == 0
        assert served.run("restore", FABRIKAM).status == 0
    assert served.by_agent("get") == FOUND


def test_a_stopped_agent_is_reported_and_ends_once_it_goes_on(served: AgentProgram) -> None:
    pid = served.pid()
    with frozen(pid):
        line = refusal(served.run("agent", "stop"), 1)
        assert line.endswith(f"; run: kill -KILL {pid}")
    eventually(partial(is_gone, pid), "it ends")
