"""What answers a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.model import NamedTuple

if TYPE_CHECKING:
    from git_credential_pat.model.entry import Entry, Seconds
    from git_credential_pat.model.scope import Scope


class Credential(NamedTuple):
    """What answers: username and password, or (with `authtype`) the ready value of a header."""

    username: bytes | None = None
    password: bytes | None = None
    authtype: bytes | None = None
    credential: bytes | None = None
    expires: Seconds | None = None
    refresh_token: bytes | None = None
    is_ephemeral: bool = False
    """Whether it ends so soon that no helper is to keep it."""

    def __repr__(self) -> str:
        """Name nothing: all of it is secret or next to it."""
        return "Credential(...)"


class SignIn(NamedTuple):
    """A way to a token that is not kept: `way` is that of the entry, `organization` what the token is for."""

    way: str
    organization: Scope
    username: bytes
    """What goes with the token where a tool takes no header."""


class Answer(NamedTuple):
    """What one operation gives."""

    credential: Credential | None = None
    notices: tuple[str, ...] = ()
    """Lines for the user."""
    lack: Entry | None = None
    """What is wanted and not kept, an entry without its token, if the user may be asked for it."""
    sign_in: SignIn | None = None
    """What answers a `get` once the caller has walked it; of an `erase`, what the refused token came by."""
    hosts: tuple[str, ...] = ()
    """The hosts of container images that a token is kept for, where these are asked for."""

    def reasons(self, *, is_seen: bool) -> tuple[str, ...]:
        """Return the lines for users of tools other than Git: why it is a miss; all if a person sees them."""
        return self.notices if is_seen or self.credential is None else ()
