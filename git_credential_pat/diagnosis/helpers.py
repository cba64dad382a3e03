"""The credential helpers that Git asks: whether this one is among them, found, and alone where it must be.

Git asks the helpers in the order of its configuration, and gives each of them a copy of what it approves.
An empty `credential.helper` drops those before it. Whichever is asked first and has a token decides.
"""

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from functools import cache

from git_credential_pat import suggest
from git_credential_pat.diagnosis.support.config import Config, Row, distinct, in_use
from git_credential_pat.diagnosis.support.fixes import Fixes
from git_credential_pat.diagnosis.support.places import urls_for
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.git.settings import NAME
from git_credential_pat.hosts import configured_urls, family_of
from git_credential_pat.model.finding import Finding, note, ok, problem
from git_credential_pat.model.scope import Scope, parse_url
from git_credential_pat.text import quoted, shown

_ALWAYS = {url.replace("*", "organization"): url for url in configured_urls()}
"""What Git is always to ask this helper for: a URL of each host, and how messages name it."""
_MOST_HOSTS = 20
_PROGRAM = re.compile(r"[a-z][\w.+-]*", re.IGNORECASE | re.ASCII)
"""What a shell takes for a program and nothing else."""


def places(around: Surroundings) -> list[str]:
    """Return the URLs to look at, a host each: those that are always configured, and those of kept tokens."""
    kept = (entry.scope.server.text for entry in around.known_entries)
    return [*dict.fromkeys((*_ALWAYS, *kept))]


def asked(url: str, config: Config) -> list[Row]:
    """Return the rows of the helpers that Git asks for a URL, in its order."""
    return in_use(config.matching("credential", url, "helper"))


def is_asked(url: str, config: Config) -> bool:
    """Whether Git asks this helper for a URL."""
    return any(map(_is_ours, asked(url, config)))


def check_asked(around: Surroundings) -> Iterator[Finding]:
    """Report for which hosts Git does not ask this helper, by what hides it."""
    found = [*_unasked(places(around), around.config, around)]
    yield from found
    if not found:
        yield ok("Git asks this helper")


def _unasked(urls: Iterable[str], config: Config, fixes: Fixes) -> Iterator[Finding]:
    """Report for which of these URLs Git does not ask this helper, by what hides it."""
    hidden: dict[str, list[str]] = {}
    for url in urls:
        rows = config.matching("credential", url, "helper")
        if not any(map(_is_ours, in_use(rows))):
            hidden.setdefault(_way_in(url, rows, fixes), []).append(url)
    for fix, hosts in hidden.items():
        yield problem(f"Git does not ask this helper for {_hosts(hosts)}", fix)


def check_found(around: Surroundings) -> Iterator[Finding]:
    """Report rows that name this helper in a way in which not every program that runs Git finds it."""
    rows = distinct(_helpers(around.config.rows))
    lost = [row for row in rows if _is_ours(row) and not _is_found(_words(row)[0], around)]
    if lost:
        program = _words(lost[0])[0]
        where = f"at {quoted(program)}" if "/" in program else "by desktop programs, whose PATH is short"
        fix = " && ".join(
            row.command("--fixed-value", "--replace-all", row.key, _found(row, around), row.value)
            for row in lost
        )
        yield problem(f"Git's configuration names this helper, but it is not found {where}", fix)


def check_first(around: Surroundings) -> Iterator[Finding]:
    """Report the helpers that Git asks before this one, whose tokens it then uses."""
    always = (parse_url(url).scope for url in _ALWAYS)
    urls = urls_for([*always, *(entry.scope for entry in around.known_entries)], _helpers(around.config.rows))
    yield from _others_first(urls, around.config, around, waits=around.needs_others)


def obstacles(scopes: Iterable[Scope], config: Config, fixes: Fixes, *, waits: bool) -> Iterator[Finding]:
    """Report what keeps Git from asking this helper first for tokens of these scopes."""
    named: list[Scope] = []
    unnamed: list[Scope] = []
    for scope in scopes:
        host = scope.host.decode("ascii").partition(":")[0]
        (named if config.names_host("credential", "helper", host) else unnamed).append(scope)
    if unnamed and not any(map(_is_ours, asked(unnamed[0].server.text, config)[:1])):
        named += unnamed  # the same is in the way at each
    urls = urls_for(named, _helpers(config.rows))
    yield from _unasked(urls, config, fixes)
    yield from _others_first(urls, config, fixes, waits=waits)


def first_elsewhere(config: Config) -> str:
    """Name the helper that Git asks before this one for hosts without lines of their own; empty if none."""
    before = _before(asked("https://git.invalid", config))
    return _title(before[0]) if before else ""


def _others_first(urls: Iterable[str], config: Config, fixes: Fixes, *, waits: bool) -> Iterator[Finding]:
    """Report each helper that is asked before this one.

    While Azure DevOps `waits` for tokens' organizations, the other helpers are wanted there.
    """
    found: dict[tuple[str, str | None], list[str]] = {}
    for url in urls:
        before = _before(asked(url, config))
        if before and not (waits and _is_always_configured(url)):
            found.setdefault((_title(before[0]), _way_before(before[0], url, fixes)), []).append(url)
    for (title, fix), hosts in found.items():
        yield problem(f"Git asks the helper {title} before this one for {_hosts(hosts)}", fix)


def check_copies(around: Surroundings) -> Iterator[Finding]:
    """Report which other helpers get a copy of each token that Git approves."""
    copied: dict[Row, list[str]] = {}
    waits = around.needs_others
    for url in places(around):
        if waits and _is_always_configured(url):
            continue
        chain = asked(url, around.config)
        if not any(map(_is_ours, chain)):
            continue
        first = _before(chain)  # which `check_first` reports
        for row in distinct(row for row in chain if not (_is_ours(row) or row in first)):
            if _is_always_configured(url):
                copied.setdefault(row, []).append(url)
            else:
                yield note(_copies(row, [url]), _alone(url, around))
    for row, urls in copied.items():
        yield problem(_copies(row, urls), _way_out(row, around))


def _helpers(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.section == "credential" and row.name == "helper"]


def _before(chain: list[Row]) -> list[Row]:
    """Return the helpers that Git asks before this one; none if it does not ask this one."""
    at = next((at for at, row in enumerate(chain) if _is_ours(row)), 0)
    return chain[:at]


def _copies(row: Row, urls: Iterable[str]) -> str:
    return f"the helper {_title(row)} also answers and stores copies of the tokens for {_hosts(urls)}"


def _hosts(urls: Iterable[str]) -> str:
    """Name the first hosts of these URLs, and say how many more there are."""
    names = [*dict.fromkeys(map(_host, urls))]
    more = len(names) - _MOST_HOSTS
    return ", ".join(names[:_MOST_HOSTS]) + (f" and {more} more" if more > 0 else "")


def _host(url: str) -> str:
    return _ALWAYS.get(url, url)


def _way_in(url: str, rows: list[Row], fixes: Fixes) -> str:
    """Return the command after which Git asks this helper first: what hides it goes, else it is added."""
    resets = [row for row in rows if not row.value]
    if resets and any(_is_ours(row) for row in rows):
        last = resets[-1]
        if last.scope not in ("system", "global"):
            return last.unset("^$")
        if last.url and not _is_always_configured(url):
            values = (
                ("", fixes.helper) if in_use(rows) else (fixes.helper,)
            )  # else another one would be asked first
            return " && ".join(last.command("--add", last.key, value) for value in values)
    return fixes.configure


def _way_out(row: Row, fixes: Fixes) -> str | None:
    """Return the command that takes a neighbour out, without its arguments, which may hold anything.

    None where only the user's own file could reset it, and that is read-only.
    """
    if row.key == "credential.helper" and row.scope in ("system", "global"):
        return None if fixes.read_only else suggest.configure()
    if row.value.startswith("!"):
        return row.unset("^!")
    return row.unset(f"^{re.escape(row.value.partition(' ')[0])}( |$)")


def _way_before(first: Row, url: str, fixes: Fixes) -> str | None:
    """Return the command after which no other helper is asked before this one."""
    if first.scope not in ("system", "global"):
        return _way_out(first, fixes)
    if first.key == "credential.helper" and _is_always_configured(url):
        return fixes.configure
    return _alone(_host(url), fixes)


def _alone(url: str, fixes: Fixes) -> str:
    """Return the command after which Git asks this helper alone for a URL, whatever the lines before say."""
    key = f"credential.{url}.helper"
    return " && ".join(fixes.setting("--add", key, value) for value in ("", fixes.helper))


def _is_always_configured(url: str) -> bool:
    return bool(family_of(parse_url(url).scope).configured)


@cache
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
    program = os.path.basename(_words(row)[0])
    is_named = program and (not row.value.startswith("!") or _PROGRAM.fullmatch(program))
    return f'"{shown(program)}"' if is_named else "of a shell command"
