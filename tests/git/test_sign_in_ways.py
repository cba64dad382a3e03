"""Sign-ins by other ways, asked as Git asks: jobs, machines, and a person's own app by the real msal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest
from support import metadata_process
from support.agents import AgentProgram, agent_program
from support.checks import entries, keep, line_of
from support.connect_proxy import BackgroundServer, QuietHandler
from support.program import FABRIKAM, NO_AGENT, Run, attributes
from support.pty_program import Terminal
from support.token_hosts.browser import Browser
from support.token_hosts.entra import CLIENT
from support.token_hosts.workloads import Actions, AppService, Metadata

from git_credential_pat.entra.tokens import claims

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.program import Program
    from support.token_hosts.fixtures import TokenHosts

pytestmark = pytest.mark.slow

REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")


def password_of(run: Run) -> str:
    """Return the token of an answer, after checking that it is one."""
    assert (run.status, run.stderr) == (0, "")
    lines = dict(line.split("=", 1) for line in run.stdout.decode().splitlines())
    assert lines.keys() == {"username", "password", "password_expiry_utc"}
    return lines["password"]


def test_a_job_of_github_signs_in_with_the_variables_of_each_call(
    program: Program, token_hosts: TokenHosts
) -> None:
    actions = Actions(token_hosts.entra)
    token_hosts.server.at(actions, *actions.names)
    job = {"ACTIONS_ID_TOKEN_REQUEST_URL": actions.url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": actions.token}
    job["AZURE_CLIENT_ID"] = CLIENT
    seed = ("seed", FABRIKAM, "--sign-in", "federated")
    assert program.run(*seed, environment=job).status == 0
    token = password_of(program.run("get", stdin=REQUEST, environment=job))
    assert not token_hosts.azure.sign_ins[token].is_person
    outside = program.run("get", stdin=REQUEST)
    assert (outside.status, outside.stdout) == (1, b"")
    assert line_of(outside).startswith(f"cannot sign in to {FABRIKAM} (federated): no service vouches")


@pytest.fixture
def pod(token_hosts: TokenHosts, tmp_path: Path) -> Iterator[AgentProgram]:
    """Return a program in a container of a cluster, which puts a file there that vouches for it."""
    file = tmp_path / "azure-identity-token"
    with agent_program() as program:
        token_hosts.server.configure_client(program.home)
        program.environment |= {"AZURE_FEDERATED_TOKEN_FILE": str(file), "AZURE_CLIENT_ID": CLIENT}
        vouch(token_hosts, file, "first")
        assert program.run("seed", FABRIKAM, "--sign-in", "federated").status == 0
        yield program


def vouch(token_hosts: TokenHosts, file: Path, word: str) -> None:
    """Have a file say something of the workload that Entra trusts, and nothing else."""
    assertion = f"eyJ.{word}.x"
    token_hosts.entra.assertions = {assertion}
    file.write_text(f"{assertion}\n")


def test_a_cluster_vouches_by_a_file_that_is_read_each_time(
    pod: AgentProgram, token_hosts: TokenHosts, tmp_path: Path
) -> None:
    first, second = (password_of(pod.run("get", stdin=REQUEST, environment=NO_AGENT)) for _ in range(2))
    assert first != second
    vouch(token_hosts, tmp_path / "azure-identity-token", "second")
    token = password_of(pod.run("get", stdin=REQUEST, environment=NO_AGENT))
    assert not token_hosts.azure.sign_ins[token].is_person
    assert token_hosts.entra.asked("POST")


def test_the_agent_holds_what_a_file_led_to_for_calls_that_name_it(
    pod: AgentProgram, token_hosts: TokenHosts
) -> None:
    assert pod.run("agent").status == 0
    token = password_of(pod.run("get", stdin=REQUEST))
    asked = len(token_hosts.server.log)
    assert password_of(pod.run("get", stdin=REQUEST)) == token
    assert len(token_hosts.server.log) == asked
    del pod.environment["AZURE_FEDERATED_TOKEN_FILE"]
    outside = pod.run("get", stdin=REQUEST)
    assert (outside.status, outside.stdout) == (1, b"")
    assert line_of(outside).startswith(f"cannot sign in to {FABRIKAM} (federated): no service vouches")


def test_an_app_of_azures_signs_in_as_itself(program: Program, token_hosts: TokenHosts) -> None:
    service = AppService(token_hosts.azure)

    class Handler(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802  # http.server's name for it
            url = f"http://127.0.0.1{self.path}"
            answer = service.answer("GET", url, dict(self.headers.items()), b"", time.time())
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    with BackgroundServer(Handler) as server:
        endpoint = "http://{}:{}/msi/token".format(*server.address)
        program.environment |= {"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": service.secret}
        assert program.run("seed", FABRIKAM, "--sign-in", "managed").status == 0
        token = password_of(program.run("get", stdin=REQUEST))
    assert not token_hosts.azure.sign_ins[token].is_person
    assert line_of(program.run("get", stdin=REQUEST)).startswith(
        f"cannot sign in to {FABRIKAM} (managed): 127.0.0.1:"
    )


@pytest.mark.needs("root")
def test_a_virtual_machine_signs_in_by_its_own_address(program: Program) -> None:
    keep(program, FABRIKAM, "", sign_in="managed")
    alone = f"unshare --net {sys.executable} {metadata_process.__file__} {program.launcher} get"
    token = password_of(program.shell(alone, stdin=REQUEST))
    assert claims(token)["upn"] == Metadata.IDENTITY


@pytest.mark.needs("msal")
def test_an_own_app_signs_in_once_by_a_person_and_git_needs_none(
    program: Program, token_hosts: TokenHosts
) -> None:
    program.git("config", "--global", "pat.entraClientId", CLIENT)
    line = line_of(program.run("seed", FABRIKAM, "--sign-in", "entra"))
    assert line.endswith(
        f"needs a person; run on a terminal: git credential-pat seed {FABRIKAM} --sign-in entra"
    )
    browser = Browser(program, token_hosts.server)
    program.environment |= browser.environment
    terminal = Terminal(program, "seed", FABRIKAM, "--sign-in", "entra", "--no-configure")
    assert terminal.finish() == 0, terminal.seen
    assert "Stored the sign-in for " in terminal.seen
    assert browser.errors == ""
    del program.environment["BROWSER"]
    for _ in range(2):
        token = password_of(program.run("get", stdin=REQUEST, environment=NO_AGENT))
        assert token_hosts.azure.sign_ins[token].is_person
    assert len(browser.pages) == 1
    assert [row["sign_in"] for row in entries(program) if row["state"] == "active"] == ["entra"]
