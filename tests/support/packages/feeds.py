"""What the protocols share: where an organization's packages lie, what is asked, what is answered."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
import zipfile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

MOMENT = (2023, 11, 14, 0, 0, 0)


class Feed(NamedTuple):
    """One organization's packages of one kind; `url` ends with a slash and so does `guid_url`.

    Azure Artifacts writes the addresses of files with GUIDs in place of the project's and the feed's name.
    """

    owner: str
    url: str
    guid_url: str

    @property
    def package(self) -> str:
        """The name of the one package that is there from the start."""
        return f"{self.owner}-tool"


class Asked(NamedTuple):
    """A request as a protocol sees it; `path` is below the feed's URL, decoded and without a query."""

    method: str
    path: str
    query: str
    content_type: str
    body: bytes


class Reply(NamedTuple):
    """An answer."""

    status: int
    body: bytes = b""
    kind: str = "application/octet-stream"
    headers: tuple[tuple[str, str], ...] = ()


NOT_FOUND = Reply(404, b"There is no such package.\n", "text/plain")
NOT_ALLOWED = Reply(405)


class Protocol:
    """Serves `pages`, which are keyed by their path below the feed; what is uploaded becomes a page."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.pages: dict[str, Reply] = {}

    def answer(self, asked: Asked) -> Reply:
        """Answer a request whose login is right."""
        return self.pages.get(asked.path, NOT_FOUND) if asked.method == "GET" else NOT_ALLOWED


def page(content: object) -> Reply:
    """Return an answer of JSON."""
    return Reply(200, json.dumps(content).encode(), "application/json")


def guid(*names: str) -> str:
    """Return the GUID that stands for some names."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(names)))


def zipped(files: Mapping[str, str]) -> bytes:
    """Return a ZIP archive, the same at any time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, MOMENT), text)
    return buffer.getvalue()


def tarred(files: Mapping[str, str]) -> bytes:
    """Return a tar archive, compressed by gzip."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()
