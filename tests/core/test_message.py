"""One message between Git and a helper: read no further than to its end, written whole."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from git_credential_pat.frontends import MESSAGE_LIMIT, read_message
from git_credential_pat.stdio import write_whole

REQUEST = b"protocol=https\nhost=git.example.com\n\n"


class Pieces:
    """A source that gives its pieces one at a time, and notes what was asked of it."""

    def __init__(self, *pieces: bytes) -> None:
        self.left = list(pieces)
        self.reads = 0

    def __call__(self, limit: int) -> bytes:
        self.reads += 1
        if not self.left:
            return b""
        piece, rest = self.left[0][:limit], self.left[0][limit:]
        self.left[:1] = [rest] if rest else []
        return piece


# Reading


@pytest.mark.parametrize("message", [REQUEST, REQUEST.replace(b"\n", b"\r\n"), b"\n", b"\r\n", b"a=b\n\r\n"])
def test_a_message_is_read_to_its_empty_line_whole_or_byte_by_byte(message: bytes) -> None:
    for pieces in ([message], [message[at : at + 1] for at in range(len(message))]):
        source = Pieces(*pieces, b"never asked for")
        assert read_message(source) == message
        assert source.reads == len(pieces)


@settings(max_examples=50, database=None, deadline=None)
@given(st.lists(st.integers(0, len(REQUEST)), max_size=6))
def test_the_pieces_do_not_matter(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(REQUEST)]
    pieces = [REQUEST[start:end] for start, end in pairwise(places) if start < end]
    assert read_message(Pieces(*pieces, b"never asked for")) == REQUEST


@pytest.mark.parametrize("message", [b"", b"a", REQUEST[:-1], REQUEST[:-2], b"\r", b"a\n\r"])
def test_the_end_of_input_ends_a_message(message: bytes) -> None:
    assert read_message(Pieces(message) if message else Pieces()) == message


@pytest.mark.parametrize(
    ("size", "read"), [(9000, 1_053_000), (MESSAGE_LIMIT, 2_097_152), (2 * MESSAGE_LIMIT, 1_048_577)]
)
def test_of_a_message_without_end_a_little_more_than_the_limit_is_read(size: int, read: int) -> None:
    assert len(read_message(lambda limit: b"x" * min(limit, size))) == read


def test_a_message_of_exactly_the_limit_is_read_to_its_end() -> None:
    message = b"x" * (MESSAGE_LIMIT - 2) + b"\n\n"
    assert read_message(Pieces(message, b"never asked for")) == message


# Writing. What is wrong with standard streams is tried in tests/test_cli.py.


def test_what_is_taken_piece_by_piece_is_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []

    def take(descriptor: int, view: memoryview) -> int:
        taken.append(bytes(view[:3]))
        return descriptor and len(taken[-1])

    monkeypatch.setattr("git_credential_pat.stdio.write", take)
    write_whole(7, b"12345678")
    assert taken == [b"123", b"456", b"78"]
