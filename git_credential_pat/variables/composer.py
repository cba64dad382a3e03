"""Composer: COMPOSER_AUTH, an object with a login for each host."""

from collections.abc import Iterator

from git_credential_pat.variables.support.around import Around
from git_credential_pat.variables.support.structured import member, read_json, rows


def give(around: Around) -> None:
    """Give the hosts of composer.json's repositories their tokens."""
    around.give_logins(
        "COMPOSER_AUTH",
        "http-basic",
        around.by_host([*_repositories(around), *around.asked_for()]),
        lambda token: {"username": token.username, "password": token.text},
    )


def _repositories(around: Around) -> Iterator[str]:
    for file, data in around.files("composer.json"):
        for repository in rows(member(read_json(around, file, data), "repositories")):
            url = member(repository, "url")
            if isinstance(url, str):
                yield url
