"""Frames: what agent and client send each other, in the form that agent/frames.py gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_credential_pat import __version__
from git_credential_pat.agent.frames import (
    HEAD,
    OPENING,
    body_length,
    is_of_another_version,
    pack,
    unpack,
)

VERSION = __version__.encode()
FIELDS = st.lists(st.binary(max_size=300), max_size=6)


def test_a_frame_is_its_version_its_length_and_fields_with_theirs() -> None:
    assert pack(b"get", b"", b"x\0\n") == (
        b"git-credential-pat agent " + VERSION + b"\n"
        b"\x00\x00\x00\x12"
        b"\x00\x00\x00\x03get"
        b"\x00\x00\x00\x00"
        b"\x00\x00\x00\x03x\x00\n"
    )


@given(FIELDS)
def test_what_was_packed_is_unpacked_as_it_was(fields: list[bytes]) -> None:
    assert unpack(pack(*fields)) == fields


@given(FIELDS, st.data())
def test_the_beginning_of_a_frame_tells_its_length_once_its_head_is_whole(
    fields: list[bytes], data: st.DataObject
) -> None:
    frame = pack(*fields)
    cut = data.draw(st.integers(0, len(frame)))
    assert body_length(frame[:cut]) == (len(frame) - HEAD if cut >= HEAD else None)


@given(FIELDS, st.data())
def test_a_frame_cut_short_or_with_more_behind_it_is_refused(
    fields: list[bytes], data: st.DataObject
) -> None:
    frame = pack(*fields)
    cut = data.draw(st.integers(0, len(frame) - 1))
    more = data.draw(st.binary(min_size=1, max_size=8))
    for wrong in (frame[:cut], frame + more):
        with pytest.raises(ValueError, match="cut short"):
            unpack(wrong)


def test_a_field_behind_the_end_of_a_frame_is_none_of_it() -> None:
    with pytest.raises(ValueError, match="cut short"):
        unpack(pack(b"get") + b"\x00\x00\x00\x01x")


@given(st.binary(max_size=64))
def test_any_body_gives_fields_or_a_value_error(body: bytes) -> None:
    frame = OPENING + len(body).to_bytes(4, "big") + body
    try:
        fields = unpack(frame)
    except ValueError:
        return
    assert pack(*fields) == frame, "nothing was read into it"


@given(st.binary(max_size=64))
def test_any_bytes_that_do_not_begin_as_a_frame_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a frame of this version|cut short"):
        unpack(data)


@pytest.mark.parametrize(
    ("length", "is_allowed"), [(0, True), (2**21, True), (2**21 + 1, False), (2**32 - 1, False)]
)
def test_two_mebibytes_are_the_most(length: int, *, is_allowed: bool) -> None:
    head = OPENING + length.to_bytes(4, "big")
    if is_allowed:
        assert body_length(head) == length
    else:
        with pytest.raises(ValueError, match="too long"):
            body_length(head)


@pytest.mark.parametrize("data", [b"X", b"git-credential-pat agent 9", b"Git", OPENING[:-1] + b"\r\n"])
def test_what_can_be_no_frame_is_refused_at_its_first_wrong_byte(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a frame of this version"):
        body_length(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"git-credential-pat agent 9.8.7\n\0\0\0\0", True),
        (b"git-credential-pat agent 9", True),
        (OPENING, False),
        (OPENING + b"\xff\xff\xff\xff", False),
        (b"git-credential-pat agen", False),
        (b"GET / HTTP/1.1\r\n", False),
        (b"", False),
    ],
)
def test_another_version_is_told_by_the_opening(data: bytes, *, expected: bool) -> None:
    assert is_of_another_version(data) is expected
