"""Our lines in a text file: between a first and a last line that say whose they are."""

import re
from collections.abc import Sequence

from git_credential_pat import suggest
from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple

_UNENDED = " (the line before has no end)"


class Marks(NamedTuple):
    """The lines around a block; a tool's file may have several blocks."""

    tool: str
    comment: str = "#"

    @property
    def begin(self) -> str:
        """The line before a block."""
        return (
            f"{self.comment} git-credential-pat: begin; `{suggest.own('configure', self.tool)}` writes this"
        )

    @property
    def end(self) -> str:
        """The line behind a block."""
        return f"{self.comment} git-credential-pat: end; `{suggest.own('unconfigure', self.tool)}` removes it"

    def rendered(self, lines: Sequence[str], indent: str = "") -> str:
        """Return lines as a block."""
        return "".join(f"{indent}{line}\n" if line else "\n" for line in (self.begin, *lines, self.end))

    def inserted(self, text: str, at: int, lines: Sequence[str], indent: str = "") -> str:
        """Return a text with a block at a place where a line begins, or at its end."""
        if not lines:
            return text
        before, after = text[:at], text[at:]
        block = self.rendered(lines, indent)
        if before and not before.endswith("\n"):
            begin, _, rest = block.partition("\n")
            block = f"\n{begin}{_UNENDED}\n{rest}"
        return before + block + after

    def found(self, text: str) -> list[str]:
        """Return the blocks of a text, without the marks."""
        return [found["lines"] for found in self._pattern.finditer(text)]

    def without(self, text: str) -> str:
        """Return a text without the blocks; raise PatError if one has no end."""
        kept, at = "", 0
        for found in self._pattern.finditer(text):
            kept, at = kept + text[at : found.start()], found.end()
            if found["unended"] and at == len(text):  # else the line needs its end by now
                kept = kept.removesuffix("\n")
        kept += text[at:]
        if self.begin in kept:
            raise PatError(f'a block of ours has no end; put this line below it: "{self.end}"')
        return kept

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(
            rf"^[ \t]*{re.escape(self.begin)}(?P<unended>{re.escape(_UNENDED)})?[ \t]*\r?\n"
            rf"(?P<lines>(?s:.*?))^[ \t]*{re.escape(self.end)}[ \t]*\r?(?:\n|\Z)",
            re.MULTILINE,
        )
