"""Which token answers, is kept, or is put aside: whole conversations, from tests/vectors/scopes/."""

import pytest
from support.conversations import expect_as_said, stored
from support.vectors import CONVERSATIONS, Case, cases

from git_credential_pat.frontends.git import parse
from git_credential_pat.model.scope import Provider, parse_url
from git_credential_pat.operations.matching import locate, resolve

PROVIDERS = (Provider(parse_url("https://tfs.example.com").scope, "azure-devops-server"),)
AZURE = "https://dev.azure.com"
FABRIKAM = {"scope": f"{AZURE}/fabrikam", "token": "F"}
STORED = (
    {"scope": AZURE, "username": "jane", "token": "U"},
    FABRIKAM,
    {"scope": f"{AZURE}/fabrikam/web", "token": "W"},
    {"scope": f"{AZURE}/fabrikam/db", "token": "D"},
)
TFS = (
    {"scope": "https://tfs.example.com", "token": "S"},
    {"scope": "https://tfs.example.com/tfs/finance", "token": "C"},
)


@cases("scopes", *CONVERSATIONS)
def test_a_conversation_goes_as_its_vector_says(case: Case) -> None:
    expect_as_said(case)


@pytest.mark.parametrize(
    ("message", "rows", "tokens", "own", "how"),
    [
        ("dev.azure.com\npath=fabrikam/web/_git/web", STORED, "WF", f"{AZURE}/fabrikam", "named"),
        ("dev.azure.com\nusername=fabrikam", STORED, "F", f"{AZURE}/fabrikam", "named"),
        ("dev.azure.com\nusername=jane", STORED, "U", AZURE, "host-wide"),
        ("dev.azure.com", STORED, "", AZURE, "ambiguous"),
        ("dev.azure.com", (FABRIKAM,), "F", AZURE, "inferred"),
        ("dev.azure.com", (), "", AZURE, "unknown"),
        ("tfs.example.com", TFS, "S", "https://tfs.example.com", "host-wide"),
    ],
    ids=[
        "the covering entries come narrowest first",
        "a username that names an organization means it and not its projects",
        "a username of an entry without an organization means that entry",
        "an organization and an entry without one are two candidates",
        "the only organization is inferred",
        "where nothing is kept nothing is inferred",
        "a server's own entry needs no inference",
    ],
)
def test_a_request_matches_entries(
    message: str, rows: tuple[dict[str, str], ...], tokens: str, own: str, how: str
) -> None:
    request = parse(f"protocol=https\nhost={message}\n".encode()).request
    target = locate(request, PROVIDERS)
    assert target
    found = resolve(target, request.username, stored(rows))
    assert [entry.secret for entry in found.entries] == [bytes([byte]) for byte in tokens.encode()]
    assert found.own.text == own
    assert found.how == how
