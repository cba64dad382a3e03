"""How entries are written into a vault's body, and which bodies are read."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import second_reader as reader
from support.vault_vectors import writer

from git_credential_pat.backends import Change, changed
from git_credential_pat.model.entry import ACTIVE, DOUBTFUL, REJECTED, Entry, Nanoseconds, read_back
from git_credential_pat.model.scope import Scope
from git_credential_pat.vault import records

times = st.integers(0, 2**64 - 1)
unknown_tags = st.integers(12, 255).filter(lambda tag: tag not in (13, 15, 16, 17))
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
    number=st.integers(0, 3),
    renewal=st.binary(max_size=20),
    sign_in=st.sampled_from(["", "entra", "federated", "managed"]),
    unknown=unknown_fields,
).map(lambda entry: read_back(entry) if entry.sign_in else entry)
entry_lists = st.lists(entries, max_size=4, unique_by=lambda entry: entry.key).map(
    lambda found: list(changed((), [Change(None, entry) for entry in found]))
)

PLAIN = Entry(Scope(b"https", b"h", (b"p",)), b"u", b"s", created=Nanoseconds(1), updated=Nanoseconds(2))


@given(kept=entry_lists, seed=st.integers())
def test_entries_come_back_as_they_were_in_whichever_order_also_to_the_second_reader(
    kept: list[Entry], seed: int
) -> None:
    body = records.encode(kept)
    decoded = records.decode(body)
    assert sorted(decoded) == sorted(kept)
    assert records.encode(random.Random(seed).sample(kept, len(kept))) == body
    assert [entry.secret for entry in reader.read_body(body)] == [entry.secret for entry in decoded]


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


def test_unknown_fields_are_written_back_as_they_were() -> None:
    body = writer.body(
        writer.key() + writer.fields(*writer.REQUIRED, (12, b"b"), (12, b"a"), (13, bytes(8)), (255, b""))
    )
    (entry,) = records.decode(body)
    assert entry.unknown == ((12, b"b"), (12, b"a"), (255, b""))
    assert records.encode([entry]) == body
