"""One file and one row make a host known to every part of the program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from install.shells import offered_by_bash
from support.api_server import Answer, ApiServer, basic
from support.made_up import Row, installed_with
from support.program import LAUNCHER, Program, attributes
from support.verdicts import serve_git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = """
from git_credential_pat.hosts.family import OwnedPaths


class Forge(OwnedPaths):
    name = "forge"
    title = "Forge"
    rule = "any"

    def default_username(self, token):
        return b"smith"

    def looks_like_token(self, value):
        return value.startswith(b"forge_")

    def token_page(self, scope):
        return f"{self.server(scope).text}/tokens"

    def verify(self, subject):
        from git_credential_pat.hosts.support.verdict import member, refused, valid
        from git_credential_pat.web import Question

        reply = yield Question(f"{subject.server}/me", {"Authorization": f"Bearer {subject.text}"})
        return valid(member(reply.json(), "name")) if reply.status == 200 else refused(reply)

    def is_own(self, reply):
        return bool(reply.value("x-forge"))

    def sources(self):
        from git_credential_pat.hosts.support.variables import Source

        return (Source("FORGE_TOKEN", ("FORGE_URL",)),)

    def variables(self, organization):
        from git_credential_pat.hosts.support.variables import Variables

        return Variables(("FORGE_TOKEN",), {"FORGE_URL": self.server(organization).text})
"""
ROW = '    Host("forge", "forge:Forge", names=(b"forge.example.com",)),\n'
BEFORE = '    Host("generic",'
OCTO = "https://forge.example.com/octo"
OWN_SERVER = "https://git.example.com/tools/octo"
TOKEN = "forge_" + "a1" * 17
MONA = Answer(200, (("X-Forge", "1"),), b'{"name": "Mona"}')

pytestmark = pytest.mark.slow


@pytest.fixture
def program(server: ApiServer, tmp_path: Path) -> Program:
    row = Row("hosts/__init__.py", BEFORE, ROW)
    programs = installed_with(tmp_path / "made-up", row, "forge.py", FILE)
    program = Program(tmp_path / "home", programs / LAUNCHER.name)
    server.configure_client(program.home)
    for place in ("https://forge.example.com", "https://git.example.com/tools"):
        server.serve(f"{place}/me", MONA, f"Authorization: Bearer {TOKEN}")
        server.serve_unsigned(f"{place}/me", Answer(401, (("X-Forge", "1"),)))
    return program


def run(
    program: Program, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> str:
    finished = program.run(*arguments, stdin=stdin, environment=environment)
    assert finished.status == 0, finished
    return finished.stdout.decode()


def test_a_family_of_one_file_and_one_row_is_known_to_every_command(
    server: ApiServer, program: Program
) -> None:
    serve_git(server, f"{OCTO}/web.git", basic("smith", TOKEN))
    said = run(program, "seed", f"{OCTO}/web.git", "--days", "3", stdin=f"{TOKEN}\n".encode())
    assert "forge.example.com accepted the token of Mona." in said
    assert f"Stored the token for {OCTO}." in said

    request = attributes("protocol=https", "host=forge.example.com", "path=Octo/web.git")
    answer = run(program, "get", stdin=request)
    assert answer.splitlines()[:2] == ["username=smith", f"password={TOKEN}"]

    verdict = json.loads(run(program, "verify", "--json"))["results"]
    assert [(row["verdict"], row["who"]) for row in verdict] == [("valid", "Mona")]

    printed = run(program, "exec", OCTO, "--", "sh", "-c", 'echo "$FORGE_TOKEN $FORGE_URL"')
    assert printed == f"{TOKEN} https://forge.example.com\n"

    entries = json.loads(run(program, "list", "--json"))["entries"]
    assert [(entry["scope"], entry["username"], entry["owner"]) for entry in entries] == [
        (OCTO, "smith", "Mona")
    ]

    found = program.run("doctor", "--offline").stdout.decode()
    assert "; create a new one at https://forge.example.com/tokens" in found

    assert "forge" in offered_by_bash(program, "git-credential-pat seed --provider f")
    unknown = program.run("seed", "https://x.example.com", "--provider", "smithy", stdin=b"x\n")
    assert ", forge, generic" in unknown.stderr

    where = {"FORGE_TOKEN": f"{TOKEN}2", "FORGE_URL": "https://elsewhere.example.com"}
    run(program, "import", "environment", "--no-verify", environment=where)
    assert (
        program.git("config", "--global", "pat.https://elsewhere.example.com.provider").stdout == b"forge\n"
    )


def test_a_server_of_a_made_up_family_is_found_below_a_path(program: Program) -> None:
    said = run(program, "seed", OWN_SERVER, "--provider", "forge", stdin=f"{TOKEN}\n".encode())
    assert f"Stored the token for {OWN_SERVER}." in said
    noted = program.git("config", "--global", "pat.https://git.example.com/tools.provider")
    assert noted.stdout == b"forge\n"
