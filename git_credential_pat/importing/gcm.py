"""What Git Credential Manager keeps: plain files, files encrypted by GnuPG, items of the Secret Service.

A file's first line is the token; `service=` and `account=` lines follow, the service being the URL without
the account. An item of the Secret Service has both as attributes, the service behind the namespace.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_credential_pat.errors import LockedError, PatError, UnreadableConfigError
from git_credential_pat.git import config
from git_credential_pat.importing.support import gnupg
from git_credential_pat.importing.support.files import read_file
from git_credential_pat.importing.support.found import Around, Found, Reading, found_at
from git_credential_pat.importing.support.scrubbing import Item, WholeFile
from git_credential_pat.model import NamedTuple
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from git_credential_pat.importing.support.scrubbing import Trace
    from git_credential_pat.oskeyring.keyring import Keyring

_SCHEMA = {"xdg:schema": "com.microsoft.GitCredentialManager"}
_REFRESH = "refresh_token"
_SETTINGS = r"^credential\.(plaintextstorepath|namespace)$"


class _Stores(NamedTuple):
    """Where the files lie: of each store only the folder of the namespace is ours to read."""

    plain: str
    encrypted: str
    namespace: str


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the logins of the stores in these folders, else of all three usual ones."""
    stores = _stores(around)
    folders = list(places) or [stores.plain, stores.encrypted]
    plain = [path for folder in folders for path in _files(folder, stores.namespace, ".credential")]
    encrypted = [path for folder in folders for path in _files(folder, stores.namespace, ".gpg")]
    found = [_in_plain(path) for path in plain]
    found += gnupg.each([(path, _in_text) for path in encrypted], around)
    notes: list[str] = []
    if around.keyring and not places:
        try:
            found += _in_keyring(around.keyring, stores.namespace)
        except LockedError as error:
            notes.append(f"the keyring was not read: {error}")
    if not found:
        where = " or ".join(quoted(folder) for folder in folders)
        why = f"; {notes[0]}" if notes else "; give its store's folder"
        raise PatError(f"Git Credential Manager has nothing in {where}{why}")
    return Reading(tuple(found), tuple(notes))


def _stores(around: Around) -> _Stores:
    environment = around.environment
    settings = _settings(environment)
    plain = environment.get("GCM_PLAINTEXT_STORE_PATH") or settings.get("credential.plaintextstorepath")
    return _Stores(
        plain or around.home_path(".gcm", "store"),
        environment.get("PASSWORD_STORE_DIR") or around.home_path(".password-store"),
        environment.get("GCM_NAMESPACE") or settings.get("credential.namespace") or "git",
    )


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    try:
        rows = config.read(["--type", "path", "--get-regexp", _SETTINGS], environment)
    except UnreadableConfigError:  # a path that git cannot expand, as that of no user
        return {}
    return {row.key: row.value for row in rows}


def _files(folder: str, namespace: str, ending: str) -> list[str]:
    """Return the files of one kind; links to folders are not followed."""
    return sorted(
        os.path.join(below, name)
        for below, _, names in os.walk(os.path.join(folder, namespace))
        for name in names
        if name.endswith(ending)
    )


def _in_plain(path: str) -> Found:
    data = read_file(path) or b""
    return _in_text(path, data, WholeFile(path, data))


def _in_text(path: str, text: bytes, trace: Trace) -> Found:
    token, _, rest = text.partition(b"\n")
    values = dict(line.rstrip(b"\r").partition(b"=")[::2] for line in rest.split(b"\n"))
    return _found(
        quoted(path), values.get(b"service", b""), values.get(b"account"), token.rstrip(b"\r"), trace
    )


def _in_keyring(keyring: Keyring, namespace: str) -> Iterator[Found]:
    for attributes, secret in keyring.items(_SCHEMA):
        service = attributes.get("service", "")
        url = service.removeprefix(f"{namespace}:")
        account = attributes.get("account")
        trace = Item(keyring, tuple(sorted(attributes.items())))
        username = None if account is None else account.encode("utf-8", "surrogateescape")
        where = f"{keyring.title}, {quoted(service)}"
        yield _found(where, url.encode("utf-8", "surrogateescape"), username, secret, trace)


def _found(where: str, url: bytes, username: bytes | None, token: bytes, trace: Trace) -> Found:
    if _REFRESH.encode() in url:
        return Found(where, reason="a refresh token, which is of no use to Git")
    return found_at(where, url, username=username, password=token, trace=trace)
