"""Faults of settings, certificates and the shell: `doctor` finds each, and its command mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import refusal
from support.doctor import Found, after, doctor, mends, only_problem, pretend_version, problems
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN

from git_credential_pat import settings
from git_credential_pat.diagnosis.own_settings import NAMES, URL_NAMES

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
    ("name", "value", "text"),
    [
        ("pat.prompt", "sometimes", 'pat.prompt is "sometimes"; set it to auto or never'),
        ("pat.agentTimeout", "0", "pat.agentTimeout is 0; set it to 1 or more, or pat.agent to never"),
        ("pat.keepRejected", "x", 'pat.keepRejected is "x"; set it to a number of days'),
        ("pat.expiryWarning", "-1", 'pat.expiryWarning is "-1"; set it to a number of days'),
        (
            "pat.backend",
            "cellar",
            'unknown backend "cellar"; set pat.backend to one of: vault, keyring',
        ),
        (
            "pat.git.example.com.provider",
            "gitea",
            'pat.git.example.com.provider in git config: "git.example.com" is not a URL; correct it',
        ),
        (
            "pat.https://git.example.com.provider",
            "gittea",
            (
                'unknown provider "gittea"; use one of azure-devops, azure-devops-server, github, gitlab, '
                "bitbucket, gitea, generic"
            ),
        ),
    ],
)
def test_a_setting_is_not_understood(healthy: Program, name: str, value: str, text: str) -> None:
    set_git(healthy, name, value)
    finding = only_problem(healthy)
    key = name if "://" in name else name.lower()
    assert finding == Found(
        "settings",
        "problem",
        text,
        f"git config --file {healthy.gitconfig} --unset-all {key}",
    )
    assert mends(healthy, finding)


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
    assert finding.text == "pat.git.example.com.user is no setting, so it does nothing"
    assert finding.mend == f"${{EDITOR:-vi}} {healthy.gitconfig}"


def test_a_setting_is_misspelt(healthy: Program) -> None:
    set_git(healthy, "pat.expiryWarnings", "30")
    (finding,) = notes(healthy)
    assert finding == Found(
        "setting-names",
        "note",
        "pat.expirywarnings is no setting, so it does nothing; did you mean pat.expiryWarning?",
        f"git config --file {healthy.gitconfig} --unset-all pat.expirywarnings",
    )
    assert [found for found in after(healthy, finding) if found.state != "ok"] == []


def test_a_setting_stands_in_a_repository(healthy: Program, repository: Path) -> None:
    set_git(healthy, "pat.backend", "keyring", cwd=repository)
    (finding,) = notes(healthy, cwd=repository)
    assert finding.text == "pat.backend of a repository does nothing; set it with --global"
    assert mends(healthy, finding, cwd=repository)
    assert notes(healthy, cwd=repository) == []


def test_every_setting_that_the_program_reads_is_known() -> None:
    read = {key for key in settings._READERS if key.startswith("pat.")}  # noqa: SLF001  # the tables are compared
    assert read == {name.lower() for name in NAMES}
    assert set(settings._READERS_OF_URLS) == set(URL_NAMES)  # noqa: SLF001  # as above


def test_git_cannot_read_its_configuration(healthy: Program) -> None:
    before = healthy.gitconfig.read_text()
    healthy.gitconfig.write_text(f"{before}[credential\n")
    finding = only_problem(healthy)
    assert finding.text == 'git cannot read its own configuration; see "git config --global --list"'
    assert finding.mend == f"${{EDITOR:-vi}} {healthy.gitconfig}"
    editor = {"EDITOR": "sed -i /^.credential$/d"}
    assert [left for left in after(healthy, finding, environment=editor) if left.state == "problem"] == []
    assert healthy.gitconfig.read_text() == before


def test_git_cannot_read_the_configuration_of_the_repository(healthy: Program, repository: Path) -> None:
    with (repository / ".git/config").open("a") as file:
        file.write("[remote\n")
    finding = only_problem(healthy, cwd=repository / ".git")
    assert finding.text == f"git cannot read the configuration of the repository in {repository}/.git"
    finding = only_problem(healthy, cwd=repository)
    assert finding.text == f"git cannot read the configuration of the repository in {repository}"
    assert finding.mend == f"${{EDITOR:-vi}} {repository}/.git/config"
    editor = {"EDITOR": "sed -i /^.remote$/d"}
    left = after(healthy, finding, cwd=repository, environment=editor)
    assert [found for found in left if found.state == "problem"] == []


def test_certificates_are_not_checked(healthy: Program) -> None:
    set_git(healthy, "http.sslVerify", "false")
    finding = only_problem(healthy)
    assert finding == Found(
        "tls",
        "problem",
        "http.sslVerify switches the check of certificates off for every host",
        f"git config --file {healthy.gitconfig} --unset-all http.sslverify",
    )
    assert mends(healthy, finding)


def test_that_certificates_of_other_hosts_are_not_checked_is_no_matter(healthy: Program) -> None:
    set_git(healthy, "http.https://localhost.sslVerify", "false")
    assert notes(healthy) == []
    set_git(healthy, "http.https://dev.azure.com.sslVerify", "0")
    assert only_problem(healthy).text == (
        "http.sslVerify switches the check of certificates off for https://dev.azure.com"
    )


@pytest.mark.parametrize(
    ("content", "why"), [(None, "which cannot be read"), ("a text", "which holds no certificate")]
)
def test_the_file_of_certificates_is_of_no_use(healthy: Program, content: str | None, why: str) -> None:
    file = healthy.home / "ca.pem"
    if content is not None:
        file.write_text(content)
    set_git(healthy, "http.sslCAInfo", "~/ca.pem")
    finding = only_problem(healthy)
    assert (finding.check, finding.text) == ("tls", f"http.sslCAInfo names '~/ca.pem', {why}")
    assert mends(healthy, finding)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("GIT_SSL_NO_VERIFY", "", "GIT_SSL_NO_VERIFY switches the check of certificates off"),
        ("GIT_SSL_NO_VERIFY", "1", "GIT_SSL_NO_VERIFY switches the check of certificates off"),
        ("GIT_SSL_CAINFO", "/gone.pem", "GIT_SSL_CAINFO names /gone.pem, which cannot be read"),
    ],
)
def test_a_variable_stands_in_the_way_of_tls(healthy: Program, name: str, value: str, text: str) -> None:
    healthy.environment[name] = value
    finding = only_problem(healthy)
    assert finding == Found("tls", "problem", text, f"unset {name}")
    assert mends(healthy, finding)


@pytest.mark.parametrize("name", ["GIT_ASKPASS", "SSH_ASKPASS"])
def test_what_asks_in_gits_place_is_noted(healthy: Program, name: str) -> None:
    healthy.environment[name] = "/usr/bin/ask"
    (finding,) = notes(healthy)
    assert finding.text == f"where no token is kept, Git asks by the program that {name} names"
    assert [found for found in after(healthy, finding) if found.state != "ok"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("core.askPass", "/usr/bin/ask"), ("pat.prompt", "never"), ("credential.interactive", "false")],
)
def test_settings_about_questions_are_noted(healthy: Program, name: str, value: str) -> None:
    set_git(healthy, name, value)
    (finding,) = notes(healthy)
    assert finding.check == "questions"
    assert name in finding.text
    assert [found for found in after(healthy, finding) if found.state != "ok"] == []


def test_switched_off_questions_are_noted(healthy: Program) -> None:
    healthy.environment["GIT_TERMINAL_PROMPT"] = "0"
    (finding,) = notes(healthy)
    assert finding.text == "GIT_TERMINAL_PROMPT forbids questions on the terminal"
    assert [found for found in after(healthy, finding) if found.state != "ok"] == []


def test_the_program_is_not_on_path(healthy: Program) -> None:
    healthy.environment["PATH"] = "/usr/bin:/bin"
    finding = only_problem(healthy)
    assert finding.check == "program"
    assert finding.text == 'git-credential-pat is not on PATH, so "git credential-pat" is no command'
    assert mends(healthy, finding)


def test_git_is_not_on_path(healthy: Program) -> None:
    bin_folder = healthy.home / "bin"
    bin_folder.mkdir()
    for name in ("sh", "readlink"):
        (bin_folder / name).symlink_to(f"/bin/{name}")
    healthy.environment["PATH"] = f"{healthy.launcher.parent}:{bin_folder}"
    finding = only_problem(healthy)
    assert finding == Found(
        "git",
        "problem",
        "git is not on PATH; install Git, or add its folder to PATH",
        'export PATH="$PATH:/usr/bin"',
    )
    assert mends(healthy, finding)


def test_a_setting_of_the_environment_goes_with_its_variables(healthy: Program) -> None:
    healthy.environment.update({"GIT_CONFIG_KEY_0": "http.sslVerify", "GIT_CONFIG_VALUE_0": "false"})
    finding = only_problem(healthy)
    assert finding.mend == "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS"
    assert mends(healthy, finding)


def test_git_is_too_old(healthy: Program) -> None:
    pretend_version(healthy, "2.20.1")
    finding = only_problem(healthy)
    assert (finding.check, finding.text) == ("git", "git 2.20.1 is older than 2.30")
    assert finding.mend is not None
    assert finding.mend.endswith(" git")


@pytest.mark.parametrize("login", ["jane:canary", OTHER_AZURE_TOKEN])
def test_a_secret_in_a_key_is_kept_and_taken_out(healthy: Program, login: str) -> None:
    set_git(healthy, f"url.https://{login}@github.com/.insteadOf", "https://github.com/")
    finding = only_problem(healthy)
    assert finding == Found(
        "plaintext",
        "problem",
        "a URL to be put in place of another (url.insteadOf) holds a token in plain text",
        f"git credential-pat import remotes --scrub --yes {healthy.gitconfig}",
    )
    assert mends(healthy, finding)
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
    assert finding == Found(
        "plaintext",
        "note",
        f"{store} holds tokens for dev.azure.com in plain text",
        "git credential-pat import git-credentials --scrub",
    )
    answered = finding._replace(mend=f"{finding.mend} --yes")  # it asks on a terminal, which there is none of
    checks = {found.check for found in after(healthy, answered) if found.state == "ok"}
    assert "vault" in checks
    assert OTHER_AZURE_TOKEN not in store.read_text()


def test_a_token_in_the_url_of_a_remote_is_kept_and_taken_out(healthy: Program, repository: Path) -> None:
    url = f"https://jane:{OTHER_AZURE_TOKEN}@dev.azure.com/contoso/web/_git/api"
    assert healthy.git("remote", "set-url", "origin", url, cwd=repository).status == 0
    finding = only_problem(healthy, cwd=repository)
    assert finding == Found(
        "secrets",
        "problem",
        f"{repository}/.git/config holds a password or token in plain text (remote.origin.url)",
        f"git credential-pat import remotes --scrub --yes {repository}",
    )
    assert mends(healthy, finding, cwd=repository)
    told = [found.text for found in doctor(healthy, cwd=repository) if found.check == "remotes"]
    assert told == ['the remote "origin" gets the token for https://dev.azure.com/contoso']


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
    shown = "holds a password or token in plain text"
    assert [one.text for one in found] == [
        f"{repository}/.git/config {shown} (submodule.lib.url, branch.main.remote, lfs.url and 1 more)",
        f"{module}/config {shown} (branch.main.remote, lfs.url, remote.x.url)",
    ]
    assert {one.mend for one in found} == {f"git credential-pat import remotes --scrub --yes {repository}"}
    assert mends(healthy, found[0], cwd=repository)


def test_a_token_beside_another_that_is_kept_is_left_to_an_editor(healthy: Program, repository: Path) -> None:
    url = f"https://{OTHER_AZURE_TOKEN}@dev.azure.com/fabrikam/web/_git/api"
    assert healthy.git("remote", "set-url", "origin", url, cwd=repository).status == 0
    finding = only_problem(healthy, cwd=repository)
    assert finding.mend == f"${{EDITOR:-vi}} {repository}/.git/config"
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
    lost = "; Git does not get those for dev.azure.com that name no organization"
    assert finding == Found(
        "plaintext",
        "problem" if source == "git-credentials" else "note",  # which curl reads by itself
        f"{store} holds tokens for dev.azure.com in plain text" + lost * (source == "git-credentials"),
        f"git credential-pat import {source} --scrub",
    )
    answered = finding._replace(mend=f"{finding.mend} --yes --no-verify")
    left = [found for found in after(healthy, answered) if found.state == "problem"]
    assert [(found.check, found.mend) for found in left] == [("tokens", PLACING)]
    assert store.read_text() == login


def test_while_a_token_needs_its_organization_the_other_helpers_are_no_problem(program: Program) -> None:
    program.git("config", "--global", "credential.helper", "store")
    (program.home / ".git-credentials").write_text(f"https://any:{AZURE_TOKEN}@dev.azure.com\n")
    (program.home / ".git-credentials").chmod(0o600)
    assert program.run("import", "git-credentials", "--no-verify").status == 0
    (finding,) = problems(program)
    assert (finding.check, finding.mend) == ("tokens", PLACING)
