"""`rotate` where a person must renew a token: each question on a real terminal, also when things go wrong."""

from __future__ import annotations

import json
import os
import signal
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.api_server import Answer
from support.checks import entries, keep
from support.program import Program
from support.pty_program import Terminal
from support.token_hosts.faults import Fault, asks
from support.users import AS_NOBODY, give_to_nobody

from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from git_credential_pat.hosts import family_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.token_hosts.fixtures import TokenHosts
    from support.token_hosts.github import Token

pytestmark = pytest.mark.slow

OCTO, OTHER = "https://github.com/octo", "https://github.com/other"
GROUP = "https://gitlab.com/group"
BERG = "https://codeberg.org/jane"
CLOUD = "https://bitbucket.org/octo"
NEXT = "The next token (hidden; Enter skips this one): "
END = "When does it expire? (YYYY-MM-DD or a number of days; Enter if unknown) "
OLD = "Revoke the old one at github.com for good? [y/N] "
PAGE = "https://github.com/settings/tokens/new?scopes=repo,read:packages&description=laptop"


@pytest.fixture
def old(program: Program, token_hosts: TokenHosts) -> Token:
    """Return the token that is stored for an owner at GitHub."""
    token = token_hosts.github.add(now=token_hosts.now, scopes=("repo", "read:packages"), days=5)
    keep(program, OCTO, token.value, label="laptop")
    return token


def following(hosts: TokenHosts, **fields: Any) -> Token:  # noqa: ANN401  # those of `add`
    return hosts.github.add(now=hosts.now, **{"scopes": ("repo", "read:packages"), **fields})


def in_use(program: Program, url: str = OCTO) -> str:
    return program.run("token", url).stdout.decode().strip()


def lives(hosts: TokenHosts, token: Token) -> bool:
    return hosts.github.lives(token.value, hosts.now)


def guide(program: Program, *words: str) -> Terminal:
    return Terminal(program, "rotate", *(words or (OCTO,)))


# What is asked


def test_the_next_token_is_asked_verified_and_kept_and_the_old_one_revoked(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    new = following(token_hosts)
    terminal = guide(program)
    question = terminal.wait_for(NEXT)
    assert "The token for https://github.com/octo" in question
    assert "It must be renewed by hand: GitHub does not let a program do this." in question
    assert f"Create the next one at {PAGE}" in question
    assert "It needs: repo, read:packages" in question
    terminal.wait_for_echo(on=False)
    terminal.enter(new.value)
    terminal.wait_for("Stored the next token of octocat; it ends on ")
    terminal.wait_for(OLD)
    terminal.enter("y")
    assert terminal.finish() == 0
    assert terminal.lines()[-1].startswith(f"rotated  {OCTO}: it ends on ")
    assert terminal.lines()[-1].endswith("; the old one is revoked")
    assert (in_use(program), lives(token_hosts, new), lives(token_hosts, old)) == (new.value, True, False)
    assert [entry["state"] for entry in entries(program)] == ["active", "revoked"]
    assert entries(program)[0]["label"] == "laptop"
    assert new.value not in terminal.seen
    assert old.value not in terminal.seen


@pytest.mark.parametrize("answer", ["n", "", "what?"])
def test_the_old_one_works_on_unless_the_answer_is_yes(
    program: Program, token_hosts: TokenHosts, old: Token, answer: str
) -> None:
    new = following(token_hosts)
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    terminal.enter(new.value)
    terminal.wait_for(OLD)
    terminal.enter(answer)
    assert terminal.finish() == 0
    assert "the old one works until it is revoked at https://github.com/settings/" in terminal.seen
    assert (in_use(program), lives(token_hosts, old)) == (new.value, True)
    assert [entry["state"] for entry in entries(program)] == ["active", "replaced"]


def test_yes_revokes_the_old_one_without_a_question(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    terminal = guide(program, OCTO, "--yes")
    terminal.ask_hidden(NEXT)
    terminal.enter(following(token_hosts).value)
    assert terminal.finish() == 0
    assert OLD not in terminal.seen
    assert not lives(token_hosts, old)


def test_a_dead_old_one_is_not_asked_about(program: Program, token_hosts: TokenHosts, old: Token) -> None:
    old.revoked_at = 0
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    terminal.enter(following(token_hosts).value)
    assert terminal.finish() == 0
    assert "the old one is dead" in terminal.seen


def test_a_host_that_does_not_say_when_a_token_ends_has_the_user_asked(
    program: Program, token_hosts: TokenHosts
) -> None:
    keep(program, BERG, token_hosts.gitea.add().value)
    terminal = guide(program, BERG)
    assert "It needs: repository: Read and write" in terminal.wait_for(NEXT)
    terminal.wait_for_echo(on=False)
    terminal.enter(token_hosts.gitea.add().value)
    terminal.wait_for(END)
    terminal.enter("2035-01-31")
    assert terminal.finish() == 0
    assert "the old one works until it is revoked at https://codeberg.org/user/settings/" in terminal.seen
    assert entries(program)[0]["expires"] == "2035-01-31T23:59:59Z"


def test_days_say_when_it_ends_where_the_host_does_not(program: Program, token_hosts: TokenHosts) -> None:
    keep(program, BERG, token_hosts.gitea.add().value)
    terminal = guide(program, BERG, "--days", "30")
    terminal.ask_hidden(NEXT)
    terminal.enter(token_hosts.gitea.add().value)
    assert terminal.finish() == 0
    assert entries(program)[0]["days_left"] == 30


def test_a_token_of_gitlab_that_may_not_rotate_itself_is_renewed_by_hand(
    program: Program, token_hosts: TokenHosts
) -> None:
    scopes = ("write_repository",)
    old, new = (token_hosts.gitlab.add(now=token_hosts.now, scopes=scopes) for _ in range(2))
    keep(program, GROUP, old.value, label="ci")
    terminal = guide(program, GROUP)
    question = terminal.wait_for(NEXT)
    assert "?name=ci&scopes=write_repository" in question
    assert 'by hand: it lacks the permission "api" or "self_rotate".' in question
    terminal.wait_for_echo(on=False)
    terminal.enter(new.value)
    terminal.wait_for("Revoke the old one at gitlab.com for good? [y/N] ")
    terminal.enter("y")
    assert terminal.finish() == 0
    assert (in_use(program, GROUP), old.revoked, new.revoked) == (new.value, True, False)


def test_a_token_that_is_stored_for_several_places_is_asked_for_once(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    keep(program, OTHER, old.value)
    new = following(token_hosts)
    terminal = guide(program, OTHER)
    assert f"The token for {OTHER} and {OCTO}" in terminal.wait_for(NEXT)
    terminal.wait_for_echo(on=False)
    terminal.enter(new.value)
    terminal.wait_for(OLD)
    terminal.enter("y")
    assert terminal.finish() == 0
    assert (in_use(program), in_use(program, OTHER)) == (new.value, new.value)
    assert len(token_hosts.github.asked("POST")) == 1


def test_the_old_one_is_not_revoked_where_another_host_still_gets_it(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    keep(program, "https://gist.github.com", old.value, username="octocat")
    terminal = guide(program, OCTO, "--yes")
    terminal.ask_hidden(NEXT)
    terminal.enter(following(token_hosts).value)
    assert terminal.finish() == 0
    assert "the old one still answers elsewhere" in terminal.seen
    assert lives(token_hosts, old)


def test_an_old_one_that_was_removed_meanwhile_is_left_to_its_user(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    terminal.enter(following(token_hosts).value)
    terminal.wait_for(OLD)
    backend = VaultBackend(Settings(str(program.data), str(program.key.parent)))
    backend.apply([Change(entry, None) for entry in backend.entries() if entry.state == "rejected"])
    terminal.enter("y")
    assert terminal.finish() == 0
    assert "the old one works until it is revoked" in terminal.seen
    assert lives(token_hosts, old)


def test_several_tokens_are_counted_and_one_can_be_skipped(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    berg = token_hosts.gitea.add()
    keep(program, BERG, berg.value)
    keep(program, GROUP, token_hosts.gitlab.add(now=token_hosts.now).value)
    new = following(token_hosts)
    terminal = guide(program, "--all")
    terminal.wait_for("Rotate 3 tokens? [y/N] ")
    terminal.enter("y")
    assert f"1 of 2: the token for {BERG}" in terminal.wait_for(NEXT)
    assert f"rotated  {GROUP}: " in "\n".join(terminal.lines())
    terminal.wait_for_echo(on=False)
    terminal.enter("")
    assert f"2 of 2: the token for {OCTO}" in terminal.wait_for(NEXT)
    terminal.wait_for_echo(on=False)
    terminal.enter(new.value)
    terminal.wait_for(OLD)
    terminal.enter("n")
    assert terminal.finish() == 6
    assert f"by-hand  {BERG}: skipped; see https://codeberg.org/user/settings/" in "\n".join(terminal.lines())
    assert (in_use(program, BERG), in_use(program)) == (berg.value, new.value)
    del old


def test_a_skipped_one_names_the_page_that_was_shown(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    terminal.enter("")
    assert terminal.finish() == 6
    assert terminal.lines()[-1] == f"by-hand  {OCTO}: skipped; see {PAGE}"
    del token_hosts, old


def test_a_host_that_takes_no_question_has_the_user_asked_without_advice_for_other_commands(
    program: Program, token_hosts: TokenHosts
) -> None:
    keep(program, CLOUD, "ATATT3" + "x" * 180 + "=ABCDEF12", username="jane")
    terminal = guide(program, CLOUD)
    terminal.ask_hidden(NEXT)
    terminal.enter("ATATT3" + "y" * 180 + "=ABCDEF13")
    question = terminal.wait_for("Store it anyway? [y/N] ")
    assert "only with the account's e-mail address). Store" in question.replace("\r\n", "")
    terminal.enter("n")
    assert terminal.finish() == 6
    del token_hosts


# What is wrong with a token


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"login": "mallory"}, "that token is of mallory, and the stored one of octocat"),
        ({"scopes": ("repo",)}, "that token lacks permissions that the stored one has: read:packages"),
        ({"days": -1}, "github.com rejected that token: the host does not know it"),
    ],
)
def test_another_one_is_asked_for_with_what_is_wrong(
    program: Program, token_hosts: TokenHosts, old: Token, fields: dict[str, Any], says: str
) -> None:
    new = following(token_hosts, scopes=("repo", "write:packages"))  # which has the reading in it
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    terminal.enter(following(token_hosts, **fields).value)
    assert f"git-credential-pat: {says}" in terminal.wait_for("; give another one")
    terminal.ask_hidden(NEXT)
    terminal.enter(old.value)
    terminal.wait_for("git-credential-pat: that is the token that is stored; give another one")
    terminal.ask_hidden(NEXT)
    terminal.enter(new.value)
    terminal.wait_for(OLD)
    terminal.enter("n")
    assert terminal.finish() == 0
    assert in_use(program) == new.value


def test_after_three_wrong_ones_the_stored_one_stays(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    terminal = guide(program)
    for _ in range(3):
        terminal.ask_hidden(NEXT)
        terminal.enter(old.value)
    assert terminal.finish() == 1
    assert "that is the token that is stored; the one that is stored stays in use" in terminal.seen
    assert in_use(program) == old.value
    del token_hosts


@pytest.mark.parametrize("answer", ["y", "n"])
def test_one_that_cannot_be_verified_is_stored_only_after_a_yes(
    program: Program, token_hosts: TokenHosts, old: Token, answer: str
) -> None:
    new = following(token_hosts)
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    token_hosts.faults.add(Fault(asks("GET", "/user"), answer=Answer(502)))
    terminal.enter(new.value)
    assert "status 502" in terminal.wait_for("Store it anyway? [y/N] ")
    terminal.enter(answer)
    if answer == "y":
        terminal.wait_for(END)
        terminal.enter("")
        terminal.wait_for(OLD)
        terminal.enter("")
    assert terminal.finish() == (0 if answer == "y" else 6)
    assert in_use(program) == (new.value if answer == "y" else old.value)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (409, "(the host answers with status 409)"),
        (500, "not known whether the token was revoked; to find out, see https://github.com/settings/"),
    ],
)
def test_a_revocation_that_fails_is_said_beside_the_rotation(
    program: Program, token_hosts: TokenHosts, old: Token, status: int, said: str
) -> None:
    token_hosts.faults.add(Fault(asks("POST", "/revoke"), acts=False, answer=Answer(status)))
    new = following(token_hosts)
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    terminal.enter(new.value)
    terminal.wait_for(OLD)
    terminal.enter("y")
    assert terminal.finish() == 0
    assert "the old one works until it is revoked at " in terminal.seen
    assert said in terminal.seen
    assert in_use(program) == new.value
    del old


# When the user breaks off


@pytest.mark.parametrize("key", ["c", "d"])
def test_breaking_off_at_the_question_for_the_token_leaves_the_stored_one_in_use(
    program: Program, token_hosts: TokenHosts, old: Token, key: str
) -> None:
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    terminal.press(key)
    assert terminal.finish() == (130 if key == "c" else 6)
    assert ("stays in use" in terminal.seen) == (key == "c")
    assert in_use(program) == old.value
    del token_hosts


def test_breaking_off_at_the_last_question_says_that_the_next_token_is_in_use(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    new = following(token_hosts)
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    terminal.enter(new.value)
    terminal.wait_for(OLD)
    terminal.press("c")
    assert terminal.finish() == 130
    assert (
        f"interrupted; the next token for {OCTO} is in use, and the old one was not revoked" in terminal.seen
    )
    assert (in_use(program), lives(token_hosts, old)) == (new.value, True)


def test_breaking_off_while_the_host_is_asked_leaves_the_stored_one_in_use(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    token_hosts.faults.add(Fault(asks("GET", "/user"), wait=8))
    terminal.enter(following(token_hosts).value)
    while not token_hosts.faults.met:
        time.sleep(0.01)
    terminal.press("c")
    assert terminal.finish() == 130
    assert "stays in use" in terminal.seen
    assert in_use(program) == old.value


def test_breaking_off_at_the_second_token_leaves_the_first_one_done(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    keep(program, BERG, token_hosts.gitea.add().value)
    next_berg = token_hosts.gitea.add()
    terminal = guide(program, "--all", "--yes")
    terminal.ask_hidden(NEXT)
    terminal.enter(next_berg.value)
    terminal.wait_for(END)
    terminal.enter("")
    terminal.ask_hidden(NEXT)
    terminal.press("c")
    assert terminal.finish() == 130
    assert f"rotated  {BERG}: " in "\n".join(terminal.lines())
    assert f"interrupted; the token for {OCTO} that is stored stays in use" in terminal.seen
    assert (in_use(program, BERG), in_use(program)) == (next_berg.value, old.value)


def test_a_signal_that_ends_it_gives_the_echo_back(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    terminal = guide(program)
    terminal.ask_hidden(NEXT)
    terminal.signal(signal.SIGTERM)
    terminal.wait_for_echo(on=True)
    assert terminal.finish() == -signal.SIGTERM
    assert in_use(program) == old.value
    del token_hosts


# Where nobody is asked


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("--json",), {}),
        (("--dry-run",), {}),
        ((), {"GIT_TERMINAL_PROMPT": "0"}),
    ],
)
def test_on_a_terminal_without_questions_it_waits_for_a_person(
    program: Program, token_hosts: TokenHosts, old: Token, words: tuple[str, ...], environment: dict[str, str]
) -> None:
    terminal = Terminal(program, "rotate", OCTO, *words, environment=environment)
    assert terminal.finish() == 6
    assert "by-hand" in terminal.seen
    assert in_use(program) == old.value
    assert not token_hosts.github.log


def test_without_a_terminal_it_waits_for_a_person_and_names_the_page(
    program: Program, token_hosts: TokenHosts, old: Token
) -> None:
    run = program.run("rotate", OCTO, "--json")
    (result,) = json.loads(run.stdout)["results"]
    assert (run.status, result["outcome"], result["why"]) == (6, "by-hand", "only a person can do this")
    assert result["page"] == "https://github.com/settings/tokens/new?description=laptop"
    assert not token_hosts.github.log
    del old


# The browser


def with_browser(program: Program) -> Path:
    """Put a browser first on the program's PATH, which notes its arguments; return the file of its notes."""
    folder = program.home / "bin"
    folder.mkdir()
    notes = folder / "notes"
    browser = folder / "xdg-open"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$@" >{notes}.part && mv {notes}.part {notes}\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    program.environment["PATH"] = f"{folder}{os.pathsep}{program.environment['PATH']}"
    return notes


@pytest.fixture
def nobody() -> Iterator[Program]:
    """Return a program of another user than root, whose home everybody can reach."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Program(Path(folder) / "home")


class NobodysTerminal(Terminal):
    """A command that another user than root runs, for root's browser is never started."""

    def __init__(self, program: Program, *arguments: str) -> None:
        words = [*(AS_NOBODY if os.geteuid() == 0 else ("env",)), str(program.launcher), *arguments]
        path = f"/usr/bin/{words[0]}"
        self._spawn(program, path, words[1:], None)


@pytest.mark.parametrize("display", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_browser_opens_the_page_where_there_is_a_desktop(nobody: Program, display: str) -> None:
    keep(nobody, OCTO, "ghp_" + "a" * 36, label="laptop")
    notes = with_browser(nobody)
    nobody.environment[display] = ":7"
    give_to_nobody(nobody.home, *nobody.home.rglob("*"))
    terminal = NobodysTerminal(nobody, "rotate", OCTO)
    page = "https://github.com/settings/tokens/new?description=laptop"
    assert f"Create the next one at {page} (your browser opens it)" in terminal.wait_for(NEXT)
    terminal.wait_for_echo(on=False)
    end = time.monotonic() + 20
    while not notes.exists():
        assert time.monotonic() < end
        time.sleep(0.01)
    assert notes.read_text().splitlines() == ["1", page]
    terminal.enter("")
    assert terminal.finish() == 6


def test_without_a_desktop_the_page_is_only_printed(nobody: Program) -> None:
    keep(nobody, OCTO, "ghp_" + "a" * 36)
    notes = with_browser(nobody)
    give_to_nobody(nobody.home, *nobody.home.rglob("*"))
    terminal = NobodysTerminal(nobody, "rotate", OCTO)
    assert "your browser" not in terminal.wait_for(NEXT)
    terminal.enter("")
    assert terminal.finish() == 6
    assert not notes.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_roots_browser_is_never_started(program: Program) -> None:
    keep(program, OCTO, "ghp_" + "a" * 36)
    notes = with_browser(program)
    program.environment["DISPLAY"] = ":7"
    terminal = guide(program)
    assert "your browser" not in terminal.wait_for(NEXT)
    terminal.enter("")
    assert terminal.finish() == 6
    assert not notes.exists()


# What families say of it


@pytest.mark.parametrize(
    ("provider", "before", "after", "lacking"),
    [
        ("github", ("repo", "read:org"), ("repo", "admin:org"), []),
        ("github", ("repo", "admin:org"), ("repo", "read:org"), ["admin:org"]),
        ("gitlab", ("read_repository",), ("write_repository",), []),
        ("gitlab", ("write_repository", "read_registry", "self_rotate"), ("api",), []),
        ("gitlab", ("api",), ("read_api", "write_repository"), ["api"]),
        ("gitlab", ("sudo", "api"), ("api",), ["sudo"]),
    ],
)
def test_a_wider_permission_has_the_narrower_ones(
    provider: str, before: tuple[str, ...], after: tuple[str, ...], lacking: list[str]
) -> None:
    assert family_named(provider).lacking(after, before) == lacking


def test_gitlabs_users_are_known_by_their_numbers() -> None:
    gitlab = family_named("gitlab")
    assert gitlab.user_in('user 7, "laptop"') == gitlab.user_in('user 7, "another"') == "user 7"
    assert gitlab.user_in('"laptop"') == ""
