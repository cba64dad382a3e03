"""Headers that were left in Git's configuration: a token in `http.extraHeader`, as actions/checkout puts it.

Git sends it with its first request, before it asks any helper. A username and password that a helper then
answers are never sent. A whole header, as Git takes it from 2.46 on, is sent beside it, and servers refuse
two ("Duplicate header"). Either way Git then has the helper set a good token aside.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

from git_credential_pat.diagnosis.helpers import is_asked
from git_credential_pat.diagnosis.remotes import gets_token
from git_credential_pat.diagnosis.servers import needs_header
from git_credential_pat.diagnosis.support.config import Config, Row
from git_credential_pat.diagnosis.support.places import urls_for
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import PatError
from git_credential_pat.importing.remotes import configurations
from git_credential_pat.importing.support.files import read_file
from git_credential_pat.model.finding import Finding, note, problem
from git_credential_pat.model.scope import Scope, parse_url
from git_credential_pat.text import quoted

_WORDS = (b"extraheader", b"[include")
"""What a file has in it that sets a header, in small letters."""


def check_headers(around: Surroundings) -> Iterator[Finding]:
    """Report the headers that Git sends where this helper has a token; note the others, as plain text."""
    remotes = (remote.url.scope for remote in around.remotes if remote.url and gets_token(remote.url, around))
    scopes = [*(entry.scope for entry in around.known_entries), *remotes]
    scopes = [scope for scope in scopes if not needs_header(scope, around)]
    urls_of: dict[Row, list[str]] = {}
    for config in (around.config, *_of_submodules(around)):
        for row in filter(_is_login, config.rows):
            urls_of.setdefault(row, [])
        for row, url in _sent(scopes, config):
            urls_of[row].append(url)
    problems: dict[str, list[str]] = {}
    for row, urls in urls_of.items():
        if urls:
            text = (
                f"Git sends the Authorization header of http.extraHeader in {_file(row)} to "
                f"{', '.join(dict.fromkeys(urls))}, in place of this helper's token or beside it"
            )
            problems.setdefault(text, []).append(_without(row, around.variables))
        else:
            yield note(
                f"http.extraHeader{_place(row)} contains a token or password in plain text",
                _without(row, around.variables),
            )
    for text, fixes in problems.items():
        yield problem(text, " && ".join(dict.fromkeys(fixes)))


def _of_submodules(around: Surroundings) -> Iterator[Config]:
    """Give the configuration of each submodule that may have a header of its own."""
    top = around.config.top
    if top is None:
        return
    seen = {row.path for row in around.config.rows}
    for path in configurations(top):
        data = (read_file(path) or b"").lower() if path not in seen else b""
        if any(word in data for word in _WORDS):
            yield Config(around.variables, os.path.dirname(path))


def _is_login(row: Row) -> bool:
    is_header = row.section == "http" and row.name == "extraheader"
    return is_header and row.value.lower().startswith("authorization:")


def _sent(scopes: Iterable[Scope], config: Config) -> Iterator[tuple[Row, str]]:
    """Give the headers that Git sends to hosts of these scopes where it asks this helper, with the URL."""
    rows = [*filter(_is_login, config.rows)]
    for url in urls_for(scopes, rows) if rows else ():
        if is_asked(url, config):
            yield from ((row, url) for row in config.collected("http.extraHeader", url) if _is_login(row))


def _without(row: Row, variables: Mapping[str, str]) -> str:
    """Return the command that takes out this header alone, and does not repeat it."""
    if row.path:
        return row.unset(f"^{row.value.partition(':')[0]}:")
    last = _count(variables) - 1
    here = next((number for number in range(last + 1) if _is_at(number, row, variables)), None)
    if here is None:  # it is `git -c`'s
        return "unset GIT_CONFIG_PARAMETERS"
    if not last:
        return "unset GIT_CONFIG_COUNT"
    moved = [f'GIT_CONFIG_{part}_{here}="$GIT_CONFIG_{part}_{last}"' for part in ("KEY", "VALUE")]
    return " ".join(["export", *(moved if here < last else ()), f"GIT_CONFIG_COUNT={last}"])


def _count(variables: Mapping[str, str]) -> int:
    count = variables.get("GIT_CONFIG_COUNT", "")
    return int(count) if count.isdecimal() else 0


def _is_at(number: int, row: Row, variables: Mapping[str, str]) -> bool:
    key, value = (variables.get(f"GIT_CONFIG_{part}_{number}", "") for part in ("KEY", "VALUE"))
    return (key.lower(), value) == (row.key.lower(), row.value)


def _file(row: Row) -> str:
    return quoted(row.path) if row.path else "the environment"


def _place(row: Row) -> str:
    try:
        return f" for {parse_url(row.url).scope.text}"
    except PatError:
        return ""
