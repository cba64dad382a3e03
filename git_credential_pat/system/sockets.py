"""Unix sockets that listen; `agent.identity` decides whether to trust the other end of one."""

import _socket
import contextlib
import os

_BACKLOG = 1024


def listen(path: bytes) -> int:
    """Return a descriptor that listens at `path`, in place of whatever stood there; raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        listener.bind(path)
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener.detach()
