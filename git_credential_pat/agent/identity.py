"""Identity: what must be alike for an agent to answer in a call's place, where it is, and whose it is.

Both sides compute what they stand on from their own environment, `posix.environ`, whose names and values are
bytes. They trust a folder that is the user's own, and the user at the other end of a socket.
"""

import _socket
import sys
from posix import geteuid, getuid, lstat, mkdir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = b"git-credential-pat"
SOCKET = b"agent.sock"

_PLACES = (b"HOME", b"XDG_DATA_HOME", b"XDG_CONFIG_HOME")
_CONFIG_FILES = (b"GIT_CONFIG_GLOBAL", b"GIT_CONFIG_SYSTEM")
_LASTING = (*_PLACES, *_CONFIG_FILES, b"GIT_CONFIG_NOSYSTEM")
_CONFIG_OF_CALL = b"GIT_CONFIG_"
_OUR_SECTIONS = (b"pat.", b"credential.", b"include")
_OF_WAYS = (
    *(b"AZURE_CLIENT_ID", b"AZURE_TENANT_ID", b"AZURE_AUTHORITY_HOST", b"AZURE_FEDERATED_TOKEN_FILE"),
    *(b"ACTIONS_ID_TOKEN_REQUEST_URL", b"ACTIONS_ID_TOKEN_REQUEST_TOKEN", b"GITHUB_ACTIONS"),
    *(b"GITHUB_SERVER_URL", b"SYSTEM_OIDCREQUESTURI", b"SYSTEM_ACCESSTOKEN"),
    *(b"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", b"AZURESUBSCRIPTION_CLIENT_ID"),
    *(b"AZURESUBSCRIPTION_TENANT_ID", b"IDENTITY_ENDPOINT", b"IDENTITY_HEADER"),
    *(b"IDENTITY_SERVER_THUMBPRINT", b"IMDS_ENDPOINT", b"AZURE_CONFIG_DIR", b"REQUESTS_CA_BUNDLE"),
    *(b"https_proxy", b"HTTPS_PROXY", b"http_proxy", b"HTTP_PROXY", b"all_proxy", b"ALL_PROXY"),
    *(b"no_proxy", b"NO_PROXY", b"GIT_SSL_CAINFO", b"GIT_SSL_CAPATH", b"GIT_SSL_NO_VERIFY"),
    *(b"SSL_CERT_FILE", b"SSL_CERT_DIR"),
)
"""The variables that a sign-in to Entra reads: who signs in, where, and the way through the network."""

_KIND_AND_OTHERS = 0o170077
_PRIVATE_FOLDER = 0o040000
_CREDENTIALS_SIZE = 76
_CREDENTIALS_UID = slice(4, 8)  # Linux: struct ucred is pid, uid, gid; XNU: xucred is version, uid, ...


def variables(environment: "Mapping[bytes, bytes]") -> "dict[bytes, bytes] | None":
    """Return the variables that decide where tokens lie and which settings hold; None: no agent can serve.

    Configuration that `git -c` brings along counts only if it could be of our sections: editors pass some
    with every call.
    """
    kept = lasting(environment)
    if not kept.get(b"HOME", b"").startswith(b"/"):
        return None
    if not all(kept.get(name, b"/").startswith(b"/") for name in _CONFIG_FILES):
        return None  # they depend on the working folder
    of_call = {
        name: value
        for name, value in environment.items()
        if name.startswith(_CONFIG_OF_CALL) and name not in kept
    }
    if any(section in value.lower() for value in of_call.values() for section in _OUR_SECTIONS):
        kept.update(of_call)
    return kept


def lasting(environment: "Mapping[bytes, bytes]") -> "dict[bytes, bytes]":
    """Return those of the variables that outlast one call: what an agent is to stand on."""
    return {name: environment[name] for name in _LASTING if name in environment}


def standing(environment: "Mapping[bytes, bytes]", options: "Sequence[str]") -> "bytes | None":
    """Return what an agent's own must be equal to; None: no agent can serve.

    `options` are those before the operation.
    """
    kept = variables(environment)
    if kept is None:
        return None
    rows = [name + b"=" + kept[name] for name in sorted(kept)]
    return b"\0".join([*rows, *[option.encode("utf-8", "surrogateescape") for option in options]])


def of_ways(environment: "Mapping[bytes, bytes]") -> bytes:
    """Return the variables that a sign-in reads: its token answers only calls that have the same ones."""
    return b"\0".join([name + b"=" + environment[name] for name in _OF_WAYS if name in environment])


def folders(environment: "Mapping[bytes, bytes]") -> "list[bytes]":
    """Return the folders for the agent's socket: the session's own (XDG_RUNTIME_DIR), then among the caches.

    The second serves where there is no session, as in cron or after `su`.
    """
    home = environment.get(b"HOME", b"")
    cache = environment.get(b"XDG_CACHE_HOME", b"")
    if not cache.startswith(b"/") and home:
        cache = home + (b"/Library/Caches" if sys.platform == "darwin" else b"/.cache")
    runtime = environment.get(b"XDG_RUNTIME_DIR", b"")
    return [base + b"/" + FOLDER for base in (runtime, cache) if base.startswith(b"/")]


def runs_as_itself() -> bool:
    """Return whether this process has the rights of the user who started it, and no other's (set-uid)."""
    return geteuid() == getuid()


def is_private(folder: bytes) -> bool:
    """Return whether a folder is the user's own, no link, and closed to others."""
    try:
        status = lstat(folder)
    except OSError:
        return False
    return status.st_mode & _KIND_AND_OTHERS == _PRIVATE_FOLDER and status.st_uid == geteuid()


def make_folder(environment: "Mapping[bytes, bytes]") -> "bytes | None":
    """Return the first folder that may be used for the agent's socket; make it if need be. None if none may.

    Nothing is made in a folder or a home of somebody else: root would shut that user out.
    """
    from git_credential_pat.system.homes import anothers_home  # a call that the agent answers makes none

    for folder in folders(environment):
        if anothers_home(folder.decode("utf-8", "surrogateescape")) is None:
            _make_in_own(folder.rpartition(b"/")[0])
            _make_in_own(folder)
        if is_private(folder):
            return folder
    return None


def _make_in_own(path: bytes) -> None:
    try:
        if lstat(path.rpartition(b"/")[0]).st_uid == geteuid():
            mkdir(path, 0o700)
    except OSError:  # it is there, or cannot be made
        return


def is_with_own_user(connection: "_socket.socket") -> bool:
    """Return whether the user holds the other end of a Unix socket; raises OSError."""
    if hasattr(_socket, "SO_PEERCRED"):
        level, option = _socket.SOL_SOCKET, _socket.SO_PEERCRED
    else:
        level, option = 0, 1  # SOL_LOCAL and LOCAL_PEERCRED of macOS's sys/un.h
    credentials = connection.getsockopt(level, option, _CREDENTIALS_SIZE)
    return int.from_bytes(credentials[_CREDENTIALS_UID], sys.byteorder) == geteuid()
