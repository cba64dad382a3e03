"""`seed` at a Bitbucket Data Center: the host says if a token works by its owner's username or by Bearer."""

from __future__ import annotations

import base64
import json

import pytest
from support.api_server import Answer, ApiServer, basic
from support.checks import entries, keep, line_of, only_entry, refusal
from support.git_credential import GitCredential, Login
from support.newer_git import lead_with_newer_git
from support.program import FABRIKAM, Program, Run
from support.pty_program import Terminal
from support.verdicts import serve_git, verify

HOST = "https://bitbucket.example.com"
PROJECT = f"{HOST}/scm/web"
CLONE = f"{HOST}/scm/WEB/web.git"
WHO = f"{HOST}/rest/api/1.0/projects?limit=1"
TOKEN = "BBDC-" + "a1B2" * 11
BOT = "access-token-user/2/7"
REQUEST = ("protocol=https", "host=bitbucket.example.com", "path=scm/WEB/web.git")
NEEDS_GIT = f"Git sends the token for {PROJECT} as Bearer, which needs Git 2.46 or later; update Git"
JSON = ("Content-Type", "application/json")
NOBODY = Answer(401, (JSON,), b'{"errors": [{"exceptionName": "com.atlassian.bitbucket.Refused"}]}')


def page(name: str) -> Answer:
    """Return a page of projects, which says in a header whose the token is, percent-encoded."""
    return Answer(200, (JSON, ("X-AUSERNAME", name)), b'{"isLastPage": true, "values": []}')


@pytest.fixture
def program(server: ApiServer, visitor: Program) -> Program:
    server.serve_unsigned(WHO, NOBODY)
    visitor.git("config", "--global", f"pat.{HOST}.provider", "bitbucket")
    return visitor


@pytest.fixture
def of_jane(server: ApiServer, program: Program) -> Program:
    """A user with a personal token."""
    server.serve(WHO, page("jane%40corp.example"), f"Authorization: Bearer {TOKEN}")
    server.serve_also(WHO, page("jane%40corp.example"), basic("jane@corp.example", TOKEN))
    serve_git(server, CLONE, basic("jane@corp.example", TOKEN))
    return program


@pytest.fixture
def of_project(server: ApiServer, program: Program) -> Program:
    """A user with a token of a project, whose own user cannot sign in."""
    server.serve(WHO, page(BOT.replace("/", "%2F")), f"Authorization: Bearer {TOKEN}")
    server.serve_also(WHO, NOBODY, basic(BOT, TOKEN))
    serve_git(server, CLONE, f"Authorization: Bearer {TOKEN}")
    return program


def seed(program: Program, url: str, *options: str) -> Run:
    return program.run("seed", url, *options, stdin=f"{TOKEN}\n".encode())


def kept(program: Program) -> tuple[object, object]:
    entry = only_entry(program)
    return entry["username"], entry["authtype"]


# By the owner's username


@pytest.mark.parametrize("url", [PROJECT, CLONE, CLONE.replace("://", "://john@")])
def test_the_host_says_the_username_of_a_personal_token(of_jane: Program, url: str) -> None:
    done = seed(of_jane, url)
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.decode().startswith("bitbucket.example.com accepted the token of jane@corp.example.\n")
    assert kept(of_jane) == ("jane@corp.example", "")
    assert GitCredential(of_jane).fill(*REQUEST) == Login("jane@corp.example", TOKEN)
    assert verify(of_jane, CLONE)["verdict"] == "valid"


def test_a_username_that_is_given_wins_and_is_not_tried_if_it_is_anothers(
    server: ApiServer, of_jane: Program
) -> None:
    assert seed(of_jane, PROJECT, "--username", "Jane@corp.example").status == 0
    assert kept(of_jane) == ("Jane@corp.example", "")
    said = refusal(seed(of_jane, PROJECT, "--username", "john"), 1)
    assert f"run: git credential-pat seed {PROJECT} --username jane@corp.example" in said
    assert all(request.headers.get("Authorization") != "wrong" for request in server.log)


@pytest.mark.parametrize("options", [(), ("--no-verify",)], ids=["not reached", "not asked"])
def test_a_username_that_nobody_says_is_not_guessed(program: Program, options: tuple[str, ...]) -> None:
    program.git("config", "--global", "http.proxy", "http://127.0.0.1:9")
    done = seed(program, PROJECT, *options)
    assert done.status == 2
    assert done.stderr.splitlines()[-1] == (
        "git-credential-pat: this token works only with its own username; give --username NAME, or "
        "--authtype bearer for a project's"
    )
    assert entries(program) == []
    assert seed(program, CLONE.replace("://", "://jane@"), *options).status == 0
    assert kept(program) == ("jane", "")


@pytest.mark.parametrize(
    ("url", "token"), [(PROJECT, TOKEN), ("https://gitlab.com/group", "gldt-" + "a1" * 10)]
)
def test_on_a_terminal_the_username_is_asked_for(program: Program, url: str, token: str) -> None:
    terminal = Terminal(program, "seed", url, "--no-verify", "--days", "9")
    terminal.wait_for("(hidden): ")
    terminal.enter(token)
    terminal.wait_for(f"Username at {url}: ")
    terminal.enter("jane")
    assert terminal.finish() == 0
    assert kept(program) == ("jane", "")


# By Bearer


@pytest.mark.parametrize("url", [PROJECT, CLONE, CLONE.replace("://", "://jane@")])
def test_a_token_whose_user_cannot_sign_in_goes_by_bearer(
    server: ApiServer, of_project: Program, url: str
) -> None:
    done = seed(of_project, url)
    assert (done.status, line_of(done)) == (0, f"warning: {NEEDS_GIT}")
    assert done.stdout.decode().startswith(f"bitbucket.example.com accepted the token of {BOT}.\n")
    assert kept(of_project) == ("", "Bearer")
    server.log.clear()
    assert verify(of_project, CLONE)["verdict"] == "valid"
    assert all(request.headers.get("Authorization") != "wrong" for request in server.log)


@pytest.mark.needs("newer-git")
def test_a_git_that_takes_headers_gets_no_warning(of_project: Program) -> None:
    lead_with_newer_git(of_project)
    assert seed(of_project, CLONE).stderr == ""


def test_an_older_git_gets_nothing_and_a_line(of_project: Program) -> None:
    seed(of_project, PROJECT)
    assert GitCredential(of_project).asks(*REQUEST, said=NEEDS_GIT) == (
        "Username for 'https://bitbucket.example.com/scm/WEB/web.git'"
    )


def test_a_username_that_is_given_with_a_projects_token_is_refused_with_the_command_that_works(
    of_project: Program,
) -> None:
    said = refusal(seed(of_project, PROJECT, "--username", BOT), 1)
    assert f"run: git credential-pat seed {PROJECT} --authtype bearer" in said
    assert seed(of_project, PROJECT, "--authtype", "bearer").status == 0
    assert kept(of_project) == ("", "Bearer")


@pytest.mark.parametrize(
    ("url", "kept_at"),
    [
        ("https://git.example.com/team/web.git", "https://git.example.com/team/web.git"),
        ("https://gitlab.com/group", "https://gitlab.com/group"),
        (FABRIKAM, FABRIKAM),
    ],
)
def test_any_host_takes_a_token_by_bearer_if_the_user_says_so(
    program: Program, url: str, kept_at: str
) -> None:
    seed(program, url, "--authtype", "bearer", "--no-verify")
    assert only_entry(program)["scope"] == kept_at
    assert kept(program) == ("", "Bearer")
    assert program.run("header", url).stdout == f"Authorization: Bearer {TOKEN}\n".encode()


def test_a_token_by_bearer_is_tried_at_the_repository_by_bearer(server: ApiServer, program: Program) -> None:
    web = "https://git.example.com/team/web.git"
    serve_git(server, web, f"Authorization: Bearer {TOKEN}")
    assert seed(program, web, "--authtype", "bearer").stdout.startswith(b"git.example.com accepted the token")
    sent = [request.headers["Authorization"] for request in server.log if "info/refs" in request.url]
    assert set(sent) == {"right"}


# What is stored so, and the other commands


def test_a_token_that_an_earlier_version_stored_without_a_username_gets_it_from_verify(
    of_jane: Program,
) -> None:
    keep(of_jane, PROJECT, TOKEN)
    assert of_jane.run("configure").status == 0
    of_jane.git("config", "--global", "credential.useHttpPath", "true")
    say = f"the token for {PROJECT} has no username, which its host needs"
    fill = f"{say}; run: git credential-pat verify {PROJECT}"
    assert GitCredential(of_jane).asks(*REQUEST, said=fill).startswith("Username for ")
    assert verify(of_jane, PROJECT)["verdict"] == "valid"
    assert GitCredential(of_jane).fill(*REQUEST) == Login("jane@corp.example", TOKEN)


def test_verify_says_of_a_projects_token_with_a_username_how_it_works(of_project: Program) -> None:
    keep(of_project, PROJECT, TOKEN, username="x-token-auth")
    assert f"seed {PROJECT} --authtype bearer" in verify(of_project, PROJECT)["why"]
    seed(of_project, PROJECT)
    assert kept(of_project) == ("", "Bearer"), "the same token under a username goes"


def test_every_command_knows_a_token_by_bearer(of_project: Program) -> None:
    seed(of_project, PROJECT)
    assert "(Bearer)" in of_project.run("list").stdout.decode()
    assert "(Bearer)" in of_project.run("verify").stdout.decode()
    assert of_project.run("token", PROJECT).stdout == f"{TOKEN}\n".encode()
    assert of_project.run("header", PROJECT).stdout == f"Authorization: Bearer {TOKEN}\n".encode()
    printed = of_project.run("exec", PROJECT, "--env", "T", "--", "printenv", "T")
    assert printed.stdout == f"{TOKEN}\n".encode()
    source = of_project.home / ".git-credentials"
    source.write_text(f"https://x-token-auth:{TOKEN}@bitbucket.example.com/scm/WEB/web.git\n")
    source.chmod(0o600)
    imported = json.loads(of_project.run("import", "git-credentials", "--json").stdout)
    assert (imported["added"], imported["kept"]) == (0, 1), imported
    assert of_project.run("remove", PROJECT, "--yes").status == 0
    assert entries(of_project) == []


def test_a_token_that_git_handed_in_as_basic_is_shown_and_verified_alone(of_jane: Program) -> None:
    header = base64.b64encode(f"jane@corp.example:{TOKEN}".encode()).decode()
    keep(of_jane, PROJECT, header, authtype=b"Basic")
    assert of_jane.run("token", PROJECT).stdout == f"{TOKEN}\n".encode()
    assert verify(of_jane, CLONE)["verdict"] == "valid"
