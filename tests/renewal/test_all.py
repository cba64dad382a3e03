"""All families in one vault: programs do what they may, a person is led through the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import keep
from support.program import FABRIKAM
from support.pty_program import Terminal
from support.token_hosts.azure import TENANT
from support.token_hosts.host import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.program import Program
    from support.token_hosts.az import Az
    from support.token_hosts.fixtures import TokenHosts

GITLAB, GITHUB, GITEA = "https://gitlab.com/group", "https://github.com/octo", "https://codeberg.org/octo"
QUESTION = "The next token (hidden; Enter skips this one): "


@pytest.fixture
def jane(program: Program, token_hosts: TokenHosts, az: Az) -> Program:
    """Return a program whose user is signed in with az, and whose four tokens end in ten days."""
    now = token_hosts.now
    az.tokens = {TENANT: token_hosts.azure.sign_in(now)}
    expires = int(now + 10 * DAY)
    keep(program, GITLAB, token_hosts.gitlab.add(now=now, days=10).value, expires=expires)
    keep(program, FABRIKAM, token_hosts.azure.add(now=now, days=10).token, expires=expires)
    keep(program, GITHUB, token_hosts.github.add(now=now, days=10).value, expires=expires)
    keep(program, GITEA, token_hosts.gitea.add().value, expires=expires)
    return program


def answered(jane: Program) -> dict[str, str]:
    """Return what Git gets for each."""
    found = {}
    for url in (GITLAB, FABRIKAM, GITHUB, GITEA):
        settings = ("-c", "credential.helper=pat", "-c", "credential.useHttpPath=true")
        run = jane.git(*settings, "credential", "fill", stdin=f"url={url}/project\n\n".encode())
        lines = dict(line.split("=", 1) for line in run.stdout.decode().splitlines())
        found[url] = lines.get("password", "")
    return found


def alive(tokens: Mapping[str, str], hosts: TokenHosts) -> set[str]:
    """Return the places whose host takes their token."""
    families = {GITLAB: hosts.gitlab, FABRIKAM: hosts.azure, GITHUB: hosts.github, GITEA: hosts.gitea}
    return {url for url, family in families.items() if family.lives(tokens[url], hosts.now)}


@pytest.mark.slow
def test_the_tokens_of_all_hosts_are_renewed_and_then_revoked(jane: Program, token_hosts: TokenHosts) -> None:
    before = answered(jane)
    next_github = token_hosts.github.add(now=token_hosts.now, days=90).value
    next_gitea = token_hosts.gitea.add().value
    terminal = Terminal(jane, "rotate", "--all", "--within", "14")
    terminal.wait_for("Rotate 4 tokens? [y/N] ")
    terminal.enter("y")
    terminal.ask_hidden(QUESTION)
    terminal.enter(next_gitea)
    terminal.wait_for("When does it expire?")
    terminal.enter("90")
    terminal.ask_hidden(QUESTION)
    terminal.enter(next_github)
    terminal.wait_for("[y/N] ")
    terminal.enter("y")
    assert terminal.finish() == 0, terminal.lines()
    after = answered(jane)
    assert not {*before.values()} & {*after.values()}
    assert (after[GITHUB], after[GITEA]) == (next_github, next_gitea)
    assert alive(after, token_hosts) == {GITLAB, FABRIKAM, GITHUB, GITEA}

    run = jane.run("revoke", "--all", "--yes")
    assert run.status == 6, run
    assert "https://codeberg.org/user/settings/applications" in run.stdout.decode()
    assert alive(after, token_hosts) == {GITEA}
    assert answered(jane) == {**dict.fromkeys(after, ""), GITEA: next_gitea}
