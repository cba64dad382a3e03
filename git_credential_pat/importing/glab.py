"""What `glab auth login` keeps: tokens in config.yml, or in the keyring for a host with `use_keyring`.

An item of the keyring has no account, and the service `glab:HOST:token`; before 2026 `glab:HOST`. A sign-in
in the browser gives a token that lasts for two hours, and one by which only glab gets the next.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.hosts import looks_like_any_token
from git_credential_pat.hosts.gitlab import GitLab
from git_credential_pat.importing.support import go_keyring
from git_credential_pat.importing.support.files import notes_on, read_file, read_files
from git_credential_pat.importing.support.found import Around, Found, Reading, found_at
from git_credential_pat.importing.support.yaml import settings_of
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from git_credential_pat.importing.support.go_keyring import Held
    from git_credential_pat.importing.support.scrubbing import Trace
    from git_credential_pat.importing.support.yaml import Setting
    from git_credential_pat.oskeyring.keyring import Keyring

_OTHER_FORM = 'glab does not write it so; give its token to "seed"'
_ANY_HOST = 'it is for any host; give the token to "seed" for its own'
_SIGN_IN = "a token of a sign-in that lasts for two hours, and that only glab renews"
_JOB = "a job's token, which ends with it"
_ELSEWHERE = "neither this file nor a keyring that can be read has its token"

_USUAL_BASE = ("Library", "Application Support") if sys.platform == "darwin" else (".config",)
"""Where below HOME glab has its folder if XDG_CONFIG_HOME names no other."""

_Settings = dict[bytes, "Setting"]
"""The settings of one host by their names."""


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the hosts in the files named; else in glab's own, and in the keyring."""
    if places:
        files = read_files(places, ())
        named = [one for path, data in files for one in _in_file(path, data, None)]
        return Reading(tuple(named), notes_on([path for path, _ in files]))
    path = _file(around)
    data = read_file(path)
    if data is None:
        raise PatError(f"glab has no token here: there is no {quoted(path)}")
    notes = [*notes_on([path])]
    try:
        found = [*_in_file(path, data, around.keyring)]
    except LockedError as error:
        notes.append(f"the keyring was not read: {error}")
        found = [*_in_file(path, data, None)]
    return Reading(tuple(found), tuple(notes))


def _file(around: Around) -> str:
    """Return the path of the one file that glab reads."""
    environment = around.environment
    if own := environment.get("GLAB_CONFIG_DIR"):
        return f"{own}/config.yml"
    base = environment.get("XDG_CONFIG_HOME") or around.home_path(*_USUAL_BASE)
    first, second = (f"{folder}/glab-cli/config.yml" for folder in (around.home_path(".config"), base))
    return first if os.path.exists(first) else second


def _in_file(path: str, data: bytes, keyring: Keyring | None) -> Iterator[Found]:
    hosts: dict[bytes, _Settings] = {}
    for setting in settings_of(path, data):
        match setting.names:
            case (b"token",) if setting.value != b"":
                yield Found(setting.where, reason=_ANY_HOST)
            case (b"hosts", *_) if setting.value is None:
                yield Found(setting.where, reason=_OTHER_FORM)
            case (b"hosts", host):
                hosts.setdefault(host, {})
            case (b"hosts", host, name):
                hosts[host].setdefault(name, setting)
    for host, settings in hosts.items():
        yield from _found(host, settings, keyring)


def _found(host: bytes, settings: _Settings, keyring: Keyring | None) -> Iterator[Found]:
    values = {name: setting.value or b"" for name, setting in settings.items()}
    is_there = False
    if values.get(b"token"):
        is_there, setting = True, settings[b"token"]
        yield _token(host, values, setting.where, values[b"token"], setting.span)
    for where, item in _in_keyring(host, keyring) if keyring else ():
        is_there = True
        yield _token(host, values, where, item.secret, item.trace)
    if values.get(b"job_token"):
        yield Found(settings[b"job_token"].where, reason=_JOB)
    elif not is_there and values.get(b"use_keyring") == b"true":
        yield Found(settings[b"use_keyring"].where, reason=_ELSEWHERE)


def _in_keyring(host: bytes, keyring: Keyring) -> Iterator[tuple[str, Held]]:
    for end in (":token", ""):
        service = f"glab:{os.fsdecode(host)}{end}"
        for item in go_keyring.held(keyring, service, [""]):
            yield f"{keyring.title}, {quoted(service)}", item


def _token(host: bytes, values: dict[bytes, bytes], where: str, token: bytes, trace: Trace) -> Found:
    if values.get(b"is_oauth2") == b"true" and not looks_like_any_token(token):
        return Found(where, reason=_SIGN_IN)
    protocol = values.get(b"api_protocol") or b"https"
    return found_at(
        where,
        protocol + b"://" + host + b"/" + values.get(b"subfolder", b""),
        username=values.get(b"user") or None,
        password=token,
        trace=trace,
        provider=GitLab.name,
        is_server=True,
    )
