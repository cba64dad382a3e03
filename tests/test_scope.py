"""Scopes: one canonical form of protocol, host and path, and which scope covers which."""

import pytest

from git_credential_pat.errors import PatError
from git_credential_pat.scope import (
    Scope,
    ascii_folded,
    canonical_host,
    canonical_protocol,
    parse_url,
    split_path,
)

HOST = Scope(b"https", b"dev.azure.com")
FABRIKAM = Scope(b"https", b"dev.azure.com", (b"fabrikam",))
WEB = Scope(b"https", b"dev.azure.com", (b"fabrikam", b"web"))


def test_the_text_of_a_scope_is_a_url_whatever_its_bytes_are() -> None:
    assert (
        Scope(b"https", b"[2001:db8::1]:8443", (b"a b", b"\xff[")).text
        == "https://[2001:db8::1]:8443/a%20b/%FF%5B"
    )
    assert Scope(b"ht\xfftp", b"\xff\x1b[2J@\n").text == "ht%FFtp://%FF%1B[2J@%0A"


def test_a_scope_covers_itself_and_all_below_it() -> None:
    assert HOST.covers(HOST)
    assert HOST.covers(WEB)
    assert FABRIKAM.covers(FABRIKAM)
    assert FABRIKAM.covers(WEB)
    assert not WEB.covers(FABRIKAM)
    assert not FABRIKAM.covers(HOST)


@pytest.mark.parametrize(
    "other",
    [
        Scope(b"https", b"dev.azure.com", (b"fabrikam2",)),
        Scope(b"https", b"dev.azure.com", (b"fabrika",)),
        Scope(b"https", b"dev.azure.com", (b"Fabrikam",)),
        Scope(b"https", b"dev.azure.com", (b"x", b"fabrikam")),
        Scope(b"https", b"dev.azure.com", (b"fabrikam/web",)),
        Scope(b"https", b"dev.azure.com:8443", (b"fabrikam",)),
        Scope(b"https", b"azure.com", (b"fabrikam",)),
        Scope(b"http", b"dev.azure.com", (b"fabrikam",)),
    ],
)
def test_a_scope_covers_nothing_else(other: Scope) -> None:
    assert not FABRIKAM.covers(other)


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        (HOST, "https://dev.azure.com"),
        (WEB, "https://dev.azure.com/fabrikam/web"),
        (Scope(b"http", b"[2001:db8::1]:8080", (b"a",)), "http://[2001:db8::1]:8080/a"),
        (Scope(b"https", b"a", (b"My Proj", b"50%")), "https://a/My%20Proj/50%25"),
        (Scope(b"https", b"a", (b"a?b", b"c#d", b"e/f")), "https://a/a%3Fb/c%23d/e%2Ff"),
        (Scope(b"https", b"a", (b"\xc3\x9c\xff\x1b\n",)), "https://a/%C3%9C%FF%1B%0A"),
        (Scope(b"https", b"a", (b"-._~!$&'()*+,;=:@",)), "https://a/-._~!$&'()*+,;=:@"),
    ],
)
def test_the_text_form_is_a_url_whose_odd_bytes_are_percent_encoded(scope: Scope, text: str) -> None:
    assert scope.text == text


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        (b"", ()),
        (b"/", ()),
        (b"a", (b"a",)),
        (b"/a/b/", (b"a", b"b")),
        (b"a b/c", (b"a b", b"c")),
        (b"...", (b"...",)),
        (b".git/..a/b.", (b".git", b"..a", b"b.")),
        (b"a%2f..", (b"a%2f..",)),
        (b"a\\b", (b"a\\b",)),
    ],
)
def test_a_path_is_divided_at_slashes_only(path: bytes, segments: tuple[bytes, ...]) -> None:
    assert split_path(path) == segments


@pytest.mark.parametrize("path", [b".", b"..", b"a/.", b"a/../b", b"./a", b"a//b", b"//a", b"a//", b"///"])
def test_a_path_with_a_dot_or_empty_segment_is_none(path: bytes) -> None:
    assert split_path(path) is None


def test_only_ascii_letters_are_folded() -> None:
    assert ascii_folded((b"FabriKam", b"\xc3\x9cBung", b"\xe2\x84\xaa")) == (
        b"fabrikam",
        b"\xc3\x9cbung",
        b"\xe2\x84\xaa",
    )


@pytest.mark.parametrize(
    ("host", "protocol", "canonical"),
    [
        (b"Dev.Azure.COM", b"https", b"dev.azure.com"),
        (b"dev.azure.com:443", b"https", b"dev.azure.com"),
        (b"dev.azure.com:443", b"http", b"dev.azure.com:443"),
        (b"tfs:80", b"http", b"tfs"),
        (b"mail.example.com:25", b"smtp", b"mail.example.com"),
        (b"mail.example.com:143", b"imap", b"mail.example.com"),
        (b"mail.example.com:587", b"smtp", b"mail.example.com:587"),
        (b"a:65535", b"https", b"a:65535"),
        (b"192.0.2.7", b"https", b"192.0.2.7"),
        (b"[::1]:443", b"https", b"[::1]"),
        (b"[2001:DB8:0:0:0:0:0:1]:8443", b"https", b"[2001:db8::1]:8443"),
        (b"[::FFFF:192.0.2.7]", b"https", b"[::ffff:192.0.2.7]"),
        (b"[::192.0.2.7]", b"https", b"[::c000:207]"),
        (b"[0:0:0:0:0:0:0:0]", b"https", b"[::]"),
        (b"[1:0:2:0:0:3:0:0]", b"https", b"[1:0:2::3:0:0]"),
        (b"[1:2:3:4:5:0:0:0]", b"https", b"[1:2:3:4:5::]"),
        (b"[1:2:3:4:5:6:7::]", b"https", b"[1:2:3:4:5:6:7:0]"),
        (b"[::2:3:4:5:6:7:8]", b"https", b"[0:2:3:4:5:6:7:8]"),
        (b"[10:0:0:10:0:0:0:10]", b"https", b"[10:0:0:10::10]"),
    ],
)
def test_a_host_has_one_canonical_form(host: bytes, protocol: bytes, canonical: bytes) -> None:
    assert canonical_host(host, protocol) == canonical


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b".",
        b"a.",
        b".a",
        b"a..b",
        b":443",
        b"a:",
        b"a:0",
        b"a:0443",
        b"a:65536",
        b"a:+1",
        b"a: 1",
        b"a:abc",
        b"a:443:1",
        b"u@a",
        b"a/b",
        b"a b",
        b"a\tb",
        b"*",
        b"*.visualstudio.com",
        b"a\\@b",
        b"a?b",
        b"a#b",
        b"a%2eb",
        b"a\xc5\xbf",
        b"a\xef\xbc\x8eb",
        b"a:\xef\xbc\x94",
        b"a\0b",
        b"a\x1b[2K",
        b"[]",
        b"[::1",
        b"[::1x",
        b"[::1]]",
        b"[::1]x",
        b"[::1]:",
        b"[::1]:0",
        b"::1",
        b"[dev.azure.com]",
        b"[192.0.2.7]",
        b"[fe80::1%eth0]",
        b"[::1\0]",
        b"a]",
        b"a[",
    ],
)
def test_what_is_no_host_is_refused(host: bytes) -> None:
    with pytest.raises(PatError):
        canonical_host(host, b"https")


def test_a_protocol_is_lower_cased() -> None:
    assert canonical_protocol(b"HTTPS") == b"https"
    assert canonical_protocol(b"a1+b.c-d") == b"a1+b.c-d"


@pytest.mark.parametrize(
    "protocol", [b"", b"1a", b"+a", b"a b", b"a:", b"a/", b"a_b", b"http\xc5\xbf", b"a\n"]
)
def test_what_is_no_protocol_is_refused(protocol: bytes) -> None:
    with pytest.raises(PatError):
        canonical_protocol(protocol)


@pytest.mark.parametrize(
    ("text", "scope", "userinfo"),
    [
        ("https://dev.azure.com", "https://dev.azure.com", None),
        ("HTTPS://Dev.Azure.com:443/Fabrikam/", "https://dev.azure.com/Fabrikam", None),
        ("https://jane@dev.azure.com/fabrikam", "https://dev.azure.com/fabrikam", b"jane"),
        ("https://jane:secret@dev.azure.com/fabrikam", "https://dev.azure.com/fabrikam", b"jane:secret"),
        ("https://a@b@dev.azure.com", "https://dev.azure.com", b"a@b"),
        ("https://@dev.azure.com", "https://dev.azure.com", b""),
        ("https://a/My%20Proj/%c3%9c", "https://a/My%20Proj/%C3%9C", None),
        ("https://a/50%/b%zz/%4", "https://a/50%25/b%25zz/%254", None),  # as git decodes it
        ("https://a/b?x=/../y#z", "https://a/b", None),
        ("http://[2001:DB8::0:1]:8080/x", "http://[2001:db8::1]:8080/x", None),
    ],
)
def test_a_url_is_taken_apart(text: str, scope: str, userinfo: bytes | None) -> None:
    url = parse_url(text)
    assert (url.scope.text, url.userinfo) == (scope, userinfo)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dev.azure.com/fabrikam",
        "https:/dev.azure.com",
        "https://",
        "https:///fabrikam",
        "://a",
        "1http://a",
        "https://a/../b",
        "https://a/b//c",
        "https://a/%2e%2e/b",
        "https://a/./b",
        "https://a/b%2fc",
        "https://a/b%0ac",
        "https://a/b%00c",
        "https://a:0443/b",
        "https://a b/c",
        "git@ssh.dev.azure.com:v3/fabrikam/web/web",
    ],
)
def test_what_is_no_url_or_an_ambiguous_one_is_refused(text: str) -> None:
    with pytest.raises(PatError):
        parse_url(text)


@pytest.mark.parametrize(
    "text", ["https://jane:hunter2@a b/x", "https://hunter2@a/../b", "https://hunter2@a:0443"]
)
def test_a_refusal_never_repeats_what_stands_before_the_at_sign(text: str) -> None:
    with pytest.raises(PatError) as refusal:
        parse_url(text)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["https://jane:hunter2-hunter2", "https://hunter2-hunter2%40x/y", "https://hunter2-hunter2!"]
)
def test_a_password_whose_host_was_forgotten_is_not_repeated(url: str) -> None:
    with pytest.raises(PatError) as refused:
        parse_url(url)
    assert str(refused.value) == (
        "the URL has no proper host; give one such as https://dev.azure.com/ORGANIZATION"
    )
