"""`import glab`: config.yml and items of the keyring, as the GitLab CLI writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.account_keyring import AccountKeyring
from support.checks import refusal
from support.importing import Row, import_, scopes, token, write

from git_credential_pat.importing import Around, source_named
from git_credential_pat.importing.support.scrubbing import scrub
from git_credential_pat.oskeyring.keyring import Keyring

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program
    from support.secret_service import SecretService

ONE, TWO = (f"glpat-{letter * 20}" for letter in "ab")
SIGN_IN = "0123456789abcdef" * 4
CONFIG = ".config/glab-cli/config.yml"
WRITTEN = f"""\
# What protocol to use when performing Git operations. Supported values: ssh, https.
git_protocol: ssh
# What editor glab should run when creating issues, merge requests, etc.
editor:
host: gitlab.com
telemetry: true
# Configuration specific for GitLab instances.
hosts:
    gitlab.com:
        # What protocol to use to access the API endpoint. Supported values: http, https.
        api_protocol: https
        api_host: gitlab.com
        # Your GitLab access token. To get one, read https://docs.gitlab.com/user/profile/personal_access_tokens/
        token: !!null {ONE}
        container_registry_domains: gitlab.com,gitlab.com:443,registry.gitlab.com
        custom_headers:
            - name: Cf-Access-Client-Secret
              value: word
        user: jane
    gitlab.example.com:8443:
        token: {TWO}
        api_host: api.example.com
        git_protocol: https
        api_protocol: https
        subfolder: git
        user: john
"""
IN_KEYRING = """\
hosts:
    gitlab.com:
        api_protocol: https
        use_keyring: "true"
        user: jane
    gitlab.example.com:
        use_keyring: "true"
"""
ELSEWHERE = "neither this file nor a keyring that can be read has its token"


def config(program: Program, text: str) -> Path:
    """Write glab's file."""
    return write(program.home / CONFIG, text)


def test_the_token_of_each_host_is_taken_for_the_host_that_git_asks(program: Program) -> None:
    config(program, WRITTEN)
    assert [row.outcome for row in import_(program, "glab")] == ["added"] * 2
    server = "https://gitlab.example.com:8443/git"
    assert scopes(program) == [("https://gitlab.com", "jane"), (server, "john")]
    assert (token(program, "https://gitlab.com/group/web"), token(program, f"{server}/group/web")) == (
        ONE,
        TWO,
    )
    listed = program.git("config", "--global", "--list").stdout.decode().splitlines()
    assert f"pat.{server}.provider=gitlab" in listed


def test_scrub_takes_out_only_the_lines_of_tokens(program: Program) -> None:
    path = config(program, WRITTEN)
    import_(program, "glab", "--scrub", "--yes")
    left = WRITTEN.replace(f"        token: !!null {ONE}\n", "").replace(f"        token: {TWO}\n", "")
    assert path.read_text() == left
    assert import_(program, "glab") == []


@pytest.mark.parametrize(
    ("variable", "below", "wins"), [("GLAB_CONFIG_DIR", "", True), ("XDG_CONFIG_HOME", "glab-cli/", False)]
)
def test_the_folder_may_lie_elsewhere_but_the_usual_one_goes_before_that_of_xdg(
    program: Program, variable: str, below: str, *, wins: bool
) -> None:
    write(program.home / "elsewhere" / f"{below}config.yml", WRITTEN)
    environment = {variable: str(program.home / "elsewhere")}
    found = import_(program, "glab", "--dry-run", environment=environment)
    assert [row.outcome for row in found] == ["added"] * 2
    config(program, IN_KEYRING)
    found = import_(program, "glab", "--dry-run", environment=environment)
    assert [row.outcome for row in found] == (["added"] if wins else ["not-taken"]) * 2


def test_a_file_may_be_named(program: Program) -> None:
    config(program, IN_KEYRING)
    path = write(program.home / "other.yml", WRITTEN)
    assert [row.outcome for row in import_(program, "glab", str(path))] == ["added"] * 2


def test_a_sign_in_that_ends_in_two_hours_is_not_taken(program: Program) -> None:
    path = config(
        program,
        f'hosts:\n    gitlab.com:\n        token: {SIGN_IN}\n        is_oauth2: "true"\n'
        "        oauth2_refresh_token: word\n        oauth2_expiry_date: 13 Mar 26 15:47 GMT\n",
    )
    before = path.read_bytes()
    why = "a token of a sign-in that lasts for two hours, and that only glab renews"
    assert import_(program, "glab", "--scrub", "--yes") == [Row(None, None, "not-taken", why)]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hosts:\n    gitlab.com:\n        job_token: word\n", "a job's token, which ends with it"),
        (f"token: {ONE}\n", 'it is for any host; give the token to "seed" for its own'),
        (f"hosts: {{gitlab.com: {{token: {ONE}}}}}\n", 'glab does not write it so; give its token to "seed"'),
        (
            f"hosts:\n  gitlab.com:\n    token: &a {ONE}\n",
            'glab does not write it so; give its token to "seed"',
        ),
        ("hosts:\n  gitlab.com:\n    use_keyring: true\n", ELSEWHERE),
    ],
)
def test_what_cannot_be_taken_is_reported(program: Program, text: str, reason: str) -> None:
    config(program, text)
    assert import_(program, "glab") == [Row(None, None, "not-taken", reason)]


def test_where_glab_never_was_the_file_is_named(program: Program) -> None:
    why = refusal(program.run("import", "glab"), 1)
    assert why == f"glab has no token here: there is no {program.home / CONFIG}"


# The keyring


@pytest.mark.needs("gnome-keyring", "dbus")
def test_items_of_both_names_are_read_and_scrubbed(program: Program, service: SecretService) -> None:
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
    program.seed("https://dev.azure.com/other", "another")  # so that no vault's key is among the items
    config(program, IN_KEYRING)
    service.make("glab:gitlab.com:token", "", ONE.encode())
    service.make("glab:gitlab.com:oauth2_refresh_token", "", b"word")
    service.make("glab:gitlab.example.com", "", TWO.encode())
    found = import_(program, "glab", "--scrub", "--yes")
    assert [(row.scope, row.username, row.outcome) for row in found] == [
        ("https://gitlab.com", "jane", "added"),
        ("https://gitlab.example.com", "oauth2", "added"),
    ]
    left = {of for of, _ in service.secrets()}
    assert left == {"glab:gitlab.com:oauth2_refresh_token", "git-credential-pat"}


def test_a_keyring_that_cannot_be_searched_is_asked_for_the_hosts_of_the_file(tmp_path: Path) -> None:
    write(tmp_path / CONFIG, IN_KEYRING)
    AccountKeyring.secrets = {("glab:gitlab.com:token", ""): ONE, ("glab:other.example.com", ""): TWO}
    keyring = Keyring("support.account_keyring.AccountKeyring")
    found = source_named("glab").find(Around(str(tmp_path), "/", {}, keyring, may_ask=False), []).found
    assert [one.request.password for one in found if one.request] == [ONE.encode()]
    assert [one.reason for one in found if one.reason] == [ELSEWHERE]
    scrub([one.trace for one in found if one.trace])
    assert AccountKeyring.secrets == {("glab:other.example.com", ""): TWO}
