"""The file of another vault, or a copy of this one: its entries are stored as they are there.

The vault's own reader opens it, by the keys that are here, a passphrase, or the key file of its machine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.backends.vault import open_vault
from git_credential_pat.backends.vault.copies import read_copy
from git_credential_pat.errors import UsageError
from git_credential_pat.importing.support.found import Around, Found, Reading
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMED = (1, 2)


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the entries of a file; a second place is the key file that opens it, or that file's folder."""
    if around.settings is None or len(places) not in _NAMED:
        raise UsageError(f"give the vault's file; see: {suggest.own('import', '--help')}")
    settings = around.settings._replace(backend="vault")  # whichever the entries are to come into
    for key in places[1:]:
        settings = settings._replace(config_folder=os.path.dirname(key) if os.path.isfile(key) else key)
    _, opened = read_copy(open_vault(settings, around.unlocking), places[0])
    entries = sorted(opened.entries, key=lambda entry: entry.key)
    return Reading(tuple(Found(quoted(places[0]), entry=entry) for entry in entries))
