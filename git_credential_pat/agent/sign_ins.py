"""The hour-long tokens of sign-ins, which the agent holds in its memory alone and gets ahead of time.

A call that finds none here gets one itself, by its own environment, and gives it to the agent with the
variables that its way reads. From then on the agent answers calls with the same variables at once, and gets
the next token by them when half of this one's life is over, in a thread, so that no answer waits. Where that
fails, it tries again a minute later; a token that is about to end is not answered.
"""

from __future__ import annotations

import threading
from time import time
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.model.credential import SignIn
    from git_credential_pat.model.entry import Seconds

_LEAST_LEFT = 60
"""Seconds that a token that is answered still lives, in which Git has done what it asks for."""
_PAUSE = 60
"""The least seconds between two tries: az may give the same token until it is about to end."""


class Lent(NamedTuple):
    """A token, when it ends, and the variables and the path of programs by which the next one can be had."""

    token: bytes
    expires: Seconds
    variables: bytes
    path: bytes = b""

    def __repr__(self) -> str:
        """Leave out the token, and the variables, which may have secrets."""
        return f"Lent(expires={self.expires})"


_Place = tuple[str, str]


class SignIns:
    """The tokens, each for a way and an organization; a thread changes them in one step."""

    def __init__(self, walk: Callable[[str, str, Lent], tuple[bytes, Seconds]]) -> None:
        """Take what gets the next token by a way and for an organization's URL; it raises PatError."""
        self._walk = walk
        self._held: dict[_Place, Lent] = {}
        self._due: dict[_Place, float] = {}

    def find(self, way: SignIn, variables: bytes) -> Lent | None:
        """Return what answers a call with these variables, or None."""
        lent = self._held.get(_place(way))
        is_alike = lent is not None and lent.variables == variables
        return lent if lent is not None and is_alike and lent.expires - time() > _LEAST_LEFT else None

    def take(self, way: str, organization: str, lent: Lent) -> None:
        """Hold a token in the place of the one before."""
        place, now = (way, organization), time()
        self._held[place] = lent
        self._due[place] = now + max(_PAUSE, (lent.expires - now) / 2)

    def forget(self, way: SignIn, refused: bytes | None) -> None:
        """Drop a token that its host refused; one that came since then stays."""
        lent = self._held.get(_place(way))
        if lent is not None and refused in (None, lent.token):
            self._drop(_place(way))

    def tend(self) -> None:
        """Begin to get what is due; drop what has ended. It takes no time."""
        now = time()
        for place, moment in [*self._due.items()]:
            lent = self._held.get(place)
            if lent is None or lent.expires <= now:
                self._drop(place)
            elif moment <= now:
                self._due[place] = now + _PAUSE
                threading.Thread(target=self._renew, args=(place, lent), daemon=True).start()

    def _renew(self, place: _Place, lent: Lent) -> None:
        try:
            token, expires = self._walk(*place, lent)
        except PatError:  # the next try may do better, and a call without a token says what is wrong
            return
        if self._held.get(place) is lent:  # else it was refused meanwhile, or a call has given another
            self.take(*place, lent._replace(token=token, expires=expires))

    def _drop(self, place: _Place) -> None:
        self._held.pop(place, None)
        self._due.pop(place, None)


def _place(way: SignIn) -> _Place:
    return way.way, way.organization.text
