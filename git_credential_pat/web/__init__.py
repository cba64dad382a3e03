"""The web, for the user's commands: what is asked of a host, and what it replies. `asking` carries it out.

Git's operations never come here: they use no network.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Question:
    """A request for a URL with these headers and this body, of which each may hold a token."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "GET"
    body: bytes = field(default=b"", repr=False)

    @property
    def host(self) -> str:
        """The host that it goes to, without the port."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing at the host (RFC 9110, 9.2.1), so that it may be asked again."""
        return self.method in ("GET", "HEAD")


@dataclass(frozen=True)
class Reply:
    """What a host answered, a token maybe: names of headers are in lower case, the body is cut at 1 MiB."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def values(self, name: str) -> list[str]:
        """Return the values of every header of this name (given in lower case)."""
        return [value for key, value in self.headers if key == name]

    def value(self, name: str) -> str:
        """Return the first value of a header, or an empty one."""
        return next(iter(self.values(name)), "")

    @property
    def text(self) -> str:
        """The body as text, without a byte order mark."""
        return self.body.decode("utf-8-sig", "replace")

    def json(self) -> object:
        """Return the body as JSON, or None if it is none."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None
