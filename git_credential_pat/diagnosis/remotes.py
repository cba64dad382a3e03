"""The current repository: which token would answer for each remote, and secrets in its configuration."""

import re
from collections.abc import Iterator, Sequence

from git_credential_pat import suggest
from git_credential_pat.diagnosis.helpers import is_asked
from git_credential_pat.diagnosis.paths import path_command, path_rows
from git_credential_pat.diagnosis.support.surroundings import Remote, Surroundings
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import family_by_path, holds_secret
from git_credential_pat.importing import Found
from git_credential_pat.importing.remotes import read
from git_credential_pat.importing.support.placing import planned
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.finding import Finding, note, ok, problem
from git_credential_pat.model.request import Request, request_at
from git_credential_pat.model.scope import Url
from git_credential_pat.operations import notices
from git_credential_pat.operations.answering import choose
from git_credential_pat.operations.matching import AMBIGUOUS, Match, Target, kept_at, locate, resolve
from git_credential_pat.text import quoted, shown

_SSH = re.compile(r"ssh://|[\w.-]+@[\w.-]+:")
_MOST_SETTINGS = 3


def check_remotes(around: Surroundings) -> Iterator[Finding]:
    """Report for each URL of a remote what would answer."""
    left = len(around.all_remotes) - len(around.remotes)
    if left:
        yield note(f"{left} more URLs of remotes were not checked")
    for remote in around.remotes:
        if _SSH.match(remote.text):
            yield note(f"the remote {_title(remote)} uses SSH, which needs no token")
        elif remote.url is not None:
            yield from _about(remote, remote.url, around)


def gets_token(url: Url, around: Surroundings) -> bool:
    """Return whether `get` would answer for a URL, as far as it is known what is stored."""
    request = _request(url, around)
    target = locate(request, around.settings.providers)
    if target is None or not around.known_entries:
        return False
    return choose(_match(target, request, around), request, around.settings, around.now) is not None


def check_secrets(around: Surroundings) -> Iterator[Finding]:
    """Report every file of the repository that holds a URL with a token, its submodules' too."""
    top = around.config.top
    if top is None:
        return
    found = read([top]).found
    movable = _movable(found, around)
    files: dict[tuple[str, bool], list[str]] = {}
    for one in found:
        path, _, setting = one.where.rpartition(" (")
        files.setdefault((path, one in movable), []).append(setting.removesuffix(")"))
    for (path, is_movable), settings in files.items():
        command = suggest.own("import", "remotes", "--scrub", "--yes", top)
        yield problem(
            f"{path} contains a password or token in plain text ({_named(settings)})",
            command if is_movable else f"${{EDITOR:-vi}} {path}",
        )


def _movable(found: Sequence[Found], around: Surroundings) -> set[Found]:
    """Return the logins that an import would keep and take out; none where it could not even begin."""
    try:
        plan = planned(found, around.entries, around.settings, around.now)
    except PatError:  # which another check reports
        return set()
    return {outcome.found for outcome in plan.outcomes if outcome.is_kept and outcome.found.trace}


def _named(settings: Sequence[str]) -> str:
    first = dict.fromkeys(settings[:_MOST_SETTINGS])
    more = len(settings) - _MOST_SETTINGS
    return ", ".join(first) + (f" and {more} more" if more > 0 else "")


def _about(remote: Remote, url: Url, around: Surroundings) -> Iterator[Finding]:
    if not holds_secret(url) and is_asked(url.scope.text, around.config):
        yield _answer(remote, url, around)


def _answer(remote: Remote, url: Url, around: Surroundings) -> Finding:
    """Report which entry `get` would answer with for a URL that Git sends as it is configured to."""
    request = _request(url, around)
    target = locate(request, around.settings.providers)
    title = _title(remote)
    if target is None:
        return note(f"no tokens are stored for the remote {title} ({url.scope.text})")
    match = _match(target, request, around)
    entry = choose(match, request, around.settings, around.now)
    if entry is not None:
        return ok(f"the remote {title} gets the token for {entry.scope.text}")
    return _without_answer(title, url, match, around) or _other_username(remote, url, match, request, around)


def _without_answer(title: str, url: Url, match: Match, around: Surroundings) -> Finding | None:
    """Report why nothing answers, if that is not for the username."""
    host = url.scope.server.text
    if match.how == AMBIGUOUS:
        return problem(
            f"the remote {title} gets no token, because Git does not send the organization",
            path_command(host, around),
        )
    if match.entries:
        return None
    seed = notices.seed_first(url.scope, match.target.family, url.username)
    text = f"no token is stored for the remote {title} ({url.scope.text})"
    asks_always = any(
        family.needs_token for family in (match.target.family, family_by_path(url.scope.path)) if family
    )
    return problem(text, seed) if asks_always else note(text, seed)


def _other_username(
    remote: Remote, url: Url, match: Match, request: Request, around: Surroundings
) -> Finding:
    """Report entries that do not answer, because of the URL's username or their own state."""
    title, settings = _title(remote), around.settings
    if choose(match, request._replace(username=None), settings, around.now):
        return problem(
            f"the remote {title} gets no token, because its URL has another username than the token",
            _set_url(remote, url, around),
        )
    entry = match.entries[0]
    return note(
        f"the remote {title} gets no token: the one for {entry.scope.text} is {entry.status(around.now)}"
    )


def _request(url: Url, around: Surroundings) -> Request:
    """Return the request that Git makes for a URL, with the path only where the configuration has it so."""
    rows = path_rows(url.scope.text, around)
    carries = not url.scope.protocol.startswith(b"http") or (bool(rows) and rows[-1].is_true)
    return request_at(url.scope if carries else url.scope.server, url.username or None)


def _match(target: Target, request: Request, around: Surroundings) -> Match:
    def find(protocol: bytes, host: bytes) -> tuple[Entry, ...]:
        return tuple(entry for entry in around.entries if entry.scope[:2] == (protocol, host))

    return resolve(target, request.username, kept_at(target.place, find))


def _set_url(remote: Remote, url: Url, around: Surroundings) -> str:
    """Return the command that takes the user information out of a remote's URL."""
    return (
        f"git -C {quoted(around.folder)} remote set-url {remote.option}-- "
        f"{quoted(remote.name)} {quoted(url.scope.text)}"
    )


def _title(remote: Remote) -> str:
    return f'"{shown(remote.name)}"'
