"""Processes that outlive the call that started them: what they get, what they keep, how they end.

What is handed over has descriptors that both sides know; those of the starter must lie above them.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence

SPAWNED = "--spawned"
"""The option by which a command of this program knows that `start_detached` started it."""

_MAIN = os.path.join(os.path.dirname(os.path.dirname(__file__)), "__main__.py")
_LEAST_DESCRIPTOR = 10
_PR_SET_DUMPABLE = 4  # linux/prctl.h


def out_of_the_way(descriptor: int) -> int:
    """Move a descriptor above those by which the other process will find what is handed over."""
    import fcntl  # a shared library, which most calls need not load

    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _LEAST_DESCRIPTOR)
    finally:
        os.close(descriptor)


def start_detached(
    words: Sequence[str], environment: Mapping[bytes, bytes], given: Mapping[int, int], data: bytes
) -> None:
    """Start this program anew, in a session of its own, with a little data on its standard input.

    `words` are those of its command line. Raises OSError.

    `given` has for each descriptor that it is to find the one that is handed over. Output is dropped.
    """
    command = [sys.executable, "-I", "-S", _MAIN, *words]
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    actions = [
        (os.POSIX_SPAWN_DUP2, reader, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        *((os.POSIX_SPAWN_DUP2, ours, its) for its, ours in given.items()),
    ]

    def spawn(*, setsid: bool) -> None:
        os.posix_spawn(command[0], command, environment, file_actions=actions, setsid=setsid, setsigmask=())

    try:
        spawn(setsid=True)  # at once, or the end of the terminal would end it too
    except NotImplementedError:  # by the C library; then the program does it as soon as it runs
        spawn(setsid=False)
    finally:
        os.close(reader)


def in_child(action: Callable[[], None]) -> None:
    """Do something in a child and wait for its end, so that what it starts has another parent."""
    child = os.fork()
    if not child:
        try:
            action()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def take_over(given: Sequence[int], limit: int) -> bytes:
    """Take what `start_detached` gave, and a session if there is none yet; return at most `limit` bytes.

    Descriptors above those given are closed, and standard input has nothing more.
    """
    os.closerange(max(given, default=2) + 1, os.sysconf("SC_OPEN_MAX"))
    keep_from_children(*given)
    if os.getsid(0) != os.getpid():
        os.setsid()
    data = os.read(0, limit)
    os.close(0)
    os.open(os.devnull, os.O_RDONLY)  # takes the place of standard input, the lowest that is free
    return data


def keep_from_children(*descriptors: int) -> None:
    """Let no program that is started have these descriptors."""
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)  # noqa: FBT003  # the only form that it has


def harden() -> None:
    """Leave nothing of what is held to core dumps, debuggers of the same user, other users and folders."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    os.chdir("/")
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_of_process() -> int:
    """Return a descriptor that can be read as soon as the process is asked to end, which then ends itself."""
    import signal

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reader
