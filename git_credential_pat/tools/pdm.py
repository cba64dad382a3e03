"""PDM: the program `keyring`, or the library if that is in its environment."""

from typing import ClassVar

from git_credential_pat.tools.support import keyring
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.tool import Tool


class Pdm(Tool):
    """PDM."""

    name: ClassVar[str] = "pdm"
    title: ClassVar[str] = "PDM"
    programs: ClassVar[tuple[str, ...]] = ("pdm",)
    distribution: ClassVar[str] = "pdm"
    least: ClassVar[tuple[int, ...]] = (2, 5)
    before_us: ClassVar[str] = r"PDM_PUBLISH_PASSWORD|PYTHON_KEYRING_BACKEND"
    reads_netrc: ClassVar[bool] = True

    def changes(self, around: Around) -> list[Change]:
        """Have the library use our backend, and a `keyring` on PATH."""
        return [*keyring.program(around), keyring.backend(around)]
