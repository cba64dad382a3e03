"""Hatch: the `keyring` library in its own environment."""

from typing import ClassVar

from git_credential_pat.tools.support import keyring
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.tool import Tool


class Hatch(Tool):
    """Hatch."""

    name: ClassVar[str] = "hatch"
    title: ClassVar[str] = "Hatch"
    programs: ClassVar[tuple[str, ...]] = ("hatch",)
    distribution: ClassVar[str] = "hatch"
    least: ClassVar[tuple[int, ...]] = (1,)
    before_us: ClassVar[str] = r"HATCH_INDEX_AUTH|PYTHON_KEYRING_BACKEND"

    def changes(self, around: Around) -> list[Change]:
        """Have the library use our backend."""
        return [keyring.backend(around)]
