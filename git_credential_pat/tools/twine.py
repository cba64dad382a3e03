"""twine: the `keyring` library in its own environment."""

from typing import ClassVar

from git_credential_pat.tools.support import keyring
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.tool import Tool


class Twine(Tool):
    """twine."""

    name: ClassVar[str] = "twine"
    title: ClassVar[str] = "twine"
    programs: ClassVar[tuple[str, ...]] = ("twine",)
    distribution: ClassVar[str] = "twine"
    least: ClassVar[tuple[int, ...]] = (3,)
    before_us: ClassVar[str] = r"TWINE_PASSWORD|PYTHON_KEYRING_BACKEND"

    def changes(self, around: Around) -> list[Change]:
        """Have the library use our backend."""
        return [keyring.backend(around)]
