"""Copies of a vault: `backup` makes one, `recover` puts one back.

A copy is the vault's very bytes, so it is sealed as the vault is and opens by the slots that it had then.
"""

from time import gmtime, strftime

from git_credential_pat.backends.vault import SIZE_LIMIT, Opened, VaultBackend
from git_credential_pat.errors import PatError
from git_credential_pat.vault.file import quoted, read_foreign, write_once


def backup(backend: VaultBackend, path: str) -> Opened:
    """Copy the vault, after reading all of it, to a file that is not there yet; return what it holds."""
    data = backend.read_bytes()
    if data is None:
        raise PatError(f"there is no vault at {backend.path} yet; run: git credential-pat seed URL")
    opened = backend.read_copy(data, quoted(backend.path))
    write_once(path, data)
    return opened


def recover(backend: VaultBackend, path: str) -> tuple[Opened, str]:
    """Put a copy in the vault's place, after reading all of it.

    Return what it holds, and the path at which the replaced vault is kept, empty if there was none.
    """
    data = read_foreign(path, SIZE_LIMIT)
    opened = backend.read_copy(data, quoted(path))
    return opened, backend.replace(data, strftime("vault.%Y%m%dT%H%M%SZ", gmtime()))
