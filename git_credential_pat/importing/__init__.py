"""Where tokens may lie already: other tools' stores, configuration and variables, one file a source.

A source only reads. What it finds is placed by `placing` and taken away by `scrubbing`, both the same for
all. To add a source, add a file here and a row to `SOURCES`; its `find(around, places)` returns a `Reading`.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import cast

from git_credential_pat.errors import UsageError
from git_credential_pat.importing.support.found import Around, Found, Reading
from git_credential_pat.model import NamedTuple
from git_credential_pat.text import shown

__all__ = ["SOURCES", "Around", "Found", "Reading", "Source", "source_named"]


class Source(NamedTuple):
    """One row of the table: a module here, and what a PLACE is to it."""

    module: str
    takes_paths: bool
    """Whether a PLACE is a file or folder; else it is an organization's URL, for what names none."""
    many: bool = True
    """Whether several PLACEs make sense."""
    stays: str = ""
    """Why no token can be deleted there, and what to do instead; empty if one can be."""

    @property
    def find(self) -> Callable[[Around, Sequence[str]], Reading]:
        """The source's function; its module is loaded here."""
        module = import_module(f"git_credential_pat.importing.{self.module}")
        return cast("Callable[[Around, Sequence[str]], Reading]", module.find)


_OF_PROCESS = "variables end with their process; remove them where they are set"
_SEALED = "a vault's file stays whole; delete it yourself once nothing else needs it"
SOURCES = {
    "git-credentials": Source("git_credentials", takes_paths=True),
    "netrc": Source("netrc", takes_paths=True),
    "libsecret": Source("libsecret", takes_paths=True),
    "osxkeychain": Source("osxkeychain", takes_paths=True),
    "pass": Source("pass_", takes_paths=True),
    "remotes": Source("remotes", takes_paths=True),
    "az-devops": Source("az_devops", takes_paths=False, many=False),
    "tfx": Source("tfx", takes_paths=False),
    "gcm": Source("gcm", takes_paths=True),
    "gh": Source("gh", takes_paths=True),
    "glab": Source("glab", takes_paths=True),
    "vault": Source("vault", takes_paths=True, stays=_SEALED),
    "environment": Source("variables", takes_paths=False, many=False, stays=_OF_PROCESS),
}


def source_named(name: str) -> Source:
    """Return the source of a name; raise UsageError if there is none."""
    if name not in SOURCES:
        raise UsageError(f'unknown source "{shown(name)}"; use one of {", ".join(SOURCES)}')
    return SOURCES[name]
