"""Signs in by an own app registration in a process of its own, as a command does: python -I THIS WORDS.

The words, one JSON text, say the URL, whether a person is there, how many seconds it waits for the browser,
and the file of the cache. It prints the token and its end, or the error, as JSON. What the person is shown
goes to standard error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    from git_credential_pat.entra import SignInError, from_web, own, sign_in
    from git_credential_pat.errors import PatError
    from git_credential_pat.git.settings import SettingsReader
    from git_credential_pat.system.processes import bare_environment

    words = json.loads(sys.argv[1])
    own._BROWSER_LIMIT = words["browser_limit"]  # noqa: SLF001  # the test has not five minutes
    cache = FileCache(Path(words["cache"]))
    around = from_web(bare_environment(), "/", SettingsReader().finish())
    try:
        token = sign_in(words["url"], around._replace(may_ask=words["may_ask"], cache=cache))
    except PatError as error:
        said = {"error": str(error), "signs_in": isinstance(error, SignInError)}
    else:
        said = {"token": token.value, "expires": token.expires}
    sys.stdout.write(json.dumps(said))


class FileCache:
    """A cache in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> str:
        return self._file.read_text() if self._file.exists() else ""

    def save(self, text: str) -> None:
        self._file.write_text(text)


if __name__ == "__main__":
    main()
