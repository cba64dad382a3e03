"""One message between Git and a helper: read no further than to its end, written whole."""

from __future__ import annotations

import errno
import os
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_credential_pat.message import (
    CAPABILITIES,
    MESSAGE_LIMIT,
    OPERATIONS,
    read_input,
    read_message,
    write_answer,
    write_whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def test_the_constants_are_those_of_the_protocol() -> None:
    assert OPERATIONS == ("get", "store", "erase", "capability")
    assert CAPABILITIES == b"version 0\ncapability authtype\n"
    assert MESSAGE_LIMIT == 1_048_576


# Reading


def test_a_message_that_came_whole_is_read_at_once() -> None:
    source = Pieces(REQUEST, b"never asked for")
    assert read_message(source) == REQUEST
    assert source.reads == 1


@pytest.mark.parametrize(
    "message",
    [
        REQUEST,
        REQUEST.replace(b"\n", b"\r\n"),
        b"\n",
        b"\r\n",
        b"protocol=https\n\r\n",
    ],
)
def test_a_message_that_comes_byte_by_byte_is_read_to_its_empty_line(message: bytes) -> None:
    source = Pieces(*[message[at : at + 1] for at in range(len(message))], b"never asked for")
    assert read_message(source) == message
    assert source.reads == len(message)


@given(st.lists(st.integers(0, len(REQUEST)), max_size=6))
def test_the_pieces_do_not_matter(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(REQUEST)]
    pieces = [REQUEST[start:end] for start, end in pairwise(places) if start < end]
    assert read_message(Pieces(*pieces, b"never asked for")) == REQUEST


@pytest.mark.parametrize("message", [b"", b"a", REQUEST[:-1], REQUEST[:-2], b"\r", b"a\n\r"])
def test_the_end_of_input_ends_a_message(message: bytes) -> None:
    assert read_message(Pieces(message) if message else Pieces()) == message


@pytest.mark.parametrize(
    ("size", "read"), [(1000, 1_049_000), (MESSAGE_LIMIT, 2_097_152), (2 * MESSAGE_LIMIT, 1_048_577)]
)
def test_of_a_message_without_end_a_little_more_than_the_limit_is_read(size: int, read: int) -> None:
    assert len(read_message(lambda limit: b"x" * min(limit, size))) == read


def test_a_message_of_exactly_the_limit_is_read_to_its_end() -> None:
    message = b"x" * (MESSAGE_LIMIT - 2) + b"\n\n"
    source = Pieces(message, b"never asked for")
    assert read_message(source) == message


# Descriptors


class Standard:
    """The standard descriptor of a number, put aside while a test has another in its place."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._kept = os.dup(number)

    def become(self, descriptor: int) -> None:
        os.dup2(descriptor, self.number)
        os.close(descriptor)

    def restore(self) -> None:
        os.dup2(self._kept, self.number)
        os.close(self._kept)


@pytest.fixture
def standard() -> Iterator[Callable[[int], Standard]]:
    """Give what takes a standard descriptor into a test's hands until its end."""
    taken: list[Standard] = []

    def take(number: int) -> Standard:
        taken.append(Standard(number))
        return taken[-1]

    yield take
    for one in reversed(taken):
        one.restore()


def test_input_is_read_from_standard_input(standard: Callable[[int], Standard]) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"abc")
    os.close(writer)
    standard(0).become(reader)
    assert [read_input(2), read_input(2), read_input(2)] == [b"ab", b"c", b""]


def test_a_closed_standard_input_is_at_its_end(standard: Callable[[int], Standard]) -> None:
    standard(0)
    os.close(0)
    assert read_input(10) == b""


def test_a_folder_as_standard_input_is_at_its_end(standard: Callable[[int], Standard]) -> None:
    standard(0).become(os.open("/", os.O_RDONLY))
    assert read_input(10) == b""


def test_an_answer_goes_to_standard_output(standard: Callable[[int], Standard]) -> None:
    reader, writer = os.pipe()
    standard(1).become(writer)
    write_answer(b"answer")
    assert os.read(reader, 100) == b"answer"
    os.close(reader)


def test_a_reader_that_has_gone_is_no_error(standard: Callable[[int], Standard]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    standard(1).become(writer)
    write_answer(b"answer")
    with pytest.raises(BrokenPipeError):
        write_whole(1, b"answer")


def test_an_output_that_takes_nothing_is_an_error(standard: Callable[[int], Standard]) -> None:
    standard(1).become(os.open("/dev/full", os.O_WRONLY))
    with pytest.raises(OSError, match="No space left") as failure:
        write_answer(b"answer")
    assert failure.value.errno == errno.ENOSPC


def test_nothing_is_written_where_there_is_nothing_to_write(standard: Callable[[int], Standard]) -> None:
    standard(1).become(os.open("/dev/full", os.O_WRONLY))
    write_answer(b"")  # /dev/full refuses even to write nothing
    with pytest.raises(OSError, match="No space left"):
        os.write(1, b"")


def test_what_is_taken_piece_by_piece_is_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bytes] = []

    def take(descriptor: int, view: memoryview) -> int:
        taken.append(bytes(view[:3]))
        return descriptor and len(taken[-1])

    monkeypatch.setattr("git_credential_pat.message.write", take)
    write_whole(7, b"12345678")
    assert taken == [b"123", b"456", b"78"]
