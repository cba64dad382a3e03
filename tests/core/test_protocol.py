"""The wire protocol: every rule of parsing as a vector, and what is answered."""

from collections.abc import Callable

import pytest
from support.effort import at_most
from support.vectors import Case, as_attributes, as_bytes, cases

from git_credential_pat.errors import PatError
from git_credential_pat.frontends import MESSAGE_LIMIT, read_message
from git_credential_pat.frontends.git import Message, parse, serialize
from git_credential_pat.model.credential import Credential
from git_credential_pat.model.entry import Seconds
from git_credential_pat.model.request import schemes_of

SECRET = b"correct horse battery staple"
MORE = b"host=evil.example\nno equals sign \0\r\xff\n\n"
every_case = cases("protocol", "lines", "attributes", "places", "hostile")


def in_pieces(data: bytes, size: int) -> Callable[[int], bytes]:
    """Return a `read` that hands out at most `size` bytes at a time, as a pipe may."""
    rest = memoryview(data)

    def read(limit: int) -> bytes:
        nonlocal rest
        piece, rest = rest[: min(size, limit)], rest[min(size, limit) :]
        return bytes(piece)

    return read


def understood(data: bytes) -> Message | str:
    """Return what a message is understood as; a refusal must be one printable line of bounded length."""
    try:
        return parse(data)
    except PatError as error:
        text = str(error)
        assert text.isascii()
        assert text.isprintable()
        assert len(text) < 250  # 100 of them from outside
        return "refused"


def expected(case: Case) -> Message | str:
    """Return the case's expectation as the value that `parse` gives."""
    return "refused" if case["expect"] == "refused" else Message(**as_attributes(case["expect"]))


@every_case
def test_a_request_is_understood_or_refused_as_its_vector_says(case: Case) -> None:
    assert understood(as_bytes(case["input"])) == expected(case)


@every_case
def test_it_is_understood_alike_in_pieces_and_whatever_follows_its_empty_line(case: Case) -> None:
    data = as_bytes(case["input"])
    if b"\n\n" in data or b"\n\r\n" in data:
        data += MORE
        assert understood(data) == expected(case)
    size = 1 if len(data) < 10_000 else 4096
    assert understood(read_message(in_pieces(data, size))) == expected(case)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_reading_stops_at_the_empty_line(end: bytes) -> None:
    message = end.join([b"protocol=https", b"host=a", b"", b""])
    read = in_pieces(message + b"not read", 1)
    assert read_message(read) == message
    assert read(1) == b"n"


def test_reading_stops_soon_after_the_limit() -> None:
    data = read_message(lambda limit: b"a" * min(limit, 65_536))
    assert MESSAGE_LIMIT < len(data) <= MESSAGE_LIMIT + 65_536
    assert understood(data) == "refused"


@pytest.mark.slow
@pytest.mark.parametrize("line", [b"=\n", b"wwwauth[]=a\n"])
def test_the_largest_request_of_the_shortest_lines_takes_no_time_to_speak_of(line: bytes) -> None:
    head = b"protocol=https\nhost=a\n"
    data = head + line * ((MESSAGE_LIMIT - len(head)) // len(line))
    with at_most(2):  # linear work takes a quarter of it
        assert parse(data).host == b"a"


@pytest.mark.parametrize(
    ("credential", "lines"),
    [
        (Credential(b"pat", b"secret"), b"username=pat\npassword=secret\n"),
        (
            Credential(b"pat", b"secret", expires=Seconds(4102444800), refresh_token=b"r"),
            b"username=pat\npassword=secret\npassword_expiry_utc=4102444800\noauth_refresh_token=r\n",
        ),
        (
            Credential(authtype=b"Basic", credential=b"cGF0OkY="),
            b"capability[]=authtype\nauthtype=Basic\ncredential=cGF0OkY=\n",
        ),
        (Credential(b"\xff\xfe \t", b" \x85\x0b=\x1b "), b"username=\xff\xfe \t\npassword= \x85\x0b=\x1b \n"),
        (Credential(), b""),
    ],
    ids=["username and password", "expiry and refresh token", "header", "bytes", "nothing"],
)
def test_an_answer_is_the_lines_of_what_is_known(credential: Credential, lines: bytes) -> None:
    assert serialize(credential) == lines


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
        ((), set()),
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
    assert schemes_of(headers) == schemes


def test_authtype_is_taken_only_by_a_git_that_announced_it() -> None:
    assert Message(b"https", b"a", capability=(b"state", b"authtype")).request.takes_header
    assert not Message(b"https", b"a", capability=(b"state",)).request.takes_header
