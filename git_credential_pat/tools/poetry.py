"""Poetry: the `keyring` library in its own environment."""

from typing import ClassVar

from git_credential_pat.tools.support import keyring
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.tool import Tool


class Poetry(Tool):
    """Poetry."""

    name: ClassVar[str] = "poetry"
    title: ClassVar[str] = "Poetry"
    programs: ClassVar[tuple[str, ...]] = ("poetry",)
    distribution: ClassVar[str] = "poetry"
    least: ClassVar[tuple[int, ...]] = (1,)
    before_us: ClassVar[str] = r"POETRY_HTTP_BASIC_\w+|POETRY_PYPI_TOKEN_\w+|PYTHON_KEYRING_BACKEND"

    def changes(self, around: Around) -> list[Change]:
        """Have the library use our backend."""
        return [keyring.backend(around)]
