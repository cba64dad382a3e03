"""What gitcredentials(7) asks of every helper, through real `git credential` and with an unknown host."""

from __future__ import annotations

import fcntl
import shlex
from typing import TYPE_CHECKING

import pytest
from support.git_credential import GitCredential, Login, asked_by_git, rejected, states
from support.program import LAUNCHER, Program, Run, attributes

if TYPE_CHECKING:
    from pathlib import Path

HTTPS = ("protocol=https", "host=example.com")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return asked_by_git(tmp_path / "home")


@pytest.fixture
def git(program: Program) -> GitCredential:
    return GitCredential(program)


# Filling, approving, overwriting


def test_nothing_is_known_at_first(git: GitCredential, program: Program) -> None:
    assert git.asks(*HTTPS) == "Username for 'https://example.com'"
    assert git.asks(*HTTPS, "username=jane") == "Password for 'https://jane@example.com'"
    assert not program.data.exists()


def test_what_was_approved_is_filled_in(git: GitCredential) -> None:
    git.approve(*HTTPS, "username=store-user", "password=store-pass")
    answer = b"protocol=https\nhost=example.com\nusername=store-user\npassword=store-pass\n"
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
    ours, gits = run.stderr.splitlines()
    assert ours.startswith('git-credential-pat: unknown backend "nowhere"; ')
    assert gits == "fatal: could not read Username for 'https://example.com': terminal prompts disabled"
    assert (run.status, run.stdout) == (128, b"")


def test_a_url_stands_for_its_parts(git: GitCredential) -> None:
    git.approve("url=https://jane@example.com/web.git", "password=secret")
    assert git.fill(*HTTPS, "username=jane") == ("jane", "secret")
    assert git.fill("url=https://example.com/other.git") == ("jane", "secret")


def test_a_second_password_overwrites_the_first(git: GitCredential, program: Program) -> None:
    git.approve(*HTTPS, "username=jane", "password=first")
    git.approve(*HTTPS, "username=jane", "password=second")
    assert git.fill(*HTTPS) == ("jane", "second")
    assert states(program) == {"https://example.com jane": "active"}


def test_a_credential_without_a_password_is_not_kept(program: Program) -> None:
    assert program.run("store", stdin=attributes(*HTTPS, "username=jane")) == Run(0, b"", "")
    assert states(program) == {}


# Matching


@pytest.mark.parametrize(
    ("url", "question"),
    [
        ("http://example.com", "Username for 'http://example.com'"),
        ("https://other.tld", "Username for 'https://other.tld'"),
        ("https://www.example.com", "Username for 'https://www.example.com'"),
        ("https://example.com.other.tld", "Username for 'https://example.com.other.tld'"),
        ("https://example.com:8443", "Username for 'https://example.com:8443'"),
        ("https://other@example.com", "Password for 'https://other@example.com'"),
        ("https://JANE@example.com", "Password for 'https://JANE@example.com'"),
        ("ssh://example.com", "Username for 'ssh://example.com'"),
    ],
)
def test_protocol_host_port_and_username_must_match(git: GitCredential, url: str, question: str) -> None:
    git.approve(*HTTPS, "username=jane", "password=secret")
    assert git.asks(f"url={url}") == question


@pytest.mark.parametrize(
    "url", ["https://EXAMPLE.com", "https://example.com:443", "https://jane@example.com/"]
)
def test_the_same_host_may_be_written_otherwise(git: GitCredential, url: str) -> None:
    git.approve(*HTTPS, "username=jane", "password=secret")
    assert git.fill(f"url={url}") == ("jane", "secret")


def test_each_port_of_a_host_has_its_own(git: GitCredential) -> None:
    git.approve("url=https://example.com:8443", "username=jane", "password=at 8443")
    git.approve("url=https://example.com:9443", "username=jane", "password=at 9443")
    assert git.fill("url=https://example.com:8443") == ("jane", "at 8443")
    assert git.fill("url=https://example.com:9443") == ("jane", "at 9443")
    assert git.asks(*HTTPS) == "Username for 'https://example.com'"


def test_another_protocol_is_kept_like_https(git: GitCredential) -> None:
    git.approve("protocol=smtp", "host=mail.example.com:587", "username=jane", "password=secret")
    assert git.fill("protocol=smtp", "host=mail.example.com:587") == ("jane", "secret")


@pytest.mark.parametrize("action", ["get", "store", "erase"])
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["host=example.com"], "the request names no protocol; nothing was done"),
        (["protocol=https", "host="], "the request names no host; nothing was done"),
        ([], "the request names no protocol; nothing was done"),
    ],
)
def test_without_protocol_or_host_nothing_is_done(
    program: Program, git: GitCredential, action: str, lines: list[str], message: str
) -> None:
    git.approve(*HTTPS, "username=jane", "password=secret")
    request = attributes(*lines, "username=jane", "password=secret")
    assert program.run(action, stdin=request) == Run(1, b"", f"git-credential-pat: {message}\n")
    assert states(program) == {"https://example.com jane": "active"}


def test_a_client_certificate_is_left_to_git(git: GitCredential, program: Program) -> None:
    assert git.asks("protocol=cert", "host=", "path=/home/jane/key.pem", "username=") == (
        "Password for 'cert:////home/jane/key.pem'"
    )
    git.approve("protocol=cert", "host=", "path=/home/jane/key.pem", "username=", "password=secret")
    assert states(program) == {}


# Several users of one host


def test_each_user_of_a_host_has_their_own(git: GitCredential) -> None:
    git.approve(*HTTPS, "username=user1", "password=pass1")
    git.approve(*HTTPS, "username=user2", "password=pass2")
    assert git.fill(*HTTPS, "username=user1") == ("user1", "pass1")
    assert git.fill(*HTTPS, "username=user2") == ("user2", "pass2")


def test_without_a_username_the_newest_answers(git: GitCredential) -> None:
    for username, password in [("user1", "pass1"), ("user2", "pass2"), ("user1", "pass3")]:
        git.approve(*HTTPS, f"username={username}", f"password={password}")
    assert git.fill(*HTTPS) == ("user1", "pass3")


def test_one_user_can_be_forgotten(git: GitCredential) -> None:
    git.approve(*HTTPS, "username=user1", "password=pass1")
    git.approve(*HTTPS, "username=user2", "password=pass2")
    git.reject(*HTTPS, "username=user1")
    question = git.asks(*HTTPS, "username=user1", told=rejected("https://example.com"))
    assert question == "Password for 'https://user1@example.com'"
    assert git.fill(*HTTPS, "username=user2") == ("user2", "pass2")
    assert git.fill(*HTTPS) == ("user2", "pass2")


def test_a_rejection_of_an_unknown_user_forgets_nobody(git: GitCredential) -> None:
    git.approve(*HTTPS, "username=user1", "password=pass1")
    git.reject(*HTTPS, "username=user2")
    git.reject(*HTTPS, "username=user2", "password=pass1")
    assert git.fill(*HTTPS) == ("user1", "pass1")


# Rejecting


def test_a_rejected_credential_is_not_filled_in_again(git: GitCredential) -> None:
    git.approve(*HTTPS, "username=jane", "password=secret")
    git.reject(*HTTPS, "username=jane", "password=secret")
    assert git.asks(*HTTPS, told=rejected("https://example.com")) == "Username for 'https://example.com'"


def test_a_rejection_with_another_password_changes_nothing(git: GitCredential) -> None:
    git.approve(*HTTPS, "username=jane", "password=new")
    git.reject(*HTTPS, "username=jane", "password=old")
    assert git.fill(*HTTPS) == ("jane", "new")


def test_a_rejection_without_username_and_path_forgets_the_host(program: Program) -> None:
    git = GitCredential(program, "credential.useHttpPath=true")
    git.approve(*HTTPS, "username=user1", "password=pass1")
    git.approve(*HTTPS, "path=group/web.git", "username=user2", "password=pass2")
    git.approve("url=https://other.tld", "username=user3", "password=pass3")
    git.reject(*HTTPS)
    assert git.asks(*HTTPS, told=rejected("https://example.com")) == "Username for 'https://example.com'"
    path, narrow = "path=group/web.git", "https://example.com/group/web.git"
    assert git.asks(*HTTPS, path, told=rejected(narrow)) == f"Username for '{narrow}'"
    assert git.fill("url=https://other.tld") == ("user3", "pass3")


def test_a_rejection_where_nothing_is_kept_makes_nothing(git: GitCredential, program: Program) -> None:
    git.reject(*HTTPS, "username=jane", "password=secret")
    assert not program.data.exists()


def test_a_rejected_credential_is_put_aside_and_can_be_restored(git: GitCredential, program: Program) -> None:
    git.approve(*HTTPS, "username=jane", "password=secret")
    git.reject(*HTTPS, "username=jane", "password=secret")
    assert states(program) == {"https://example.com jane": "rejected"}
    restored = program.run("restore", "https://example.com")
    assert restored == Run(0, b"The token for https://example.com is active again.\n", "")
    assert git.fill(*HTTPS) == ("jane", "secret")


def test_approving_what_was_rejected_makes_it_active(git: GitCredential, program: Program) -> None:
    git.approve(*HTTPS, "username=jane", "password=secret")
    git.reject(*HTTPS, "username=jane", "password=secret")
    git.approve(*HTTPS, "username=jane", "password=secret")
    assert states(program) == {"https://example.com jane": "active"}
    assert git.fill(*HTTPS) == ("jane", "secret")


# Values


def test_empty_username_and_password_come_back_as_they_are(git: GitCredential) -> None:
    git.approve("url=https://sso.tld", "username=", "password=")
    assert git.fill("url=https://sso.tld") == ("", "")


def test_a_username_with_an_at_sign_comes_back_as_it_is(git: GitCredential) -> None:
    git.approve(*HTTPS, "username=jane@example.org", "password=secret")
    assert git.fill(*HTTPS) == Login("jane@example.org", "secret")
    assert git.fill("url=https://jane%40example.org@example.com") == Login("jane@example.org", "secret")


def test_every_byte_that_a_line_can_hold_comes_back(program: Program) -> None:
    password = bytes(set(range(256)) - {0x00, 0x0A, 0x0D})
    username = b"=\t \x80\xff\xc3\xbc"
    request = b"protocol=https\nhost=example.com\n"
    kept = request + b"username=" + username + b"\npassword=" + password + b"\n"
    assert len(password) == 253
    assert program.git("credential", "approve", stdin=kept) == Run(0, b"", "")
    assert program.git("credential", "fill", stdin=request) == Run(0, kept, "")


@pytest.mark.parametrize("password", [" secret ", "a=b==", "username=x", "\u00fc\u2028\u0085", "x" * 60_000])
def test_a_password_is_not_trimmed_cut_or_divided(git: GitCredential, password: str) -> None:
    git.approve(*HTTPS, "username=jane", f"password={password}")
    answer = f"protocol=https\nhost=example.com\nusername=jane\npassword={password}\n"
    assert git.run("fill", *HTTPS).stdout.decode() == answer


@pytest.mark.parametrize("byte", [b"\r", b"\0"])
def test_a_password_that_would_end_its_line_is_refused(program: Program, byte: bytes) -> None:
    request = b"protocol=https\nhost=example.com\nusername=jane\npassword=se" + byte + b"cret\n\n"
    run = program.run("store", stdin=request)
    assert (run.status, run.stdout, run.stderr.count("\n")) == (1, b"", 1)
    assert not program.data.exists()


# What costs nothing


def test_an_approval_of_what_is_held_touches_nothing_and_takes_no_lock(
    git: GitCredential, program: Program
) -> None:
    git.approve(*HTTPS, "username=jane", "password=secret")
    files = (program.vault, program.data, program.key)
    before = [(file.stat().st_ino, file.stat().st_mtime_ns) for file in files]
    with (program.data / "vault.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a helper that took the lock would fail after its 15 s
        git.approve(*HTTPS, "username=jane", "password=secret")
    assert [(file.stat().st_ino, file.stat().st_mtime_ns) for file in files] == before


def test_an_unknown_operation_is_silently_ignored(program: Program) -> None:
    request = attributes(*HTTPS, "username=jane", "password=secret")
    assert program.run("negotiate", stdin=request) == Run(0, b"", "")
    assert program.git("credential-pat", "negotiate", stdin=request) == Run(0, b"", "")
    assert not program.data.exists()
