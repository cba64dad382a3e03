"""A guess never costs a token: a username may be the organization's name, and may be anything else."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from support.api_server import Answer, ApiServer, basic
from support.checks import files, keep
from support.git_credential import GitCredential, Login
from support.importing import Row, import_, rows, scopes, token, write
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program
from support.stand_in_security import StandIn
from support.verdicts import EXPIRED, JANE, serve_organization

if TYPE_CHECKING:
    from collections.abc import Callable

HOME = "https://dev.azure.com"
FABRIKAM = f"{HOME}/fabrikam"
WEB = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
UNPLACED = "its organization is unknown"
PLACED = "its host takes it for this organization"


def git_credentials(program: Program, username: str) -> None:
    write(program.home / ".git-credentials", f"https://{username}:{AZURE_TOKEN}@dev.azure.com\n")


def netrc(program: Program, username: str) -> None:
    write(program.home / ".netrc", f"machine dev.azure.com login {username} password {AZURE_TOKEN}\n")


def gcm(program: Program, username: str) -> None:
    path = program.home / ".gcm/store/git/https/dev.azure.com" / f"{username}.credential"
    write(path, f"{AZURE_TOKEN}\nservice={HOME}\naccount={username}\n")


def osxkeychain(program: Program, username: str) -> None:
    StandIn(program).items = [{"srvr": "dev.azure.com", "acct": username, "data": AZURE_TOKEN}]


def remotes(program: Program, username: str) -> None:
    program.git("init", "-q", str(program.home))
    url = f"https://{username}:{AZURE_TOKEN}@dev.azure.com/"
    program.git("-C", str(program.home), "config", f"url.{url}.insteadOf", f"{HOME}/")


def variables(program: Program, username: str) -> None:
    feed = {"endpoint": "https://pkgs.dev.azure.com/", "username": username, "password": AZURE_TOKEN}
    value = json.dumps({"endpointCredentials": [feed]})
    program.environment["VSS_NUGET_EXTERNAL_FEED_ENDPOINTS"] = value


SOURCES = {
    "git-credentials": git_credentials,
    "netrc": netrc,
    "gcm": gcm,
    "osxkeychain": osxkeychain,
    "remotes": remotes,
    "environment": variables,
}
every_source = pytest.mark.parametrize(("source", "put"), SOURCES.items(), ids=SOURCES)


@every_source
def test_a_username_is_taken_for_the_organization_whose_host_takes_the_token(
    server: ApiServer, visitor: Program, source: str, put: Callable[[Program, str], None]
) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    put(visitor, "fabrikam")
    scrub = ["--scrub", "--yes"] if source != "environment" else []
    assert import_(visitor, source, *scrub) == [Row(FABRIKAM, "pat", "added", PLACED)]
    assert token(visitor, FABRIKAM) == AZURE_TOKEN
    assert [request.url for request in server.log] == [f"{FABRIKAM}/_apis/connectionData"]
    kept_elsewhere = [name for name, data in files(visitor).items() if AZURE_TOKEN.encode() in data]
    assert kept_elsewhere == []


@every_source
def test_any_other_username_is_none_and_the_token_stays_at_its_source(
    server: ApiServer, visitor: Program, source: str, put: Callable[[Program, str], None]
) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    serve_organization(server, "pipeline", AZURE_TOKEN, EXPIRED)
    put(visitor, "pipeline")
    before = files(visitor)
    scrub = ["--scrub", "--yes"] if source != "environment" else []
    assert import_(visitor, source, "--no-configure", *scrub) == [Row(HOME, "pipeline", "added", UNPLACED)]
    assert {name: data for name, data in files(visitor).items() if name in before} == before
    assert scopes(visitor) == [(HOME, "pipeline")]


def test_an_organization_that_knows_its_user_but_lets_him_do_nothing_is_not_its_own(
    server: ApiServer, visitor: Program
) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN, Answer(403, (("X-VSS-UserData", "1:jane"),)))
    git_credentials(visitor, "fabrikam")
    assert [row.scope for row in import_(visitor, "git-credentials")] == [HOME]


def test_where_the_host_cannot_be_asked_nothing_is_guessed(program: Program) -> None:
    program.environment["https_proxy"] = "http://127.0.0.1:9"
    git_credentials(program, "fabrikam")
    before = (program.home / ".git-credentials").read_bytes()
    (row,) = import_(program, "git-credentials", "--scrub", "--yes")
    assert (row.scope, row.reason) == (HOME, UNPLACED)
    assert (program.home / ".git-credentials").read_bytes() == before


def test_no_verify_and_a_username_that_says_nothing_ask_nobody(server: ApiServer, visitor: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    git_credentials(visitor, "fabrikam")
    (row,) = import_(visitor, "git-credentials", "--no-verify", "--dry-run")
    assert (row.scope, server.log) == (HOME, [])
    lines = (
        f"https://pat:{AZURE_TOKEN}@dev.azure.com",
        f"https://jane.doe:{OTHER_AZURE_TOKEN}@dev.azure.com",
    )
    write(visitor.home / ".git-credentials", "\n".join(lines))
    import_(visitor, "git-credentials")
    assert (scopes(visitor), server.log) == ([(HOME, "pat"), (HOME, "jane.doe")], [])


def test_a_token_whose_organization_its_host_has_confirmed_is_not_tried_again(
    server: ApiServer, visitor: Program
) -> None:
    keep(visitor, FABRIKAM, owner="Jane Doe")
    git_credentials(visitor, "anything")
    assert [row.outcome for row in import_(visitor, "git-credentials", "--scrub", "--yes")] == ["kept"]
    assert (visitor.home / ".git-credentials").read_bytes() == b""
    assert server.log == []


@pytest.mark.parametrize("organization", ["fabrikam", "anything"])
def test_what_an_older_version_guessed_is_tried_before_its_source_is_deleted(
    server: ApiServer, visitor: Program, organization: str
) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    serve_organization(server, "anything", AZURE_TOKEN, EXPIRED)
    keep(visitor, f"{HOME}/{organization}")
    git_credentials(visitor, organization)
    (row,) = import_(visitor, "git-credentials", "--scrub", "--yes")
    is_right = organization == "fabrikam"
    assert (row.outcome, row.reason == "") == ("kept", is_right)
    assert ((visitor.home / ".git-credentials").read_bytes() == b"") == is_right


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        (f"{FABRIKAM}/web", {"owner": "Jane"}),
        (FABRIKAM, {"owner": "Jane", "expires": 1_700_000_000}),
        (FABRIKAM, {"owner": "Jane", "state": "doubtful"}),
        (FABRIKAM, {"owner": "Jane", "state": "rejected", "put_aside": 1_893_456_000 * 10**9}),
    ],
)
def test_what_is_kept_but_answers_less_than_the_source_leaves_it(
    visitor: Program, url: str, fields: dict[str, object]
) -> None:
    keep(visitor, url, **fields)  # type: ignore[arg-type]  # the entry's own
    git_credentials(visitor, "pat")
    before = (visitor.home / ".git-credentials").read_bytes()
    assert [row.outcome for row in import_(visitor, "git-credentials", "--scrub", "--yes")] == ["kept"]
    assert (visitor.home / ".git-credentials").read_bytes() == before


def test_a_dry_run_tries_it_and_keeps_nothing(server: ApiServer, visitor: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    git_credentials(visitor, "fabrikam")
    before = files(visitor)
    (row,) = import_(visitor, "git-credentials", "--dry-run")
    assert (row.scope, files(visitor)) == (FABRIKAM, before)


def pasted(program: Program, command: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command that was printed, as a user does who pastes it into a shell."""
    return subprocess.run(command, shell=True, env=program.environment, capture_output=True, check=False)  # noqa: S602  # a user's shell does


def test_the_printed_command_places_it_and_then_the_source_can_be_scrubbed(
    server: ApiServer, visitor: Program
) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    keep(visitor, f"{HOME}/contoso", OTHER_AZURE_TOKEN)
    git_credentials(visitor, "any thing'")
    run = visitor.run("import", "git-credentials", "--scrub", "--yes")
    command = run.stdout.decode().splitlines()[-1]
    literally = pasted(visitor, command)
    assert b"put the organization's name in place of ORGANIZATION" in literally.stderr
    done = pasted(visitor, command.replace("ORGANIZATION", "fabrikam"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert token(visitor, FABRIKAM) == AZURE_TOKEN
    assert scopes(visitor) == [(f"{HOME}/contoso", "pat"), (FABRIKAM, "pat")]
    import_(visitor, "git-credentials", "--scrub", "--yes")
    assert (visitor.home / ".git-credentials").read_bytes() == b""


def test_the_command_of_a_token_without_a_username_places_it_too(server: ApiServer, visitor: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    keep(visitor, f"{HOME}/contoso", OTHER_AZURE_TOKEN)
    write(visitor.home / ".git-credentials", f"https://{AZURE_TOKEN}@dev.azure.com\n")
    shown = json.loads(visitor.run("import", "git-credentials", "--json").stdout)
    placing = shown["tokens"][0]["place_with"].replace("ORGANIZATION", "fabrikam")
    assert AZURE_TOKEN not in placing
    assert pasted(visitor, placing).returncode == 0
    assert token(visitor, FABRIKAM) == AZURE_TOKEN


def test_a_later_import_that_can_ask_moves_it_to_its_organization(
    server: ApiServer, visitor: Program
) -> None:
    git_credentials(visitor, "fabrikam")
    import_(visitor, "git-credentials", "--no-verify")
    assert scopes(visitor) == [(HOME, "fabrikam")]
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    import_(visitor, "git-credentials")
    assert scopes(visitor) == [(FABRIKAM, "pat")]


def test_of_many_each_is_tried_at_its_own_organization(server: ApiServer, visitor: Program) -> None:
    for name in ("fabrikam", "contoso", "acme"):
        server.serve(f"{HOME}/{name}/_apis/connectionData", JANE, basic("", f"{name}{AZURE_TOKEN}"))
    names = ("fabrikam", "contoso", "jane", "acme")
    lines = (f"https://{name}:{name}{AZURE_TOKEN}@dev.azure.com\n" for name in names)
    write(visitor.home / ".git-credentials", "".join(lines))
    run = visitor.run("import", "git-credentials", "--json", "--scrub", "--yes")
    assert [row.scope for row in rows(run)] == [FABRIKAM, f"{HOME}/contoso", HOME, f"{HOME}/acme"]
    left = (visitor.home / ".git-credentials").read_text()
    assert left == f"https://jane:jane{AZURE_TOKEN}@dev.azure.com\n"


# Git, meanwhile


def stored(program: Program, *lines: str) -> GitCredential:
    """Return Git as it is for a user of git-credential-store."""
    program.git("config", "--global", "credential.helper", "store")
    write(program.home / ".git-credentials", "".join(f"{line}\n" for line in lines))
    return GitCredential(program)


ANYTHING = f"https://anything:{AZURE_TOKEN}@dev.azure.com"


@pytest.mark.parametrize("further", [[], ["configure"]], ids=["import", "import, configure"])
def test_until_it_is_placed_git_is_answered_as_before(
    server: ApiServer, visitor: Program, further: list[str]
) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    git = stored(visitor, ANYTHING)
    before = git.fill(*WEB)
    assert before == Login("anything", AZURE_TOKEN)
    run = visitor.run("import", "git-credentials", "--scrub", "--yes")
    assert run.status == 0, run
    for command in further:
        assert visitor.run(command).status == 0
    assert git.fill(*WEB) == before
    git.approve(*WEB, "username=anything", f"password={AZURE_TOKEN}")
    assert git.fill(*WEB) == before


def test_what_is_not_taken_goes_on_being_answered_by_its_source(visitor: Program) -> None:
    git = stored(visitor, "https://jane:eyJhbGciOi@dev.azure.com", "https://jane:word@git.example.com")
    before = git.fill(*WEB)
    import_(visitor, "git-credentials", "--scrub", "--yes")
    assert git.fill(*WEB) == before == Login("jane", "eyJhbGciOi")


def test_what_another_helper_has_alone_goes_on_being_answered_by_it(visitor: Program) -> None:
    helper = "!f() { test $1 != get || printf 'username=jane\\npassword=eyJhbGciOi\\n'; }; f"
    visitor.git("config", "--global", "credential.helper", helper)
    for host, secret in (("dev.azure.com", "eyJhbGciOi"), ("github.com", "ghp_x")):
        text = f"{secret}\nservice=https://{host}\naccount=jane\n"
        write(visitor.home / f".gcm/store/git/https/{host}/jane.credential", text)
    git = GitCredential(visitor)
    before = git.fill(*WEB)
    assert sorted(row.outcome for row in import_(visitor, "gcm")) == ["added", "not-taken"]
    assert git.fill(*WEB) == before == Login("jane", "eyJhbGciOi")


def test_once_all_are_placed_this_helper_answers_alone(server: ApiServer, visitor: Program) -> None:
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    git = stored(visitor, ANYTHING)
    visitor.run("import", "git-credentials")
    visitor.run("seed", FABRIKAM, stdin=AZURE_TOKEN.encode())
    os.unlink(visitor.home / ".git-credentials")
    assert git.fill(*WEB) == Login("pat", AZURE_TOKEN)


def test_other_tokens_that_come_later_do_not_cut_it_off(server: ApiServer, visitor: Program) -> None:
    serve_organization(server, "contoso", OTHER_AZURE_TOKEN)
    git = stored(visitor, ANYTHING)
    visitor.run("import", "git-credentials")
    before = git.fill(*WEB)
    visitor.run("seed", "https://github.com/octo", "--no-verify", stdin=b"ghp_x\n")
    write(visitor.home / ".netrc", "machine git.example.com login jane password word\n")
    visitor.run("import", "netrc")
    assert visitor.run("seed", f"{HOME}/contoso", stdin=OTHER_AZURE_TOKEN.encode()).status == 0
    assert git.fill(*WEB) == before
    assert git.fill(*WEB[:2], "path=contoso/web/_git/web") == Login("pat", OTHER_AZURE_TOKEN)


def test_nor_does_configure_where_the_vault_cannot_be_opened(visitor: Program) -> None:
    git = stored(visitor, ANYTHING)
    visitor.run("import", "git-credentials")
    before = git.fill(*WEB)
    visitor.key.rename(visitor.home / "key")
    run = visitor.run("configure")
    assert (run.status, "hosts of stored tokens are not configured" in run.stderr) == (0, True)
    assert git.fill(*WEB) == before


def test_git_credential_store_is_not_cut_off_before_anything_is_imported(visitor: Program) -> None:
    git = stored(visitor, ANYTHING)
    before = git.fill(*WEB)
    run = visitor.run("configure")
    assert run.stdout.decode().endswith(" they have tokens whose organization is not known yet.\n")
    visitor.run("seed", f"{HOME}/contoso", "--no-verify", stdin=OTHER_AZURE_TOKEN.encode())
    assert git.fill(*WEB) == before
    assert git.fill(*WEB[:2], "path=contoso/web/_git/web") == Login("pat", OTHER_AZURE_TOKEN)
