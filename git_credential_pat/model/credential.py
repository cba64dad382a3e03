"""What answers a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.model import NamedTuple

if TYPE_CHECKING:
    from git_credential_pat.model.entry import Entry, Seconds


class Credential(NamedTuple):
    """What answers: username and password, or (with `authtype`) the ready value of a header."""

    username: bytes | None = None
    password: bytes | None = None
    authtype: bytes | None = None
    credential: bytes | None = None
    expires: Seconds | None = None
    refresh_token: bytes | None = None

    def __repr__(self) -> str:
        """Name nothing: all of it is secret or next to it."""
        return "Credential(...)"


class Answer(NamedTuple):
    """What one operation gives."""

    credential: Credential | None = None
    notices: tuple[str, ...] = ()
    """Lines for the user."""
    lack: Entry | None = None
    """What is wanted and not kept, an entry without its token, if the user may be asked for it."""
    hosts: tuple[str, ...] = ()
    """The hosts of container images that a token is kept for, where these are asked for."""

    def reasons(self, *, is_seen: bool) -> tuple[str, ...]:
        """Return the lines for users of tools other than Git: why it is a miss; all if a person sees them."""
        return self.notices if is_seen or self.credential is None else ()
