"""The helpers that Git asks after this one for a request, as its credential.c collects them.

Every `credential.helper` and `credential.<url>.helper` that fits is one more, in the order of Git's
configuration, and an empty one drops those before it. The rows are only read and matched here: nothing runs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.git import config
from git_credential_pat.model import NamedTuple
from git_credential_pat.text import has_controls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_credential_pat.model.request import Request

_LIMIT = 3.0
"""Seconds for one call of git."""
_PROTECTED = ("system", "global", "command")
_OWN = ("git-credential-pat", "git credential-pat")
_ASKING = ("oauth", "manager", "manager-core", "azure", "msal")
"""Programs that open a browser or a window of their own."""


class Helper(NamedTuple):
    """One helper: what the configuration calls it, and whether that is no repository's."""

    value: str
    is_protected: bool = True

    @property
    def is_own(self) -> bool:
        """Whether it is this program, by itself or in a shell command."""
        return self._name == "pat" or any(name in self.value for name in _OWN)

    @property
    def asks(self) -> bool:
        """Whether it is known to ask the user, where it has no answer."""
        return self._name in _ASKING

    @property
    def command(self) -> str:
        """The line of sh by which Git has it answer."""
        if self.value.startswith("!"):
            return f"{self.value[1:]} get"
        return f"{self.value} get" if os.path.isabs(self.value) else f"git credential-{self.value} get"

    @property
    def _name(self) -> str:
        """The program's name, without what all helpers' names begin with."""
        import shlex  # only a question needs it

        try:
            words = shlex.split(self.value.removeprefix("!"))
        except ValueError:  # a quotation mark that is never closed
            return ""
        words = words[1:] if words[:1] == ["git"] else words
        name = os.path.basename(words[0]) if words else ""
        return name.removesuffix(".exe").removeprefix("git-").removeprefix("credential-")


def following(request: Request, folder: str | None, environment: Mapping[str, str]) -> list[Helper]:
    """Return the helpers that Git asks after this one, none of which is this one.

    `folder` is where Git works, whose repository may name helpers too; None if it is gone. There are none if
    Git's configuration cannot be read, or does not name this program.
    """
    try:
        asked = _asked(_rows_for(request, _rows(folder, environment), environment))
    except PatError:
        return []
    own = next((at for at, helper in enumerate(asked) if helper.is_own), len(asked))
    return [helper for helper in asked[own:] if not helper.is_own]


def _asked(rows: Iterable[config.Row]) -> list[Helper]:
    helpers: list[Helper] = []
    for row in rows:
        helpers = [*helpers, Helper(row.value, row.scope in _PROTECTED)] if row.value else []
    return helpers


def _rows(folder: str | None, environment: Mapping[str, str]) -> list[config.Row]:
    """Return every row that names a helper, of the repository too where that can be read."""
    protected = config.git_environment(environment)
    listing = config.list_in(folder or "/", environment if folder else protected, _LIMIT)
    if listing.status:
        listing = config.list_in("/", protected, _LIMIT)
    rows = config.rows(listing, before=2)
    return [row for row in rows if row.key.startswith("credential.") and row.key.endswith(".helper")]


def _rows_for(request: Request, rows: list[config.Row], environment: Mapping[str, str]) -> list[config.Row]:
    """Return the rows that Git applies to a request; it matches their URLs itself, but for partial ones."""
    sections = [_section(row) for row in rows]
    text = "".join(f"{section}\n\trow{at}\n" for at, section in enumerate(sections) if section)
    found = config.read(
        ["--file", "-", "--get-urlmatch", "credential", _url_of(request)], environment, given=text
    )
    fitting = {row.key for row in found}
    return [
        row
        for at, row in enumerate(rows)
        if f"credential.row{at}" in fitting or fits_partly(_pattern(row), request)
    ]


def _pattern(row: config.Row) -> str:
    return row.key.partition(".")[2].rpartition(".")[0]


def _section(row: config.Row) -> str:
    """Return the header of a row's section; none where its name cannot be written down."""
    pattern = _pattern(row)
    if not pattern:
        return "[credential]"
    if has_controls(os.fsencode(pattern)):
        return ""
    escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'[credential "{escaped}"]'


def _url_of(request: Request) -> str:
    from urllib.parse import quote  # only a question needs it

    user = f"{quote(request.username, safe='')}@" if request.username else ""
    path = f"/{quote(request.path)}" if request.path else ""
    return f"{request.protocol.decode()}://{user}{request.host.decode()}{path}"


def fits_partly(pattern: str, request: Request) -> bool:
    """Return whether a name that lacks a protocol or a host fits, as `example.com` and `https://`.

    Each part that it has must be the request's (credential.c, "match_partial_url").
    """
    protocol, _, rest = pattern.rpartition("://")
    address, _, path = rest.partition("/")
    user, _, host = address.rpartition("@")
    if not pattern or (protocol and host):
        return False
    parts = [(protocol, request.protocol), (host.lower(), request.host), (user, request.username)]
    parts.append((path.rstrip("/"), request.path))
    return all(os.fsencode(wanted) == (has or b"") for wanted, has in parts if wanted)
