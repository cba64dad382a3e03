"""Another helper that Git asks first: `seed`, `import` and `configure` say so, and their command changes it.

The other helper is a real program that answers a token of its own, and real Git asks both.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from support.checks import said
from support.doctor import doctor, problems
from support.git_credential import GitCredential, Login
from support.program import AZURE_TOKEN, FABRIKAM, Program

if TYPE_CHECKING:
    from pathlib import Path

GITHUB_TOKEN = f"ghp_{'g' * 36}"
ACME = "https://github.com/acme"
WEB = f"url={ACME}/web"
KEY = "credential.https://github.com.helper"
SET = "git config --global"
OURS = "$(command -v git-credential-pat)"
THEIRS = Login("jane", "theirs")

FIRST = {
    "as gh auth setup-git leaves it": (
        f'{SET} {KEY} ""; {SET} --add {KEY} "!$HOME/bin/gh auth git-credential"',
        '"gh"',
    ),
    "for all hosts": (f"{SET} credential.helper $HOME/bin/git-credential-other", '"git-credential-other"'),
    "by its short name": (f"{SET} credential.helper 'other --timeout 60'", '"other"'),
    "in the system's configuration": (
        "git config --file $GIT_CONFIG_SYSTEM credential.helper osxkeychain",
        '"osxkeychain"',
    ),
    "for one host in the system's configuration": (
        f"git config --file $GIT_CONFIG_SYSTEM {KEY} libsecret",
        '"libsecret"',
    ),
    "in an included file": (
        f"git config --file $HOME/work.gitconfig {KEY} other; {SET} include.path work.gitconfig",
        '"other"',
    ),
    "for one owner": (f"{SET} credential.{ACME}.helper other", '"other"'),
    "for one repository": (f"{SET} credential.{ACME}/web.helper other", '"other"'),
    "by a pattern": (f"{SET} credential.https://*.com.helper other", '"other"'),
    "by a host alone": (f"{SET} credential.github.com.helper other", '"other"'),
    "by a protocol alone": (f"{SET} credential.https://.helper other", '"other"'),
    "with a path of its own": (f'{SET} {KEY} "!\\"$HOME/bin/git-credential-other\\" x"', None),
    "as a function": (
        f"{SET} {KEY} '!f() {{ echo username=jane; echo password=theirs; }}; f'",
        "of a shell command",
    ),
}


@pytest.fixture
def neighboured(tmp_path: Path) -> Program:
    """Return a program beside a helper with an answer of its own, which goes by several names."""
    program = Program(tmp_path / "home")
    bin_folder = program.home / "bin"
    bin_folder.mkdir()
    other = bin_folder / "git-credential-other"
    answer = "printf 'username=jane\\npassword=theirs\\n'"
    other.write_text(f'#!/bin/sh\nfor operation; do :; done\ntest "$operation" != get || {answer}\n')
    other.chmod(0o755)
    for name in ("gh", "git-credential-osxkeychain", "git-credential-libsecret"):
        (bin_folder / name).symlink_to(other)
    del program.environment["GIT_CONFIG_NOSYSTEM"]
    program.environment["GIT_CONFIG_SYSTEM"] = str(program.home / "system.gitconfig")
    program.environment["PATH"] = f"{bin_folder}:{program.environment['PATH']}"  # before a real gh
    return program


def paste(program: Program, command: str) -> None:
    """Run a printed command in the user's shell."""
    subprocess.run(["/bin/sh", "-ec", command], env=program.environment, cwd=program.home, check=True)


@pytest.mark.slow
@pytest.mark.parametrize("place", FIRST)
def test_seed_says_which_helper_git_asks_first_and_its_command_changes_that(
    neighboured: Program, place: str
) -> None:
    line, name = FIRST[place]
    paste(neighboured, line)
    lines = said(neighboured.seed(ACME, GITHUB_TOKEN))
    (first,) = [each for each in lines if each.startswith(f"Git asks the helper {name or ''}")]
    assert " before this one for https://" in first
    assert not any("Git uses this helper" in each for each in lines)
    assert "theirs" not in first
    assert GitCredential(neighboured).fill(WEB) == THEIRS
    (finding,) = [found for found in doctor(neighboured) if found.check == "other-helpers"]
    assert (finding.state, f"{finding.text}; to change that, run: {finding.fix}") == ("problem", first)
    paste(neighboured, first.partition("; to change that, run: ")[2])
    assert GitCredential(neighboured).fill(WEB) == ("x-access-token", GITHUB_TOKEN)
    assert [found for found in doctor(neighboured) if found.state != "ok"] == []
    assert not any("Git asks" in each for each in said(neighboured.seed(ACME, GITHUB_TOKEN)))


def test_a_helper_that_hides_this_one_is_reported_by_the_next_seed(neighboured: Program) -> None:
    neighboured.seed(ACME, GITHUB_TOKEN)
    paste(neighboured, f"{SET} --replace-all {KEY} ''; {SET} --add {KEY} '!gh auth git-credential'")
    assert GitCredential(neighboured).fill(WEB) == THEIRS
    lines = said(neighboured.seed(ACME, GITHUB_TOKEN))
    (hidden,) = [each for each in lines if each.startswith("Git ")]
    paste(neighboured, hidden.partition("; to change that, run: ")[2])
    assert GitCredential(neighboured).fill(WEB) == ("x-access-token", GITHUB_TOKEN)
    assert problems(neighboured) == []


@pytest.mark.parametrize(
    "command", [["configure"], ["import", "environment", ACME, "--no-verify"]], ids="-".join
)
def test_configure_and_import_say_it_too(neighboured: Program, command: list[str]) -> None:
    if command == ["configure"]:
        neighboured.seed(ACME, GITHUB_TOKEN, "--no-configure")
    paste(neighboured, f"{SET} {KEY} other")
    lines = said(neighboured.run(*command, environment={"GH_TOKEN": GITHUB_TOKEN}))
    assert f"This helper is in Git's configuration ({neighboured.gitconfig})." in lines
    (first,) = [each for each in lines if each.startswith("Git asks ")]
    assert first.startswith('Git asks the helper "other" before this one for https://github.com; ')


def test_configure_without_a_token_names_the_helper_that_other_hosts_have_first(neighboured: Program) -> None:
    paste(neighboured, f"{SET} credential.helper other")
    assert said(neighboured.run("configure")) == [
        f"Git uses this helper ({neighboured.gitconfig}).",
        (
            'For hosts other than Azure DevOps, Git asks the helper "other" before this one; '
            "`seed` and `doctor` print the command that changes that."
        ),
    ]


@pytest.mark.parametrize("key", ["credential.helper", "credential.https://dev.azure.com.helper"])
def test_at_azure_devops_a_helper_before_ours_is_a_problem_too(neighboured: Program, key: str) -> None:
    paste(neighboured, f"{SET} {key} other; {SET} --add {key} pat")
    neighboured.seed(FABRIKAM, AZURE_TOKEN, "--no-configure")
    paths = "https://dev.azure.com.useHttpPath https://pkgs.dev.azure.com.useHttpPath"
    paste(neighboured, f"for name in {paths}; do {SET} credential.$name true; done")
    finding, *_ = [found for found in problems(neighboured) if found.check == "other-helpers"]
    assert finding.text.startswith('Git asks the helper "other" before this one for https://dev.azure.com')
    assert finding.fix is not None
    paste(neighboured, finding.fix)
    assert GitCredential(neighboured).fill(f"url={FABRIKAM}/web/_git/web") == ("pat", AZURE_TOKEN)
    assert [found for found in problems(neighboured) if found.check == "other-helpers"] == []


@pytest.mark.parametrize(
    "line",
    [
        f"{SET} --add credential.helper other",
        f"{SET} credential.https://github.com/contoso.helper other",
        f"{SET} credential.https://gitlab.com.helper other",
        f'{SET} {KEY} other; {SET} --add {KEY} ""; {SET} --add {KEY} {OURS}',
        f'{SET} {KEY} other; {SET} credential.{ACME}.helper ""; {SET} --add credential.{ACME}.helper {OURS}',
    ],
    ids=["behind ours", "another owner's", "another host's", "reset", "reset for the owner"],
)
def test_a_helper_that_is_not_asked_before_ours_is_no_problem(neighboured: Program, line: str) -> None:
    neighboured.seed(ACME, GITHUB_TOKEN)
    paste(neighboured, line)
    assert problems(neighboured) == []
    assert not any("Git asks" in each for each in said(neighboured.seed(ACME, GITHUB_TOKEN)))
    assert GitCredential(neighboured).fill(WEB) == ("x-access-token", GITHUB_TOKEN)
