"""What gitcredentials(7) asks of every helper, through real `git credential` and with an unknown host.

The vectors of tests/vectors/scopes/ say which entry is meant; this is their way through Git.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from support.git_credential import GitCredential, asked_by_git, states
from support.program import AZURE_TOKEN, FABRIKAM, LAUNCHER, Program, Run, attributes

if TYPE_CHECKING:
    from pathlib import Path

HTTPS = ("protocol=https", "host=example.com")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return asked_by_git(tmp_path / "home")


@pytest.fixture
def git(program: Program) -> GitCredential:
    return GitCredential(program)


def test_nothing_is_known_at_first_and_what_was_approved_is_filled_in(
    git: GitCredential, program: Program
) -> None:
    assert git.asks(*HTTPS) == "Username for 'https://example.com'"
    assert git.asks(*HTTPS, "username=jane") == "Password for 'https://jane@example.com'"
    git.reject(*HTTPS, "username=jane", "password=secret")
    assert not program.data.exists()
    git.approve("url=https://jane@example.com/web.git", "password=secret")
    answer = b"protocol=https\nhost=example.com\nusername=jane\npassword=secret\n"
    assert git.run("fill", *HTTPS) == Run(0, answer, "")


@pytest.mark.parametrize(
    "helper",
    [
        shlex.quote(str(LAUNCHER)),
        "pat --backend vault",
        "pat --backend=vault",
        f"!{shlex.quote(str(LAUNCHER))} --backend vault",
        "!git credential-pat",
    ],
)
def test_git_may_name_the_helper_in_any_way(program: Program, helper: str) -> None:
    git = GitCredential(program, "credential.helper=", f"credential.helper={helper}")
    git.approve(*HTTPS, "username=jane", "password=secret")
    assert git.fill(*HTTPS) == ("jane", "secret")


def test_configure_is_enough(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    git = GitCredential(program)
    assert program.run("configure").status == 0
    git.approve(*HTTPS, "username=jane", "password=secret")
    assert git.fill(*HTTPS) == ("jane", "secret")
    assert program.run("unconfigure").status == 0
    assert git.asks(*HTTPS) == "Username for 'https://example.com'"


def test_an_unknown_backend_gives_nothing_and_says_so(program: Program) -> None:
    git = GitCredential(program, "credential.helper=", "credential.helper=pat --backend nowhere")
    run = git.run("fill", *HTTPS)
    assert (run.status, run.stdout) == (128, b"")
    assert run.stderr.startswith('git-credential-pat: unknown backend "nowhere"; ')


# Matching


@pytest.mark.parametrize(
    ("url", "question"),
    [
        ("http://example.com", "Username for 'http://example.com'"),
        ("https://www.example.com", "Username for 'https://www.example.com'"),
        ("https://example.com.other.tld", "Username for 'https://example.com.other.tld'"),
        ("https://example.com:8443", "Username for 'https://example.com:8443'"),
        ("https://JANE@example.com", "Password for 'https://JANE@example.com'"),
        ("ssh://example.com", "Username for 'ssh://example.com'"),
    ],
)
def test_protocol_host_port_and_username_must_match(git: GitCredential, url: str, question: str) -> None:
    git.approve(*HTTPS, "username=jane", "password=secret")
    assert git.asks(f"url={url}") == question


@pytest.mark.parametrize(
    ("path", "is_below"),
    [
        ("group/web.git/info/lfs", True),
        ("group/api.git", False),
        ("group/web.git2", False),
        ("Group/web.git", False),
        ("group", False),
        ("group/x/../web.git", False),
        ("group//web.git", False),
    ],
)
def test_where_git_says_the_path_a_credential_answers_at_and_below_its_own(
    program: Program, path: str, *, is_below: bool
) -> None:
    git = GitCredential(program, "credential.useHttpPath=true")
    git.approve(*HTTPS, "path=group/web.git", "username=jane", "password=secret")
    if is_below:
        assert git.fill(*HTTPS, f"path={path}") == ("jane", "secret")
    else:
        assert git.asks(*HTTPS, f"path={path}") == f"Username for 'https://example.com/{path}'"


# Rejecting


def test_a_rejection_with_another_password_changes_nothing(git: GitCredential) -> None:
    git.approve(*HTTPS, "username=jane", "password=new")
    git.reject(*HTTPS, "username=jane", "password=old")
    assert git.fill(*HTTPS) == ("jane", "new")


def test_a_rejected_credential_is_put_aside_and_can_be_restored(git: GitCredential, program: Program) -> None:
    credential = (*HTTPS, "username=jane", "password=secret")
    git.approve(*credential)
    for restored in (False, True):
        git.reject(*credential)
        assert git.run("fill", *HTTPS).status == 128
        assert states(program) == {"https://example.com jane": "rejected"}
        if restored:
            assert program.run("restore", "https://example.com").status == 0
        else:
            git.approve(*credential)
        assert git.fill(*HTTPS) == ("jane", "secret")
        assert states(program) == {"https://example.com jane": "active"}


# Values


@pytest.mark.parametrize(
    "password", [bytes(set(range(256)) - {0x00, 0x0A, 0x0D}), b" secret ", b"x" * 60_000]
)
def test_every_byte_that_a_line_can_hold_comes_back(program: Program, password: bytes) -> None:
    request = b"protocol=https\nhost=example.com\n"
    kept = request + b"username==\t \x80\xff\xc3\xbc\npassword=" + password + b"\n"
    assert program.git("credential", "approve", stdin=kept) == Run(0, b"", "")
    assert program.git("credential", "fill", stdin=request) == Run(0, kept, "")


@pytest.mark.parametrize("byte", [b"\r", b"\0"])
def test_a_password_that_would_end_its_line_is_refused(program: Program, byte: bytes) -> None:
    request = b"protocol=https\nhost=example.com\nusername=jane\npassword=se" + byte + b"cret\n\n"
    run = program.run("store", stdin=request)
    assert (run.status, run.stdout, run.stderr.count("\n")) == (1, b"", 1)
    assert not program.data.exists()


def test_a_challenge_as_long_as_git_takes_disturbs_nothing_and_a_longer_one_is_refused(
    program: Program,
) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    request = ["protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web"]
    challenge = "wwwauth[]=" + "a" * 65_524  # 65,535 bytes with its newline
    run = program.run("get", stdin=attributes(challenge, *request, challenge))
    assert run == Run(0, f"username=pat\npassword={AZURE_TOKEN}\n".encode(), "")
    run = program.run("get", stdin=attributes(*request, f"{challenge}a"))
    assert (run.status, run.stdout, run.stderr.count("\n")) == (1, b"", 1)
