"""podman, and skopeo and buildah, which read the same files.

What is written is a drop-in, because a `registries.conf` of the user's would hide the system's.
"""

import os
from collections.abc import Iterator
from typing import ClassVar

from git_credential_pat.system.users import session_folder
from git_credential_pat.tools.docker import HELPER, PROGRAM, docker_probe, plain_logins
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.files import OwnFile, signed
from git_credential_pat.tools.support.probe import Probe
from git_credential_pat.tools.support.toml import list_in, quoted
from git_credential_pat.tools.support.tool import Rival, Tool

_DEFAULT = ["containers-auth.json"]
"""Where the tools look if nothing is configured: the file that `login` writes."""
_SYSTEM = "/etc/containers/registries.conf"


class Podman(Tool):
    """podman and buildah."""

    name: ClassVar[str] = "podman"
    title: ClassVar[str] = "Podman"
    programs: ClassVar[tuple[str, ...]] = ("podman", "buildah")
    least: ClassVar[tuple[int, ...]] = (4,)

    def changes(self, around: Around) -> list[Change]:
        """Write the drop-in; it keeps the helpers that are configured."""
        files = around.config("containers", "registries.conf"), _SYSTEM
        theirs = next(filter(None, (list_in(file, "credential-helpers") for file in files)), _DEFAULT)
        helpers = [*(helper for helper in theirs if helper != HELPER), HELPER]
        line = f"credential-helpers = [{', '.join(map(quoted, helpers))}]"
        path = around.config("containers", "registries.conf.d", "git-credential-pat.conf")
        return [OwnFile(path, signed("podman", [line])).unless(around.without(PROGRAM), around.reaching)]

    def probe(self, around: Around) -> Probe:
        """Ask as podman does."""
        return docker_probe(around)

    def logins(self, around: Around) -> Iterator[Rival]:
        """Give the logins of its own file, which it takes first."""
        folder = around.named("XDG_RUNTIME_DIR", session_folder())
        path = around.named("REGISTRY_AUTH_FILE", os.path.join(folder, "containers", "auth.json"))
        for host in plain_logins(path, around.images):
            yield Rival(f"the login for {host} in {path} goes first", f"{self.programs[0]} logout {host}")
