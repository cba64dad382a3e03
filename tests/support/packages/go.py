"""Go's modules: a module proxy at the feed's root; its one module is `OWNER.example.com/tool`.

Azure Artifacts has no such proxy. It stands for any other that two organizations share.
"""

from __future__ import annotations

import json

from support.packages.feeds import Feed, Protocol, Reply, page, zipped

VERSION = "v1.0.0"


def module(owner: str) -> str:
    """Return the path of an organization's module."""
    return f"{owner}.example.com/tool"


class Go(Protocol):
    """The proxy of one feed."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        path = module(feed.owner)
        declared = f"module {path}\n\ngo 1.20\n"
        information = {"Version": VERSION, "Time": "2023-11-14T00:00:00Z"}
        files = {"go.mod": declared, "tool.go": f"package tool\n\nconst Name = {json.dumps(feed.package)}\n"}
        archive = zipped({f"{path}@{VERSION}/{name}": text for name, text in files.items()})
        self.pages = {
            f"{path}/@v/list": Reply(200, f"{VERSION}\n".encode(), "text/plain"),
            f"{path}/@latest": page(information),
            f"{path}/@v/{VERSION}.info": page(information),
            f"{path}/@v/{VERSION}.mod": Reply(200, declared.encode(), "text/plain"),
            f"{path}/@v/{VERSION}.zip": Reply(200, archive, "application/zip"),
        }
