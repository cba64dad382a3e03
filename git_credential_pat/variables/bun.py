"""bun: the keys of npm, in a file that takes the place of the user's .npmrc and has its lines too.

bun reads no keys from variables.
"""

import os

from git_credential_pat.variables.npm import keys
from git_credential_pat.variables.support.around import Around

_FILES = ("bun.lock", "bun.lockb", "bunfig.toml")


def give(around: Around) -> None:
    """Give the registries their tokens."""
    if not around.is_asked and not any(around.paths(*_FILES)):
        return
    rows = list(keys(around))
    if not rows:
        return
    environment = around.environment
    own = environment.get("NPM_CONFIG_USERCONFIG") or os.path.join(environment.get("HOME", "/"), ".npmrc")
    lines = [data.rstrip(b"\n") for _, data in around.read(os.path.join(around.folder, own))]
    lines += [f"{key}={value}".encode() for key, value, _ in rows]
    around.given.give_file("NPM_CONFIG_USERCONFIG", b"\n".join([*lines, b""]), (token for *_, token in rows))
