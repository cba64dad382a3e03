"""`remove` destroys an entry, `restore` makes a rejected or doubtful one active again."""

from __future__ import annotations

import pytest
from support.checks import entries, files, keep, refusal
from support.git_credential import GitCredential, Login, rejected, states
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes

GROUP = "https://gitlab.com/group"
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


def approve(program: Program, token: str) -> None:
    lines = ("protocol=https", "host=gitlab.com", "path=group/web.git", "username=jane")
    assert program.run("store", stdin=attributes(*lines, f"password={token}")).status == 0


def unchanged(program: Program, *command: str) -> str:
    """Return what a refused command said, after seeing that it changed nothing."""
    before = files(program)
    line = refusal(program.run(*command), 1)
    assert files(program) == before
    return line


# remove


@pytest.mark.parametrize("url", [FABRIKAM, "fabrikam", f"{FABRIKAM}/web/_git/api"])
def test_remove_destroys_the_entry_and_says_where_to_revoke_it(program: Program, url: str) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    done = program.run("remove", url)
    assert (done.status, f" It still works until revoked at {FABRIKAM}/" in done.stdout.decode()) == (0, True)
    assert states(program) == {f"{CONTOSO} pat": "active"}
    refusal(program.run("token", FABRIKAM), 1)


def test_remove_takes_the_narrowest_scope_that_covers_the_url_rejected_or_not(program: Program) -> None:
    keep(program, FABRIKAM)
    keep(program, f"{FABRIKAM}/web", token=OTHER_AZURE_TOKEN)
    assert program.run("remove", f"{FABRIKAM}/web/_git/api").status == 0
    assert states(program) == {f"{FABRIKAM} pat": "active"}
    reject(program, *REQUEST)
    assert program.run("remove", "--yes", FABRIKAM).status == 0
    assert entries(program) == []


@pytest.mark.parametrize("url", ["https://gist.github.com", "https://assets.acme.ghe.com"])
def test_remove_takes_what_list_prints_where_no_request_means_it_any_more(program: Program, url: str) -> None:
    keep(program, url, username="jane")  # as versions kept it to which this was any host
    keep(program, "https://github.com/acme", token="ghp_" + "a" * 36, username="jane")
    assert program.run("remove", url).status == 0
    assert states(program) == {"https://github.com/acme jane": "active"}


def test_remove_of_one_of_several_must_say_which(program: Program) -> None:
    keep_group(program)
    assert "usernames jane, john" in unchanged(program, "remove", GROUP)


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--username", "jane"], ["john"]),
        (["--all", "--username", "john"], ["jane"]),
        (["--all"], []),
    ],
    ids=" ".join,
)
def test_remove_takes_those_that_were_named(program: Program, options: list[str], left: list[str]) -> None:
    keep_group(program)
    keep(program, f"{GROUP}2", token=JANES, username="jane")
    assert program.run("remove", GROUP, *options).status == 0
    assert [*states(program)] == [*(f"{GROUP} {name}" for name in left), f"{GROUP}2 jane"]


def test_remove_knows_a_default_username(program: Program) -> None:
    keep(program, FABRIKAM)
    assert program.run("remove", FABRIKAM, "--username", "pat").status == 0
    assert entries(program) == []


def test_remove_takes_what_was_replaced_and_what_git_approved_beside_it_too(program: Program) -> None:
    for token in (JANES, JOHNS):
        program.seed(GROUP, token, "--username", "jane")
    approve(program, "glpat-" + "c" * 20)
    assert [entry["state"] for entry in entries(program)] == ["active", "replaced", "active"]
    done = program.run("remove", "--yes", GROUP)
    assert (done.status, done.stdout.startswith(f"Removed 3 tokens for {GROUP}.".encode())) == (0, True)
    assert entries(program) == []


# restore


def test_restore_makes_a_rejected_token_answer_again(program: Program) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    git = GitCredential(program)
    git.reject(*REQUEST, "username=pat", f"password={AZURE_TOKEN}")
    question = git.asks(*REQUEST, said=rejected(FABRIKAM))
    assert question == "Username for 'https://dev.azure.com/fabrikam/web/_git/api'"
    assert program.run("restore", FABRIKAM).status == 0
    assert git.fill(*REQUEST) == Login("pat", AZURE_TOKEN)


def test_restore_takes_the_rejected_one_of_several(program: Program) -> None:
    keep_group(program)
    reject_group(program, JANES)
    assert program.run("restore", GROUP).status == 0
    assert states(program) == {f"{GROUP} jane": "active", f"{GROUP} john": "active"}


def test_restore_of_one_of_several_rejected_must_say_which(program: Program) -> None:
    keep_group(program)
    reject_group(program, JANES, JOHNS)
    assert "usernames jane, john" in unchanged(program, "restore", GROUP)
    assert program.run("restore", GROUP, "--username", "john").status == 0
    assert states(program) == {f"{GROUP} jane": "rejected", f"{GROUP} john": "active"}


def test_restore_brings_back_what_seed_replaced_and_puts_that_aside(program: Program) -> None:
    for token in (JANES, JOHNS):
        program.seed(GROUP, token, "--username", "jane")
    for answering, aside in ((JANES, JOHNS), (JOHNS, JANES)):
        assert program.run("restore", GROUP).stdout.decode() == (
            f"The token for {GROUP} is active again, and the one in its place is put aside.\n"
        )
        assert program.run("token", GROUP).stdout.decode().strip() == answering
        assert [entry["state"] for entry in entries(program)] == ["active", "replaced"], aside


def test_restore_leaves_beside_it_what_git_approved_since(program: Program) -> None:
    program.seed(GROUP, JANES, "--username", "jane")
    approve(program, JOHNS)
    reject_group(program, JANES)
    assert program.run("token", GROUP).stdout.decode().strip() == JOHNS
    assert program.run("restore", GROUP).stdout == f"The token for {GROUP} is active again.\n".encode()
    assert program.run("token", GROUP).stdout.decode().strip() == JANES
    reject_group(program, JANES)
    assert program.run("token", GROUP).stdout.decode().strip() == JOHNS


def test_an_expired_token_cannot_be_restored_and_its_successor_s_page_is_named(program: Program) -> None:
    keep(program, FABRIKAM, expires=1_600_000_000)
    line = unchanged(program, "restore", FABRIKAM)
    assert f"create a new one at {FABRIKAM}/_usersSettings/tokens" in line
    assert line.endswith(f"git credential-pat seed {FABRIKAM}")


# What is not there


@pytest.mark.parametrize("command", ["remove", "restore"])
@pytest.mark.parametrize(
    "arguments",
    [
        (CONTOSO,),
        ("contoso",),
        (FABRIKAM, "--username", "jane"),
        (f"{FABRIKAM}2",),
        ("https://git.example.com",),
        ("https://dev.azure.com",),
        ("https://tfs.example.com",),
        ("https://github.com",),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_refused_and_changes_nothing(
    program: Program, command: str, arguments: tuple[str, ...]
) -> None:
    """Neither an organization, a collection nor an owner is inferred from the URL of its host."""
    keep(program, "https://github.com/acme", "ghp_" + "a" * 36)
    keep(program, "https://tfs.example.com/tfs/Main")
    keep(program, FABRIKAM)
    reject(program, *REQUEST)
    unchanged(program, command, *arguments)
