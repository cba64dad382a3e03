"""A process that becomes the agent: how it finds its socket and its key, and what it shuts first."""

import gc
import os
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress

from git_credential_pat import suggest
from git_credential_pat.agent import identity
from git_credential_pat.agent.server import Server
from git_credential_pat.agent.service import Service
from git_credential_pat.agent.starting import (
    LOCK_DESCRIPTOR,
    SOCKET_DESCRIPTOR,
    Claim,
    take_lock,
)
from git_credential_pat.agent.watch import SettingsWatch
from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.background import harden, keep_from_children, take_over
from git_credential_pat.system.homes import require_own_home
from git_credential_pat.text import quoted
from git_credential_pat.vault.format import KEY_SIZE


class Calling(NamedTuple):
    """How the agent was called: its environment, the options before the command, and those of it."""

    environment: Mapping[bytes, bytes]
    options: Sequence[str]
    backend: str | None
    timeout: int | None

    def __repr__(self) -> str:
        """Leave out the environment, which may hold secrets."""
        return f"Calling({self.options!r}, {self.timeout!r})"


def run_spawned(calling: Calling) -> None:
    """Serve with the key, the socket and the lock that `starting` handed over."""
    data_key = take_over((SOCKET_DESCRIPTOR, LOCK_DESCRIPTOR), KEY_SIZE + 1)
    _sign(LOCK_DESCRIPTOR)
    _serve(SOCKET_DESCRIPTOR, _service(calling, data_key)).remove_socket()


def run_foreground(calling: Calling, data_key: bytes) -> None:
    """Serve on systemd's socket, or on one of our own; raises PatError if another agent does already."""
    folder = identity.make_folder(calling.environment)
    if folder is None:
        require_own_home(*map(os.fsdecode, identity.folders(calling.environment)))
        places = ", ".join(quoted(os.fsdecode(place)) for place in identity.folders(calling.environment))
        raise PatError(f"the agent needs a private folder; none of these is one: {places}")
    if _is_activated(calling.environment):
        keep_from_children(SOCKET_DESCRIPTOR)
        with suppress(OSError):  # it only shows others when this agent is gone
            _sign(take_lock(folder))
        _serve(SOCKET_DESCRIPTOR, _service(calling, data_key))
        return
    try:
        claim = Claim(folder)
    except BlockingIOError:
        raise PatError(
            f"the agent is running already; to stop it, run: {suggest.own('agent', 'stop')}"
        ) from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "its path is too long for a socket"
        raise PatError(f"cannot listen in {quoted(os.fsdecode(folder))}: {reason}") from None
    _sign(claim.lock)
    _serve(claim.listener, _service(calling, data_key)).remove_socket()


def _service(calling: Calling, data_key: bytes) -> Service:
    harden()
    gc.enable()  # it lives long
    stand = identity.standing(calling.environment, calling.options)
    if stand is None:
        raise PatError(
            "HOME, GIT_CONFIG_GLOBAL or GIT_CONFIG_SYSTEM is not an absolute path, "
            "so the agent cannot run; make it absolute"
        )
    return Service(stand, SettingsWatch(calling.backend), data_key or None, calling.timeout)


def _serve(listener: int, service: Service) -> Server:
    server = Server(socket.socket(fileno=listener), service)
    server.run()
    return server


def _sign(lock: int) -> None:
    """Note in the agent's lock which process has it, for callers that get no answer."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, b"%d" % os.getpid(), 0)


def _is_activated(environment: Mapping[bytes, bytes]) -> bool:
    """Whether systemd handed a socket over to this very process (sd_listen_fds(3))."""
    return environment.get(b"LISTEN_PID") == b"%d" % os.getpid() and environment.get(b"LISTEN_FDS") == b"1"
