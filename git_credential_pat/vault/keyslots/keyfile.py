"""The key-file slot: 32 random bytes in a file of the config folder, which is not the vault's folder.

It keeps a copied vault, or a backup of the data folder alone, from being read. It does not help against
someone who has both folders.
"""

from collections.abc import Callable

from git_credential_pat.errors import LockedError
from git_credential_pat.vault.file import Folder, quoted
from git_credential_pat.vault.format import KEY_SIZE

NAME = "key"


def read_key(folder: Folder) -> bytes | None:
    """Return the key, or None if there is no key file; raise LockedError if it cannot be one."""
    key = folder.read(NAME, limit=KEY_SIZE)
    if key is not None and len(key) != KEY_SIZE:
        path = quoted(folder.file_path(NAME))
        raise LockedError(f"the key file {path} is not {KEY_SIZE} bytes long; put it back from a backup")
    return key


def read_or_make_key(folder: Folder, randomness: Callable[[int], bytes]) -> bytes:
    """Return the key, making the file if there is none; the caller holds the folder's lock."""
    key = read_key(folder)
    if key is None:
        key = randomness(KEY_SIZE)
        folder.replace(NAME, key)
    return key
