"""Gradle: the properties of repositories that have `credentials(PasswordCredentials)`, by their names."""

import re
from collections.abc import Iterator

from git_credential_pat.variables.support.around import Around

_FILES = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
_REPOSITORY = re.compile(r"\bmaven\s*(?:\([^){]*\)\s*)?\{((?:[^{}]|\{[^{}]*\})*)\}")
_NAME = re.compile(r"\bname\s*=?\s*[\"'](\w+)[\"']")
_URL = re.compile(r"[\"'](https://[^\"']+)[\"']")


def give(around: Around) -> None:
    """Give the repositories their tokens."""
    found = [
        (file, name, url)
        for file, data in around.files(*_FILES)
        for name, url in _repositories(data.decode("utf-8", "replace"))
    ]
    for name, token in around.give_each(found):
        start = f"ORG_GRADLE_PROJECT_{name}"
        around.given.give({f"{start}Username": token.username, f"{start}Password": token.text}, token)


def _repositories(text: str) -> Iterator[tuple[str, str]]:
    for block in _REPOSITORY.findall(text):
        name, url = _NAME.search(block), _URL.search(block)
        if name and url and "PasswordCredentials" in block:
            yield name[1], url[1]
