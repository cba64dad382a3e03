"""NuGet's packages, version 3: the service index at `v3/index.json`, and files under GUIDs at `v3/flat2/`."""

from __future__ import annotations

from support.packages.feeds import Feed, Protocol, Reply, page, zipped

VERSION = "1.0.0"


class NuGet(Protocol):
    """The source of one feed."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed)
        name = feed.package
        described = (
            '<?xml version="1.0"?>\n<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">'
            f"<metadata><id>{name}</id><version>{VERSION}</version><authors>tests</authors>"
            "<description>A tool</description></metadata></package>\n"
        )
        resource = {"@id": f"{feed.guid_url}v3/flat2/", "@type": "PackageBaseAddress/3.0.0"}
        self.pages = {
            "v3/index.json": page({"version": "3.0.0", "resources": [resource]}),
            f"v3/flat2/{name}/index.json": page({"versions": [VERSION]}),
            f"v3/flat2/{name}/{VERSION}/{name}.{VERSION}.nupkg": Reply(
                200, zipped({f"{name}.nuspec": described})
            ),
        }
