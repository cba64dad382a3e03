"""Images: a registry that speaks the Docker registry protocol, version 2: pulls and pushes.

An organization's images are at `/v2/OWNER/`; from the start there is `OWNER/tool:1.0`, of one small layer.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from urllib.parse import parse_qs

from support.packages.feeds import NOT_ALLOWED, NOT_FOUND, Asked, Feed, Protocol, Reply, tarred

TAG = "1.0"
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIGURATION = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class Docker(Protocol):
    """One organization's images, as pages like `tool/blobs/DIGEST` and `tool/manifests/1.0`."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self._begun: dict[str, bytes] = {}
        layer = tarred({"tool": feed.package})
        image = {
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [_digest(gzip.decompress(layer))]},
            "history": [{"created": "2023-11-14T00:00:00Z", "created_by": "tests"}],
        }
        configuration = json.dumps(image).encode()
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": self._blob("tool", configuration, _CONFIGURATION),
            "layers": [self._blob("tool", layer, _LAYER)],
        }
        self._add_manifest("tool", TAG, json.dumps(manifest).encode(), _MANIFEST)

    def answer(self, asked: Asked) -> Reply:
        if asked.method in ("GET", "HEAD"):
            return self.pages.get(asked.path, NOT_FOUND)
        repository, _, rest = asked.path.partition("/")
        kind, _, name = rest.partition("/")
        if (asked.method, kind) == ("PUT", "manifests"):
            return self._add_manifest(repository, name, asked.body, asked.content_type)
        if kind != "blobs" or not name.startswith("uploads/"):
            return NOT_ALLOWED
        return self._upload(repository, name.removeprefix("uploads/"), asked)

    def _upload(self, repository: str, begun: str, asked: Asked) -> Reply:
        """Take a part of a blob; the last one names its digest."""
        begun = begun or f"u{len(self._begun)}"
        self._begun[begun] = self._begun.get(begun, b"") + asked.body
        wanted = parse_qs(asked.query).get("digest")
        if wanted is None:
            place = f"{self.feed.url}{repository}/blobs/uploads/{begun}"
            return Reply(202, headers=(("Location", place), ("Docker-Upload-UUID", begun)))
        self._blob(repository, self._begun[begun], "application/octet-stream")
        place = f"{self.feed.url}{repository}/blobs/{wanted[0]}"
        return Reply(201, headers=(("Location", place), ("Docker-Content-Digest", wanted[0])))

    def _blob(self, repository: str, content: bytes, kind: str) -> dict[str, object]:
        digest = _digest(content)
        self.pages[f"{repository}/blobs/{digest}"] = Reply(200, content, kind, _named(digest))
        return {"mediaType": kind, "size": len(content), "digest": digest}

    def _add_manifest(self, repository: str, name: str, content: bytes, kind: str) -> Reply:
        digest = _digest(content)
        for each in (name, digest):
            self.pages[f"{repository}/manifests/{each}"] = Reply(200, content, kind, _named(digest))
        place = f"{self.feed.url}{repository}/manifests/{digest}"
        return Reply(201, headers=(("Location", place), *_named(digest)))


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _named(digest: str) -> tuple[tuple[str, str], ...]:
    return (("Docker-Content-Digest", digest),)
