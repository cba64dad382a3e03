"""`remove` destroys an entry, `restore` makes a rejected or doubtful one active again."""

from __future__ import annotations

import pytest
from support.checks import entries, files, keep, only_entry, refusal
from support.git_credential import GitCredential, Login, rejected, states
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes

GROUP = "https://gitlab.com/group"
PAGE = "https://dev.azure.com/fabrikam/_usersSettings/tokens"
REQUEST = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")
JANES = "glpat-" + "a" * 20
JOHNS = "glpat-" + "b" * 20


def keep_group(program: Program) -> None:
    keep(program, GROUP, token=JANES, username="jane")
    keep(program, GROUP, token=JOHNS, username="john")


def reject(program: Program, *lines: str, token: str = AZURE_TOKEN) -> None:
    run = program.run("erase", stdin=attributes(*lines, f"password={token}"))
    assert run == Run(0, b"", "")


def reject_group(program: Program, *tokens: str) -> None:
    for token in tokens:
        reject(program, "protocol=https", "host=gitlab.com", "path=group/project.git", token=token)


# remove


@pytest.mark.parametrize("url", [FABRIKAM, "fabrikam", f"{FABRIKAM}/web/_git/api"])
def test_remove_destroys_the_entry_and_says_where_to_revoke_it(program: Program, url: str) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    done = program.run("remove", url)
    assert done == Run(0, f"Removed the token for {FABRIKAM}. Revoke it at {PAGE}\n".encode(), "")
    assert states(program) == {f"{CONTOSO} pat": "active"}
    refusal(program.run("token", FABRIKAM), 1)


def test_remove_takes_a_rejected_entry_too(program: Program) -> None:
    keep(program, FABRIKAM)
    reject(program, *REQUEST)
    assert program.run("remove", "--yes", FABRIKAM).status == 0
    assert entries(program) == []


def test_remove_takes_the_narrowest_scope_that_covers_the_url(program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, f"{FABRIKAM}/web", token=OTHER_AZURE_TOKEN)
    assert program.run("remove", f"{FABRIKAM}/web/_git/api").status == 0
    assert states(program) == {f"{FABRIKAM} pat": "active"}


def test_remove_never_infers_an_organization(program: Program) -> None:
    keep(program, FABRIKAM)
    before = files(program)
    assert refusal(program.run("remove", "--yes", "--all", "https://dev.azure.com"), 1) == (
        'no token is kept for https://dev.azure.com; see "git credential-pat list"'
    )
    assert files(program) == before


def test_remove_of_one_of_several_must_say_which(program: Program) -> None:
    keep_group(program)
    before = files(program)
    assert refusal(program.run("remove", GROUP), 1) == (
        f"several tokens are kept for {GROUP} (usernames jane, john); choose by --username, or --all"
    )
    assert files(program) == before


def test_remove_with_a_username_takes_that_ones(program: Program) -> None:
    keep_group(program)
    assert program.run("remove", GROUP, "--username", "jane").status == 0
    assert states(program) == {f"{GROUP} john": "active"}


def test_remove_knows_a_default_username(program: Program) -> None:
    keep(program, FABRIKAM)
    assert program.run("remove", FABRIKAM, "--username", "pat").status == 0
    assert entries(program) == []


def test_remove_all_takes_every_username(program: Program) -> None:
    keep_group(program)
    keep(program, "https://gitlab.com/group2", token=JANES, username="jane")
    done = program.run("remove", GROUP, "--all")
    page = "https://gitlab.com/-/user_settings/personal_access_tokens"
    assert done == Run(0, f"Removed 2 tokens for {GROUP}. Revoke it at {page}\n".encode(), "") or done == Run(
        0, f"Removed 2 tokens for {GROUP}. Revoke them at {page}\n".encode(), ""
    )
    assert states(program) == {"https://gitlab.com/group2 jane": "active"}


def test_remove_all_with_a_username_takes_that_ones(program: Program) -> None:
    keep_group(program)
    assert program.run("remove", GROUP, "--all", "--username", "john").status == 0
    assert states(program) == {f"{GROUP} jane": "active"}


@pytest.mark.parametrize(
    "arguments",
    [
        (CONTOSO,),
        (FABRIKAM, "--username", "jane"),
        ("https://dev.azure.com/fabrikam2",),
        ("contoso",),
        ("https://git.example.com",),
    ],
)
def test_remove_of_what_is_not_there_changes_nothing(program: Program, arguments: tuple[str, ...]) -> None:
    keep(program, FABRIKAM)
    before = files(program)
    refusal(program.run("remove", *arguments), 1)
    assert files(program) == before


def test_remove_without_a_vault_makes_none(program: Program) -> None:
    refusal(program.run("remove", FABRIKAM), 1)
    assert files(program) == {}


# restore


def test_restore_makes_a_rejected_token_answer_again(program: Program) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    git = GitCredential(program)
    git.reject(*REQUEST, "username=pat", f"password={AZURE_TOKEN}")
    question = git.asks(*REQUEST, told=rejected(FABRIKAM))
    assert question == "Username for 'https://dev.azure.com/fabrikam/web/_git/api'"
    done = program.run("restore", FABRIKAM)
    assert done == Run(0, f"The token for {FABRIKAM} is active again.\n".encode(), "")
    assert git.fill(*REQUEST) == Login("pat", AZURE_TOKEN)


def test_restore_clears_a_doubt(program: Program) -> None:
    keep(program, FABRIKAM)
    reject(program, "protocol=https", "host=dev.azure.com")
    assert only_entry(program)["state"] == "doubtful"
    assert program.run("restore", "fabrikam").status == 0
    assert only_entry(program)["state"] == "active"


def test_restore_of_an_active_token_changes_nothing(program: Program) -> None:
    keep(program, FABRIKAM)
    before = files(program)
    assert refusal(program.run("restore", FABRIKAM), 1) == (
        f"the token for {FABRIKAM} is active already; nothing was changed"
    )
    assert files(program) == before


def test_restore_takes_the_rejected_one_of_several(program: Program) -> None:
    keep_group(program)
    reject_group(program, JANES)
    assert program.run("restore", GROUP).status == 0
    assert states(program) == {f"{GROUP} jane": "active", f"{GROUP} john": "active"}


def test_restore_of_one_of_several_rejected_must_say_which(program: Program) -> None:
    keep_group(program)
    reject_group(program, JANES, JOHNS)
    assert refusal(program.run("restore", GROUP), 1) == (
        f"several tokens for {GROUP} were rejected (usernames jane, john); choose by --username"
    )
    assert program.run("restore", GROUP, "--username", "john").status == 0
    assert states(program) == {f"{GROUP} jane": "rejected", f"{GROUP} john": "active"}


@pytest.mark.parametrize(
    "arguments", [(CONTOSO,), ("https://dev.azure.com",), (FABRIKAM, "--username", "john"), ("contoso",)]
)
def test_restore_of_what_is_not_there_changes_nothing(program: Program, arguments: tuple[str, ...]) -> None:
    keep(program, FABRIKAM)
    reject(program, *REQUEST)
    before = files(program)
    refusal(program.run("restore", *arguments), 1)
    assert files(program) == before


@pytest.mark.parametrize("command", ["remove", "restore"])
def test_a_collection_is_never_inferred_from_its_servers_url(program: Program, command: str) -> None:
    program.seed("https://tfs.example.com/tfs/Main", AZURE_TOKEN)
    before = files(program)
    assert refusal(program.run(command, "https://tfs.example.com"), 1) == (
        'no token is kept for https://tfs.example.com; see "git credential-pat list"'
    )
    assert files(program) == before


def test_an_expired_token_cannot_be_restored_and_its_successor_s_page_is_named(program: Program) -> None:
    keep(program, "https://dev.azure.com/fabrikam", expires=1_600_000_000)
    run = program.run("restore", "https://dev.azure.com/fabrikam")
    assert run.status == 1
    assert run.stderr == (
        "git-credential-pat: the token for https://dev.azure.com/fabrikam expired on 2020-09-13; "
        "make another at https://dev.azure.com/fabrikam/_usersSettings/tokens, "
        "then run: git credential-pat seed https://dev.azure.com/fabrikam\n"
    )
