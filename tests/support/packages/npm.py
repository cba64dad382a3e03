"""Node's packages: a registry with the metadata of each name and tarballs under GUIDs, and its publishing.

The root of the feed is at `registry/`; the one package there from the start is `@OWNER/tool`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from support.packages.feeds import Asked, Feed, Protocol, Reply, page, tarred

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VERSION = "1.0.0"


def project(organizations: Iterable[str]) -> str:
    """Return the package.json of a project that wants each organization's package."""
    dependencies = {f"@{organization}/tool": VERSION for organization in organizations}
    return json.dumps({"name": "web", "version": "1.0.0", "dependencies": dependencies})


def installed(folder: Path) -> set[str]:
    """Return the organizations whose package is installed in a project's folder."""
    return {path.parent.parent.name[1:] for path in folder.glob("node_modules/@*/tool/index.js")}


class Npm(Protocol):
    """The registry of one feed."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._versions: dict[str, dict[str, object]] = {}
        manifest = {"name": f"@{feed.owner}/tool", "version": VERSION, "main": "index.js"}
        files = {
            "package/package.json": json.dumps(manifest),
            "package/index.js": f"module.exports = {feed.package!r}\n",
        }
        self._add(manifest, tarred(files))

    def answer(self, asked: Asked) -> Reply:
        if asked.method != "PUT":
            return super().answer(asked)
        published = json.loads(asked.body)
        (manifest,) = published["versions"].values()
        (attachment,) = published["_attachments"].values()
        self._add(manifest, base64.b64decode(attachment["data"]))
        return page({"ok": True})

    def _add(self, manifest: dict[str, str], tarball: bytes) -> None:
        name, version = manifest["name"], manifest["version"]
        file = f"registry/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        self.pages[file] = Reply(200, tarball)
        distribution = {
            "tarball": self.feed.guid_url + quote(file, safe="/@"),
            "shasum": hashlib.sha1(tarball).hexdigest(),  # noqa: S324 - as the registry has it
            "integrity": f"sha512-{base64.b64encode(hashlib.sha512(tarball).digest()).decode()}",
        }
        versions = self._versions.setdefault(name, {})
        versions[version] = {**manifest, "dist": distribution}
        times = dict.fromkeys(("created", "modified", *versions), "2023-11-14T00:00:00.000Z")
        self.pages[f"registry/{name}"] = page(
            {"name": name, "dist-tags": {"latest": version}, "versions": versions, "time": times}
        )
