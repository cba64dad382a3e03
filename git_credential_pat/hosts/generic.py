"""Every other host: kept at whatever path it was stored with, answered byte for byte."""

from __future__ import annotations

from typing import ClassVar

from git_credential_pat.hosts.family import Family


class Generic(Family):
    """A host of which nothing is known."""

    name: ClassVar[str] = "generic"
    title: ClassVar[str] = "this host"
    is_known: ClassVar[bool] = False
    erases_below: ClassVar[bool] = True

    def expects_token(self, value: bytes) -> bool:
        """Accept any token: an unknown host has no known shape."""
        del value
        return True
