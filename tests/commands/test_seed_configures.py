"""What `seed` writes to git config beside the token, and what it leaves alone."""

from __future__ import annotations

import pytest
from support.checks import only_entry
from support.git_credential import GitCredential, Login
from support.program import AZURE_TOKEN, FABRIKAM, Program

GITHUB_TOKEN = "ghp_" + "a1" * 18
SERVER = "https://tfs.example.com"


def matched(program: Program, name: str, url: str) -> str:
    """Return what git uses of a setting for a URL."""
    return program.git("config", "--get-urlmatch", name, url).stdout.decode().removesuffix("\n")


def setting(program: Program, name: str) -> str:
    return program.git("config", "--global", "--get", name).stdout.decode().removesuffix("\n")


def listed(program: Program) -> list[str]:
    return program.git("config", "--global", "--list").stdout.decode().splitlines()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://github.com/octo", "https://github.com"),
        ("https://gitlab.com/group/sub", "https://gitlab.com"),
        ("https://bitbucket.org/acme", "https://bitbucket.org"),
        ("https://codeberg.org/forgejo", "https://codeberg.org"),
        ("https://tfs.example.com/tfs/Main", "https://tfs.example.com"),
        ("https://jane@git.example.com:8443/team", "https://git.example.com:8443"),
    ],
)
def test_a_token_below_a_host_makes_git_send_the_path(program: Program, url: str, host: str) -> None:
    program.seed(url, GITHUB_TOKEN)
    assert setting(program, f"credential.{host}.useHttpPath") == "true"
    assert matched(program, "credential.useHttpPath", f"{host}/anything") == "true"


@pytest.mark.parametrize("url", ["https://jane@git.example.com", f"{SERVER}/Main/web/_git/api"])
def test_a_token_for_a_whole_host_leaves_the_path_alone(program: Program, url: str) -> None:
    program.seed(url, GITHUB_TOKEN)
    assert matched(program, "credential.useHttpPath", url) == ""


@pytest.mark.parametrize("url", [FABRIKAM, "https://github.com/octo"])
def test_neither_configure_nor_a_second_seed_changes_what_seed_wrote(program: Program, url: str) -> None:
    program.seed(url, GITHUB_TOKEN)
    seeded = program.gitconfig.read_bytes()
    assert b" already " in program.run("configure").stdout
    program.seed(url, GITHUB_TOKEN)
    assert program.gitconfig.read_bytes() == seeded


def test_no_configure_notes_the_provider_of_an_unknown_host_and_nothing_else(program: Program) -> None:
    for url in (FABRIKAM, "https://github.com/octo"):
        program.seed(url, GITHUB_TOKEN, "--no-configure")
        assert not program.gitconfig.exists()
    done = program.seed(f"{SERVER}/tfs/Main", AZURE_TOKEN, "--no-configure")
    assert b"Git uses this helper" not in done.stdout, "it does not: nothing names it as a helper"
    assert listed(program) == [f"pat.{SERVER}/tfs.provider=azure-devops-server"]


@pytest.mark.parametrize(
    ("path", "base"),
    [("tfs/Main", "/tfs"), ("TFS/Main/web/_git/api", "/TFS"), ("Main/web/_git/api", "")],
)
def test_an_unknown_host_with_a_path_of_azure_devops_server_is_noted_as_one(
    program: Program, path: str, base: str
) -> None:
    program.seed(f"{SERVER}/{path}", AZURE_TOKEN)
    assert setting(program, f"pat.{SERVER}{base}.provider") == "azure-devops-server"


def test_provider_says_what_runs_at_a_host_that_is_not_known(program: Program) -> None:
    program.seed("https://github.com/octo", GITHUB_TOKEN, "--provider", "github")
    assert [line for line in listed(program) if "provider" in line] == []
    program.run("remove", "--yes", "https://github.com/octo")
    program.seed("https://code.example.com/Main", AZURE_TOKEN, "--provider", "azure-devops-server")
    assert setting(program, "pat.https://code.example.com.provider") == "azure-devops-server"
    entry = only_entry(program)
    assert (entry["scope"], entry["username"]) == ("https://code.example.com/main", "pat")


def test_git_gets_the_token_of_a_collection(program: Program) -> None:
    program.seed(f"{SERVER}/tfs/Main", AZURE_TOKEN)
    filled = GitCredential(program).fill(
        "protocol=https", "host=tfs.example.com", "path=tfs/Main/web/_git/api"
    )
    assert filled == Login("pat", AZURE_TOKEN)


def test_lines_that_the_user_adds_stay_through_later_seeds(program: Program) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    program.git("config", "--global", "--add", "credential.helper", "store --file /dev/null")
    program.git("config", "--global", "credential.https://dev.azure.com.username", "jane")
    program.seed(f"{SERVER}/tfs/Main", AZURE_TOKEN)
    assert "credential.helper=store --file /dev/null" in listed(program)
    assert setting(program, "credential.https://dev.azure.com.username") == "jane"
