"""The wire protocol: every rule of parsing as a vector, and what is answered."""

from collections.abc import Callable

import pytest
from support.effort import at_most
from support.vectors import Case, as_attributes, as_bytes, cases

from git_credential_pat.errors import PatError
from git_credential_pat.message import CAPABILITIES, MESSAGE_LIMIT, read_message
from git_credential_pat.protocol import (
    Credential,
    Request,
    parse,
    serialize,
)

SECRET = b"correct horse battery staple"
every_case = cases("protocol", "lines", "attributes", "places", "hostile")


def in_pieces(data: bytes, size: int) -> Callable[[int], bytes]:
    """Return a `read` that hands out at most `size` bytes at a time, as a pipe may."""
    rest = memoryview(data)

    def read(limit: int) -> bytes:
        nonlocal rest
        piece, rest = rest[: min(size, limit)], rest[min(size, limit) :]
        return bytes(piece)

    return read


def understood(data: bytes) -> Request | str:
    try:
        return parse(data)
    except PatError:
        return "refused"


def expected(case: Case) -> Request | str:
    """Return the case's expectation as the value that `parse` gives."""
    if case["expect"] == "refused":
        return "refused"
    return Request(**as_attributes(case["expect"]))


@every_case
def test_a_request_is_understood_or_refused_as_its_vector_says(case: Case) -> None:
    assert understood(as_bytes(case["input"])) == expected(case)


@every_case
def test_it_is_understood_alike_when_it_arrives_in_pieces(case: Case) -> None:
    data = as_bytes(case["input"])
    size = 1 if len(data) < 10_000 else 4096
    assert understood(read_message(in_pieces(data, size))) == expected(case)


@every_case
def test_it_is_understood_alike_whatever_follows_its_empty_line(case: Case) -> None:
    data = as_bytes(case["input"])
    if b"\n\n" in data or b"\n\r\n" in data:
        assert understood(data + b"host=evil.example\nno equals sign \0\r\xff\n\n") == expected(case)
    else:
        assert understood(data) == expected(case)


@every_case
def test_a_refusal_is_one_printable_line_of_bounded_length(case: Case) -> None:
    try:
        parse(as_bytes(case["input"]))
    except PatError as error:
        text = str(error)
        assert text.isascii()
        assert text.isprintable()
        assert len(text) < 250  # 100 of them from outside


def test_reading_stops_at_the_empty_line() -> None:
    read = in_pieces(b"protocol=https\nhost=a\n\nnot read", 1)
    assert read_message(read) == b"protocol=https\nhost=a\n\n"
    assert read(1) == b"n"


def test_reading_stops_at_the_empty_line_of_crlf() -> None:
    read = in_pieces(b"protocol=https\r\nhost=a\r\n\r\nnot read", 1)
    assert read_message(read) == b"protocol=https\r\nhost=a\r\n\r\n"


def test_reading_stops_soon_after_the_limit() -> None:
    asked = 0

    def endless(limit: int) -> bytes:
        nonlocal asked
        asked += 1
        return b"a" * min(limit, 65_536)

    data = read_message(endless)
    assert MESSAGE_LIMIT < len(data) <= MESSAGE_LIMIT + 65_536
    with pytest.raises(PatError):
        parse(data)


@pytest.mark.parametrize("line", [b"=\n", b"wwwauth[]=a\n"])
def test_the_largest_request_of_the_shortest_lines_takes_no_time_to_speak_of(line: bytes) -> None:
    head = b"protocol=https\nhost=a\n"
    data = head + line * ((MESSAGE_LIMIT - len(head)) // len(line))
    with at_most(2):  # linear work takes a quarter of it
        assert parse(data).host == b"a"


def test_capability_announces_authtype() -> None:
    assert CAPABILITIES == b"version 0\ncapability authtype\n"


def test_an_answer_is_username_and_password() -> None:
    assert serialize(Credential(b"pat", b"secret")) == b"username=pat\npassword=secret\n"


def test_an_answer_has_the_expiry_and_the_refresh_token_when_they_are_known() -> None:
    credential = Credential(b"pat", b"secret", password_expiry_utc=4102444800, oauth_refresh_token=b"r")
    assert serialize(credential) == (
        b"username=pat\npassword=secret\npassword_expiry_utc=4102444800\noauth_refresh_token=r\n"
    )


def test_an_answer_with_authtype_begins_with_the_capability() -> None:
    answer = serialize(Credential(authtype=b"Basic", credential=b"cGF0OkY="))
    assert answer == b"capability[]=authtype\nauthtype=Basic\ncredential=cGF0OkY=\n"


def test_usernames_and_passwords_come_back_byte_for_byte() -> None:
    assert (
        serialize(Credential(b"\xff\xfe \t", b" \x85\x0b=\x1b "))
        == b"username=\xff\xfe \t\npassword= \x85\x0b=\x1b \n"
    )


def test_an_empty_credential_is_no_bytes() -> None:
    assert serialize(Credential()) == b""


@pytest.mark.parametrize("byte", [b"\n", b"\r", b"\0"])
@pytest.mark.parametrize("place", range(5))
def test_a_value_that_would_break_its_line_is_refused_and_not_shown(place: int, byte: bytes) -> None:
    values: list[bytes | None] = [None] * 5
    values[place] = SECRET + byte + b"host=evil.example"
    username, password, authtype, credential, refresh_token = values
    with pytest.raises(PatError) as refusal:
        serialize(Credential(username, password, authtype, credential, None, refresh_token))
    assert "horse" not in str(refusal.value)


@pytest.mark.parametrize(
    ("headers", "schemes"),
    [
        ((), {b""}),
        ((b"Basic realm=x",), {b"basic"}),
        ((b"Negotiate", b"NTLM"), {b"negotiate", b"ntlm"}),
        (
            (b"Bearer authorization_uri=x, Basic realm=y, Negotiate, NTLM",),
            {b"bearer", b"basic", b"negotiate", b"ntlm"},
        ),
    ],
)
def test_schemes_are_found_in_one_value_a_header_and_in_joined_ones(
    headers: tuple[bytes, ...], schemes: set[bytes]
) -> None:
    assert Request(b"https", b"a", wwwauth=headers).schemes - {b""} == schemes - {b""}


def test_authtype_is_taken_only_by_a_git_that_announced_it() -> None:
    assert Request(b"https", b"a", capability=(b"state", b"authtype")).takes_authtype
    assert not Request(b"https", b"a", capability=(b"state",)).takes_authtype
    assert not Request(b"https", b"a").takes_authtype


def test_requests_and_credentials_show_no_secret_when_they_are_printed() -> None:
    request = Request(b"https", b"a", password=SECRET, oauth_refresh_token=SECRET, credential=SECRET)
    credential = Credential(b"pat", SECRET, b"Basic", SECRET, None, SECRET)
    assert "horse" not in f"{request} {request!r} {credential} {credential!r}"
