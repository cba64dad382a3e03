"""Entries of the second reader in the form in which the vectors state what to expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.second_reader import Entry
    from support.vault_vectors.good import Bytes

STATES = ("active", "rejected", "doubtful")


def stated(entry: Entry) -> dict[str, object]:
    return {
        "protocol": plain(entry.protocol),
        "host": plain(entry.host),
        "path": [plain(segment) for segment in entry.path],
        "username": plain(entry.username),
        "authtype": plain(entry.authtype),
        "secret": plain(entry.secret),
        "state": STATES[entry.state],
        "created": str(entry.created),
        "updated": str(entry.updated),
        "expires": None if entry.expires is None else str(entry.expires),
        "put_aside": None if entry.put_aside is None else str(entry.put_aside),
        "label": entry.label,
        "permissions": [*entry.permissions],
        "pinned": entry.pinned,
        "refresh_token": None if entry.refresh_token is None else plain(entry.refresh_token),
        "owner": entry.owner,
        "approved": None if entry.approved is None else str(entry.approved),
        "unknown": [[tag, value.hex()] for tag, value in entry.unknown],
    }


def plain(value: bytes) -> Bytes:
    """Return bytes as JSON: a string where they are UTF-8, else {"hex": "..."}."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}
