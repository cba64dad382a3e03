"""A process that has loaded the program and forks a child for each run, at a tenth of the price of a start.

    python -I -S nursery.py FOLDER...

FOLDERs go on the module path. Standard input is a Unix socket on which one message a run arrives: JSON with
`arguments`, `environment` and `folder`, and four descriptors: the run's 0, 1 and 2, and a socket. That is
given two numbers of 4 bytes: READY as soon as the child has become the program, and how it ended as
os.waitstatus_to_exitcode has it. A byte that comes back has the child killed.

A child is what the launcher makes of a process: isolated, without the site folders' names in the module
path, without core dumps. What only a start can show (environment variables that Python or the C library
read then, the launcher itself) is tested by real starts.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import posix
import resource
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

LIMIT = 1 << 20
"""The bytes that a message may have."""
DESCRIPTORS = 4
NUMBER = struct.Struct(">i")
READY = 1000
"""No status of a process."""


def main() -> None:
    """Serve until the socket ends."""
    sys.path[:0] = sys.argv[1:]
    code = _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the ends of supervisors are of no interest
    gc.freeze()
    requests = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, LIMIT, DESCRIPTORS)
        if not message:
            return
        if os.fork() == 0:
            requests.close()
            _supervise(code, json.loads(message), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _load() -> CodeType:
    """Import what commands import, and return the compiled start of the program."""
    import site

    site.main()
    import git_credential_pat
    from git_credential_pat import commands

    for package in (git_credential_pat, commands):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in ("agent.client", "agent.starting", "agent.borrowing", "backends.vault", "backends.keyring"):
        importlib.import_module(f"git_credential_pat.{name}")
    for name in ("json", "shlex", "rich.table", "rich.console", "urllib3", "subprocess"):
        importlib.import_module(name)
    path = os.path.join(git_credential_pat.__path__[0], "__main__.py")
    with open(path, "rb") as file:
        return compile(file.read(), path, "exec")


def _supervise(code: CodeType, request: dict[str, object], descriptors: list[int]) -> None:
    """Start the child, wait for it and report how it ended."""
    ended, ending = os.pipe()
    os.set_blocking(ending, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ending)
    child = os.fork()
    if child == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _run(code, request, [*descriptors, ended, ending])
    *streams, answer = descriptors
    for descriptor in streams:
        os.close(descriptor)
    ready, _, _ = select.select([ended, answer], [], [])
    if ended not in ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with suppress(OSError):  # whoever asked has gone
        os.write(answer, NUMBER.pack(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _run(code: CodeType, request: dict[str, object], descriptors: list[int]) -> None:
    """Become the program."""
    for number, descriptor in enumerate(descriptors[:3]):
        os.dup2(descriptor, number)
    answer = descriptors.pop(3)
    for descriptor in descriptors:
        os.close(descriptor)
    arguments, environment, folder = request["arguments"], request["environment"], request["folder"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    os.environ.clear()
    os.environ.update(environment)
    posix.environ.clear()
    posix.environ.update({os.fsencode(name): os.fsencode(value) for name, value in environment.items()})
    os.chdir(str(folder))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    sys.argv = [code.co_filename, *arguments]
    os.write(answer, NUMBER.pack(READY))
    os.close(answer)
    try:
        exec(code, {"__name__": "__main__", "__file__": code.co_filename, "__package__": None})  # noqa: S102  # as a start does
    except BaseException:  # noqa: BLE001  # the program's own hook says what is to be said
        sys.excepthook(*sys.exc_info())
    os._exit(1)


if __name__ == "__main__":
    main()
