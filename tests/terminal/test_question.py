"""The question for a token: real Git on a terminal, with nothing kept, or only what works no more."""

from __future__ import annotations

import time

import pytest
from support.asking import DEPLOY_TOKEN, GITLAB, OTHER_QUESTION, QUESTION, answered, unasked
from support.checks import answering_first, keep
from support.cloning import APP, WEB, WRONG_TOKEN
from support.git_credential import states
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program
from support.pty_program import Script

CLONE = f"git clone {WEB} copy"
RIGHTS = ("vso.code_write",)


# Once and never again


@pytest.mark.slow
def test_each_organization_s_token_is_asked_for_once_and_never_again(anyone: Program) -> None:
    first = answered(anyone, f"git clone {WEB.replace('://', '://fabrikam@')} copy", QUESTION, AZURE_TOKEN)
    place = f"The encrypted vault is {anyone.vault}; its key is in {anyone.key}"
    assert f"git-credential-pat: the token is stored. {place}" in first.seen
    unasked(anyone, f"git clone {FABRIKAM}/_git/web second && git -C second fetch")
    unasked(anyone, "git -C copy commit --quiet --allow-empty -m More && git -C copy push --quiet")
    second = answered(anyone, f"git clone {APP} app", OTHER_QUESTION, OTHER_AZURE_TOKEN)
    assert "The vault" not in second.seen
    unasked(anyone, f"git clone {WEB} third && git clone {APP} fourth")
    assert set(states(anyone).values()) == {"active"}
    assert anyone.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


# Answers that do not help


@pytest.mark.slow
def test_a_wrong_token_is_not_kept_and_the_next_call_asks_again(anyone: Program) -> None:
    terminal = Script(anyone, CLONE)
    terminal.ask_hidden(QUESTION)
    terminal.enter(WRONG_TOKEN)
    assert terminal.finish() == 128
    assert terminal.lines()[-1] == f"fatal: Authentication failed for '{WEB}/'"
    assert states(anyone) == {}
    answered(anyone, CLONE, QUESTION, AZURE_TOKEN)


@pytest.mark.parametrize("answer", ["\r", "\x04", "abc\x01def\r"], ids=["Enter", "Ctrl-D", "no token"])
def test_after_an_answer_that_is_none_git_asks_as_usual(lone: Program, answer: str) -> None:
    terminal = Script(lone, CLONE)
    terminal.ask_hidden(QUESTION)
    terminal.type(answer)
    terminal.wait_for(f"Username for '{WEB}': ")
    terminal.wait_for_echo(on=True)
    assert ("git-credential-pat: that is not a token" in terminal.seen) == ("abc" in answer)
    assert "abc" not in terminal.seen
    terminal.enter("jane")
    terminal.wait_for("Password for ")
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert terminal.seen.count("Git needs a token for") == 1
    assert states(lone) == {f"{FABRIKAM} jane": "active"}


def test_git_asks_for_the_username_of_a_deploy_token(lone: Program) -> None:
    assert lone.git("config", "--global", "credential.https://gitlab.com.useHttpPath", "true").status == 0
    terminal = Script(lone, f"git clone {GITLAB} copy")
    terminal.ask_hidden("Password for 'https://gitlab.com/group': ")
    terminal.enter(DEPLOY_TOKEN)
    terminal.wait_for(f"Username for '{GITLAB}': ")
    terminal.enter("deployer")
    assert terminal.finish() == 0
    assert terminal.seen.count("Password for") == 1
    unasked(lone, f"git clone {GITLAB} second")
    repository = GITLAB.removesuffix(".git")  # of which alone it may be
    assert states(lone) == {f"{repository} deployer": "active"}


# In place of what works no more


@pytest.mark.slow
@pytest.mark.parametrize("works_no_more", ["expired", "rejected"])
def test_what_works_no_more_is_reported_then_replaced_and_label_and_permissions_stay(
    user: Program, works_no_more: str
) -> None:
    is_expired = works_no_more == "expired"
    expires = 1_700_000_000 if is_expired else None
    keep(user, FABRIKAM, WRONG_TOKEN, "jane", label="laptop", permissions=RIGHTS, expires=expires)
    if not is_expired:
        first = Script(user, CLONE)
        assert first.finish() == 128
        assert "Git needs a token" not in first.seen
    terminal = answered(user, CLONE, QUESTION, AZURE_TOKEN)
    said = (
        f"the token for {FABRIKAM} {'expired on 2023-11-14' if is_expired else 'was rejected by its host'}; "
    )
    assert terminal.seen.count(said) == 1
    assert terminal.seen.index(said) < terminal.seen.index("Password for '")
    entry, old = answering_first(user)
    assert (entry["state"], entry["expires"], entry["username"]) == ("active", None, "jane")
    assert (entry["label"], entry["permissions"]) == ("laptop", ["vso.code_write"])
    assert old["state"] == works_no_more
    assert user.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


def test_a_wrong_answer_leaves_the_expired_entry_as_it_was(lone: Program) -> None:
    keep(lone, FABRIKAM, OTHER_AZURE_TOKEN, label="laptop", permissions=RIGHTS, expires=int(time.time()) - 60)
    keep(lone, CONTOSO, OTHER_AZURE_TOKEN)
    before = lone.run("list", "--json").stdout
    terminal = Script(lone, CLONE)
    terminal.ask_hidden(QUESTION)
    terminal.enter(WRONG_TOKEN)
    assert terminal.finish() == 128
    assert lone.run("list", "--json").stdout == before
