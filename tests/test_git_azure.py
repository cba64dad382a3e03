"""Azure DevOps through real `git credential`: two organizations of one host never get each other's token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.git_credential import GitCredential, asked_by_git, rejected, states
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program, Run

if TYPE_CHECKING:
    from pathlib import Path

FABRIKAM = "url=https://dev.azure.com/fabrikam/web/_git/web"
CONTOSO = "url=https://dev.azure.com/contoso/app/_git/app"
HOST = "url=https://dev.azure.com"
NO_ORGANIZATION = (
    "Git names no organization of https://dev.azure.com, and the tokens that are kept are for certain ones; "
    "run: git config --global credential.https://dev.azure.com.useHttpPath true"
)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Git with this helper and no other setting: it tells no path of https URLs."""
    return asked_by_git(tmp_path / "home")


@pytest.fixture
def git(program: Program) -> GitCredential:
    return GitCredential(program)


@pytest.fixture
def git_with_path(program: Program) -> GitCredential:
    """As after `configure`: Git tells the path too, and with it the organization."""
    return GitCredential(program, "credential.https://dev.azure.com.useHttpPath=true")


@pytest.fixture(scope="module")
def two_organizations(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The tokens of fabrikam and contoso, for tests that change nothing."""
    program = asked_by_git(tmp_path_factory.mktemp("azure") / "home")
    seed(program, "fabrikam", AZURE_TOKEN)
    seed(program, "contoso", OTHER_AZURE_TOKEN)
    return program


def seed(program: Program, organization: str, token: str = AZURE_TOKEN) -> None:
    program.seed(f"https://dev.azure.com/{organization}", token, "--no-configure")


# Which token answers


def test_after_configure_each_organization_has_its_own_token(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    git = GitCredential(program)
    assert program.run("configure").status == 0
    seed(program, "fabrikam", AZURE_TOKEN)
    seed(program, "contoso", OTHER_AZURE_TOKEN)
    assert git.fill(FABRIKAM) == ("pat", AZURE_TOKEN)
    assert git.fill(CONTOSO) == ("pat", OTHER_AZURE_TOKEN)
    assert git.asks("url=https://dev.azure.com/fabrikam2/web/_git/web") == (
        "Username for 'https://dev.azure.com/fabrikam2/web/_git/web'"
    )


def test_seeding_alone_configures_git(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    git = GitCredential(program)
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    program.seed("https://dev.azure.com/contoso", OTHER_AZURE_TOKEN)
    assert git.fill(FABRIKAM) == ("pat", AZURE_TOKEN)
    assert git.fill(CONTOSO) == ("pat", OTHER_AZURE_TOKEN)


@pytest.mark.parametrize(
    "url",
    [
        "https://dev.azure.com/fabrikam/web/_git/web",
        "https://dev.azure.com/fabrikam/_git/web",
        "https://dev.azure.com/Fabrikam/Web/_git/Web",
        "https://dev.azure.com/fabrikam/My%20Project/_git/web",
        "https://dev.azure.com:443/fabrikam/web/_git/web",
        "https://fabrikam.visualstudio.com/web/_git/web",
        "https://fabrikam.visualstudio.com/DefaultCollection/web/_git/web",
        "https://fabrikam.visualstudio.com/DefaultCollection/_git/web",
        "https://FABRIKAM.VisualStudio.com/web/_git/web",
        "https://pkgs.dev.azure.com/fabrikam/_packaging/feed",
        "https://fabrikam.pkgs.visualstudio.com/_packaging/feed",
    ],
)
def test_every_address_of_an_organization_gets_its_token(two_organizations: Program, url: str) -> None:
    git = GitCredential(two_organizations, "credential.useHttpPath=true")
    assert git.fill(f"url={url}") == ("pat", AZURE_TOKEN)


def test_the_old_address_needs_no_path(two_organizations: Program) -> None:
    git = GitCredential(two_organizations)
    assert git.fill("url=https://fabrikam.visualstudio.com") == ("pat", AZURE_TOKEN)
    assert git.fill("url=https://contoso.visualstudio.com") == ("pat", OTHER_AZURE_TOKEN)


@pytest.mark.parametrize(
    "url",
    [
        "http://dev.azure.com/fabrikam/web/_git/web",
        "https://dev.azure.com:8443/fabrikam/web/_git/web",
        "https://dev.azure.com.evil.tld/fabrikam/web/_git/web",
        "https://evildev.azure.com/fabrikam/web/_git/web",
        "https://fabrikam.visualstudio.com.evil.tld/web/_git/web",
        "https://feeds.dev.azure.com/fabrikam/_packaging/feed",
        "https://dev.azure.com/contoso/../fabrikam/_git/web",
        "ssh://git@ssh.dev.azure.com/v3/fabrikam/web/web",
    ],
)
def test_an_address_of_nobody_gets_nothing(two_organizations: Program, url: str) -> None:
    git = GitCredential(two_organizations, "credential.useHttpPath=true")
    assert git.asks(f"url={url}")


def test_a_project_may_have_a_token_of_its_own(git_with_path: GitCredential, program: Program) -> None:
    seed(program, "fabrikam", AZURE_TOKEN)
    seed(program, "fabrikam/web", OTHER_AZURE_TOKEN)
    assert git_with_path.fill(FABRIKAM) == ("pat", OTHER_AZURE_TOKEN)
    assert git_with_path.fill("url=https://dev.azure.com/fabrikam/_git/web") == ("pat", OTHER_AZURE_TOKEN)
    assert git_with_path.fill("url=https://dev.azure.com/fabrikam/api/_git/web") == ("pat", AZURE_TOKEN)


# Usernames


@pytest.mark.parametrize(
    ("username", "answered"),
    [
        ("fabrikam", "fabrikam"),
        ("jane", "jane"),
        ("Jane.Doe", "Jane.Doe"),
        ("jane@fabrikam.com", "jane"),
        ("@fabrikam", "pat"),
        (AZURE_TOKEN, "pat"),
        ("\x07jane", "pat"),
        ("", "pat"),
    ],
)
def test_a_username_is_echoed_where_the_server_takes_it(
    two_organizations: Program, username: str, answered: str
) -> None:
    git = GitCredential(two_organizations, "credential.useHttpPath=true")
    assert git.fill(FABRIKAM, f"username={username}") == (answered, AZURE_TOKEN)


def test_the_clone_button_names_the_organization_by_the_username(two_organizations: Program) -> None:
    git = GitCredential(two_organizations)
    assert git.fill("url=https://fabrikam@dev.azure.com") == ("fabrikam", AZURE_TOKEN)
    assert git.fill("url=https://contoso@dev.azure.com") == ("contoso", OTHER_AZURE_TOKEN)
    assert git.asks("url=https://initech@dev.azure.com") == "Password for 'https://initech@dev.azure.com'"


def test_the_path_wins_over_the_username(two_organizations: Program) -> None:
    git = GitCredential(two_organizations, "credential.useHttpPath=true")
    assert git.fill(FABRIKAM, "username=contoso") == ("contoso", AZURE_TOKEN)


# Requests that name no organization


@pytest.mark.parametrize("username", [[], ["username=pat"], ["username=jane.doe"], ["username=j@corp"]])
def test_the_only_organization_is_inferred(git: GitCredential, program: Program, username: list[str]) -> None:
    seed(program, "fabrikam")
    assert git.fill(HOST, *username).password == AZURE_TOKEN


@pytest.mark.parametrize("username", [[], ["username=jane.doe"]])
def test_of_several_organizations_none_is_answered_and_the_cure_is_told(
    two_organizations: Program, username: list[str]
) -> None:
    git = GitCredential(two_organizations)
    run = git.run("fill", HOST, *username)
    hint, question = run.stderr.splitlines(keepends=True)
    assert hint == f"git-credential-pat: {NO_ORGANIZATION}\n"
    assert question.startswith("fatal: could not read ")
    assert (run.status, run.stdout) == (128, b"")


def test_the_cure_cures(git: GitCredential, program: Program) -> None:
    seed(program, "fabrikam", AZURE_TOKEN)
    seed(program, "contoso", OTHER_AZURE_TOKEN)
    command = git.run("fill", FABRIKAM).stderr.splitlines()[0].partition("run: git ")[2]
    assert program.git(*command.split()) == Run(0, b"", "")
    assert git.fill(FABRIKAM) == ("pat", AZURE_TOKEN)
    assert git.fill(CONTOSO) == ("pat", OTHER_AZURE_TOKEN)


# What Git approves and rejects


def test_an_approved_token_is_kept_for_the_organization(
    git_with_path: GitCredential, program: Program
) -> None:
    git_with_path.approve(FABRIKAM, "username=jane@fabrikam.com", f"password={AZURE_TOKEN}")
    assert states(program) == {"https://dev.azure.com/fabrikam jane": "active"}
    assert git_with_path.fill("url=https://dev.azure.com/fabrikam/api/_git/api") == ("jane", AZURE_TOKEN)
    assert git_with_path.asks(CONTOSO) == "Username for 'https://dev.azure.com/contoso/app/_git/app'"


def test_a_held_token_approved_under_another_username_writes_nothing(
    git_with_path: GitCredential, program: Program
) -> None:
    seed(program, "fabrikam")
    before = program.vault.stat()
    for username in ("pat", "fabrikam", "jane", AZURE_TOKEN):
        git_with_path.approve(FABRIKAM, f"username={username}", f"password={AZURE_TOKEN}")
    after = program.vault.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_token_of_an_unknown_organization_answers_only_where_none_is_named(
    git: GitCredential, git_with_path: GitCredential, program: Program
) -> None:
    git.approve(FABRIKAM, "username=jane", f"password={AZURE_TOKEN}")
    assert states(program) == {"https://dev.azure.com jane": "active"}
    assert git.fill(FABRIKAM) == ("jane", AZURE_TOKEN)
    assert git_with_path.asks(FABRIKAM) == "Username for 'https://dev.azure.com/fabrikam/web/_git/web'"


def test_a_rejected_organization_leaves_the_other_alone(
    git_with_path: GitCredential, program: Program
) -> None:
    seed(program, "fabrikam", AZURE_TOKEN)
    seed(program, "contoso", OTHER_AZURE_TOKEN)
    git_with_path.reject(FABRIKAM, "username=pat", f"password={OTHER_AZURE_TOKEN}")
    assert git_with_path.fill(FABRIKAM) == ("pat", AZURE_TOKEN)
    git_with_path.reject(FABRIKAM, "username=pat", f"password={AZURE_TOKEN}")
    assert states(program) == {
        "https://dev.azure.com/contoso pat": "active",
        "https://dev.azure.com/fabrikam pat": "rejected",
    }
    question = git_with_path.asks(FABRIKAM, told=rejected("https://dev.azure.com/fabrikam"))
    assert question == "Username for 'https://dev.azure.com/fabrikam/web/_git/web'"
    assert git_with_path.fill(CONTOSO) == ("pat", OTHER_AZURE_TOKEN)


def test_a_pinned_token_is_answered_although_it_was_rejected(git: GitCredential, program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN, "--pinned", "--no-configure")
    git.reject(HOST, "username=pat", f"password={AZURE_TOKEN}")
    git.reject("url=https://fabrikam.visualstudio.com")
    assert git.fill(HOST) == ("pat", AZURE_TOKEN)


def test_a_token_rejected_for_an_inferred_organization_is_only_doubtful(
    git: GitCredential, git_with_path: GitCredential, program: Program
) -> None:
    seed(program, "fabrikam")
    assert git.fill(CONTOSO) == ("pat", AZURE_TOKEN)  # Git tells no path, so fabrikam is inferred
    git.reject(CONTOSO, "username=pat", f"password={AZURE_TOKEN}")
    assert states(program) == {"https://dev.azure.com/fabrikam pat": "doubtful"}
    assert git.asks(CONTOSO, told=NO_ORGANIZATION) == "Username for 'https://dev.azure.com'"
    assert git_with_path.fill(FABRIKAM) == ("pat", AZURE_TOKEN)
    assert git.fill("url=https://fabrikam@dev.azure.com") == ("fabrikam", AZURE_TOKEN)


def test_a_success_a_seed_or_restore_ends_the_doubt(
    git: GitCredential, git_with_path: GitCredential, program: Program
) -> None:
    def doubt() -> None:
        git.reject(HOST, "username=pat", f"password={AZURE_TOKEN}")
        assert git.asks(HOST, told=NO_ORGANIZATION) == "Username for 'https://dev.azure.com'"

    seed(program, "fabrikam")
    doubt()
    git_with_path.approve(FABRIKAM, "username=pat", f"password={AZURE_TOKEN}")
    assert git.fill(HOST) == ("pat", AZURE_TOKEN)
    doubt()
    seed(program, "fabrikam")
    assert git.fill(HOST) == ("pat", AZURE_TOKEN)
    doubt()
    assert program.run("restore", "fabrikam").status == 0
    assert git.fill(HOST) == ("pat", AZURE_TOKEN)
    assert states(program) == {"https://dev.azure.com/fabrikam pat": "active"}


# Beside other helpers


def test_neighbouring_helpers_get_no_copy_of_an_azure_token(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    git = GitCredential(program)
    program.git("config", "--global", "credential.helper", "store")
    assert program.run("configure").status == 0
    git.approve(FABRIKAM, "username=pat", f"password={AZURE_TOKEN}")
    git.approve(
        "url=https://fabrikam.visualstudio.com/web/_git/web", "username=pat", f"password={AZURE_TOKEN}"
    )
    git.approve("url=https://git.example.com", "username=jane", "password=secret")
    stored = (program.home / ".git-credentials").read_text(encoding="ascii")
    assert stored == "https://jane:secret@git.example.com\n"
    assert git.fill(FABRIKAM) == ("pat", AZURE_TOKEN)
