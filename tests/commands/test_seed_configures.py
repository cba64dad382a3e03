"""What `seed` writes to git config beside the token, and what it leaves alone."""

from __future__ import annotations

import pytest
from support.checks import only_entry
from support.git_credential import GitCredential, Login
from support.program import AZURE_TOKEN, Program

GITHUB_TOKEN = "ghp_" + "a1" * 18


def matched(program: Program, name: str, url: str) -> str:
    """Return what git uses of a setting for a URL."""
    return program.git("config", "--get-urlmatch", name, url).stdout.decode().removesuffix("\n")


def setting(program: Program, name: str) -> str:
    return program.git("config", "--global", "--get", name).stdout.decode().removesuffix("\n")


@pytest.mark.parametrize(
    ("url", "options", "host"),
    [
        ("https://github.com/octo", [], "https://github.com"),
        ("https://gitlab.com/group/sub", [], "https://gitlab.com"),
        ("https://bitbucket.org/workspace", [], "https://bitbucket.org"),
        ("https://codeberg.org/forgejo", [], "https://codeberg.org"),
        ("https://tfs.example.com/tfs/Main", [], "https://tfs.example.com"),
        ("https://git.example.com:8443/team", ["--username", "jane"], "https://git.example.com:8443"),
    ],
)
def test_a_token_below_a_host_makes_git_send_the_path(
    program: Program, url: str, options: list[str], host: str
) -> None:
    program.seed(url, GITHUB_TOKEN, *options)
    assert setting(program, f"credential.{host}.useHttpPath") == "true"
    assert matched(program, "credential.useHttpPath", f"{host}/anything") == "true"


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("https://git.example.com", ["--username", "jane"]),
        ("https://tfs.example.com/Main/web/_git/api", []),
    ],
)
def test_a_token_for_a_whole_host_leaves_the_path_alone(
    program: Program, url: str, options: list[str]
) -> None:
    program.seed(url, GITHUB_TOKEN, *options)
    assert matched(program, "credential.useHttpPath", url) == ""


def test_seed_configures_as_configure_does(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    seeded = program.gitconfig.read_bytes()
    assert (
        program.run("configure").stdout == f"Git asks this helper already ({program.gitconfig}).\n".encode()
    )
    assert program.gitconfig.read_bytes() == seeded


def test_a_second_seed_changes_no_byte_of_git_config(program: Program) -> None:
    program.seed("https://github.com/octo", GITHUB_TOKEN)
    seeded = program.gitconfig.read_bytes()
    program.seed("https://github.com/octo", GITHUB_TOKEN)
    assert program.gitconfig.read_bytes() == seeded


@pytest.mark.parametrize(
    "url", ["https://dev.azure.com/fabrikam", "https://github.com/octo", "https://gitlab.com/group"]
)
def test_no_configure_leaves_git_config_alone(program: Program, url: str) -> None:
    program.seed(url, GITHUB_TOKEN, "--no-configure")
    assert not program.gitconfig.exists()


@pytest.mark.parametrize("options", [[], ["--no-configure"]])
@pytest.mark.parametrize(
    ("path", "base"),
    [("tfs/Main", "/tfs"), ("TFS/Main/web/_git/api", "/TFS"), ("Main/web/_git/api", "")],
)
def test_an_unknown_host_with_a_path_of_azure_devops_server_is_noted_as_one(
    program: Program, options: list[str], path: str, base: str
) -> None:
    program.seed(f"https://tfs.example.com/{path}", AZURE_TOKEN, *options)
    assert setting(program, f"pat.https://tfs.example.com{base}.provider") == "azure-devops-server"


def test_no_configure_notes_the_provider_and_nothing_else(program: Program) -> None:
    done = program.run(
        "seed",
        "https://tfs.example.com/tfs/Main",
        "--no-verify",
        "--no-configure",
        stdin=f"{AZURE_TOKEN}\n".encode(),
    )
    assert done.status == 0, done
    assert b"Git asks this helper" not in done.stdout, "it does not: nothing names it as a helper"
    listed = program.git("config", "--global", "--list").stdout.decode().splitlines()
    assert listed == ["pat.https://tfs.example.com/tfs.provider=azure-devops-server"]


def test_provider_says_what_runs_at_a_host(program: Program) -> None:
    program.seed("https://code.example.com/Main", AZURE_TOKEN, "--provider", "azure-devops-server")
    assert setting(program, "pat.https://code.example.com.provider") == "azure-devops-server"
    entry = only_entry(program)
    assert (entry["scope"], entry["username"]) == ("https://code.example.com/main", "pat")


def test_a_known_host_needs_no_provider_in_git_config(program: Program) -> None:
    program.seed("https://github.com/octo", GITHUB_TOKEN, "--provider", "github")
    listed = program.git("config", "--global", "--list").stdout.decode()
    assert "provider" not in listed


def test_git_gets_the_token_of_a_collection(program: Program) -> None:
    program.seed("https://tfs.example.com/tfs/Main", AZURE_TOKEN)
    git = GitCredential(program)
    filled = git.fill("protocol=https", "host=tfs.example.com", "path=tfs/Main/web/_git/api")
    assert filled == Login("pat", AZURE_TOKEN)


def test_seed_keeps_the_token_where_git_config_is_locked_and_says_so(program: Program) -> None:
    (program.home / ".gitconfig.lock").touch()
    done = program.run(
        "seed", "https://dev.azure.com/fabrikam", "--no-verify", stdin=f"{AZURE_TOKEN}\n".encode()
    )
    assert done.status == 1
    assert done.stderr.startswith(
        "git-credential-pat: the token is kept, but Git does not know of this helper: "
    )
    assert only_entry(program)["state"] == "active"


def test_lines_that_the_user_adds_stay_through_later_seeds(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    program.git("config", "--global", "--add", "credential.helper", "store --file /dev/null")
    program.git("config", "--global", "credential.https://dev.azure.com.username", "jane")
    program.seed("https://tfs.example.com/tfs/Main", AZURE_TOKEN)
    helpers = program.git("config", "--global", "--get-all", "credential.helper").stdout.decode()
    assert "store --file /dev/null" in helpers.splitlines()
    assert setting(program, "credential.https://dev.azure.com.username") == "jane"
