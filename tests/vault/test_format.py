"""Which bytes are a vault: its header, seals and slots. The vectors of test_vectors.py have more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.vault_vectors.__main__ import FOLDER

from git_credential_pat.errors import DamagedError, NewerFormatError, PatError
from git_credential_pat.vault import format as sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = bytes(range(32))
DATA_KEY = bytes(range(100, 132))
STORE_ID = bytes(range(16))
EMPTY_SLOT = sealed.Slot(3, 1, b"", bytes(12), b"")
SLOT = sealed.wrap(DATA_KEY, KEY, STORE_ID, EMPTY_SLOT)
HEADER = sealed.Header(STORE_ID, 7, (SLOT,), bytes(range(32, 64)))
WHOLE = (FOLDER / "good/one-entry.vault").read_bytes()
HEADER_SIZE = 148


def flips(data: bytes, first: int, end: int | None = None, step: int = 1) -> Iterator[bytes]:
    for at in range(first, len(data) if end is None else end, step):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            yield bytes(changed)


def test_the_body_shows_nothing_of_what_it_holds() -> None:
    data = sealed.seal(HEADER, DATA_KEY, b"fabrikam-token" * 100)
    assert b"fabrikam" not in data
    assert DATA_KEY not in data


def test_a_slot_opens_with_its_key_and_store_id_and_parameters_only() -> None:
    slot = sealed.wrap(DATA_KEY, KEY, STORE_ID, EMPTY_SLOT._replace(params=b"parameters"))
    assert sealed.unwrap(slot, KEY, STORE_ID) == DATA_KEY
    others = [
        sealed.unwrap(slot, bytes(32), STORE_ID),
        sealed.unwrap(slot, KEY, bytes(16)),
        sealed.unwrap(slot._replace(params=b"parameter"), KEY, STORE_ID),
        sealed.unwrap(slot._replace(kind=2), KEY, STORE_ID),
        sealed.unwrap(slot._replace(id=2), KEY, STORE_ID),
        sealed.unwrap(slot._replace(nonce=bytes(11) + b"\1"), KEY, STORE_ID),
    ]
    assert others == [None] * 6


def test_damage_of_a_header_is_reported_as_such_and_not_as_what_its_bytes_would_mean() -> None:
    said = set()
    for data in [*flips(WHOLE, 8, 12), *flips(WHOLE, 16, HEADER_SIZE)]:  # between them its length stands
        with pytest.raises(DamagedError) as damaged:
            sealed.parse(data)
        said.add(str(damaged.value))
    assert said == {"its header does not match its checksum"}


@pytest.mark.parametrize("data", [b"GITPATS2", b"GITPATS9" + WHOLE[8:]])
def test_a_file_that_begins_as_one_of_a_later_format_is_called_so(data: bytes) -> None:
    with pytest.raises(NewerFormatError):
        sealed.parse(data)


@pytest.mark.parametrize(
    "data", [b"GITPATS", b"GITPATS0", b"GITPATSX", b"99999999", b"GITPATA2", b"gitpats2"]
)
def test_a_file_of_no_format_is_damaged_and_not_called_later(data: bytes) -> None:
    with pytest.raises(DamagedError) as damaged:
        sealed.parse(data + WHOLE[8:])
    assert not isinstance(damaged.value, NewerFormatError)


@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_vault_or_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        sealed.parse(data)
    with pytest.raises(DamagedError):
        sealed.parse(b"GITPATS1" + data)


LARGEST = bytes((64 << 20) - 16)


def test_a_body_that_would_be_too_large_is_refused_and_called_no_damage() -> None:
    with pytest.raises(PatError, match="64 MiB") as refused:
        sealed.seal(HEADER, DATA_KEY, LARGEST + b"\0")
    assert refused.value.status == 1


def test_the_largest_body_opens() -> None:
    parsed = sealed.parse(sealed.seal(HEADER, DATA_KEY, LARGEST))
    assert sealed.open_body(parsed, DATA_KEY) == LARGEST
