"""Tokens in plain text: in the file of Git's own store, and in headers and URLs of its configuration."""

import os
from collections.abc import Iterator

from git_credential_pat.diagnosis.config import Row
from git_credential_pat.diagnosis.finding import Finding, note, problem
from git_credential_pat.diagnosis.surroundings import Surroundings
from git_credential_pat.errors import PatError, quoted
from git_credential_pat.hosts import family_of, looks_like_any_token
from git_credential_pat.scope import Scope, parse_url
from git_credential_pat.vault.file import read_foreign

IMPORT = "git credential-pat import git-credentials --scrub"

_LIMIT = 1 << 20
_STORES = (
    ("HOME", ".git-credentials"),
    ("XDG_CONFIG_HOME", "git/credentials"),
    ("HOME", ".config/git/credentials"),
)


def check_plaintext(around: Surroundings) -> Iterator[Finding]:
    """Tell of files that hold tokens which belong into the vault."""
    for path in _stores(around):
        hosts = sorted({scope.host.decode("ascii") for scope in _scopes(path) if _is_kept(scope, around)})
        if hosts:
            yield note(f"{quoted(path)} holds tokens for {', '.join(hosts)} in plain text", IMPORT)
    for row in around.config.rows:
        yield from _in_row(row)


def _in_row(row: Row) -> Iterator[Finding]:
    if row.section == "http" and row.name == "extraheader" and row.value.lower().startswith("authorization:"):
        scope = _scope(row.url)
        place = f" for {scope.text}" if scope else ""
        yield note(f"http.extraHeader{place} holds a token or password in plain text", row.unset())
    if row.section == "url" and row.name in ("insteadof", "pushinsteadof") and _has_secret(row.url):
        yield problem(
            "a URL to be put in place of another (url.insteadOf) holds a token in plain text", row.unset()
        )


def _stores(around: Surroundings) -> Iterator[str]:
    paths = (os.path.join(around.variables.get(base, ""), name) for base, name in _STORES)
    yield from dict.fromkeys(path for path in paths if path.startswith("/") and os.path.isfile(path))


def _scopes(path: str) -> Iterator[Scope]:
    try:
        lines = read_foreign(path, _LIMIT).decode("utf-8", "surrogateescape").splitlines()
    except PatError:
        return
    for scope in map(_scope, lines):
        if scope is not None:
            yield scope


def _is_kept(scope: Scope, around: Surroundings) -> bool:
    is_azure = family_of(scope).name == "azure-devops"
    return is_azure or any(entry.scope.host == scope.host for entry in around.known_entries)


def _has_secret(url: str) -> bool:
    userinfo = os.fsencode(url.partition("://")[2].partition("/")[0].rpartition("@")[0])
    return b":" in userinfo or looks_like_any_token(userinfo)


def _scope(url: str) -> Scope | None:
    try:
        return parse_url(url).scope
    except PatError:
        return None
