from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import second_reader as reader
from support.vault_vectors import writer

from git_credential_pat.entry import ACTIVE, DOUBTFUL, REJECTED, Entry
from git_credential_pat.errors import DamagedError
from git_credential_pat.scope import Scope
from git_credential_pat.vault import records

times = st.integers(0, 2**64 - 1)
unknown_tags = st.integers(12, 255).filter(lambda tag: tag != 13)
unknown_fields = st.lists(st.tuples(unknown_tags, st.binary(max_size=8)), max_size=3).map(
    lambda fields: tuple(sorted(fields, key=lambda field: field[0]))
)
scopes = st.builds(
    Scope,
    protocol=st.sampled_from([b"https", b"http", b"cert"]),
    host=st.sampled_from([b"dev.azure.com", b"b.example:8443", b"[::1]", b""]),
    path=st.lists(st.binary(max_size=4), max_size=3).map(tuple),
)
entries = st.builds(
    Entry,
    scope=scopes,
    username=st.binary(max_size=6),
    secret=st.binary(max_size=50),
    authtype=st.sampled_from([b"", b"Bearer", b"Basic"]),
    state=st.sampled_from([ACTIVE, REJECTED, DOUBTFUL]),
    created=times,
    updated=times,
    expires=st.none() | times,
    put_aside=st.none() | times,
    label=st.text(max_size=5),
    permissions=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    pinned=st.booleans(),
    refresh_token=st.none() | st.binary(max_size=20),
    owner=st.text(max_size=5),
    approved=st.none() | times,
    unknown=unknown_fields,
)
entry_lists = st.lists(entries, max_size=8, unique_by=lambda entry: entry.key)

PLAIN = Entry(Scope(b"https", b"h", (b"p",)), b"u", b"s", created=1, updated=2)


@given(kept=entry_lists)
def test_entries_come_back_as_they_were(kept: list[Entry]) -> None:
    assert sorted(records.decode(records.encode(kept))) == sorted(kept)


@given(kept=entry_lists, seed=st.integers())
def test_the_order_of_the_entries_makes_no_difference(kept: list[Entry], seed: int) -> None:
    shuffled = random.Random(seed).sample(kept, len(kept))
    assert records.encode(shuffled) == records.encode(kept)


@given(kept=entry_lists)
def test_the_second_reader_reads_what_the_program_writes(kept: list[Entry]) -> None:
    found = reader.read_body(records.encode(kept))
    assert [entry.secret for entry in found] == [
        entry.secret for entry in records.decode(records.encode(kept))
    ]


def test_one_entry_is_these_bytes() -> None:
    expected = bytes.fromhex(
        "00000001"  # one record
        "0005 6874747073  0001 68  0001  0001 70  0001 75  0000"  # https, h, one segment p, u, no authtype
        "0004"  # four fields
        "01 00000001 73"  # the secret s
        "02 00000001 00"  # active
        "03 00000008 0000000000000001"  # created
        "04 00000008 0000000000000002"  # updated
    )
    assert records.encode([PLAIN]) == expected + bytes(4096 - len(expected))


def test_an_entry_with_everything_is_these_fields() -> None:
    entry = PLAIN._replace(
        authtype=b"Bearer",
        state=DOUBTFUL,
        expires=3,
        put_aside=4,
        label="ü",
        permissions=("b", "a"),
        pinned=True,
        refresh_token=b"r",
        owner="o",
        approved=5,
        unknown=((12, b"x"), (255, b"")),
    )
    expected = bytes.fromhex(
        "000c"
        "01 00000001 73"
        "02 00000001 02"
        "03 00000008 0000000000000001"
        "04 00000008 0000000000000002"
        "05 00000008 0000000000000003"
        "06 00000008 0000000000000004"
        "07 00000002 c3bc"
        "08 00000001 62"
        "08 00000001 61"
        "09 00000000"
        "0a 00000001 72"
        "0b 00000001 6f"
        "0c 00000001 78"
        "0d 00000008 0000000000000005"
        "ff 00000000"
    )
    body = records.encode([entry])
    fields = struct.pack(">H", 15) + expected[2:]
    assert body.rstrip(b"\0").endswith(fields.rstrip(b"\0"))
    assert body[4:40].startswith(b"\x00\x05https\x00\x01h\x00\x01\x00\x01p\x00\x01u\x00\x06Bearer\x00\x0f")


@pytest.mark.parametrize(("state", "number"), [(ACTIVE, 0), (REJECTED, 1), (DOUBTFUL, 2)])
def test_each_state_is_one_number(state: str, number: int) -> None:
    assert struct.pack(">BIB", 2, 1, number) in records.encode([PLAIN._replace(state=state)])


@pytest.mark.parametrize(
    ("secrets", "length"), [((), 4096), ((0,), 4096), ((4033,), 4096), ((4034,), 8192), ((4000, 4000), 8192)]
)
def test_the_length_is_a_multiple_of_4096(secrets: tuple[int, ...], length: int) -> None:
    kept = [PLAIN._replace(username=b"%d" % at, secret=b"s" * size) for at, size in enumerate(secrets)]
    assert len(records.encode(kept)) == length


def test_entries_stand_in_the_order_of_their_encoded_keys() -> None:
    def at(host: bytes, *path: bytes, username: bytes = b"", authtype: bytes = b"") -> Entry:
        return Entry(Scope(b"https", host, path), username, b"s", authtype)

    expected = (
        at(b"b.example"),
        at(b"b.example", b"z"),
        at(b"b.example", b"z", username=b"y"),
        at(b"b.example", b"z", username=b"aa"),
        at(b"b.example", b"z", username=b"aa", authtype=b"Basic"),
        at(b"b.example", b"aa"),
        at(b"b.example", b"a", b"a"),
        at(b"aa.example"),
    )
    assert records.decode(records.encode(reversed(expected))) == expected


def test_names_that_only_joined_are_equal_stay_apart() -> None:
    pairs = [(b"a", b"bc"), (b"ab", b"c"), (b"abc", b""), (b"", b"abc")]
    kept = [Entry(Scope(b"https", host), username, b"s") for host, username in pairs]
    assert len(records.decode(records.encode(kept))) == 4


def test_unknown_fields_are_written_back_as_they_were() -> None:
    body = writer.body(
        writer.key() + writer.fields(*writer.REQUIRED, (12, b"b"), (12, b"a"), (13, bytes(8)), (255, b""))
    )
    (entry,) = records.decode(body)
    assert entry.unknown == ((12, b"b"), (12, b"a"), (255, b""))
    assert records.encode([entry]) == body


@settings(max_examples=500)
@given(
    pairs=st.lists(
        st.tuples(
            st.integers(0, 12), st.sampled_from([b"", b"\x00", b"\x01", b"\x03", b"a", b"\xff", bytes(8)])
        ),
        max_size=4,
    ),
    in_order=st.booleans(),
)
def test_a_body_is_refused_or_written_back_byte_for_byte(
    pairs: list[tuple[int, bytes]], *, in_order: bool
) -> None:
    tags = {tag for tag, _ in pairs}
    chosen = [*(pair for pair in writer.REQUIRED if pair[0] not in tags), *pairs]
    body = writer.body(writer.key() + writer.fields(*(sorted(chosen) if in_order else chosen)))
    try:
        decoded = records.decode(body)
    except DamagedError:
        with pytest.raises(reader.DamagedVaultError):
            reader.read_body(body)
    else:
        assert records.encode(decoded) == body
        reader.read_body(body)


@settings(max_examples=500)
@given(
    kept=entry_lists,
    at=st.integers(0, 400),
    change=st.binary(min_size=1, max_size=3),
    cut=st.sampled_from([0, 0, 0, 1, 4096]),
)
def test_a_changed_body_is_read_as_the_second_reader_does(
    kept: list[Entry], at: int, change: bytes, cut: int
) -> None:
    body = records.encode(kept)
    body = body[:at] + change + body[at + len(change) : len(body) - cut]
    try:
        expected = reader.read_body(body)
    except reader.DamagedVaultError:
        with pytest.raises(DamagedError):
            records.decode(body)
    else:
        assert records.encode(records.decode(body)) == body
        assert len(records.decode(body)) == len(expected)


@given(body=st.binary(max_size=200), padded=st.booleans())
def test_any_bytes_are_a_body_or_damaged(body: bytes, *, padded: bool) -> None:
    candidate = body + bytes(-len(body) % 4096) if padded else body
    try:
        decoded = records.decode(candidate)
    except DamagedError:
        return
    assert records.encode(decoded) == candidate
