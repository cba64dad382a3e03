"""The credential helpers that Git asks: whether this one is among them, found, and alone where it must be.

Git asks the helpers in the order of its configuration, and gives each of them a copy of what it approves.
An empty `credential.helper` drops those before it.
"""

import os
import re
import shlex
from collections.abc import Iterable, Iterator

from git_credential_pat import suggest
from git_credential_pat.diagnosis.support.config import Row, distinct
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.git.settings import NAME
from git_credential_pat.hosts import configured_urls, family_of
from git_credential_pat.model.finding import Finding, note, ok, problem
from git_credential_pat.model.scope import parse_url
from git_credential_pat.text import quoted, shown

_ALWAYS = {url.replace("*", "organization"): url for url in configured_urls()}
"""What Git is always to ask this helper for: a URL of each host, and how messages name it."""


def places(around: Surroundings) -> list[str]:
    """Return the URLs to look at, a host each: those that are always configured, and those of kept tokens."""
    kept = (entry.scope.server.text for entry in around.known_entries)
    return [*dict.fromkeys((*_ALWAYS, *kept))]


def helpers_of(url: str, around: Surroundings) -> list[Row]:
    """Return all rows that name a helper for a URL, the empty ones too."""
    return [row for row in around.config.matching("credential", url) if row.name == "helper"]


def asked(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of the helpers that Git asks: what follows the last empty one."""
    left: list[Row] = []
    for row in rows:
        left = [*left, row] if row.value else []
    return left


def is_asked(url: str, around: Surroundings) -> bool:
    """Whether Git asks this helper for a URL."""
    return any(_is_ours(row) for row in asked(helpers_of(url, around)))


def check_asked(around: Surroundings) -> Iterator[Finding]:
    """Report for which hosts Git does not ask this helper, by what hides it."""
    unasked: dict[str, list[str]] = {}
    urls = places(around)
    for url in urls:
        rows = helpers_of(url, around)
        if not any(_is_ours(row) for row in asked(rows)):
            unasked.setdefault(_way_in(url, rows, around), []).append(url)
    for fix, hosts in unasked.items():
        yield problem(f"Git does not ask this helper for {', '.join(map(_host, hosts))}", fix)
    if not unasked:
        yield ok("Git asks this helper")


def check_found(around: Surroundings) -> Iterator[Finding]:
    """Report rows that name this helper in a way in which not every program that runs Git finds it."""
    rows = [row for row in around.config.rows if row.section == "credential" and row.name == "helper"]
    lost = [row for row in distinct(rows) if _is_ours(row) and not _is_found(_words(row)[0], around)]
    if lost:
        program = _words(lost[0])[0]
        where = f"at {quoted(program)}" if "/" in program else "by desktop programs, whose PATH is short"
        fix = " && ".join(
            row.command("--fixed-value", "--replace-all", row.key, _found(row, around), row.value)
            for row in lost
        )
        yield problem(f"Git's configuration names this helper, but it is not found {where}", fix)


def check_copies(around: Surroundings) -> Iterator[Finding]:
    """Report which other helpers get a copy of each token that Git approves."""
    copied: dict[Row, list[str]] = {}
    waits = around.needs_others
    for url in places(around):
        if waits and _is_always_configured(url):
            continue
        chain = asked(helpers_of(url, around))
        others = distinct(row for row in chain if not _is_ours(row))
        for row in others if len(others) < len(chain) else ():
            if _is_always_configured(url):
                copied.setdefault(row, []).append(url)
            else:
                yield note(_copies(row, [url]), _alone(url, around))
    for row, urls in copied.items():
        yield problem(_copies(row, urls), _way_out(row))


def _copies(row: Row, urls: Iterable[str]) -> str:
    hosts = ", ".join(map(_host, urls))
    return f"the helper {_title(row)} also answers and stores copies of the tokens for {hosts}"


def _host(url: str) -> str:
    return _ALWAYS.get(url, url)


def _way_in(url: str, rows: list[Row], around: Surroundings) -> str:
    """Return the command after which Git asks this helper: what hides it goes, else it is added."""
    resets = [row for row in rows if not row.value]
    if resets and any(_is_ours(row) for row in rows):
        last = resets[-1]
        if last.scope not in ("system", "global"):
            return last.unset("^$")
        if last.url and not _is_always_configured(url):
            return last.command("--add", last.key, around.helper)
    return suggest.configure()


def _way_out(row: Row) -> str:
    """Return the command that takes a neighbour out, without its arguments, which may hold anything."""
    if row.key == "credential.helper" and row.scope in ("system", "global"):
        return suggest.configure()
    if row.value.startswith("!"):
        return row.unset("^!")
    return row.unset(f"^{re.escape(row.value.partition(' ')[0])}( |$)")


def _alone(url: str, around: Surroundings) -> str:
    key = f"credential.{url}.helper"
    return " && ".join(suggest.git_config("--add", key, value) for value in ("", around.helper))


def _is_always_configured(url: str) -> bool:
    return bool(family_of(parse_url(url).scope).configured)


def _is_ours(row: Row) -> bool:
    program = _words(row)[0]
    return program == "pat" or os.path.basename(program) == NAME


def _is_found(program: str, around: Surroundings) -> bool:
    if "/" not in program:
        return "/" not in around.helper  # which has the whole path where the name alone is not enough
    return os.path.isfile(program) and os.access(program, os.X_OK)


def _found(row: Row, around: Surroundings) -> str:
    """Return a row's value with the program in a place where it is found, and the options as they were."""
    return " ".join([around.helper, *(shlex.quote(word) for word in _words(row)[1:])])


def _words(row: Row) -> list[str]:
    try:
        return shlex.split(row.value.removeprefix("!")) or [""]
    except ValueError:  # a quotation mark that is never closed: it is unknown where the program ends
        return [""]


def _title(row: Row) -> str:
    """Name a helper without its arguments, which may hold anything."""
    program = "" if row.value.startswith("!") else os.path.basename(_words(row)[0])
    return f'"{shown(program)}"' if program else "of a shell command"
