"""Copies of a vault: `backup` makes one, `recover` puts one back.

A copy is the vault's very bytes, so it is sealed as the vault is and opens by the slots that it had then.
"""

from contextlib import suppress
from time import gmtime, strftime

from git_credential_pat.backends.vault import Opened, VaultBackend, no_vault
from git_credential_pat.errors import LockedError
from git_credential_pat.system.files import read_foreign, write_once
from git_credential_pat.vault.format import FILE_LIMIT, Header


def backup(backend: VaultBackend, path: str) -> Header:
    """Copy the vault to a file that is not there yet; return its header.

    All of it is read and checked first, or if it is locked, what can be without a key.
    """
    data = backend.read_bytes()
    if data is None:
        raise no_vault(backend)
    with suppress(LockedError):
        backend.open()
    header = backend.parsed(data).header
    write_once(path, data)
    return header


def read_copy(backend: VaultBackend, path: str) -> tuple[bytes, Opened]:
    """Read a copy and check all of it, by the vault's own keys; return its bytes and what it holds."""
    data = read_foreign(path, FILE_LIMIT)
    return data, backend.read_copy(data, path)


def recover(backend: VaultBackend, data: bytes) -> str:
    """Put the bytes of a copy, which `read_copy` gave, in the vault's place.

    Return the path at which the replaced vault stays, empty if there was none.
    """
    return backend.replace(data, strftime("vault.%Y%m%dT%H%M%SZ", gmtime()))
