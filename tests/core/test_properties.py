"""What holds for every input, tried on many."""

import random

from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.core import ask
from support.memory_backend import MemoryBackend

from git_credential_pat.errors import PatError
from git_credential_pat.frontends.git import Message, parse, serialize
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.credential import Credential
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.scope import Scope, canonical_host, canonical_protocol, parse_url
from git_credential_pat.text import shown

trying = settings(database=None, deadline=None, max_examples=100)

values = st.binary(max_size=200).filter(lambda value: not any(byte in value for byte in b"\n\r\0"))
keys = st.sampled_from(
    b"protocol host path username password password_expiry_utc oauth_refresh_token authtype credential "
    b"ephemeral capability[] wwwauth[] state[] url foo ".split(b" ")
)
meaningful = st.sampled_from(
    b"https dev.azure.com dev.azure.com:443 [::1]:80 a 1893456000  1 [ cert".split(b" ")
)
ends = st.sampled_from([b"\n", b"\r\n", b"\r", b"", b"\n\n", b"\0"])
lines = st.builds(
    lambda key, value, end: key + b"=" + value + end, keys, meaningful | st.binary(max_size=20), ends
)
messages = st.binary(max_size=300) | st.lists(lines, max_size=12).map(b"".join)
segments = st.binary(min_size=1, max_size=20).filter(
    lambda value: value not in (b".", b"..") and not any(byte in value for byte in b"/\n\r\0")
)
expiries = st.none() | st.integers(0, 2**63 - 1)
nothing = st.none()
credentials = st.builds(Credential, values, values, nothing, nothing, expiries, nothing | values) | st.builds(
    Credential, nothing, nothing, values, values, expiries, nothing
)
optional = st.none() | values
some = st.lists(values.filter(bool), max_size=3).map(tuple)
wire_messages = st.builds(
    Message,
    st.sampled_from([b"https", b"http", b"smtp", b"x-1"]),
    st.sampled_from([b"dev.azure.com", b"git.example.com:8443", b"[2001:db8::1]"]),
    path=optional,
    username=optional,
    password=optional,
    password_expiry_utc=expiries,
    oauth_refresh_token=optional,
    authtype=optional,
    credential=optional,
    ephemeral=st.booleans(),
    capability=some,
    wwwauth=some,
    state=some,
)
hostile = st.lists(
    st.sampled_from([b"\n", b"\r", b"\0", b"=", b"a", b"\x85", b"password=x", b"host=evil.example"]),
    max_size=4,
).map(b"".join)
HOST = Scope(b"https", b"git.example.com")
SETTINGS = Settings("/nonexistent", "/nonexistent")


@trying
@given(messages)
def test_a_message_is_understood_or_refused_and_nothing_else_happens(message: bytes) -> None:
    try:
        request = parse(message)
    except PatError as error:
        text = str(error)
        assert text.isascii()
        assert text.isprintable()
        assert len(text) < 250
    else:
        assert canonical_protocol(request.protocol) == request.protocol
        assert request.host == b"" or canonical_host(request.host, request.protocol) == request.host


@trying
@given(credentials)
def test_an_answer_reads_back_as_what_it_was_made_of(credential: Credential) -> None:
    request = parse(b"protocol=https\nhost=a\n" + serialize(credential)).request
    assert credential == Credential(*(getattr(request, name) for name in Credential._fields))
    assert request.takes_header == (credential.authtype is not None)


@trying
@given(wire_messages, st.sampled_from([b"\n", b"\r\n"]), st.randoms(use_true_random=False))
def test_a_request_reads_back_as_what_its_lines_were_made_of(
    message: Message, end: bytes, chance: random.Random
) -> None:
    single, lists = lines_of(message)
    single += [b"foo=bar", b"url=https://evil.example"]
    chance.shuffle(single)
    at = chance.randint(0, len(single))
    data = b"".join(line + end for line in (*single[:at], *lists, *single[at:], b""))
    assert parse(data) == message


@trying
@given(hostile, hostile, hostile, st.none() | hostile)
@example(b"pat\r", b"a", b"basic", None)
@example(b"pat", b"a\n", b"basic", None)
@example(b"pat", b"a", b"basic", b"\0")
def test_no_value_of_an_answer_breaks_its_line_whatever_is_stored(
    username: bytes, secret: bytes, authtype: bytes, refresh_token: bytes | None
) -> None:
    entry = Entry(HOST, username, secret, authtype, refresh_token=refresh_token)
    message = b"capability[]=authtype\nprotocol=https\nhost=%b\n" % HOST.host
    try:
        output = ask("get", message, MemoryBackend([entry]), SETTINGS, 0).output
    except PatError:
        output = b""
    pairs = {
        b"capability[]": b"authtype",
        b"authtype": authtype,
        b"credential": secret,
        b"username": username,
        b"password": secret,
        b"oauth_refresh_token": refresh_token or b"",
    }
    assert set(output.split(b"\n")) - {b""} <= {key + b"=" + value for key, value in pairs.items()}
    assert not any(byte in output for byte in b"\r\0")


@trying
@given(st.binary(max_size=120) | st.text(max_size=120))
@example("a" * 101)
@example("\n" * 34)
def test_outside_text_is_shown_in_at_most_100_graphic_ascii_characters(value: bytes | str) -> None:
    text = shown(value)
    assert len(text) <= 100
    assert all("!" <= character <= "~" for character in text)


@trying
@given(st.text("abcdefghijklmnopqrstuvwxyzABC0123456789.-_/:@", max_size=100))
def test_plain_text_is_shown_as_it_is(value: str) -> None:
    assert shown(value) == value


@trying
@given(st.lists(segments, max_size=5).map(tuple))
def test_the_text_of_a_scope_is_a_url_of_that_scope(path: tuple[bytes, ...]) -> None:
    scope = Scope(b"https", b"git.example.com:8443", path)
    assert parse_url(scope.text).scope == scope


@trying
@given(st.lists(segments, max_size=5).map(tuple), st.lists(segments, max_size=3).map(tuple))
def test_a_scope_covers_exactly_what_begins_with_its_segments(
    path: tuple[bytes, ...], more: tuple[bytes, ...]
) -> None:
    scope = Scope(b"https", b"a", path)
    below = Scope(b"https", b"a", path + more)
    assert scope.covers(below)
    assert below.covers(scope) == (not more)


@trying
@given(st.binary(max_size=40) | st.text("[]:.abcdef0123456789xX-_@", max_size=40).map(str.encode))
def test_a_host_has_a_canonical_form_that_is_its_own_or_is_refused(host: bytes) -> None:
    try:
        canonical = canonical_host(host, b"https")
    except PatError:
        return
    assert canonical_host(canonical, b"https") == canonical
    assert canonical == canonical.lower()
    assert canonical.count(b"[") == canonical.count(b"]") == host.count(b"[") == host.count(b"]") <= 1


def lines_of(message: Message) -> tuple[list[bytes], list[bytes]]:
    """Return the lines of a message's single attributes and those of its lists, without their ends."""
    single, lists = [], []
    for name, value in message._asdict().items():
        key = name.encode()
        if isinstance(value, tuple):
            lists += [key + b"[]=" + one for one in value]
        elif isinstance(value, bytes):
            single.append(key + b"=" + value)
        elif value is not None:
            single.append(key + b"=%d" % value)
    return single, lists
