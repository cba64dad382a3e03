"""Bundler: a variable for each host of a Gemfile's sources, with username and password as in a URL."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from git_credential_pat.variables.support.around import Around

_SOURCE = re.compile(rb"^\s*source[\s(]+[\"'](https://[^\"']+)", re.MULTILINE)


def give(around: Around) -> None:
    """Give the hosts of the sources their tokens."""
    for host, rows in around.by_host([*_sources(around), *around.asked_for()]).items():
        name = "BUNDLE_" + host.upper().replace("-", "___").replace(".", "__")
        around.given.give_one(
            name,
            ((f"{quote(token.username, safe='')}:{quote(token.secret, safe='')}", token) for token in rows),
        )


def _sources(around: Around) -> Iterator[str]:
    for _, data in around.files("Gemfile", "gems.rb"):
        yield from (url.decode("utf-8", "replace") for url in _SOURCE.findall(data))
