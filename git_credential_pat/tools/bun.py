"""Bun: it can ask nobody for a token, so nothing is written."""

from typing import ClassVar

from git_credential_pat import suggest
from git_credential_pat.tools.support.tool import Tool


class Bun(Tool):
    """Bun."""

    name: ClassVar[str] = "bun"
    title: ClassVar[str] = "Bun"
    programs: ClassVar[tuple[str, ...]] = ("bun",)
    packages: ClassVar[tuple[str, ...]] = ("bun",)
    instead: ClassVar[str] = suggest.own("exec", suggest.EXAMPLE, "--", "bun", "install")
