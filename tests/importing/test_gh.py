"""`import gh`: hosts.yml and items of the keyring, which the real GitHub CLI writes and reads here."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.account_keyring import AccountKeyring
from support.checks import keep, refusal
from support.git_credential import GitCredential, Login
from support.importing import Row, import_, scopes, token, write

from git_credential_pat.importing import Around, source_named
from git_credential_pat.importing.support.scrubbing import scrub
from git_credential_pat.oskeyring.keyring import Keyring

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program
    from support.secret_service import SecretService

OCTO, JANE, SERVER = (f"gho_{letter * 36}" for letter in "ojs")
HOSTS = ".config/gh/hosts.yml"
ONE_ACCOUNT = f"""\
github.com:
    user: octo
    oauth_token: {OCTO}
    git_protocol: https
github.example.com:
    user: jane
    git_protocol: ssh
    oauth_token: {SERVER}
"""
TWO_ACCOUNTS = f"""\
github.com:
    git_protocol: https
    users:
        jane:
            oauth_token: {JANE}
        octo:
            oauth_token: {OCTO}
    user: octo
    oauth_token: {OCTO}
"""
IN_KEYRING = """\
github.com:
    git_protocol: https
    users:
        jane:
        octo:
    user: octo
"""
ELSEWHERE = "neither this file nor a keyring that can be read has its token"


def hosts(program: Program, text: str) -> Path:
    """Write gh's file."""
    write(program.home / ".config/gh/config.yml", 'version: "1"\n')
    return write(program.home / HOSTS, text)


def gh(program: Program, *arguments: str, stdin: str = "") -> str:
    """Run the real gh; return what it prints."""
    done = subprocess.run(
        ["gh", *arguments],
        env={**program.environment, "NO_COLOR": "1"},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


def test_each_host_of_the_older_layout_has_one_account(program: Program) -> None:
    hosts(program, ONE_ACCOUNT)
    assert [row.outcome for row in import_(program, "gh")] == ["added"] * 2
    assert scopes(program) == [("https://github.com", "octo"), ("https://github.example.com", "jane")]
    listed = program.git("config", "--global", "--list").stdout.decode().splitlines()
    assert "pat.https://github.example.com.provider=github" in listed


def test_every_account_is_taken_and_the_active_one_answers(program: Program) -> None:
    hosts(program, TWO_ACCOUNTS)
    found = import_(program, "gh")
    assert [(row.username, row.outcome, row.reason) for row in found] == [
        ("octo", "added", ""),
        ("jane", "added", ""),
        ("octo", "kept", "twice"),
    ]
    git = GitCredential(program)
    assert git.fill("protocol=https", "host=github.com", "path=octo/web").password == OCTO
    asked = "protocol=https", "host=github.com", "path=octo/web", "username=jane"
    assert git.fill(*asked) == Login("jane", JANE)


def test_of_settings_that_stand_twice_the_first_counts_as_for_gh(program: Program) -> None:
    hosts(
        program, f"github.com:\n    user: octo\n    user:\n    oauth_token: {OCTO}\n    oauth_token: {JANE}\n"
    )
    assert [(row.username, row.outcome) for row in import_(program, "gh")] == [("octo", "added")]
    assert token(program, "https://github.com/octo/web") == OCTO


def test_scrub_takes_out_only_the_lines_of_tokens_that_are_kept(program: Program) -> None:
    keep(program, "https://github.com", token="another", username="jane")
    path = hosts(program, TWO_ACCOUNTS)
    import_(program, "gh", "--scrub", "--yes")
    assert path.read_text() == TWO_ACCOUNTS.replace(f"            oauth_token: {OCTO}\n", "").replace(
        f"    oauth_token: {OCTO}\n", ""
    )


@pytest.mark.parametrize("variable", ["GH_CONFIG_DIR", "XDG_CONFIG_HOME", "named"])
def test_the_file_may_lie_elsewhere(program: Program, variable: str) -> None:
    below = {"XDG_CONFIG_HOME": "gh/hosts.yml"}.get(variable, "hosts.yml")
    path = write(program.home / "elsewhere" / below, ONE_ACCOUNT)
    places = [str(path)] if variable == "named" else []
    found = import_(program, "gh", *places, environment={variable: str(program.home / "elsewhere")})
    assert [row.outcome for row in found] == ["added"] * 2


def test_a_line_that_gh_does_not_write_is_refused_by_its_number(program: Program) -> None:
    path = hosts(program, f"{ONE_ACCOUNT}github.example.org\n")
    why = refusal(program.run("import", "gh"), 1)
    assert why == f'{path}:9 is written in a form that is not read; give the token to "seed"'


def test_a_value_that_gh_does_not_write_is_reported_and_hinders_nothing(program: Program) -> None:
    hosts(program, f"a.example.com: {{oauth_token: {JANE}}}\n{ONE_ACCOUNT}    other: |\n")
    found = import_(program, "gh")
    assert [row.outcome for row in found] == ["not-taken", "added", "added", "not-taken"]
    assert found[0].reason == 'gh does not write it so; give its token to "seed"'


def test_a_token_that_only_gh_renews_is_not_taken(program: Program) -> None:
    hosts(program, IN_KEYRING.replace("octo:\n", "octo:\n            refreshable_oauth_token: '{}'\n"))
    (row,) = import_(program, "gh")
    assert row == Row(
        None, None, "not-taken", "a token of a sign-in that lasts for hours, and that only gh renews"
    )


def test_an_account_without_a_token_is_reported(program: Program) -> None:
    hosts(program, IN_KEYRING)
    assert import_(program, "gh") == [Row(None, None, "not-taken", ELSEWHERE)] * 2


def test_where_gh_never_was_the_file_is_named(program: Program) -> None:
    why = refusal(program.run("import", "gh"), 1)
    assert why == f"gh has no token here: there is no {program.home / HOSTS}"


@pytest.mark.needs("gh")
@pytest.mark.parametrize("text", [ONE_ACCOUNT, TWO_ACCOUNTS], ids=["one account", "two accounts"])
def test_the_real_gh_reads_what_the_tests_write_and_has_no_token_after_a_scrub(
    program: Program, text: str
) -> None:
    path = hosts(program, text)
    request = "protocol=https\nhost=github.com\n\n"
    assert f"username=octo\npassword={OCTO}\n" in gh(program, "auth", "git-credential", "get", stdin=request)
    assert gh(program, "auth", "token") == f"{OCTO}\n"
    import_(program, "gh", "--scrub", "--yes")
    assert b"oauth_token" not in path.read_bytes()
    assert gh(program, "auth", "git-credential", "get", stdin=request) == ""
    assert gh(program, "auth", "token") == ""
    assert token(program, "https://github.com/octo/web") == OCTO


@pytest.mark.needs("gh")
def test_a_file_that_the_real_gh_has_written_is_read(program: Program) -> None:
    path = hosts(program, TWO_ACCOUNTS)
    gh(program, "auth", "switch", "--hostname", "github.com", "--user", "jane")
    assert "user: jane" in path.read_text()
    import_(program, "gh")
    assert token(program, "https://github.com/octo/web") == JANE
    assert scopes(program) == [("https://github.com", "jane"), ("https://github.com", "octo")]


# The keyring


@pytest.fixture
def desktop(program: Program, service: SecretService) -> Program:
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
    program.seed("https://dev.azure.com/other", "another")  # so that no vault's key is among the items
    return program


@pytest.mark.needs("gh", "gnome-keyring", "dbus")
def test_items_that_the_real_gh_made_are_read_and_scrubbed(desktop: Program, service: SecretService) -> None:
    hosts(desktop, IN_KEYRING)
    service.make("gh:github.com", "octo", OCTO.encode())
    service.make("gh:github.com", "jane", JANE.encode())
    service.make("gh:other.example.com", "", b"of a host that the file does not have")
    gh(desktop, "auth", "switch", "--hostname", "github.com", "--user", "jane")  # makes the item for it
    assert ("gh:github.com", "") in service.secrets()
    found = import_(desktop, "gh", "--scrub", "--yes")
    assert [(row.username, row.outcome, row.reason) for row in found] == [
        ("jane", "added", ""),
        ("jane", "kept", "twice"),
        ("octo", "added", ""),
    ]
    assert {of for of, _ in service.secrets()} == {"gh:other.example.com", "git-credential-pat"}
    assert token(desktop, "https://github.com/jane/web") == JANE
    assert gh(desktop, "auth", "token") == ""


@pytest.mark.needs("gnome-keyring", "dbus")
def test_a_locked_keyring_is_reported_and_the_file_is_read_all_the_same(
    program: Program, fragile: SecretService
) -> None:
    program.seed("https://dev.azure.com/other", "another")
    hosts(program, ONE_ACCOUNT)
    fragile.lock()
    run = program.run("import", "gh", environment={"DBUS_SESSION_BUS_ADDRESS": fragile.address})
    assert (run.status, run.stderr.count("warning: the keyring was not read: ")) == (0, 1), run
    assert ("https://github.com", "octo") in scopes(program)
    assert not fragile.was_prompted


@pytest.mark.parametrize(
    "written",
    [
        *[OCTO, f"go-keyring-base64:{base64.b64encode(OCTO.encode()).decode()}"],
        f"go-keyring-encoded:{OCTO.encode().hex()}",
    ],
)
def test_a_keyring_that_cannot_be_searched_is_asked_for_the_accounts_of_the_file(
    tmp_path: Path, written: str
) -> None:
    write(tmp_path / HOSTS, IN_KEYRING)
    AccountKeyring.secrets = {("gh:github.com", "octo"): written, ("gh:github.com", "bob"): "not in the file"}
    keyring = Keyring("support.account_keyring.AccountKeyring")
    found = source_named("gh").find(Around(str(tmp_path), "/", {}, keyring, may_ask=False), []).found
    assert [one.request.password for one in found if one.request] == [OCTO.encode()]
    assert [one.reason for one in found if one.reason] == [ELSEWHERE]
    scrub([one.trace for one in found if one.trace])
    assert AccountKeyring.secrets == {("gh:github.com", "bob"): "not in the file"}
