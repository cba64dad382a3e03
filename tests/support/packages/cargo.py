"""Rust's packages: a sparse registry that wants a login for everything, at `index/`, and its publishing."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

from support.packages.feeds import Asked, Feed, Protocol, Reply, page, tarred

VERSION = "1.0.0"


class Cargo(Protocol):
    """The registry of one feed."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        self.pages["index/config.json"] = page(
            {"dl": f"{feed.guid_url}crates", "api": feed.url.removesuffix("/"), "auth-required": True}
        )
        name = feed.package
        files = {
            "Cargo.toml": f'[package]\nname = "{name}"\nversion = "{VERSION}"\nedition = "2021"\n',
            "src/lib.rs": f'pub const NAME: &str = "{name}";\n',
        }
        crate = tarred({f"{name}-{VERSION}/{path}": text for path, text in files.items()})
        self._add({"name": name, "vers": VERSION, "deps": [], "features": {}}, crate)

    def answer(self, asked: Asked) -> Reply:
        if (asked.method, asked.path) != ("PUT", "api/v1/crates/new"):
            return super().answer(asked)
        (size,) = struct.unpack_from("<I", asked.body)
        self._add(json.loads(asked.body[4 : 4 + size]), asked.body[4 + size + 4 :])
        return page({"warnings": {"invalid_categories": [], "invalid_badges": [], "other": []}})

    def _add(self, facts: dict[str, Any], crate: bytes) -> None:
        name, version = facts["name"], facts["vers"]
        self.pages[f"crates/{name}/{version}/download"] = Reply(200, crate)
        line = {
            **{key: facts[key] for key in ("name", "vers", "deps", "features")},
            "cksum": hashlib.sha256(crate).hexdigest(),
            "yanked": False,
        }
        path = f"index/{name[:2]}/{name[2:4]}/{name}"  # names of four letters and more
        known = self.pages[path].body if path in self.pages else b""
        self.pages[path] = Reply(200, known + json.dumps(line).encode() + b"\n", "text/plain")
