"""What a call stands on, and where its agent is: what must be alike for an agent to answer in its place.

Both sides compute it from their own environment. It reads none itself: `posix.environ`, whose names and
values are bytes, comes in as an argument.
"""

import sys

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
