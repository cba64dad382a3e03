"""The question for a token: real Git on a terminal, with nothing kept, or only what works no more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.agents import agent_program
from support.asking import (
    APP,
    DEPLOY_TOKEN,
    GITLAB,
    OTHER_QUESTION,
    QUESTION,
    WEB,
    WRONG_TOKEN,
    answered,
    meet,
    serve,
    unasked,
)
from support.checks import keep, only_entry
from support.git_credential import states
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, NO_AGENT, OTHER_AZURE_TOKEN, Program
from support.pty_program import Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.git_server import GitServer

CLONE = f"git clone {WEB} copy"
RIGHTS = ("vso.code_write",)
NO_TOKEN = (
    "git-credential-pat: that is no token: it is too long or holds control characters; nothing was changed"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with serve(tmp_path_factory.mktemp("question") / "server") as server:
        yield server


@pytest.fixture(params=["by agent", "alone"])
def user(request: pytest.FixtureRequest, server: GitServer) -> Iterator[Program]:
    """A user with nothing kept, where calls may start an agent and where not."""
    with agent_program() as program:
        if request.param == "alone":
            program.environment.update(NO_AGENT)
        yield meet(server, program)


@pytest.fixture
def lone(server: GitServer) -> Iterator[Program]:
    """A user with nothing kept, and no agent."""
    with agent_program() as program:
        program.environment.update(NO_AGENT)
        yield meet(server, program)


# Once and never again


def test_the_token_is_asked_for_once_and_never_again(user: Program) -> None:
    answered(user, CLONE, QUESTION, AZURE_TOKEN)
    unasked(user, f"git clone {WEB} second")
    unasked(user, f"git clone {FABRIKAM}/_git/web third")
    unasked(user, "git -C copy fetch")
    unasked(user, "git -C copy commit --quiet --allow-empty -m More && git -C copy push --quiet")
    assert states(user) == {"https://dev.azure.com/fabrikam pat": "active"}
    assert user.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


def test_each_organization_gets_its_own_question(user: Program) -> None:
    answered(user, CLONE, QUESTION, AZURE_TOKEN)
    answered(user, f"git clone {APP} app", OTHER_QUESTION, OTHER_AZURE_TOKEN)
    unasked(user, f"git clone {WEB} second && git clone {APP} third")
    assert states(user) == {f"{CONTOSO} pat": "active", f"{FABRIKAM} pat": "active"}


def test_the_clone_button_s_address_names_the_organization(user: Program) -> None:
    answered(user, f"git clone {WEB.replace('://', '://fabrikam@')} copy", QUESTION, AZURE_TOKEN)
    unasked(user, f"git clone {WEB} second")
    assert states(user) == {"https://dev.azure.com/fabrikam pat": "active"}


def test_the_first_token_that_is_kept_is_told_of_with_the_place_of_the_vault(user: Program) -> None:
    place = f"The vault lies encrypted in {user.vault}, the key in {user.key}"
    terminal = Script(user, CLONE)
    terminal.wait_for(QUESTION)
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert f"git-credential-pat: the token is kept. {place}" in terminal.seen
    second = Script(user, f"git clone {APP} app")
    second.wait_for(OTHER_QUESTION)
    second.enter(OTHER_AZURE_TOKEN)
    assert second.finish() == 0
    assert "The vault" not in second.seen


@pytest.mark.parametrize("around", [" ", "\t ", "\u00a0", "\u200b"])
def test_white_space_around_a_pasted_token_is_dropped(lone: Program, around: str) -> None:
    answered(lone, CLONE, QUESTION, f"{around}{AZURE_TOKEN}{around}")
    assert lone.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


# Answers that do not help


def test_a_wrong_token_is_not_kept_and_the_next_call_asks_again(user: Program) -> None:
    terminal = Script(user, CLONE)
    terminal.wait_for(QUESTION)
    terminal.enter(WRONG_TOKEN)
    assert terminal.finish() == 128
    assert terminal.lines()[-1] == f"fatal: Authentication failed for '{WEB}/'"
    assert states(user) == {}
    answered(user, CLONE, QUESTION, AZURE_TOKEN)
    unasked(user, f"git clone {WEB} second")


def test_a_token_of_another_kind_is_tried_with_a_warning(lone: Program) -> None:
    terminal = Script(lone, CLONE)
    terminal.wait_for(QUESTION)
    terminal.enter("ghp_" + "x" * 36)
    assert terminal.finish() == 128
    warning = "warning: this does not look like a token of Azure DevOps; it is tried all the same"
    assert f"git-credential-pat: {warning}" in terminal.lines()


@pytest.mark.parametrize("answer", ["\r", "  \r", "\x04"], ids=["Enter", "blanks", "Ctrl-D"])
def test_after_an_empty_answer_git_asks_as_usual(user: Program, answer: str) -> None:
    terminal = Script(user, CLONE)
    terminal.wait_for(QUESTION)
    terminal.type(answer)
    terminal.wait_for(f"Username for '{WEB}': ")
    assert terminal.echoes
    terminal.enter("jane")
    terminal.wait_for("Password for ")
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert terminal.seen.count("Paste a token") == 1
    unasked(user, f"git clone {WEB} second")
    assert states(user) == {"https://dev.azure.com/fabrikam jane": "active"}


@pytest.mark.parametrize("control", ["\x01", "\x1b[2K", "\x07"])
def test_an_answer_with_control_characters_is_no_token_and_git_asks_as_usual(
    lone: Program, control: str
) -> None:
    terminal = Script(lone, CLONE)
    terminal.wait_for(QUESTION)
    terminal.enter(f"abc{control}def")
    terminal.wait_for(f"Username for '{WEB}': ")
    assert terminal.echoes
    assert NO_TOKEN in terminal.lines()
    assert "abc" not in terminal.seen
    terminal.press("c")
    terminal.finish()
    assert states(lone) == {}


def test_git_asks_for_the_username_of_a_deploy_token(lone: Program) -> None:
    assert lone.git("config", "--global", "credential.https://gitlab.com.useHttpPath", "true").status == 0
    terminal = Script(lone, f"git clone {GITLAB} copy")
    terminal.wait_for("Paste a token for gitlab.com/group (")
    terminal.enter(DEPLOY_TOKEN)
    terminal.wait_for(f"Username for '{GITLAB}': ")
    terminal.enter("deployer")
    assert terminal.finish() == 0
    assert "Password" not in terminal.seen
    unasked(lone, f"git clone {GITLAB} second")
    repository = GITLAB.removesuffix(".git")  # of which alone it may be
    assert states(lone) == {f"{repository} deployer": "active"}


# In place of what works no more


@pytest.mark.parametrize("username", ["", "jane"])
def test_an_expired_token_is_told_of_then_replaced_and_keeps_label_and_permissions(
    user: Program, username: str
) -> None:
    keep(user, FABRIKAM, WRONG_TOKEN, username, label="laptop", permissions=RIGHTS, expires=1_700_000_000)
    terminal = answered(user, CLONE, QUESTION, AZURE_TOKEN)
    told = (
        f"git-credential-pat: the token for {FABRIKAM} expired on 2023-11-14; make another at "
        f"{FABRIKAM}/_usersSettings/tokens, then run: git credential-pat seed {FABRIKAM}"
    )
    assert terminal.lines().count(told) == 1
    assert terminal.seen.index("expired on") < terminal.seen.index("Paste a token")
    assert_replaced(user, username or "pat")


@pytest.mark.parametrize("username", ["", "jane"])
def test_a_rejected_token_is_told_of_then_replaced_and_keeps_label_and_permissions(
    user: Program, username: str
) -> None:
    keep(user, FABRIKAM, WRONG_TOKEN, username, label="laptop", permissions=RIGHTS)
    first = Script(user, CLONE)
    assert first.finish() == 128
    assert "Paste" not in first.seen
    assert only_entry(user)["state"] == "rejected"
    terminal = answered(user, CLONE, QUESTION, AZURE_TOKEN)
    assert terminal.seen.index("was rejected by its host") < terminal.seen.index("Paste a token")
    assert_replaced(user, username or "pat")


def test_the_token_of_one_project_is_asked_for_and_kept_for_that_project(lone: Program) -> None:
    keep(lone, f"{FABRIKAM}/web", WRONG_TOKEN, expires=1)
    answered(lone, CLONE, "Paste a token for dev.azure.com/fabrikam/web (", AZURE_TOKEN)
    assert only_entry(lone)["scope"] == f"{FABRIKAM}/web"


def assert_replaced(user: Program, username: str) -> None:
    entry = only_entry(user)
    assert (entry["state"], entry["expires"], entry["username"]) == ("active", None, username)
    assert (entry["label"], entry["permissions"]) == ("laptop", ["vso.code_write"])
    unasked(user, f"git clone {WEB} second")
    assert user.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


def test_a_wrong_answer_leaves_the_expired_entry_as_it_was(lone: Program) -> None:
    keep(lone, FABRIKAM, OTHER_AZURE_TOKEN, label="laptop", permissions=RIGHTS, expires=int(time.time()) - 60)
    before = only_entry(lone)
    terminal = Script(lone, CLONE)
    terminal.wait_for(QUESTION)
    terminal.enter(WRONG_TOKEN)
    assert terminal.finish() == 128
    assert only_entry(lone) == before
