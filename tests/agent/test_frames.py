"""Frames: what agent and client send each other, in the form that agent/__init__.py gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_credential_pat import __version__
from git_credential_pat.agent import HEAD, OPENING, body_length, is_of_another_version, pack, unpack

FIELDS = st.lists(st.binary(max_size=300), max_size=6)


def test_a_frame_is_its_version_its_length_and_fields_with_theirs() -> None:
    assert pack(b"get", b"", b"x\0\n") == (
        b"git-credential-pat agent " + __version__.encode() + b"\n"
        b"\x00\x00\x00\x12"
        b"\x00\x00\x00\x03get"
        b"\x00\x00\x00\x00"
        b"\x00\x00\x00\x03x\x00\n"
    )


@given(FIELDS, st.data())
def test_a_whole_frame_gives_its_fields_and_one_cut_short_or_with_more_behind_it_none(
    fields: list[bytes], data: st.DataObject
) -> None:
    frame = pack(*fields)
    assert unpack(frame) == fields
    cut = data.draw(st.integers(0, len(frame) - 1))
    assert body_length(frame[:cut]) == (len(frame) - HEAD if cut >= HEAD else None)
    for wrong in (frame[:cut], frame + data.draw(st.binary(min_size=1, max_size=8))):
        with pytest.raises(ValueError, match="cut short"):
            unpack(wrong)


@given(st.binary(max_size=64))
def test_any_body_gives_fields_or_a_value_error(body: bytes) -> None:
    frame = OPENING + len(body).to_bytes(4, "big") + body
    try:
        fields = unpack(frame)
    except ValueError:
        return
    assert pack(*fields) == frame, "nothing was read into it"


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
        (OPENING + b"\xff\xff\xff\xff", False),
        (b"git-credential-pat agen", False),
        (b"GET / HTTP/1.1\r\n", False),
        (b"", False),
    ],
)
def test_another_version_is_reported_by_the_opening(data: bytes, *, expected: bool) -> None:
    assert is_of_another_version(data) is expected
