"""`seed --provider` finds where on a host the server stands, and sends the token nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.api_server import Answer, ApiServer
from support.checks import line_of, only_entry
from support.git_credential import GitCredential, Login
from support.verdicts import serve_git

if TYPE_CHECKING:
    from support.api_server import ApiHandler
    from support.program import Program, Run

HOST = "https://shared.example.com"
JSON = (("Content-Type", "application/json"),)
CREDENTIALS = {"Authorization", "PRIVATE-TOKEN"}
SERVICES = ("upload", "receive")
STRANGER = Answer(401, (*JSON, ("WWW-Authenticate", 'Basic realm="wiki"')), b'{"message": "Unauthorized"}')


class Api(NamedTuple):
    """An interface that says whose a token is, and refuses requests without one, as the real one does."""

    header: str
    known: Answer
    refused: Answer

    def send(self, request: ApiHandler) -> None:
        (self.known if self.header in request.headers else self.refused).send(request)


class Server(NamedTuple):
    """A kind of server: what it is asked and answers, a token for it, and a clone address below it."""

    question: str
    api: Api
    token: str
    clone: str
    scope: str
    unsaid: tuple[str, ...] = ()
    """What is to be given if the host is not asked."""


SERVERS = {
    "gitea": Server(
        "api/v1/user",
        Api(
            "Authorization",
            Answer(200, JSON, b'{"login": "jane"}'),
            Answer(401, JSON, b'{"message": "token is required", "url": "https://x/api/swagger"}'),
        ),
        "a1" * 20,
        "jane/web",
        "jane",
    ),
    "gitlab": Server(
        "api/v4/personal_access_tokens/self",
        Api(
            "PRIVATE-TOKEN",
            Answer(200, JSON, b'{"name": "laptop", "user_id": 3, "active": true}'),
            Answer(401, JSON, b'{"message": "401 Unauthorized"}'),
        ),
        "glpat-" + "a1" * 10,
        "team/tools/web.git",
        "team",
    ),
    "bitbucket": Server(
        "rest/api/1.0/projects?limit=1",
        Api(
            "Authorization",
            Answer(200, (*JSON, ("X-AUSERNAME", "jane")), b'{"isLastPage": true, "values": []}'),
            Answer(200, JSON, b'{"isLastPage": true, "values": []}'),
        ),
        "BBDC-" + "a1B2" * 11,
        "scm/PROJ/web.git",
        "scm/proj",
        ("--username", "jane"),
    ),
}
every_server = pytest.mark.parametrize("provider", SERVERS)


def seed(program: Program, url: str, provider: str, *options: str) -> Run:
    token = SERVERS[provider].token
    return program.run("seed", url, "--provider", provider, *options, stdin=f"{token}\n".encode())


def noted(program: Program) -> str:
    return program.git("config", "--global", "--get-regexp", r"^pat\.").stdout.decode().strip()


@pytest.mark.slow
@every_server
@pytest.mark.parametrize("base", ["", "/Apps", "/Apps/code"])
def test_it_is_found_at_whatever_path_and_gets_the_token_there_alone(
    server: ApiServer, visitor: Program, provider: str, base: str
) -> None:
    kind = SERVERS[provider]
    server.serve(f"{HOST}/{kind.question}", STRANGER, None)
    server.serve(f"{HOST}{base}/{kind.question}", kind.api, None)
    serve_git(server, f"{HOST}{base}/{kind.clone}", None)
    done = seed(visitor, f"{HOST}{base}/{kind.clone}", provider)
    assert (done.status, done.stderr) == (0, ""), done
    assert noted(visitor) == f"pat.{HOST}{base}.provider {provider}"
    assert only_entry(visitor)["scope"] == f"{HOST}{base}/{kind.scope}".lower()
    with_token = [request for request in server.log if CREDENTIALS & request.headers.keys()]
    own = [kind.question, *(f"{kind.clone}/info/refs?service=git-{name}-pack" for name in SERVICES)]
    assert {request.url for request in with_token} == {f"{HOST}{base}/{path}" for path in own}
    filled = GitCredential(visitor).fill(
        "protocol=https", "host=shared.example.com", f"path={base[1:]}/{kind.clone}".replace("=/", "=")
    )
    assert filled.password == kind.token


@every_server
def test_where_none_answers_the_token_is_sent_nowhere_and_kept(
    server: ApiServer, visitor: Program, provider: str
) -> None:
    kind = SERVERS[provider]
    server.serve(f"{HOST}/{kind.question}", STRANGER, None)
    done = seed(visitor, f"{HOST}/{kind.clone}", provider, *kind.unsaid)
    assert done.status == 0
    assert line_of(done).startswith("warning: the token could not be verified (no ")
    assert f"git config --global pat.{HOST}/PATH.provider {provider}" in line_of(done)
    assert [name for request in server.log for name in request.headers if name == kind.api.header] == []


def test_where_the_host_cannot_be_reached_the_address_decides(visitor: Program) -> None:
    visitor.git("config", "--global", "http.proxy", "http://127.0.0.1:9")
    done = seed(visitor, f"{HOST}/apps/bitbucket/scm/PROJ/web.git", "bitbucket", "--username", "jane")
    assert (done.status, noted(visitor)) == (0, f"pat.{HOST}/apps/bitbucket.provider bitbucket")
    assert only_entry(visitor)["scope"] == f"{HOST}/apps/bitbucket/scm/proj"


def test_no_verify_asks_nobody(server: ApiServer, visitor: Program) -> None:
    done = seed(visitor, f"{HOST}/apps/jane/web.git", "gitea", "--no-verify")
    assert (done.status, server.log) == (0, [])
    assert noted(visitor) == f"pat.{HOST}/apps.provider gitea"


@every_server
def test_a_server_that_the_settings_name_is_not_looked_for(
    server: ApiServer, visitor: Program, provider: str
) -> None:
    kind = SERVERS[provider]
    visitor.git("config", "--global", f"pat.{HOST}/code.provider", provider)
    server.serve(f"{HOST}/code/{kind.question}", kind.api, None)
    serve_git(server, f"{HOST}/code/{kind.clone}", None)
    done = seed(visitor, f"{HOST}/code/{kind.clone}", provider)
    assert (done.status, done.stderr) == (0, ""), done
    assert [request for request in server.log if not request.url.startswith(f"{HOST}/code/")] == []
    assert noted(visitor) == f"pat.{HOST}/code.provider {provider}"


def test_exec_names_the_server_with_its_path(visitor: Program) -> None:
    for provider, path in (("gitlab", "Tools/gitlab"), ("gitea", "gitea")):
        visitor.git("config", "--global", f"pat.{HOST}/{path}.provider", provider)
        seed(visitor, f"{HOST}/{path}/jane", provider, "--no-verify")
    for path, names in {
        "tools/gitlab/jane": {"GITLAB_HOST": HOST, "GITLAB_SUBFOLDER": "Tools/gitlab"},
        "gitea/jane": {"GITEA_SERVER_URL": f"{HOST}/gitea", "GITEA_INSTANCE_URL": f"{HOST}/gitea"},
    }.items():
        run = visitor.run("exec", f"{HOST}/{path}", "--", "env")
        found = dict(line.split("=", 1) for line in run.stdout.decode().splitlines() if "=" in line)
        assert {name: found.get(name) for name in names} == names


def test_tokens_of_two_repositories_are_seeded_beside_each_other(program: Program) -> None:
    token = f"ATCTT3xFfG{'a1' * 40}=0123ABCD"
    for name in ("web", "api"):
        program.seed(f"https://bitbucket.org/acme/{name}.git", f"{token}{name}")
    git = GitCredential(program)
    for name in ("web", "api"):
        filled = git.fill("protocol=https", "host=bitbucket.org", f"path=acme/{name}.git")
        assert filled == Login("x-token-auth", f"{token}{name}")


# What the host's name or the token suggests


NAMED = {"gitlab": "https://gitlab.example.com", "bitbucket": "https://bitbucket.example.com"}


def seed_plainly(program: Program, url: str, provider: str, *options: str) -> Run:
    return program.run("seed", url, *options, stdin=f"{SERVERS[provider].token}\n".encode())


@pytest.mark.parametrize(
    ("provider", "host"), [*NAMED.items(), *((provider, HOST) for provider in SERVERS)], ids=str
)
def test_a_server_that_its_name_or_the_token_suggests_needs_no_provider(
    server: ApiServer, visitor: Program, provider: str, host: str
) -> None:
    kind = SERVERS[provider]
    server.serve(f"{host}/{kind.question}", kind.api, None)
    serve_git(server, f"{host}/{kind.clone}", None)
    done = seed_plainly(visitor, f"{host}/{kind.clone}", provider)
    assert (done.status, done.stderr) == (0, ""), done
    assert done.stdout.decode().startswith(f"{host} is ")
    assert noted(visitor) == f"pat.{host}.provider {provider}"
    assert only_entry(visitor)["scope"] == f"{host}/{kind.scope}"


@pytest.mark.parametrize(
    "options", [(), ("--no-verify",)], ids=["the host is another", "the host is not asked"]
)
def test_a_server_that_does_not_confirm_it_gets_no_token_and_the_provider_is_named(
    server: ApiServer, visitor: Program, options: tuple[str, ...]
) -> None:
    kind = SERVERS["gitlab"]
    for host in (NAMED["gitlab"], HOST):
        server.serve(f"{host}/{kind.question}", STRANGER, None)
        done = seed_plainly(visitor, f"{host}/{kind.clone}", "gitlab", *options)
        assert done.status == 2
        assert line_of(done).endswith("give --username NAME, or --provider gitlab if it is GitLab")
    assert [request for request in server.log if CREDENTIALS & request.headers.keys()] == []


def test_what_the_user_said_runs_there_is_not_doubted(server: ApiServer, visitor: Program) -> None:
    visitor.git("config", "--global", f"pat.{NAMED['gitlab']}.provider", "generic")
    done = seed_plainly(visitor, NAMED["gitlab"], "gitlab")
    assert (done.status, server.log) == (2, [])
    assert line_of(done).endswith("give --username NAME")
