"""Faults of settings, helpers and the shell that are more than a line: `doctor` finds and fixes each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import keep, refusal
from support.doctor import Found, after, doctor, fixes, only_problem, pretend_version, problems
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN

from git_credential_pat.diagnosis.own_settings import NAMES, URL_NAMES
from git_credential_pat.git import settings

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program


PLACING = (
    "git credential-pat token --username any https://dev.azure.com | "
    "git credential-pat seed https://dev.azure.com/ORGANIZATION"
)


def notes(program: Program, cwd: Path | None = None) -> list[Found]:
    return [finding for finding in doctor(program, cwd=cwd) if finding.state != "ok"]


def set_git(program: Program, *arguments: str, cwd: Path | None = None) -> None:
    done = program.git("config", *(arguments if cwd else ("--global", *arguments)), cwd=cwd)
    assert done.status == 0, done


@pytest.mark.parametrize(
    "place", ["jane:the-canary@git.example.com", "https://jane:the-canary@git example.com"]
)
def test_a_password_in_a_setting_that_is_not_understood_is_not_repeated(healthy: Program, place: str) -> None:
    set_git(healthy, f"pat.{place}.username", "jane")
    host = place.rpartition("@")[2].replace(" ", "%20")
    text = f'pat.{host}.username in git config: "{host}" is not a URL; correct it'
    assert only_problem(healthy) == Found("settings", "problem", text, f"${{EDITOR:-vi}} {healthy.gitconfig}")
    assert refusal(healthy.run("list"), 1) == text


def test_a_password_in_a_setting_that_is_none_is_not_repeated(healthy: Program) -> None:
    set_git(healthy, "pat.jane:the-canary@git.example.com.user", "jane")
    (finding,) = notes(healthy)
    assert finding.text == "pat.git.example.com.user is not a setting and does nothing"
    assert finding.fix == f"${{EDITOR:-vi}} {healthy.gitconfig}"


def test_every_setting_that_the_program_reads_is_known_to_doctor() -> None:
    read = {key for key in settings._READERS if key.startswith("pat.")}  # noqa: SLF001  # what a user may set
    assert read == {name.lower() for name in NAMES}
    assert set(settings._READERS_OF_URLS) == set(URL_NAMES)  # noqa: SLF001  # as above


def test_the_program_is_not_on_path(healthy: Program) -> None:
    healthy.environment["PATH"] = "/usr/bin:/bin"
    finding = only_problem(healthy)
    assert finding.check == "program"
    assert fixes(healthy, finding)


def test_git_is_not_on_path(healthy: Program) -> None:
    bin_folder = healthy.home / "bin"
    bin_folder.mkdir()
    for name in ("sh", "readlink"):
        (bin_folder / name).symlink_to(f"/bin/{name}")
    healthy.environment["PATH"] = f"{healthy.launcher.parent}:{bin_folder}"
    finding = only_problem(healthy)
    assert (finding.check, finding.fix) == ("git", 'export PATH="$PATH:/usr/bin"')
    assert fixes(healthy, finding)


def test_git_is_too_old(healthy: Program) -> None:
    pretend_version(healthy, "2.20.1")
    finding = only_problem(healthy)
    assert (finding.check, finding.text) == ("git", "git 2.20.1 is older than 2.30")
    assert finding.fix is not None
    assert finding.fix.endswith(" git")


@pytest.mark.parametrize("login", ["jane:canary", OTHER_AZURE_TOKEN])
def test_a_secret_in_a_key_is_kept_and_taken_out(healthy: Program, login: str) -> None:
    set_git(healthy, f"url.https://{login}@github.com/.insteadOf", "https://github.com/")
    finding = only_problem(healthy)
    fix = f"git credential-pat import remotes --scrub --yes {healthy.gitconfig}"
    assert (finding.check, finding.fix) == ("plaintext", fix)
    assert fixes(healthy, finding)
    secret = login.removeprefix("jane:")
    assert secret not in healthy.gitconfig.read_text()
    assert healthy.run("token", "https://github.com").stdout == f"{secret}\n".encode()


def test_tokens_of_gits_own_store_are_noted(healthy: Program) -> None:
    store = healthy.home / ".git-credentials"
    store.write_text("https://jane:canary@github.com\nnonsense\n")
    assert notes(healthy) == []
    elsewhere = store.read_text()
    store.write_text(f"https://jane:{OTHER_AZURE_TOKEN}@dev.azure.com/contoso\n{elsewhere}")
    (finding,) = notes(healthy)
    assert (finding.check, finding.fix) == ("plaintext", "git credential-pat import git-credentials --scrub")
    answered = finding._replace(fix=f"{finding.fix} --yes")  # it asks on a terminal, which there is none of
    checks = {found.check for found in after(healthy, answered) if found.state == "ok"}
    assert "vault" in checks
    assert OTHER_AZURE_TOKEN not in store.read_text()


def test_a_token_in_the_url_of_a_remote_is_kept_and_taken_out(healthy: Program, repository: Path) -> None:
    url = f"https://jane:{OTHER_AZURE_TOKEN}@dev.azure.com/contoso/web/_git/api"
    assert healthy.git("remote", "set-url", "origin", url, cwd=repository).status == 0
    finding = only_problem(healthy, cwd=repository)
    fix = f"git credential-pat import remotes --scrub --yes {repository}"
    assert (finding.check, finding.fix) == ("secrets", fix)
    assert fixes(healthy, finding, cwd=repository)
    said = [found.text for found in doctor(healthy, cwd=repository) if found.check == "remotes"]
    assert said == ['the remote "origin" gets the token for https://dev.azure.com/contoso']


def test_every_file_of_a_repository_is_looked_at(healthy: Program, repository: Path) -> None:
    module = repository / ".git/modules/lib"
    for name in ("objects", "refs"):
        (module / name).mkdir(parents=True)
    (module / "HEAD").write_text("ref: refs/heads/main\n")
    url = f"https://{OTHER_AZURE_TOKEN}@dev.azure.com/contoso/web/_git/lib"
    for number, file in enumerate((".git/config", ".git/modules/lib/config")):
        for key in ("submodule.lib.url", "branch.main.remote", "lfs.url", "remote.x.url")[number:]:
            assert healthy.git("config", "--file", file, key, url, cwd=repository).status == 0
    found = problems(healthy, cwd=repository)
    shown = "contains a password or token in plain text"
    assert [one.text for one in found] == [
        f"{repository}/.git/config {shown} (submodule.lib.url, branch.main.remote, lfs.url and 1 more)",
        f"{module}/config {shown} (branch.main.remote, lfs.url, remote.x.url)",
    ]
    assert {one.fix for one in found} == {f"git credential-pat import remotes --scrub --yes {repository}"}
    assert fixes(healthy, found[0], cwd=repository)


def test_a_token_beside_another_that_is_kept_is_left_to_an_editor(healthy: Program, repository: Path) -> None:
    url = f"https://{OTHER_AZURE_TOKEN}@dev.azure.com/fabrikam/web/_git/api"
    assert healthy.git("remote", "set-url", "origin", url, cwd=repository).status == 0
    finding = only_problem(healthy, cwd=repository)
    assert finding.fix == f"${{EDITOR:-vi}} {repository}/.git/config"
    left = after(healthy, finding, environment={"EDITOR": "sed -i s|://.*@|://x@|"}, cwd=repository)
    assert [found.check for found in left if found.state == "problem"] == []


@pytest.mark.parametrize("source", ["git-credentials", "netrc"])
def test_a_token_that_names_no_organization_is_cut_off_by_our_lines(healthy: Program, source: str) -> None:
    store = healthy.home / f".{source}"
    login = f"machine dev.azure.com login any password {OTHER_AZURE_TOKEN}\n"
    if source == "git-credentials":
        login = f"https://any:{OTHER_AZURE_TOKEN}@dev.azure.com\n"
    store.write_text(login)
    store.chmod(0o600)
    (finding,) = [found for found in doctor(healthy) if found.state != "ok"]
    lost = "; Git does not get those for dev.azure.com without an organization"
    more = lost if source == "git-credentials" else ", which Git sends before it asks a helper"
    assert finding == Found(
        "plaintext",
        "problem" if source == "git-credentials" else "note",  # which curl reads by itself
        f"{store} holds tokens for dev.azure.com in plain text{more}",
        f"git credential-pat import {source} --scrub",
    )
    answered = finding._replace(fix=f"{finding.fix} --yes --no-verify")
    left = [found for found in after(healthy, answered) if found.state == "problem"]
    assert [(found.check, found.fix) for found in left] == [("tokens", PLACING)]
    assert store.read_text() == login


def test_while_a_token_needs_its_organization_the_other_helpers_are_no_problem(program: Program) -> None:
    program.git("config", "--global", "credential.helper", "store")
    (program.home / ".git-credentials").write_text(f"https://any:{AZURE_TOKEN}@dev.azure.com\n")
    (program.home / ".git-credentials").chmod(0o600)
    assert program.run("import", "git-credentials", "--no-verify").status == 0
    (finding,) = problems(program)
    assert (finding.check, finding.fix) == ("tokens", PLACING)


def test_of_a_neighbour_with_an_open_quotation_mark_no_argument_is_shown(
    healthy: Program, repository: Path
) -> None:
    set_git(healthy, "credential.helper", 'ours --password "the-canary', cwd=repository)
    finding = next(found for found in doctor(healthy, cwd=repository) if found.check == "copies")
    assert finding.text.startswith("the helper of a shell command also answers and stores copies ")
    assert finding.fix == (
        f"git config --file {repository}/.git/config --unset-all credential.helper '^ours( |$)'"
    )
    assert fixes(healthy, finding, cwd=repository)


def test_at_other_hosts_a_neighbour_behind_ours_is_only_noted(healthy: Program) -> None:
    keep(healthy, "https://git.example.com/", "secret", "jane")
    set_git(healthy, "credential.https://git.example.com.helper", "store")
    (finding,) = notes(healthy)
    assert (finding.check, finding.state) == ("copies", "note")
    assert finding.text.endswith(" stores copies of the tokens for https://git.example.com")
    assert fixes(healthy, finding)
    assert notes(healthy) == []
