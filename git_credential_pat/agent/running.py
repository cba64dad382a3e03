"""A process that becomes the agent: how it finds its socket and its key, and what it shuts first."""

import gc
import os
import socket
import sys
from collections.abc import Mapping, Sequence

from git_credential_pat.agent import standing
from git_credential_pat.agent.client import made_private
from git_credential_pat.agent.server import Server
from git_credential_pat.agent.service import Service
from git_credential_pat.agent.starting import LOCK_DESCRIPTOR, SOCKET_DESCRIPTOR, Claim
from git_credential_pat.agent.watch import SettingsWatch
from git_credential_pat.errors import PatError
from git_credential_pat.vault.format import KEY_SIZE

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def run_spawned(
    environment: Mapping[bytes, bytes], options: Sequence[str], backend: str | None, timeout: int | None
) -> None:
    """Serve with the key, the socket and the lock that `starting` handed over."""
    os.closerange(LOCK_DESCRIPTOR + 1, os.sysconf("SC_OPEN_MAX"))
    for descriptor in (SOCKET_DESCRIPTOR, LOCK_DESCRIPTOR):
        os.set_inheritable(descriptor, False)  # noqa: FBT003  # the only form that it has
    if os.getsid(0) != os.getpid():
        os.setsid()
    data_key = os.read(0, KEY_SIZE + 1)
    os.close(0)
    os.open(os.devnull, os.O_RDONLY)  # takes the place of standard input, the lowest that is free
    listener = socket.socket(fileno=SOCKET_DESCRIPTOR)
    server = Server(listener, _service(environment, options, backend, data_key, timeout))
    server.run()
    server.remove_socket()


def run_foreground(
    environment: Mapping[bytes, bytes],
    options: Sequence[str],
    backend: str | None,
    data_key: bytes,
    timeout: int | None,
) -> None:
    """Serve on systemd's socket, or on one of our own; raises PatError if another agent does already."""
    if _is_activated(environment):
        Server(
            socket.socket(fileno=SOCKET_DESCRIPTOR),
            _service(environment, options, backend, data_key, timeout),
        ).run()
        return
    folder = standing.folder(environment)
    if folder is None or not made_private(folder):
        raise PatError(
            "there is no folder of yours, closed to others, for the agent's socket; set XDG_RUNTIME_DIR"
        )
    try:
        claim = Claim(folder)
    except BlockingIOError:
        raise PatError("an agent runs already; stop it by: git credential-pat agent stop") from None
    except OSError as error:
        raise PatError(f"cannot listen in {os.fsdecode(folder)}: {os.strerror(error.errno or 0)}") from None
    server = Server(
        socket.socket(fileno=claim.listener), _service(environment, options, backend, data_key, timeout)
    )
    server.run()
    server.remove_socket()


def _service(
    environment: Mapping[bytes, bytes],
    options: Sequence[str],
    backend: str | None,
    data_key: bytes,
    timeout: int | None,
) -> Service:
    _harden()
    stand = standing.standing(environment, options)
    if stand is None:
        raise PatError("HOME or GIT_CONFIG_GLOBAL is no absolute path, so no agent can serve")
    return Service(stand, SettingsWatch(backend), data_key or None, timeout)


def _is_activated(environment: Mapping[bytes, bytes]) -> bool:
    """Whether systemd handed a socket over to this very process (sd_listen_fds(3))."""
    return environment.get(b"LISTEN_PID") == b"%d" % os.getpid() and environment.get(b"LISTEN_FDS") == b"1"


def _harden() -> None:
    """Leave nothing of the key to core dumps and debuggers of the same user; and live long."""
    gc.enable()
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    os.chdir("/")
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
