from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from support import second_reader as reader
from support.vault_vectors.__main__ import FOLDER
from support.vault_vectors.crypto import sha256
from support.vault_vectors.writer import KEY_FILE
from support.vaults import Place

from git_credential_pat.errors import DamagedError, PatError
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault import records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = bytes(range(32))
DATA_KEY = bytes(range(100, 132))
STORE_ID = bytes(range(16))
EMPTY_SLOT = sealed.Slot(3, 1, b"", bytes(12), b"")
SLOT = sealed.wrap(DATA_KEY, KEY, STORE_ID, EMPTY_SLOT)
HEADER = sealed.Header(STORE_ID, 7, (SLOT,), bytes(range(32, 64)))
WHOLE = (FOLDER / "good/one-entry.vault").read_bytes()
HEADER_SIZE = 148

slots = st.builds(
    sealed.Slot,
    kind=st.integers(0, 255),
    id=st.integers(0, 255),
    params=st.binary(max_size=100),
    nonce=st.binary(min_size=12, max_size=12),
    wrapped=st.binary(min_size=48, max_size=48),
)
headers = st.builds(
    sealed.Header,
    store_id=st.binary(min_size=16, max_size=16),
    generation=st.integers(1, 2**64 - 1),
    slots=st.lists(slots, min_size=1, max_size=8, unique_by=lambda slot: slot.id).map(tuple),
    body_salt=st.binary(min_size=32, max_size=32),
)


def opened(data: bytes) -> bytes:
    """Open a vault's bytes as the program does, to its body."""
    parsed = sealed.parse(data)
    data_key = sealed.unwrap(parsed.header.slots[0], KEY_FILE, parsed.header.store_id)
    if data_key is None:
        raise DamagedError("no slot fits")
    return sealed.open_body(parsed, data_key)


def flips(data: bytes, first: int, end: int) -> Iterator[bytes]:
    for at in range(first, end):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            yield bytes(changed)


def undetected(files: Iterator[bytes]) -> list[bytes]:
    accepted = []
    for data in files:
        try:
            opened(data)
        except DamagedError:
            continue
        accepted.append(data)
    return accepted


@given(header=headers, body=st.binary(max_size=500), key=st.binary(min_size=32, max_size=32))
def test_what_was_sealed_opens_to_the_same(header: sealed.Header, body: bytes, key: bytes) -> None:
    parsed = sealed.parse(sealed.seal(header, key, body))
    assert parsed.header == header
    assert sealed.open_body(parsed, key) == body


@given(header=headers, key=st.binary(min_size=32, max_size=32))
def test_another_data_key_opens_nothing(header: sealed.Header, key: bytes) -> None:
    assume(key != DATA_KEY)
    parsed = sealed.parse(sealed.seal(header, DATA_KEY, b"body"))
    with pytest.raises(DamagedError):
        sealed.open_body(parsed, key)


def test_a_vault_depends_on_nothing_but_the_arguments() -> None:
    assert sealed.seal(HEADER, DATA_KEY, b"body") == sealed.seal(HEADER, DATA_KEY, b"body")


def test_another_salt_changes_the_whole_body() -> None:
    body = bytes(4096)
    one = sealed.parse(sealed.seal(HEADER, DATA_KEY, body)).body
    other = sealed.parse(sealed.seal(HEADER._replace(body_salt=bytes(32)), DATA_KEY, body)).body
    assert [at for at in range(0, 4112, 16) if one[at : at + 16] == other[at : at + 16]] == []


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


def test_every_flipped_bit_of_a_vault_is_detected() -> None:
    assert opened(WHOLE)
    assert undetected(flips(WHOLE, 0, len(WHOLE))) == []


def test_every_truncation_is_detected() -> None:
    assert undetected(WHOLE[:length] for length in range(len(WHOLE))) == []


def test_every_number_of_appended_bytes_is_detected() -> None:
    noise = random.Random(1).randbytes(256)
    appended = [WHOLE + tail[:length] for tail in (noise, bytes(256)) for length in range(1, 257)]
    assert undetected(iter(appended)) == []


def test_every_byte_replaced_by_any_other_in_the_header_is_detected() -> None:
    changed = (
        WHOLE[:at] + bytes((value,)) + WHOLE[at + 1 :]
        for at in range(HEADER_SIZE + 64)
        for value in range(256)
        if value != WHOLE[at]
    )
    assert undetected(changed) == []


def test_a_header_with_any_bit_flipped_is_status_4_and_the_file_stays(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.put(WHOLE, KEY_FILE)
    backend = place.backend()
    assert len(backend.entries()) == 1
    for data in flips(WHOLE, 0, HEADER_SIZE + 64):
        place.vault.write_bytes(data)
        with pytest.raises(PatError) as refused:
            backend.entries()
        assert (refused.value.status, place.vault.read_bytes()) == (4, data)
    assert sorted(place.files()) == ["config/git-credential-pat/key", "share/git-credential-pat/vault"]


def test_damage_of_a_header_is_told_as_such_and_not_as_what_its_bytes_would_mean() -> None:
    told = set()
    for data in [*flips(WHOLE, 8, 12), *flips(WHOLE, 16, HEADER_SIZE)]:  # between them its length stands
        with pytest.raises(DamagedError) as damaged:
            sealed.parse(data)
        told.add(str(damaged.value))
    assert told == {"its header does not match its checksum"}


@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_vault_or_damaged(data: bytes) -> None:
    with pytest.raises(DamagedError):
        sealed.parse(data)
    with pytest.raises(DamagedError):
        sealed.parse(b"GITPATS1" + data)


@settings(max_examples=300)
@given(
    header=headers,
    at=st.integers(8, 43) | st.integers(76, 400),
    change=st.binary(min_size=1, max_size=4),
    tail=st.sampled_from([b"", b"\0", b"\0" * 100]),
)
def test_a_header_changed_by_someone_who_mends_the_digest_is_read_as_the_second_reader_does(
    header: sealed.Header, at: int, change: bytes, tail: bytes
) -> None:
    data = sealed.seal(header, DATA_KEY, b"body") + tail
    data = data[:at] + change + data[at + len(change) :]
    size = int.from_bytes(data[12:16], "big")
    if size + 32 <= len(data):
        data = data[:size] + sha256(data[:size]) + data[size + 32 :]
    try:
        expected = reader.read_header(data)[0]
    except reader.DamagedVaultError:
        with pytest.raises(DamagedError):
            sealed.parse(data)
    else:
        assert sealed.parse(data).header._asdict() == expected._asdict()


def test_a_body_that_would_be_too_large_is_refused_and_called_no_damage() -> None:
    largest = bytes(sealed.BODY_LIMIT - 16)
    with pytest.raises(PatError, match="64 MiB") as refused:
        sealed.seal(HEADER, DATA_KEY, largest + b"\0")
    assert refused.value.status == 1


def test_the_largest_body_opens() -> None:
    largest = bytes(sealed.BODY_LIMIT - 16)
    parsed = sealed.parse(sealed.seal(HEADER, DATA_KEY, largest))
    assert sealed.open_body(parsed, DATA_KEY) == largest


def test_the_limits_are_those_of_the_specification() -> None:
    assert (sealed.HEADER_LIMIT, sealed.BODY_LIMIT, sealed.SLOT_LIMIT) == (65_536, 67_108_864, 8)
    assert records.BLOCK == 4096
