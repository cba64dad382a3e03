"""What `az devops login` keeps: an item of the keyring for each organization, or an INI file without one.

The service is `azdevops-cli:` and the organization's URL, or `azdevops-cli: default` where none was named.
The extension notes the services that it used in a file, by which other keyrings than the Secret Service,
which cannot be searched, are asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.hosts.azure_devops_server import AzureDevOpsServer
from git_credential_pat.importing.support.files import notes_on, read_file
from git_credential_pat.importing.support.found import NO_ORGANIZATION, Around, Found, Reading, found_at
from git_credential_pat.importing.support.scrubbing import Account, Span
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from git_credential_pat.importing.support.scrubbing import Trace
    from git_credential_pat.oskeyring.keyring import Keyring

_ACCOUNT = "Personal Access Token"
_PREFIX = "azdevops-cli:"
_SECTION = re.compile(rb"^\[([^\]\n]+)\][^\n]*\n?(?:(?!\[)[^\n]*(?:\n|\Z))*", re.MULTILINE)
_VALUE = re.compile(rb"^personal access token[ \t]*[=:][ \t]*([^\r\n]*)", re.MULTILINE | re.IGNORECASE)


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the tokens of all organizations; a place is the URL of the one that `default` is for."""
    default = places[0].encode() if places else b""
    folder = _folder(around)
    path = f"{folder}/personalAccessTokens"
    data = read_file(path)
    found = list(_in_file(path, data or b"", default))
    notes = [*notes_on([path])] if data is not None else []
    try:
        found += _in_keyring(around.keyring, folder, default) if around.keyring else ()
    except LockedError as error:
        notes.append(f"the keyring was not read: {error}")
    if data is None and not found:
        why = f"; {notes[0]}" if notes else ""
        raise PatError(f"az devops has no token here: there is no {quoted(path)}{why}")
    return Reading(tuple(found), tuple(notes))


def _folder(around: Around) -> str:
    environment = around.environment
    azure = environment.get("AZURE_CONFIG_DIR") or around.home_path(".azure")
    return environment.get("AZURE_DEVOPS_EXT_CONFIG_DIR") or f"{azure}/azuredevops"


def _in_file(path: str, data: bytes, default: bytes) -> Iterator[Found]:
    number, counted = 1, 0
    for section in _SECTION.finditer(data):
        number, counted = number + data.count(b"\n", counted, section.start()), section.start()
        token = _VALUE.search(section.group())
        if token is None:
            continue
        span = Span(path, section.start(), section.group())
        name = section.group(1).decode("utf-8", "surrogateescape")
        yield _found(f"{quoted(path)}:{number}", name, token.group(1).strip(), default, span)


def _in_keyring(keyring: Keyring, folder: str, default: bytes) -> Iterator[Found]:
    listed = (read_file(f"{folder}/organization_list") or b"").decode("utf-8", "replace")
    names = {line.strip() for line in listed.splitlines()} | {f"{_PREFIX} default"}
    names |= {of.get("service", "") for of, _ in keyring.items({"username": _ACCOUNT})}
    for name in sorted(names):
        token = keyring.get(name, _ACCOUNT) if name.startswith(_PREFIX) else None
        if token is not None:
            item = Account(keyring, name, _ACCOUNT)
            where = f"{keyring.title}, {quoted(name)}"
            yield _found(where, name, token.encode("utf-8", "surrogateescape"), default, item)


def _found(where: str, service: str, token: bytes, default: bytes, trace: Trace) -> Found:
    named = service.removeprefix(_PREFIX).strip()
    url = default if named == "default" else named.encode("utf-8", "surrogateescape")
    if not url:
        return Found(where, reason=NO_ORGANIZATION)
    return found_at(where, url, password=token, trace=trace, provider=AzureDevOpsServer.name)
