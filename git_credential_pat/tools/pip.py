"""pip: the program `keyring`. It asks the library first if that is installed beside it."""

import os
from typing import ClassVar

from git_credential_pat.tools.support import keyring
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.ini import Ini
from git_credential_pat.tools.support.tool import Tool


class Pip(Tool):
    """pip."""

    name: ClassVar[str] = "pip"
    title: ClassVar[str] = "pip"
    programs: ClassVar[tuple[str, ...]] = ("pip", "pip3")
    distribution: ClassVar[str] = "pip"
    least: ClassVar[tuple[int, ...]] = (23, 1)
    before_us: ClassVar[str] = r"PIP_KEYRING_PROVIDER"
    reads_netrc: ClassVar[bool] = True

    def changes(self, around: Around) -> list[Change]:
        """Write the user's `pip.conf`, without whose line `--no-input` asks nobody."""
        provider = Ini(_file(around), self.name, "global", {"keyring-provider": "subprocess"})
        return [provider, *keyring.program(around), keyring.backend(around)]


def _file(around: Around) -> str:
    """Return the user's file, which is elsewhere on macOS if that folder is there."""
    on_mac = around.below_home("Library", "Application Support", "pip")
    return os.path.join(
        on_mac if around.is_mac and os.path.isdir(on_mac) else around.config("pip"), "pip.conf"
    )
