"""Azure DevOps through real `git credential`: two organizations of one host never get each other's token.

The vectors of tests/vectors/scopes/ say which entry is meant; this is their way through Git.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.git_credential import GitCredential, asked_by_git, rejected, states
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run

if TYPE_CHECKING:
    from pathlib import Path

WEB = f"url={FABRIKAM}/web/_git/web"
APP = f"url={CONTOSO}/app/_git/app"
HOST = "url=https://dev.azure.com"


def seed_both(program: Program, *options: str) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN, *options)
    program.seed(CONTOSO, OTHER_AZURE_TOKEN, *options)


@pytest.mark.parametrize("by", ["configure", "seed"])
def test_once_configured_each_organization_has_its_own_token(program: Program, by: str) -> None:
    git = GitCredential(program)
    if by == "configure":
        assert program.run("configure").status == 0
    seed_both(program, *(["--no-configure"] if by == "configure" else []))
    assert git.fill(WEB) == ("pat", AZURE_TOKEN)
    assert git.fill(APP) == ("pat", OTHER_AZURE_TOKEN)
    other = "https://dev.azure.com/fabrikam2/web/_git/web"
    assert git.asks(f"url={other}") == f"Username for '{other}'"


def test_of_several_organizations_none_is_answered_and_the_fix_is_reported(tmp_path: Path) -> None:
    program = asked_by_git(tmp_path / "home")
    git = GitCredential(program)
    seed_both(program, "--no-configure")
    run = git.run("fill", WEB)
    hint, question = run.stderr.splitlines()
    assert ": Git does not send the organization to https://dev.azure.com, " in hint
    assert question.startswith("fatal: could not read ")
    assert (run.status, run.stdout) == (128, b"")
    assert program.git(*hint.partition("run: git ")[2].split()) == Run(0, b"", "")
    assert git.fill(WEB) == ("pat", AZURE_TOKEN)
    assert git.fill(APP) == ("pat", OTHER_AZURE_TOKEN)


def test_a_rejected_organization_leaves_the_other_alone(program: Program) -> None:
    git = GitCredential(program)
    seed_both(program)
    git.reject(WEB, "username=pat", f"password={OTHER_AZURE_TOKEN}")
    assert git.fill(WEB) == ("pat", AZURE_TOKEN)
    git.reject(WEB, "username=pat", f"password={AZURE_TOKEN}")
    assert states(program) == {f"{CONTOSO} pat": "active", f"{FABRIKAM} pat": "rejected"}
    assert git.asks(WEB, said=rejected(FABRIKAM)) == f"Username for '{FABRIKAM}/web/_git/web'"
    assert git.fill(APP) == ("pat", OTHER_AZURE_TOKEN)


@pytest.mark.slow
def test_a_token_rejected_for_an_inferred_organization_is_doubtful_until_it_succeeds_or_is_restored_or_seeded(
    tmp_path: Path,
) -> None:
    program = asked_by_git(tmp_path / "home")
    git, with_path = GitCredential(program), GitCredential(program, "credential.useHttpPath=true")
    program.seed(FABRIKAM, AZURE_TOKEN, "--no-configure")
    for ending in ("success", "seed", "restore"):
        assert git.fill(APP) == ("pat", AZURE_TOKEN)  # Git sends no path, so fabrikam is inferred
        git.reject(APP, "username=pat", f"password={AZURE_TOKEN}")
        assert states(program) == {f"{FABRIKAM} pat": "doubtful"}
        assert git.run("fill", APP).status == 128
        assert with_path.fill(WEB) == ("pat", AZURE_TOKEN)
        if ending == "success":
            with_path.approve(WEB, "username=pat", f"password={AZURE_TOKEN}")
        elif ending == "seed":
            program.seed(FABRIKAM, AZURE_TOKEN, "--no-configure")
        else:
            assert program.run("restore", "fabrikam").status == 0
    assert git.fill(HOST) == ("pat", AZURE_TOKEN)


def test_neighbouring_helpers_get_no_copy_of_an_azure_token(program: Program) -> None:
    git = GitCredential(program)
    program.git("config", "--global", "credential.helper", "store")
    assert program.run("configure").status == 0
    for url in (WEB, "url=https://fabrikam.visualstudio.com/web/_git/web"):
        git.approve(url, "username=pat", f"password={AZURE_TOKEN}")
    git.approve("url=https://git.example.com", "username=jane", "password=secret")
    stored = (program.home / ".git-credentials").read_text(encoding="ascii")
    assert stored == "https://jane:secret@git.example.com\n"
    assert git.fill(WEB) == ("pat", AZURE_TOKEN)
