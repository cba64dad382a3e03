"""Tokens in plain text: in the files of Git's own store and of netrc, and in Git's configuration."""

import os
from collections.abc import Iterable, Iterator

from git_credential_pat import suggest
from git_credential_pat.diagnosis.helpers import asked, is_asked
from git_credential_pat.diagnosis.paths import path_rows
from git_credential_pat.diagnosis.support.config import Row
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import configured_urls, family_of, looks_like_any_token
from git_credential_pat.importing import Around, source_named
from git_credential_pat.model.finding import Finding, note, problem
from git_credential_pat.model.request import Request
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations.matching import locate
from git_credential_pat.text import quoted

_STORES = {
    "git-credentials": (
        ("HOME", ".git-credentials"),
        ("XDG_CONFIG_HOME", "git/credentials"),
        ("HOME", ".config/git/credentials"),
    ),
    "netrc": (("HOME", ".netrc"), ("HOME", "_netrc")),
    "gcm": (("HOME", ".gcm/store"),),
}
"""Where sources of `import` keep plain text: below the folder that a variable names."""


def check_plaintext(around: Surroundings) -> Iterator[Finding]:
    """Report files that hold tokens which belong into the vault."""
    for name, paths in _STORES.items():
        for path in _there(paths, around):
            yield from _in_store(name, path, around)
    for row in around.config.rows:
        yield from _in_row(row)


def _in_store(name: str, path: str, around: Surroundings) -> Iterator[Finding]:
    requests = list(_requests(name, path, around))
    hosts = sorted({request.host.decode("ascii") for request in requests if _is_kept(request, around)})
    if not hosts:
        return
    text, fix = f"{quoted(path)} holds tokens for {', '.join(hosts)} in plain text", _import(name)
    if os.path.basename(path) == ".netrc":
        text += ", which Git sends before it asks a helper"
    lost = sorted({request.host.decode("ascii") for request in requests if _is_lost(request, around)})
    if lost and name != "netrc" and _is_alone(around):
        yield problem(f"{text}; Git does not get those for {lost[0]} without an organization", fix)
    else:
        yield note(text, fix)


def _in_row(row: Row) -> Iterator[Finding]:
    is_own = row.is_protected and row.section == "url"  # a repository's are reported with all of its files
    if is_own and row.name in ("insteadof", "pushinsteadof") and _has_secret(row.url):
        yield problem(
            "a replacement URL (url.insteadOf) contains a token in plain text",
            _import("remotes", "--yes", row.path) if row.path else row.unset(),
        )


def _import(source: str, *more: str) -> str:
    return suggest.own("import", source, "--scrub", *more)


def _there(names: Iterable[tuple[str, str]], around: Surroundings) -> Iterator[str]:
    paths = (os.path.join(around.variables.get(base, ""), name) for base, name in names)
    yield from dict.fromkeys(path for path in paths if path.startswith("/") and os.path.exists(path))


def _requests(name: str, path: str, around: Surroundings) -> Iterator[Request]:
    variables = around.variables
    reader = Around(variables.get("HOME", ""), around.folder, variables, keyring=None, may_ask=False)
    try:
        found = source_named(name).find(reader, [path]).found
    except PatError:
        return
    yield from (one.request for one in found if one.request)


def _is_kept(request: Request, around: Surroundings) -> bool:
    is_azure = not family_of(Scope(*request[:2])).host_covers
    return is_azure or any(entry.scope.host == request.host for entry in around.known_entries)


def _is_lost(request: Request, around: Surroundings) -> bool:
    """Report whether a login names no organization where one is needed, and no entry has its token."""
    target = locate(request, ())
    is_open = target is not None and target.place.open and not target.family.host_covers
    secrets = (request.password, request.username)
    return is_open and not any(entry.secret in secrets for entry in around.known_entries)


def _is_alone(around: Surroundings) -> bool:
    """Report whether Git asks this helper alone at Azure DevOps, or names the organization to all."""
    url = configured_urls()[0]
    rows = path_rows(url, around)
    names_path = bool(rows) and rows[-1].is_true
    return is_asked(url, around.config) and (names_path or len(asked(url, around.config)) == 1)


def _has_secret(url: str) -> bool:
    userinfo = os.fsencode(url.partition("://")[2].partition("/")[0].rpartition("@")[0])
    return b":" in userinfo or looks_like_any_token(userinfo)
