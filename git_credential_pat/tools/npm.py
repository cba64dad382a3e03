"""npm: it can ask nobody for a token, so nothing is written."""

from typing import ClassVar

from git_credential_pat import suggest
from git_credential_pat.tools.support.tool import Tool


class Npm(Tool):
    """npm."""

    name: ClassVar[str] = "npm"
    title: ClassVar[str] = "npm"
    programs: ClassVar[tuple[str, ...]] = ("npm",)
    packages: ClassVar[tuple[str, ...]] = ("npm",)
    instead: ClassVar[str] = suggest.own("exec", suggest.EXAMPLE, "--", "npm", "install")
