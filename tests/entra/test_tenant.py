"""The tenant of an organization, as its host says."""

from __future__ import annotations

import pytest
from support.program import FABRIKAM
from support.signing_in import TENANT, Hosts

from git_credential_pat.entra.tenant import guid, host_of, tenant_of
from git_credential_pat.errors import UnreachableError
from git_credential_pat.web import Reply

NOBODYS = "00000000-0000-0000-0000-000000000000"
OTHER = "11111111-2222-4333-8444-555566667777"


def bearer(uri: str) -> tuple[str, str]:
    return "www-authenticate", f"Bearer authorization_uri={uri}"


@pytest.mark.parametrize(
    ("headers", "tenant"),
    [
        ([bearer(f"https://login.microsoftonline.com/{TENANT}")], TENANT),
        ([bearer(f"https://login.microsoftonline.com/{TENANT.upper()}/")], TENANT),
        ([bearer(f'"https://login.microsoftonline.com/{TENANT}", resource="x"')], TENANT),
        (
            [("www-authenticate", 'Basic realm="x"'), bearer(f"https://login.microsoftonline.com/{TENANT}")],
            TENANT,
        ),
        ([("x-vss-resourcetenant", TENANT)], TENANT),
        (
            [bearer(f"https://login.microsoftonline.com/{TENANT}"), ("x-vss-resourcetenant", OTHER)],
            TENANT,
        ),
        ([bearer(f"https://login.microsoftonline.com/{NOBODYS}"), ("x-vss-resourcetenant", NOBODYS)], ""),
        ([("x-vss-resourcetenant", NOBODYS)], ""),
        ([bearer(f"https://login.example.com/{TENANT}")], ""),
        ([bearer(f"http://login.microsoftonline.com/{TENANT}")], ""),
        ([bearer(f"https://login.microsoftonline.com@login.example.com/{TENANT}")], ""),
        ([bearer(f"https://login.example.com/{TENANT}"), ("x-vss-resourcetenant", OTHER)], OTHER),
        ([bearer("https://login.microsoftonline.com/--debug")], ""),
        ([("x-vss-resourcetenant", "--output")], ""),
        ([("x-vss-resourcetenant", f"{{{TENANT[:-2]}}}")], ""),
        ([], ""),
    ],
)
def test_the_host_names_the_tenant_in_a_header(headers: list[tuple[str, str]], tenant: str) -> None:
    hosts = Hosts({FABRIKAM: Reply(401, tuple(headers))})
    assert tenant_of(FABRIKAM, hosts.ask) == tenant
    (question,) = hosts.asked
    assert (question.method, question.url, question.body) == ("HEAD", FABRIKAM, b"")
    assert "authorization" not in {name.lower() for name in question.headers}


def test_a_host_that_does_not_answer_leaves_the_tenant_unknown() -> None:
    with pytest.raises(UnreachableError, match=r"^dev\.azure\.com: "):
        tenant_of(FABRIKAM, Hosts().ask)


@pytest.mark.parametrize(
    "text", ["", "x", f"-{TENANT[1:]}", TENANT.replace("-", ""), f"{TENANT} ", f"urn:uuid:{TENANT}"]
)
def test_what_is_no_guid_is_nothing(text: str) -> None:
    assert guid(text) == ""


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://dev.azure.com/fabrikam", "dev.azure.com"),
        ("https://DEV.azure.com:443/", "dev.azure.com"),
        ("http://[::1]:8080/x", "::1"),
        ("https://dev.azure.com@example.com/", ""),
        ("https://example.com\\@dev.azure.com/", ""),
        ("https://example.com%2f.dev.azure.com/", ""),
        ("dev.azure.com", ""),
    ],
)
def test_a_url_that_programs_may_read_differently_has_no_host(url: str, host: str) -> None:
    assert host_of(url) == host
