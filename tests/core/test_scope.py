"""Scopes: their text, which covers which, and URLs. The forms of hosts are vectors (protocol/places)."""

import pytest

from git_credential_pat.errors import PatError
from git_credential_pat.model.scope import Scope, ascii_folded, parse_url, split_path

HOST = Scope(b"https", b"dev.azure.com")
FABRIKAM = Scope(b"https", b"dev.azure.com", (b"fabrikam",))
WEB = Scope(b"https", b"dev.azure.com", (b"fabrikam", b"web"))


def test_a_scope_covers_itself_and_all_below_it() -> None:
    assert HOST.covers(HOST)
    assert HOST.covers(WEB)
    assert FABRIKAM.covers(FABRIKAM)
    assert FABRIKAM.covers(WEB)


@pytest.mark.parametrize(
    "other",
    [
        HOST,
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
        (Scope(b"http", b"[2001:db8::1]:8080", (b"a",)), "http://[2001:db8::1]:8080/a"),
        (Scope(b"https", b"a", (b"My Proj", b"50%")), "https://a/My%20Proj/50%25"),
        (Scope(b"https", b"a", (b"a?b", b"c#d", b"e/f", b"[")), "https://a/a%3Fb/c%23d/e%2Ff/%5B"),
        (Scope(b"https", b"a", (b"\xc3\x9c\xff\x1b\n",)), "https://a/%C3%9C%FF%1B%0A"),
        (Scope(b"https", b"a", (b"-._~!$&'()*+,;=:@",)), "https://a/-._~!$&'()*+,;=:@"),
        (Scope(b"ht\xfftp", b"\xff\x1b[2J@\n"), "ht%FFtp://%FF%1B[2J@%0A"),
    ],
)
def test_the_text_form_is_a_url_whose_odd_bytes_are_percent_encoded(scope: Scope, text: str) -> None:
    assert scope.text == text


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        (b"", ()),
        (b"/", ()),
        (b"/a b/c/", (b"a b", b"c")),
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
    kelvin = b"\xe2\x84\xaa"
    assert ascii_folded((b"FabriKam", b"\xc3\x9cBung", kelvin)) == (b"fabrikam", b"\xc3\x9cbung", kelvin)


@pytest.mark.parametrize(
    ("text", "scope", "userinfo"),
    [
        ("HTTPS://Dev.Azure.com:443/Fabrikam/", "https://dev.azure.com/Fabrikam", None),
        ("https://jane:secret@dev.azure.com/fabrikam", "https://dev.azure.com/fabrikam", b"jane:secret"),
        ("https://a@b@dev.azure.com", "https://dev.azure.com", b"a@b"),
        ("https://@dev.azure.com", "https://dev.azure.com", b""),
        ("https://a/My%20Proj/%c3%9c", "https://a/My%20Proj/%C3%9C", None),
        ("https://a/b?x=http://c", "https://a/b", None),
        ("https://a/b#x?y", "https://a/b", None),
        ("https://a/\udcff", "https://a/%FF", None),
        pytest.param("https://a/" + "b" * 8182, "https://a/" + "b" * 8182, None, id="as long as may be"),
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
        "https://hunter2@a/../b",
        "https://a/b//c",
        "https://a/%2e%2e/b",
        "https://a/./b",
        "https://a/%2e/b",
        "https://a/b%2fc",
        "https://a/b%0ac",
        "https://a/b%0dc",
        "https://a/b%00c",
        pytest.param("https://a/" + "b" * 8183, id="too long"),
        "https://hunter2@a:0443/b",
        "https://jane:hunter2@a b/c",
        "git@ssh.dev.azure.com:v3/fabrikam/web/web",
    ],
)
def test_what_is_no_url_or_an_ambiguous_one_is_refused_and_what_stands_before_the_at_sign_not_repeated(
    text: str,
) -> None:
    with pytest.raises(PatError) as refusal:
        parse_url(text)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["https://jane:hunter2-hunter2", "https://hunter2-hunter2%40x/y", "https://hunter2-hunter2!"]
)
def test_a_password_whose_host_was_forgotten_is_not_repeated(url: str) -> None:
    with pytest.raises(PatError) as refused:
        parse_url(url)
    assert "hunter2" not in str(refused.value)
