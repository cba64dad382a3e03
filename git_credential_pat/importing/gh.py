"""What `gh auth login` keeps: tokens in hosts.yml, or in the keyring where there is one.

A host has the token of its active account; since gh 2.40 each account has its own below `users`. An item of
the keyring has the service `gh:HOST`, and as its account the login, or nothing for the active one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.hosts.github import GitHub
from git_credential_pat.importing.support import go_keyring
from git_credential_pat.importing.support.files import notes_on, read_file, read_files
from git_credential_pat.importing.support.found import Around, Found, Reading, found_at
from git_credential_pat.importing.support.yaml import settings_of
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from git_credential_pat.importing.support.scrubbing import Trace
    from git_credential_pat.importing.support.yaml import Setting
    from git_credential_pat.oskeyring.keyring import Keyring

_OTHER_FORM = 'gh does not write it so; give its token to "seed"'
_RENEWED = "a token of a sign-in that lasts for hours, and that only gh renews"
_ELSEWHERE = "neither this file nor a keyring that can be read has its token"


@dataclass
class _Host:
    """What a file has of one host: by the names of accounts, the active one's first and under no name."""

    name: bytes
    user: bytes = b""
    accounts: dict[bytes, Setting] = field(default_factory=dict)
    tokens: dict[bytes, Setting] = field(default_factory=dict)
    others: list[Found] = field(default_factory=list)


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the accounts in the files named; else in gh's own, and in the keyring."""
    if places:
        files = read_files(places, ())
        named = [one for path, data in files for host in _hosts(path, data) for one in _found(host, None)]
        return Reading(tuple(named), notes_on([path for path, _ in files]))
    path = _file(around)
    data = read_file(path)
    hosts = _hosts(path, data or b"") or [_Host(b"github.com")]
    notes = [*notes_on([path])] if data is not None else []
    try:
        found = [one for host in hosts for one in _found(host, around.keyring)]
    except LockedError as error:
        notes.append(f"the keyring was not read: {error}")
        found = [one for host in hosts for one in _found(host, None)]
    if data is None and not found:
        why = f"; {notes[0]}" if notes else ""
        raise PatError(f"gh has no token here: there is no {quoted(path)}{why}")
    return Reading(tuple(found), tuple(notes))


def _file(around: Around) -> str:
    """Return the path of gh's own file (`gh help environment`)."""
    environment = around.environment
    base = environment.get("XDG_CONFIG_HOME") or around.home_path(".config")
    return f"{environment.get('GH_CONFIG_DIR') or f'{base}/gh'}/hosts.yml"


def _hosts(path: str, data: bytes) -> list[_Host]:
    hosts: dict[bytes, _Host] = {}
    for setting in settings_of(path, data):
        host = hosts.setdefault(setting.names[0], _Host(setting.names[0]))
        if setting.value is None:
            host.others.append(Found(setting.where, reason=_OTHER_FORM))
            continue
        match setting.names[1:]:
            case (b"user",):
                host.user = host.user or setting.value
                host.accounts.setdefault(setting.value, setting)
            case (b"users", name):
                host.accounts.setdefault(name, setting)
            case (b"oauth_token",):
                host.tokens.setdefault(b"", setting)
            case (b"users", name, b"oauth_token"):
                host.tokens.setdefault(name, setting)
            case (*_, b"refreshable_oauth_token"):
                host.others.append(Found(setting.where, reason=_RENEWED))
    return [*hosts.values()]


def _found(host: _Host, keyring: Keyring | None) -> Iterator[Found]:
    """Give a host's tokens, the active account's first, which is to answer; then the accounts without one."""
    found = [
        (name, _token(host, name, setting.where, setting.value, setting.span))
        for name, setting in host.tokens.items()
        if setting.value
    ]
    found += _in_keyring(host, keyring) if keyring else ()
    found.sort(key=lambda row: row[0] != b"")
    yield from (one for _, one in found)
    yield from host.others
    there = {name or host.user for name, _ in found}
    if not host.others:
        lacking = (setting for name, setting in host.accounts.items() if name and name not in there)
        yield from (Found(setting.where, reason=_ELSEWHERE) for setting in lacking)


def _in_keyring(host: _Host, keyring: Keyring) -> Iterator[tuple[bytes, Found]]:
    service = f"gh:{os.fsdecode(host.name)}"
    for item in go_keyring.held(keyring, service, ["", *map(os.fsdecode, host.accounts)]):
        where = f"{keyring.title}, {quoted(' '.join(filter(None, (service, item.account))))}"
        name = os.fsencode(item.account)
        yield name, _token(host, name, where, item.secret, item.trace)


def _token(host: _Host, name: bytes, where: str, token: bytes, trace: Trace) -> Found:
    return found_at(
        where,
        b"https://" + host.name,
        username=name or host.user or None,
        password=token,
        trace=trace,
        provider=GitHub.name,
    )
