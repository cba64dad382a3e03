"""skopeo: what podman reads."""

from typing import ClassVar

from git_credential_pat.tools.podman import Podman


class Skopeo(Podman):
    """skopeo."""

    name: ClassVar[str] = "skopeo"
    title: ClassVar[str] = "skopeo"
    programs: ClassVar[tuple[str, ...]] = ("skopeo",)
    least: ClassVar[tuple[int, ...]] = (1, 4)
