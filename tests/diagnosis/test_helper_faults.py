"""Faults in what Git is told of helpers: `doctor` finds each, and the command that it prints mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import keep
from support.doctor import Found, doctor, mends, only_problem
from support.program import AZURE_TOKEN, LAUNCHER

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program

AZURE = "https://dev.azure.com, https://pkgs.dev.azure.com, https://*.visualstudio.com"


def set_git(program: Program, *arguments: str, cwd: Path | None = None) -> None:
    """Change git's configuration."""
    done = program.git("config", *arguments, cwd=cwd)
    assert done.status == 0, done


def test_git_does_not_know_of_the_helper(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN, "--no-configure")
    finding = only_problem(program)
    assert finding == Found(
        "helper", "problem", f"Git does not ask this helper for {AZURE}", "git credential-pat configure"
    )
    assert mends(program, finding)


def test_a_reset_in_the_users_own_configuration_hides_the_helper(healthy: Program) -> None:
    with healthy.gitconfig.open("a") as file:
        file.write("[credential]\n\thelper =\n")
    finding = only_problem(healthy)
    assert finding.text == f"Git does not ask this helper for {AZURE}"
    assert mends(healthy, finding)


def test_a_reset_in_the_repository_hides_the_helper(healthy: Program, repository: Path) -> None:
    set_git(healthy, "credential.helper", "", cwd=repository)
    finding = only_problem(healthy, cwd=repository)
    assert finding.text == f"Git does not ask this helper for {AZURE}"
    assert finding.mend == f"git config --file {repository}/.git/config --unset-all credential.helper '^$'"
    assert mends(healthy, finding, cwd=repository)


def test_another_tools_reset_hides_the_helper_for_one_host(healthy: Program) -> None:
    keep(healthy, "https://github.com/contoso", "ghp_" + "A" * 36)
    set_git(healthy, "--global", "credential.https://github.com.useHttpPath", "true")
    set_git(healthy, "--global", "credential.https://github.com.helper", "")
    set_git(healthy, "--global", "--add", "credential.https://github.com.helper", "!gh auth git-credential")
    finding = only_problem(healthy)
    assert finding.text == "Git does not ask this helper for https://github.com"
    assert mends(healthy, finding)


def test_which_helper_is_asked_where_no_token_is_kept_is_no_matter(
    healthy: Program, repository: Path
) -> None:
    set_git(healthy, "--global", "credential.https://github.com.helper", "")
    set_git(healthy, "--global", "--add", "credential.https://github.com.helper", "!gh auth git-credential")
    url = "https://github.com/contoso/api.git"
    assert healthy.git("remote", "add", "hub", url, cwd=repository).status == 0
    assert [found for found in doctor(healthy, cwd=repository) if found.state != "ok"] == []


def test_the_program_was_moved(healthy: Program) -> None:
    text = healthy.gitconfig.read_text()
    healthy.gitconfig.write_text(text.replace(f"helper = {LAUNCHER}", "helper = /gone/git-credential-pat"))
    finding = only_problem(healthy)
    assert finding.check == "helper-found"
    assert finding.text == "the helper that Git is told of is not found at /gone/git-credential-pat"
    assert mends(healthy, finding)
    assert healthy.gitconfig.read_text() == text


def test_only_a_shell_finds_the_program(healthy: Program) -> None:
    text = healthy.gitconfig.read_text()
    helper = f"helper = {LAUNCHER}"
    healthy.gitconfig.write_text(text.replace(helper, "helper = pat --backend vault"))
    finding = only_problem(healthy)
    assert finding.check == "helper-found"
    assert (
        finding.text == "the helper that Git is told of is not found by desktop programs, whose PATH is short"
    )
    assert mends(healthy, finding)
    assert healthy.gitconfig.read_text() == text.replace(helper, f"{helper} --backend vault")


def test_a_neighbour_would_keep_copies(healthy: Program) -> None:
    with healthy.gitconfig.open("a") as file:
        file.write("[credential]\n\thelper = store\n")
    finding = only_problem(healthy)
    assert finding == Found(
        "copies",
        "problem",
        f'the helper "store" is asked beside this one and keeps copies of the tokens for {AZURE}',
        "git credential-pat configure",
    )
    assert mends(healthy, finding)


@pytest.mark.parametrize(
    ("helper", "mend"),
    [
        ("cache --timeout 60", "--unset-all credential.helper '^cache( |$)'"),
        ("/usr/lib/a.b-c/helper x", "--unset-all credential.helper '^/usr/lib/a\\.b\\-c/helper( |$)'"),
        ("!f() { echo password=the-canary; }; f", "--unset-all credential.helper '^!'"),
    ],
)
def test_a_neighbour_of_the_repository_would_keep_copies(
    healthy: Program, repository: Path, helper: str, mend: str
) -> None:
    set_git(healthy, "credential.helper", helper, cwd=repository)
    finding = next(found for found in doctor(healthy, cwd=repository) if found.check == "copies")
    assert finding.mend == f"git config --file {repository}/.git/config {mend}"
    assert "canary" not in finding.text
    assert mends(healthy, finding, cwd=repository)


def test_of_a_neighbour_with_an_open_quotation_mark_no_argument_is_shown(
    healthy: Program, repository: Path
) -> None:
    set_git(healthy, "credential.helper", 'ours --password "the-canary', cwd=repository)
    finding = next(found for found in doctor(healthy, cwd=repository) if found.check == "copies")
    assert finding.text == (
        f"the helper of a shell command is asked beside this one and keeps copies of the tokens for {AZURE}"
    )
    assert finding.mend == (
        f"git config --file {repository}/.git/config --unset-all credential.helper '^ours( |$)'"
    )
    assert mends(healthy, finding, cwd=repository)


def test_at_other_hosts_a_neighbour_is_only_noted(healthy: Program) -> None:
    keep(healthy, "https://git.example.com/", "secret", "jane")
    healthy.gitconfig.write_text(f"[credential]\n\thelper = store\n{healthy.gitconfig.read_text()}")
    (finding,) = [found for found in doctor(healthy) if found.state != "ok"]
    assert (finding.check, finding.state) == ("copies", "note")
    assert finding.text == (
        'the helper "store" is asked beside this one and keeps copies of the tokens for https://git.example.com'
    )
    assert mends(healthy, finding)
    assert [found for found in doctor(healthy) if found.state != "ok"] == []


@pytest.mark.parametrize("url", ["https://dev.azure.com", "https://pkgs.dev.azure.com"])
def test_git_does_not_say_which_organization(healthy: Program, url: str) -> None:
    text = healthy.gitconfig.read_text()
    set_git(healthy, "--global", "--unset", f"credential.{url}.useHttpPath")
    finding = only_problem(healthy)
    assert finding.check == "paths"
    assert finding.text == f"Git does not say which organization it asks for at {url}"
    assert finding.mend == f"git config --global credential.{url}.useHttpPath true"
    assert mends(healthy, finding)
    assert sorted(healthy.gitconfig.read_text().split()) == sorted(text.split())


def test_the_path_is_switched_off(healthy: Program) -> None:
    set_git(healthy, "--global", "credential.https://dev.azure.com.useHttpPath", "false")
    assert mends(healthy, only_problem(healthy))


def test_the_path_is_switched_off_in_the_repository(healthy: Program, repository: Path) -> None:
    set_git(healthy, "credential.https://dev.azure.com.useHttpPath", "no", cwd=repository)
    finding = only_problem(healthy, cwd=repository)
    assert finding.text == "Git does not say which organization it asks for at https://dev.azure.com"
    assert mends(healthy, finding, cwd=repository)


def test_the_path_is_wanted_at_other_hosts_too(healthy: Program) -> None:
    keep(healthy, "https://github.com/contoso", "ghp_" + "A" * 36)
    finding = only_problem(healthy)
    assert finding.text == "Git does not say which organization it asks for at https://github.com"
    assert mends(healthy, finding)
