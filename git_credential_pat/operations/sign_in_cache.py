"""Where a sign-in by an app registration of the user's own is kept: an entry that answers nobody.

It is as secret as a token, and lies with the tokens. One is for a tenant of Entra, by its id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.backends import Change
from git_credential_pat.model.entry import REJECTED, Entry
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations.answering import commit

if TYPE_CHECKING:
    from git_credential_pat.backends import Backend
    from git_credential_pat.model.entry import Nanoseconds

_CACHES = Scope(b"https", b"login.microsoftonline.com")
_ANY_TENANT = "organizations"
_LABEL = "sign-in by pat.entraClientId"

SIGN_IN = "sign-in"
"""No state that is stored, but what users see in its place."""


def is_cache(entry: Entry) -> bool:
    """Return whether an entry is such a sign-in and no token: no host is to get it, and nobody but `own`."""
    return entry.scope._replace(path=()) == _CACHES and entry.label == _LABEL


class SignInCache:
    """The sign-in to one tenant."""

    def __init__(self, backend: Backend, tenant: str, now: Nanoseconds, *, is_kept: bool = True) -> None:
        """Take where it is kept, the tenant, which may be empty, and the time to note at a change.

        One that is not kept is only read.
        """
        self._backend = backend
        self._scope = _CACHES._replace(path=((tenant or _ANY_TENANT).encode("ascii"),))
        self._now = now
        self._is_kept = is_kept

    def load(self) -> str:
        """Return what was saved, or an empty text."""
        entry = self._kept()
        return entry.secret.decode("utf-8", "replace") if entry else ""

    def save(self, text: str) -> None:
        """Keep a text in the place of the one before."""
        if self._is_kept:
            commit(self._backend, lambda: self._changes(text.encode()))

    def _kept(self) -> Entry | None:
        found = self._backend.find(self._scope.protocol, self._scope.host)
        return next((entry for entry in found if entry.scope == self._scope and is_cache(entry)), None)

    def _changes(self, secret: bytes) -> list[Change]:
        before = self._kept()
        if before is not None and before.secret == secret:
            return []
        number = before.number if before else 0
        entry = Entry(self._scope, b"", secret, state=REJECTED, created=self._now, updated=self._now)
        return [Change(before, entry._replace(label=_LABEL, number=number))]
