"""`import osxkeychain`, with a stand-in for macOS's program `security`: on a Mac it is untried."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.checks import keep, line_of, refusal
from support.importing import Row, import_, scopes, token
from support.program import AZURE_TOKEN, FABRIKAM, Program, attributes
from support.stand_in_security import KEYCHAIN, StandIn

from git_credential_pat.errors import PatError
from git_credential_pat.importing import Around, source_named
from git_credential_pat.importing.osxkeychain import UNTRIED
from git_credential_pat.importing.support.scrubbing import scrub

if TYPE_CHECKING:
    from support.stand_in_security import Item

GITHUB_TOKEN = "ghp_" + "a1" * 18
OTHER_GITHUB_TOKEN = "ghp_" + "b2" * 18
OCTO = {"srvr": "github.com", "acct": "octo", "data": GITHUB_TOKEN}
OCTO_AT_WEB = {**OCTO, "path": "acme/web.git", "data": OTHER_GITHUB_TOKEN}


@pytest.fixture
def security(program: Program) -> StandIn:
    return StandIn(program)


def left(security: StandIn) -> list[str]:
    return [f"{item['srvr']}/{item.get('path') or ''}" for item in security.items]


def test_the_stand_in_says_that_it_is_one(program: Program, security: StandIn) -> None:
    program_file = f"{program.environment['PATH'].split(':')[0]}/security"
    said = subprocess.run([program_file, "help"], env=program.environment, capture_output=True, check=True)
    assert b"no program of Apple's but a stand-in" in said.stdout
    assert security.items == []


def test_what_gits_helper_kept_is_read_and_scrubbed(program: Program, security: StandIn) -> None:
    security.items = [
        {"srvr": "dev.azure.com", "path": "fabrikam/_git/web", "acct": "fabrikam", "data": AZURE_TOKEN},
        OCTO,
        OCTO_AT_WEB,
        {"srvr": "git.example.com", "port": 8443, "path": "a b/x.git", "acct": "ja/né", "data": "w"},
        {"srvr": "git.example.com", "port": 8000, "acct": "jane", "data": "w", "ptcl": "http"},
    ]
    assert [row.outcome for row in import_(program, "osxkeychain")] == ["added"] * 5
    assert scopes(program) == [
        ("http://git.example.com:8000", "jane"),
        (FABRIKAM, "pat"),
        ("https://git.example.com:8443/a%20b/x.git", "ja/né"),
        ("https://github.com", "octo"),
        ("https://github.com/acme", "octo"),
    ]
    assert token(program, "https://github.com/acme/web") == OTHER_GITHUB_TOKEN
    assert len(security.items) == 5
    assert {row.outcome for row in import_(program, "osxkeychain", "--scrub", "--yes")} == {"kept"}
    assert security.items == []
    assert not any(GITHUB_TOKEN in word for words in security.calls for word in words)


@pytest.mark.parametrize("data", ["word", 'wo"rd', "wo\\rd", "wörd", '"', "0xAB", "password: x"])
def test_a_secret_is_read_however_it_is_shown(program: Program, security: StandIn, data: str) -> None:
    security.items = [{"srvr": "git.example.com", "acct": "jane", "data": data}]
    import_(program, "osxkeychain")
    assert token(program, "https://git.example.com") == data


def test_expiry_and_refresh_token_are_kept_too(program: Program, security: StandIn) -> None:
    soon = int(time.time()) + 86_400 * 90
    beside = f"\npassword_expiry_utc={soon}\noauth_refresh_token=refresh"
    security.items = [{**OCTO, "data": GITHUB_TOKEN + beside}]
    import_(program, "osxkeychain")
    answer = program.run("get", stdin=attributes("protocol=https", "host=github.com", "path=acme/web"))
    assert answer.stdout.decode() == f"username=octo\npassword={GITHUB_TOKEN}{beside}\n"


@pytest.mark.parametrize(
    "other",
    [
        {"class": "genp"},
        {"atyp": "form"},
        {"ptcl": "ftp "},
        {"ptcl": "smtp"},
    ],
)
def test_passwords_of_other_programs_are_not_even_asked_for(
    program: Program, security: StandIn, other: Item
) -> None:
    security.items = [{**OCTO, "acct": "jane", **other}, OCTO]
    import_(program, "osxkeychain", "--scrub", "--yes")
    assert scopes(program) == [("https://github.com", "octo")]
    assert [item["acct"] for item in security.items] == ["jane"]
    assert not any("jane" in words for words in security.calls)


def test_an_item_that_another_hides_is_reported_and_neither_is_mistaken(
    program: Program, security: StandIn
) -> None:
    security.items = [OCTO_AT_WEB, OCTO]
    rows = import_(program, "osxkeychain", "--scrub", "--yes")
    assert sorted((row.outcome, row.scope, row.reason) for row in rows if row.scope) == [
        ("added", "https://github.com/acme", "")
    ]
    assert [row.reason for row in rows if not row.scope] == ["macOS gives another item in its place"]
    assert left(security) == ["github.com/"]
    assert [row.outcome for row in import_(program, "osxkeychain", "--scrub", "--yes")] == ["added"]
    assert left(security) == []


def test_a_secret_that_macos_refuses_is_reported_and_hinders_nothing(
    program: Program, security: StandIn
) -> None:
    security.items = [{**OCTO, "refused": True}, {"srvr": "a.example.com", "acct": "jane", "data": "word"}]
    rows = import_(program, "osxkeychain", "--scrub", "--yes")
    assert rows == [
        Row(None, None, "not-taken", "macOS did not give its secret"),
        Row("https://a.example.com", "jane", "added", ""),
    ]
    assert left(security) == ["github.com/"]


def test_nothing_is_put_over_another_token_and_a_dry_run_changes_nothing(
    program: Program, security: StandIn
) -> None:
    keep(program, "https://github.com", token=OTHER_GITHUB_TOKEN, username="octo")
    security.items = [OCTO]
    import_(program, "osxkeychain", "--dry-run", "--scrub", "--yes")
    rows = import_(program, "osxkeychain", "--scrub", "--yes")
    assert [row.reason for row in rows] == ["another token is stored"]
    assert left(security) == ["github.com/"]
    assert token(program, "https://github.com/x") == OTHER_GITHUB_TOKEN


def test_only_the_keychains_that_are_named_are_read(program: Program, security: StandIn) -> None:
    work = {"keychain": "/work.keychain", "acct": "jane", "data": OTHER_GITHUB_TOKEN}
    security.items = [OCTO, {**OCTO, **work}]
    import_(program, "osxkeychain", "/work.keychain", "--scrub", "--yes")
    assert scopes(program) == [("https://github.com", "jane")]
    assert [item["acct"] for item in security.items] == ["octo"]
    import_(program, "osxkeychain", KEYCHAIN)
    assert scopes(program) == [("https://github.com", "jane"), ("https://github.com", "octo")]


def test_an_item_that_changed_meanwhile_is_not_deleted(program: Program, security: StandIn) -> None:
    security.items = [OCTO]
    around = Around(str(program.home), "/", program.environment, None, may_ask=False)
    (found,) = source_named("osxkeychain").find(around, []).found
    assert found.trace
    security.items = [{**OCTO, "data": OTHER_GITHUB_TOKEN, "mdat": 2}]
    with pytest.raises(PatError, match="changed meanwhile; it was not deleted; try again"):
        scrub([found.trace])
    assert left(security) == ["github.com/"]


def test_it_says_that_it_is_untried(program: Program, security: StandIn) -> None:
    security.items = [OCTO]
    assert line_of(program.run("import", "osxkeychain", "--no-configure")) == f"warning: {UNTRIED}"
    assert "untried on a Mac" in " ".join(program.run("import", "--help").stdout.decode().split())


def test_where_there_is_nothing_that_is_said(program: Program) -> None:
    said = refusal(program.run("import", "osxkeychain"), 1)
    assert said == "there is no program security on PATH; import osxkeychain on the Mac itself"
    StandIn(program)
    said = refusal(program.run("import", "osxkeychain"), 1)
    assert said == "git-credential-osxkeychain has nothing in the keychain; give the keychain's file"
