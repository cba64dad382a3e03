"""The record of what `configure` did: which tools, and which files and folders were made for them.

It holds no secret, and lies in the data folder. Without it everything can still be undone, but for empty
files and folders that stay.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.system.files import Folder
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from git_credential_pat.tools.support.change import Made

_NAME, _LOCK = "tools.json", "tools.lock"
_LIMIT = 1 << 20


class Record:
    """What is configured."""

    def __init__(self, data_folder: str) -> None:
        """Read it; raises PatError if it is damaged."""
        self._folder = Folder(data_folder)
        self.tools: list[str] = []
        self.made: Made = set()
        self._read()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold its lock; what is noted meanwhile is written at the end, also after an error."""
        with self._folder.locked(_LOCK):
            self._read()
            before = self._text()
            try:
                yield
            finally:
                if self._text() != before:
                    self._write()

    def note(self, tool: str, *, is_configured: bool) -> None:
        """Note that a tool is configured, or is no longer."""
        self.tools = [name for name in self.tools if name != tool] + ([tool] if is_configured else [])

    def _write(self) -> None:
        if self.tools or self.made:
            self._folder.replace(_NAME, self._text())
        else:
            os.unlink(self._folder.file_path(_NAME))

    def _read(self) -> None:
        data = self._folder.read(_NAME, _LIMIT)
        if data is None:
            return
        try:
            facts = json.loads(data)
            self.tools, self.made = [*map(str, facts["tools"])], {*map(str, facts["made"])}
        except (ValueError, KeyError, TypeError):
            path = quoted(self._folder.file_path(_NAME))
            raise PatError(f"{path} is damaged; to forget what is configured, run: rm {path}") from None

    def _text(self) -> bytes:
        facts = {"tools": sorted(self.tools), "made": sorted(self.made)}
        return json.dumps(facts, indent=1).encode() + b"\n"
