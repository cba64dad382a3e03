"""Questions on a real terminal: what is shown, what stays hidden, and what an answer means."""

from __future__ import annotations

import pytest
from support.checks import files, keep, only_entry
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program
from support.pty_program import Terminal

PASTE = "Paste it here (it stays hidden): "
LAST_DAY = "Its last day (YYYY-MM-DD, or a number of days; Enter if unknown): "
SEED = ("seed", "--no-verify", "--no-configure")


def token(program: Program, url: str = FABRIKAM) -> str:
    return program.run("token", url).stdout.decode().removesuffix("\n")


def refused(terminal: Terminal, status: int) -> str:
    """Return the one line that a command showed before it ended without a question."""
    assert terminal.finish() == status
    (line,) = terminal.lines()
    assert line.startswith("git-credential-pat: ")
    return line.removeprefix("git-credential-pat: ")


# The token


def test_the_token_is_asked_for_hidden_and_kept(program: Program) -> None:
    terminal = Terminal(program, *SEED, FABRIKAM)
    terminal.wait_for(PASTE)
    assert not terminal.echoes
    terminal.enter(AZURE_TOKEN)
    terminal.wait_for(LAST_DAY)
    assert terminal.echoes
    terminal.enter("")
    assert terminal.finish() == 0
    assert AZURE_TOKEN not in terminal.seen
    assert AZURE_TOKEN[:10] not in terminal.seen
    assert token(program) == AZURE_TOKEN


@pytest.mark.parametrize(
    ("url", "page", "permission"),
    [
        (FABRIKAM, f"{FABRIKAM}/_usersSettings/tokens", "Code: Read & write"),
        (f"{FABRIKAM}/web", f"{FABRIKAM}/_usersSettings/tokens", "Code: Read & write"),
        (
            "https://tfs.example.com/tfs/Main",
            "https://tfs.example.com/tfs/main/_usersSettings/tokens",
            "Code: Read & write",
        ),
        (
            "https://github.com/octo",
            "https://github.com/settings/personal-access-tokens",
            "Contents: Read and write",
        ),
        (
            "https://gitlab.com/group",
            "https://gitlab.com/-/user_settings/personal_access_tokens",
            "write_repository",
        ),
        (
            "https://bitbucket.org/workspace",
            "https://id.atlassian.com/manage-profile/security/api-tokens",
            "write:repository:bitbucket",
        ),
        (
            "https://codeberg.org/forgejo",
            "https://codeberg.org/user/settings/applications",
            "repository: Read and write",
        ),
    ],
)
def test_the_question_tells_where_a_token_is_made_and_what_it_needs(
    program: Program, url: str, page: str, permission: str
) -> None:
    terminal = Terminal(program, *SEED, url)
    question = terminal.wait_for(PASTE)
    assert page in question
    assert permission in question
    terminal.enter("")
    assert terminal.finish() == 1


def test_a_host_that_is_not_known_is_asked_about_plainly(program: Program) -> None:
    terminal = Terminal(program, *SEED, "https://git.example.com/team", "--username", "jane")
    assert terminal.wait_for(PASTE).splitlines() == ["A token for https://git.example.com/team", PASTE]
    terminal.press("c")
    assert terminal.finish() == 130


def test_a_very_long_paste_is_taken_whole(program: Program) -> None:
    long = "eyJ" + "0123456789" * 300
    terminal = Terminal(program, *SEED, FABRIKAM, "--days", "9")
    terminal.wait_for(PASTE)
    terminal.enter(long)
    assert terminal.finish() == 0
    assert long[:20] not in terminal.seen
    assert token(program) == long


def test_an_answer_that_the_terminal_did_not_take_whole_is_refused(program: Program) -> None:
    terminal = Terminal(program, *SEED, FABRIKAM, "--days", "9")
    terminal.wait_for(PASTE)
    terminal.enter("eyJ" + "0123456789" * 500)
    assert terminal.finish() == 1
    assert "the answer is longer than a line on a terminal can be; pipe it in" in terminal.seen
    assert not program.vault.exists()


def test_white_space_around_a_pasted_token_is_dropped(program: Program) -> None:
    terminal = Terminal(program, *SEED, FABRIKAM, "--days", "9")
    terminal.wait_for(PASTE)
    terminal.enter(f" \t {AZURE_TOKEN}   ")
    assert terminal.finish() == 0
    assert token(program) == AZURE_TOKEN


@pytest.mark.parametrize("answer", ["", "   "])
def test_an_empty_token_changes_nothing(program: Program, answer: str) -> None:
    terminal = Terminal(program, *SEED, FABRIKAM)
    terminal.wait_for(PASTE)
    terminal.enter(answer)
    assert terminal.finish() == 1
    assert terminal.lines()[-1] == "git-credential-pat: no token was given; nothing was changed"
    assert terminal.echoes
    assert files(program) == {}


def test_the_end_of_input_is_an_empty_token(program: Program) -> None:
    terminal = Terminal(program, *SEED, FABRIKAM)
    terminal.wait_for(PASTE)
    terminal.press("d")
    assert terminal.finish() == 1
    assert terminal.echoes
    assert files(program) == {}


# The last day


def seed_with_last_day(program: Program, *answers: str) -> Terminal:
    terminal = Terminal(program, *SEED, FABRIKAM)
    terminal.wait_for(PASTE)
    terminal.enter(AZURE_TOKEN)
    for answer in answers:
        terminal.wait_for(LAST_DAY)
        terminal.enter(answer)
    assert terminal.finish() == 0
    return terminal


def test_enter_says_that_the_last_day_is_not_known(program: Program) -> None:
    seed_with_last_day(program, "")
    assert only_entry(program)["expires"] is None


def test_a_date_is_a_last_day(program: Program) -> None:
    seed_with_last_day(program, " 2099-02-28 ")
    assert only_entry(program)["expires"] == "2099-02-28T23:59:59Z"


def test_a_number_is_a_number_of_days(program: Program) -> None:
    seed_with_last_day(program, "90")
    assert only_entry(program)["days_left"] in (89, 90)


def test_what_is_no_last_day_is_asked_for_again(program: Program) -> None:
    terminal = seed_with_last_day(program, "soon", "0", "-3", "2020-01-01", "40000", "2099-02-30", "30")
    for line in (
        "that is not a date; write it as 2027-01-31",
        "give 1 to 36500 days",
        "2020-01-01 is past; a token that has expired is of no use",
    ):
        assert f"git-credential-pat: {line}" in terminal.lines()
    assert only_entry(program)["days_left"] in (29, 30)


@pytest.mark.parametrize("option", [("--days", "9"), ("--expires", "2099-01-01")])
def test_a_last_day_that_was_given_is_not_asked_for(program: Program, option: tuple[str, str]) -> None:
    terminal = Terminal(program, *SEED, FABRIKAM, *option)
    terminal.wait_for(PASTE)
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert "last day" not in terminal.seen


# The username


def test_the_username_of_a_host_that_is_not_known_is_asked_for(program: Program) -> None:
    terminal = Terminal(program, *SEED, "https://git.example.com", "--days", "9")
    terminal.wait_for("Username at https://git.example.com: ")
    assert terminal.echoes
    terminal.enter(" jane ")
    terminal.wait_for(PASTE)
    terminal.enter("secret")
    assert terminal.finish() == 0
    assert only_entry(program)["username"] == "jane"


def test_an_empty_username_is_refused(program: Program) -> None:
    terminal = Terminal(program, *SEED, "https://git.example.com")
    terminal.wait_for("Username at https://git.example.com: ")
    terminal.enter("")
    assert terminal.finish() == 2
    assert files(program) == {}


@pytest.mark.parametrize(
    "arguments", [("--username", "jane", "https://git.example.com"), ("https://jane@git.example.com",)]
)
def test_a_username_that_was_given_is_not_asked_for(program: Program, arguments: tuple[str, ...]) -> None:
    terminal = Terminal(program, *SEED, "--days", "9", *arguments)
    terminal.wait_for(PASTE)
    terminal.enter("secret")
    assert terminal.finish() == 0
    assert "Username at" not in terminal.seen
    assert only_entry(program)["username"] == "jane"


# remove


@pytest.mark.parametrize("answer", ["n", "", "yess"])
def test_remove_asks_and_anything_but_yes_keeps(program: Program, answer: str) -> None:
    keep(program, FABRIKAM)
    before = files(program)
    terminal = Terminal(program, "remove", FABRIKAM)
    terminal.wait_for(f"Remove the token for {FABRIKAM} (username pat)? [y/N] ")
    terminal.enter(answer)
    assert terminal.finish() == 1
    assert terminal.lines()[-1].startswith("git-credential-pat: not removed")
    assert files(program) == before


@pytest.mark.parametrize("answer", ["y", " YES "])
def test_remove_asks_and_yes_removes(program: Program, answer: str) -> None:
    keep(program, FABRIKAM)
    terminal = Terminal(program, "remove", FABRIKAM)
    terminal.wait_for("[y/N] ")
    terminal.enter(answer)
    assert terminal.finish() == 0
    assert program.run("token", FABRIKAM).status == 1


@pytest.mark.parametrize("option", ["--yes", "-y"])
def test_remove_yes_does_not_ask(program: Program, option: str) -> None:
    keep(program, FABRIKAM)
    terminal = Terminal(program, "remove", option, FABRIKAM)
    assert terminal.finish() == 0
    assert "[y/N]" not in terminal.seen


def test_remove_all_says_how_many_it_would_remove(program: Program) -> None:
    for name in ("jane", "john"):
        keep(program, FABRIKAM, username=name)
    terminal = Terminal(program, "remove", "--all", FABRIKAM)
    terminal.wait_for(f"Remove 2 tokens for {FABRIKAM} (username")
    terminal.wait_for("jane, john)? [y/N] ")
    terminal.enter("n")
    assert terminal.finish() == 1


# Where questions are forbidden

FORBIDDING = [
    ("GIT_TERMINAL_PROMPT", {"GIT_TERMINAL_PROMPT": "0"}, []),
    ("GIT_TERMINAL_PROMPT", {"GIT_TERMINAL_PROMPT": "false"}, []),
    ("pat.prompt", {}, ["pat.prompt", "never"]),
    ("credential.interactive", {}, ["credential.interactive", "false"]),
    ("credential.interactive", {}, ["credential.interactive", "never"]),
]
forbidding = pytest.mark.parametrize(("name", "environment", "setting"), FORBIDDING)


@forbidding
def test_seed_does_not_ask_where_questions_are_switched_off(
    program: Program, name: str, environment: dict[str, str], setting: list[str]
) -> None:
    if setting:
        program.git("config", "--global", *setting)
    before = files(program)
    line = refused(Terminal(program, *SEED, FABRIKAM, environment=environment), 1)
    assert line == f"questions are switched off by {name}; pipe the token in, or give --from-env VAR"
    assert files(program) == before


@forbidding
def test_remove_does_not_ask_where_questions_are_switched_off(
    program: Program, name: str, environment: dict[str, str], setting: list[str]
) -> None:
    keep(program, FABRIKAM)
    if setting:
        program.git("config", "--global", *setting)
    line = refused(Terminal(program, "remove", FABRIKAM, environment=environment), 1)
    assert line == f"questions are switched off by {name}; give --yes"
    assert token(program) == AZURE_TOKEN


def test_the_username_is_not_asked_for_where_questions_are_switched_off(program: Program) -> None:
    environment = {"GIT_TERMINAL_PROMPT": "0"}
    terminal = Terminal(program, *SEED, "https://git.example.com", environment=environment)
    assert refused(terminal, 1) == "questions are switched off by GIT_TERMINAL_PROMPT; give --username"


def test_a_token_from_the_environment_needs_no_question(program: Program) -> None:
    environment = {"GIT_TERMINAL_PROMPT": "0", "MY_PAT": OTHER_AZURE_TOKEN}
    terminal = Terminal(program, *SEED, FABRIKAM, "--from-env", "MY_PAT", environment=environment)
    assert terminal.finish() == 0
    assert token(program) == OTHER_AZURE_TOKEN


# Commands that are no question


def test_an_operation_that_is_not_known_is_a_usage_error_on_a_terminal(program: Program) -> None:
    line = refused(Terminal(program, "frobnicate"), 2)
    assert "frobnicate" in line
    assert 'see "git credential-pat --help"' in line


def test_nothing_to_do_shows_the_usage(program: Program) -> None:
    terminal = Terminal(program)
    assert terminal.finish() == 2
    assert terminal.lines()[0] == "Usage: git credential-pat [OPTIONS] COMMAND [ARGS]..."
    assert max(map(len, terminal.lines())) <= 80
