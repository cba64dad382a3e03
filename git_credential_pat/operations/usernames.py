"""Which username goes with a token: the three rules of the host families, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.hosts import Family, looks_like_any_token

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_credential_pat.git.settings import Settings
    from git_credential_pat.model.entry import Entry
    from git_credential_pat.model.scope import Scope

USERNAME_LIMIT = 1024
"""The most bytes of a username that a command of the user takes."""

_PRINTABLE = bytes(range(0x20, 0x7F)) + bytes(range(0x80, 0x100))


def default_username(scope: Scope, secret: bytes, family: Family, settings: Settings) -> bytes:
    """Return the username for a token that has none: the user's setting, else the family's; or none."""
    return settings.username_for(scope) or family.username_at(scope, secret)


def stored_username(entry: Entry, family: Family, settings: Settings) -> bytes:
    """Return an entry's own username, or the default where it has none."""
    if entry.username or entry.authtype or entry.is_sign_on:
        return entry.username
    return default_username(entry.scope, entry.secret, family, settings)


def answered_username(entry: Entry, requested: bytes | None, family: Family, settings: Settings) -> bytes:
    """Return the username to answer with: for `any` families the requested one, where it can be echoed."""
    stored = stored_username(entry, family, settings)
    if family.rule != "any" or entry.is_sign_on:
        return stored
    return _without_domain(requested) or stored


def is_named(entry: Entry, requested: bytes | None, family: Family, settings: Settings) -> bool:
    """Return whether a request's username is the entry's; a domain counts only where it is a part of one."""
    if requested is None or family.rule == "exact":
        return entry.username == requested
    return stored_username(entry, family, settings) in (requested, requested.partition(b"@")[0])


def of_user(entries: Iterable[Entry], requested: bytes | None, family: Family) -> list[Entry]:
    """Return the entries that a request's username may mean: all but where usernames are exact."""
    anyone = family.rule != "exact" or requested is None
    return [entry for entry in entries if anyone or entry.username == requested]


def needs_own_name(scope: Scope, secret: bytes, family: Family) -> bool:
    """Return whether a token works with its owner's own username alone, for which nothing can stand."""
    return family.rule == "exact" or not family.username_at(scope, secret)


def kept_username(
    requested: bytes | None, scope: Scope, secret: bytes, family: Family, settings: Settings
) -> bytes:
    """Return the username to keep with a token that was accepted under `requested`.

    Exact families keep it as it is. The others keep the part before an `@`, and none where that says
    nothing: a token in the username's place, the organization's name, the default. A token without a default
    works with its own username alone, so that is kept whole.
    """
    if family.rule == "exact" or not secret:
        return requested or b""
    name = _sayable(requested or b"") if needs_own_name(scope, secret, family) else _without_domain(requested)
    is_organization = family.named_by(name) == family.organization(scope)
    return b"" if is_organization or name == default_username(scope, secret, family, settings) else name


def _without_domain(username: bytes | None) -> bytes:
    """Return the part before an `@`, or none: git shows usernames, so no token and no control bytes."""
    return _sayable((username or b"").partition(b"@")[0])


def _sayable(name: bytes) -> bytes:
    return b"" if name.translate(None, _PRINTABLE) or looks_like_any_token(name) else name
