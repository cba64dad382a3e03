"""Entries of the second reader in the form in which the vectors state what to expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.second_reader import Entry
    from support.vault_vectors.good import Bytes

STATES = ("active", "rejected", "doubtful")


def stated(entry: Entry) -> dict[str, Any]:
    return {
        **{name: _stated(value) for name, value in entry._asdict().items() if name != "beside" or value},
        "state": STATES[entry.state],
        "unknown": [[tag, value.hex()] for tag, value in entry.unknown],
    }


def _stated(value: Any) -> Any:  # noqa: ANN401  # what JSON has
    if isinstance(value, tuple):
        return [_stated(one) for one in value]
    if isinstance(value, bytes):
        return plain(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def plain(value: bytes) -> Bytes:
    """Return bytes as JSON: a string where they are UTF-8, else {"hex": "..."}."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"hex": value.hex()}
