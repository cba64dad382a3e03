"""What is noted of a token's life at its host: it comes back, and holds for that token alone."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import second_reader as reader

from git_credential_pat.model.entry import ACTIVE, DOUBTFUL, REJECTED, Entry, Nanoseconds, Seconds
from git_credential_pat.model.renewal import (
    CREATE,
    NOTHING,
    ROTATE,
    Intent,
    Renewal,
    is_pending,
    noting,
    renewal_of,
)
from git_credential_pat.model.scope import Scope
from git_credential_pat.vault import records

ENTRY = Entry(Scope(b"https", b"gitlab.com"), b"", b"secret")
FULL = Renewal(
    "4711",
    "Büro",
    Nanoseconds(3),
    Nanoseconds(2**64 - 1),
    Intent(CREATE, Seconds(1_700_000_000), "next", Seconds(5)),
)
INNER = {
    1: "4711",
    2: "Büro",
    3: (3).to_bytes(8, "big"),
    4: b"\xff" * 8,
    5: b"\1",
    7: "next",
    8: (5).to_bytes(8, "big"),
}
"""What the format's page makes of it, but for the time of the intent."""

times = st.integers(0, 2**64 - 1)
renewals = st.builds(
    Renewal,
    st.text(max_size=8),
    st.text(max_size=8),
    st.none() | times,
    st.none() | times,
    st.none()
    | st.builds(Intent, st.sampled_from([ROTATE, CREATE]), times, st.text(max_size=8), st.none() | times),
)


@given(secret=st.binary(max_size=20), noted=renewals)
@example(b"secret", FULL)
@example(b"", NOTHING)
def test_what_is_noted_comes_back(secret: bytes, noted: Renewal) -> None:
    entry = noting(ENTRY._replace(secret=secret), noted)
    assert renewal_of(entry) == noted
    assert entry._replace(renewal=b"", secret=b"secret") == ENTRY
    assert bool(entry.renewal) == (noted != NOTHING)


def test_the_bytes_are_those_of_the_format() -> None:
    (written,) = reader.read_body(records.encode([noting(ENTRY, FULL)]))
    inner = {tag: value.encode() if isinstance(value, str) else value for tag, value in INNER.items()}
    assert reader.noted(written) == inner | {6: (1_700_000_000).to_bytes(8, "big")}


@given(noted=renewals.filter(lambda noted: noted != NOTHING), other=st.binary(max_size=20))
def test_nothing_is_noted_of_another_token(noted: Renewal, other: bytes) -> None:
    entry = noting(ENTRY, noted)._replace(secret=other)
    assert (renewal_of(entry) == NOTHING) == (other != ENTRY.secret)


@given(garbage=st.binary(max_size=40))
@example(b"")
@example(b"\1")
@example(b"\1\0\5four")
@example(b"\1\0\1\xff")
@example(b"\3\0\7seven00")
@example(b"\5\0\1\0")
@example(b"\5\0\1\2\6\0\10........")
@example(b"\5\0\0\6\0\10........")
def test_garbage_says_nothing_or_what_the_format_makes_of_it(garbage: bytes) -> None:
    mark = noting(ENTRY, FULL).renewal[:8]
    assert renewal_of(ENTRY._replace(renewal=garbage)) == NOTHING
    entry = ENTRY._replace(renewal=mark + garbage)
    (read,) = reader.read_body(records.encode([entry]))
    found = renewal_of(entry)
    assert found in (NOTHING, renewal_of(noting(ENTRY, found)))
    if not reader.noted(read):
        assert found == NOTHING


@pytest.mark.parametrize("size", range(len(noting(ENTRY, FULL).renewal)))
def test_a_cut_field_invents_nothing(size: int) -> None:
    found = renewal_of(ENTRY._replace(renewal=noting(ENTRY, FULL).renewal[:size]))
    endless = Intent(CREATE, Seconds(1_700_000_000), "next")
    assert found.intent in (None, endless._replace(name=""), endless)
    others = (noted._replace(intent=None) for noted in (found, NOTHING, FULL))
    assert all(got in (empty, whole) for got, empty, whole in zip(*others, strict=True))


def test_inner_fields_of_later_versions_are_passed_over() -> None:
    entry = noting(ENTRY, FULL)
    assert renewal_of(entry._replace(renewal=entry.renewal + b"\x63\0\2ab")) == FULL


@pytest.mark.parametrize(
    ("name", "kept"), [("a\ud800b", "a?b"), ("ä" * 40_000, "ä" * 32_767)], ids=["no text", "too long"]
)
def test_any_name_of_a_host_can_be_noted(name: str, kept: str) -> None:
    assert renewal_of(noting(ENTRY, Renewal(name=name))).name == kept


@pytest.mark.parametrize(
    ("state", "noted", "pending"),
    [
        (REJECTED, Renewal(revoke_after=Nanoseconds(0)), True),
        (REJECTED, Renewal(revoke_after=Nanoseconds(1), revoked=Nanoseconds(2)), False),
        (REJECTED, Renewal(id="1"), False),
        (ACTIVE, Renewal(revoke_after=Nanoseconds(1)), False),
        (DOUBTFUL, Renewal(revoke_after=Nanoseconds(1)), False),
    ],
)
def test_a_token_waits_to_be_revoked_once_it_was_replaced(state: str, noted: Renewal, pending: bool) -> None:  # noqa: FBT001  # a case
    assert is_pending(noting(ENTRY._replace(state=state), noted)) is pending
