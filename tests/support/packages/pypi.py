"""Python's packages: the simple index (PEP 503), files under GUIDs, and the upload of twine and uv.

The index is at `simple/`, uploads go to `upload/`. As at Azure Artifacts, a file cannot be asked for by HEAD.
"""

from __future__ import annotations

import email
import hashlib
import re
from html import escape
from typing import TYPE_CHECKING

from support.packages.feeds import Asked, Feed, Protocol, Reply, zipped

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message

VERSION = "1.0"


def wheel(name: str, version: str = VERSION) -> tuple[str, bytes]:
    """Return the file name and the bytes of a wheel with one module, `name` with underscores."""
    module = name.replace("-", "_")
    information = f"{module}-{version}.dist-info"
    files = {
        f"{module}.py": f"NAME = {name!r}\n",
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{each},,\n" for each in (*files, f"{information}/RECORD"))
    return f"{module}-{version}-py3-none-any.whl", zipped({**files, f"{information}/RECORD": record})


class PyPI(Protocol):
    """The index of one feed."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._links: dict[str, list[str]] = {}
        self._add(feed.package, VERSION, *wheel(feed.package))

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "upload/" and asked.method == "POST":
            return self._upload(asked)
        # pip leaves the slash out of an index's URL, and others ask for names as they were written.
        path = asked.path if asked.path.startswith("download/") else f"{_normal(asked.path.rstrip('/'))}/"
        return super().answer(asked._replace(path=path))

    def _upload(self, asked: Asked) -> Reply:
        head = f"Content-Type: {asked.content_type}\r\n\r\n"
        parts = email.message_from_bytes(head.encode() + asked.body).walk()
        fields = {str(part.get_param("name", header="Content-Disposition")): part for part in parts}
        name, version = (_bytes(fields[each]).decode() for each in ("name", "version"))
        self._add(name, version, fields["content"].get_filename() or "", _bytes(fields["content"]))
        return Reply(202)

    def _add(self, name: str, version: str, file: str, content: bytes) -> None:
        path = f"download/{name}/{version}/{file}"
        self.pages[path] = Reply(200, content)
        address = f"{self.feed.guid_url}{path}#sha256={hashlib.sha256(content).hexdigest()}"
        self._links.setdefault(_normal(name), []).append(f'<a href="{escape(address)}">{escape(file)}</a>')
        self.pages["simple/"] = _page(f'<a href="{each}/">{each}</a>' for each in self._links)
        self.pages[f"simple/{_normal(name)}/"] = _page(self._links[_normal(name)])


def _page(links: Iterable[str]) -> Reply:
    lines = "\n".join(links)
    return Reply(200, f"<!DOCTYPE html>\n<html><body>\n{lines}\n</body></html>\n".encode(), "text/html")


def _normal(name: str) -> str:
    """Return a project's name as the index spells it (PEP 503)."""
    return re.sub("[-_.]+", "-", name).lower()


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content
