"""Questions on a real terminal: what is shown, what stays hidden, and what an answer means."""

from __future__ import annotations

import pytest
from support.checks import entries, files, keep, only_entry
from support.program import AZURE_TOKEN, FABRIKAM, Program
from support.pty_program import Terminal

PASTE = " (hidden): "
LAST_DAY = "When does it expire? (YYYY-MM-DD or a number of days; Enter if unknown) "
SEED = ("seed", "--no-verify", "--no-configure")
GENERIC = "https://git.example.com"


def token(program: Program) -> str:
    return program.run("token", FABRIKAM).stdout.decode().removesuffix("\n")


def refused(terminal: Terminal, status: int) -> str:
    """Return the one line that a command showed before it ended without a question."""
    assert terminal.finish() == status
    (line,) = terminal.lines()
    assert line.startswith("git-credential-pat: ")
    return line.removeprefix("git-credential-pat: ")


# The token


def test_the_token_is_asked_for_hidden_with_its_page_and_what_it_needs(program: Program) -> None:
    terminal = Terminal(program, *SEED, FABRIKAM)
    assert terminal.wait_for(PASTE).splitlines() == [
        f"Create a token at {FABRIKAM}/_usersSettings/tokens",
        'To clone and push, it needs the permission "Code: Read & write".',
        f"Token for {FABRIKAM}{PASTE}",
    ]
    terminal.wait_for_echo(on=False)
    terminal.enter(f" \t {AZURE_TOKEN}   ")
    terminal.wait_for(LAST_DAY)
    terminal.wait_for_echo(on=True)
    terminal.enter("")
    assert terminal.finish() == 0
    assert AZURE_TOKEN[:10] not in terminal.seen
    assert (token(program), only_entry(program)["expires"]) == (AZURE_TOKEN, None)


@pytest.mark.parametrize(
    ("url", "page", "code", "packages"),
    [
        (
            FABRIKAM,
            f"{FABRIKAM}/_usersSettings/tokens",
            "Code: Read & write",
            "Packaging: Read & write (to install only: Packaging: Read)",
        ),
        (
            "https://github.com/octo",
            "https://github.com/settings/tokens",
            "Contents: Read and write (classic tokens: repo)",
            "write:packages of a classic token (to install only: read:packages)",
        ),
    ],
)
def test_for_packages_the_question_names_what_they_need_beside(
    program: Program, url: str, page: str, code: str, packages: str
) -> None:
    terminal = Terminal(program, *SEED, "--for", "packages", url)
    assert terminal.wait_for(PASTE).splitlines() == [
        f"Create a token at {page}",
        f'To clone and push, it needs the permission "{code}".',
        f'For packages, it also needs "{packages}".',
        f"Token for {url}{PASTE}",
    ]
    terminal.enter("")
    assert terminal.finish() == 1


def test_a_very_long_paste_is_taken_whole_and_one_that_the_terminal_did_not_take_whole_is_refused(
    program: Program,
) -> None:
    for count, status in ((500, 1), (300, 0)):
        terminal = Terminal(program, *SEED, FABRIKAM, "--days", "9")
        terminal.ask_hidden(PASTE)
        terminal.enter("eyJ" + "0123456789" * count)
        assert terminal.finish() == status
        assert "0123456789" not in terminal.seen
        assert program.vault.exists() == (status == 0)
    assert token(program) == "eyJ" + "0123456789" * 300


@pytest.mark.parametrize("answer", ["\r", "   \r", "\x04"], ids=["Enter", "blanks", "Ctrl-D"])
def test_an_empty_token_changes_nothing(program: Program, answer: str) -> None:
    terminal = Terminal(program, *SEED, FABRIKAM)
    terminal.ask_hidden(PASTE)
    terminal.type(answer)
    assert terminal.finish() == 1
    assert terminal.lines()[-1] == "git-credential-pat: no token was given; nothing was changed"
    assert terminal.echoes
    assert files(program) == {}


# The last day


@pytest.mark.parametrize(
    ("answers", "expires", "days"),
    [([" 2099-02-28 "], "2099-02-28T23:59:59Z", None), (["90"], None, (89, 90))],
)
def test_a_last_day_is_a_date_or_a_number_of_days(
    program: Program, answers: list[str], expires: str | None, days: tuple[int, int] | None
) -> None:
    seed_with_last_day(program, *answers)
    entry = only_entry(program)
    assert expires in (None, entry["expires"])
    assert days is None or entry["days_left"] in days


def test_what_is_no_last_day_is_asked_for_again(program: Program) -> None:
    terminal = seed_with_last_day(program, "soon", "0", "-3", "2020-01-01", "40000", "2099-02-30", "30")
    for line in (
        "that is not a date; write it like 2027-01-31",
        "give 1 to 36500 days",
        "2020-01-01 is in the past; give the day on which the token expires",
    ):
        assert f"git-credential-pat: {line}" in terminal.lines()
    assert only_entry(program)["days_left"] in (29, 30)


def seed_with_last_day(program: Program, *answers: str) -> Terminal:
    terminal = Terminal(program, *SEED, FABRIKAM)
    terminal.ask_hidden(PASTE)
    terminal.enter(AZURE_TOKEN)
    for answer in answers:
        terminal.wait_for(LAST_DAY)
        terminal.enter(answer)
    assert terminal.finish() == 0
    return terminal


# The username


def test_the_username_of_a_host_that_is_not_known_is_asked_for(program: Program) -> None:
    terminal = Terminal(program, *SEED, GENERIC, "--days", "9")
    terminal.wait_for(f"Username at {GENERIC}: ")
    assert terminal.echoes
    terminal.enter(" jane ")
    assert terminal.wait_for(PASTE).splitlines()[-1] == f"Token for {GENERIC}{PASTE}"
    terminal.enter("secret")
    assert terminal.finish() == 0
    assert only_entry(program)["username"] == "jane"


def test_an_empty_username_is_refused(program: Program) -> None:
    terminal = Terminal(program, *SEED, GENERIC)
    terminal.wait_for(f"Username at {GENERIC}: ")
    terminal.enter("")
    assert terminal.finish() == 2
    assert files(program) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--username", "jane", "--days", "9", GENERIC),
        ("--expires", "2099-01-01", "https://jane@git.example.com"),
    ],
)
def test_a_username_or_a_last_day_that_was_given_is_not_asked_for(
    program: Program, arguments: tuple[str, ...]
) -> None:
    terminal = Terminal(program, *SEED, *arguments)
    terminal.ask_hidden(PASTE)
    terminal.enter("secret")
    assert terminal.finish() == 0
    assert "Username at" not in terminal.seen
    assert "last day" not in terminal.seen
    assert only_entry(program)["username"] == "jane"


# remove


@pytest.mark.parametrize("answer", ["n", "", "yess"])
def test_remove_asks_and_anything_but_yes_keeps(program: Program, answer: str) -> None:
    keep(program, FABRIKAM)
    before = files(program)
    terminal = Terminal(program, "remove", FABRIKAM)
    terminal.wait_for(f"Remove the token for {FABRIKAM} (username pat) for good? [y/N] ")
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
    terminal.wait_for("jane, john) for good? [y/N] ")
    terminal.enter("n")
    assert terminal.finish() == 1


# Where questions are forbidden


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        ((*SEED, "https://dev.azure.com/contoso"), "pipe the token in, or give --from-env VAR"),
        ((*SEED, GENERIC), "give --username"),
        (("remove", FABRIKAM), "give --yes"),
    ],
)
def test_no_command_asks_where_questions_are_switched_off(
    program: Program, words: tuple[str, ...], fix: str
) -> None:
    keep(program, FABRIKAM)
    before = files(program)
    environment = {"GIT_TERMINAL_PROMPT": "0"}
    line = refused(Terminal(program, *words, environment=environment), 1)
    assert line == f"questions are switched off by GIT_TERMINAL_PROMPT; {fix}"
    assert files(program) == before


def test_a_token_from_the_environment_needs_no_question(program: Program) -> None:
    environment = {"GIT_TERMINAL_PROMPT": "0", "MY_PAT": AZURE_TOKEN}
    terminal = Terminal(program, *SEED, FABRIKAM, "--from-env", "MY_PAT", environment=environment)
    assert terminal.finish() == 0
    assert token(program) == AZURE_TOKEN


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


# A token for another repository of an owner


@pytest.mark.parametrize(
    ("answer", "status", "scopes"),
    [
        ("k", 0, ["https://github.com/acme", "https://github.com/acme/api"]),
        (" R ", 0, ["https://github.com/acme", "https://github.com/acme"]),
        ("", 1, ["https://github.com/acme"]),
    ],
)
def test_whether_a_repositorys_token_replaces_the_owners_is_asked(
    program: Program, answer: str, status: int, scopes: list[str]
) -> None:
    first, second = ("github_pat_" + letter * 82 for letter in "ab")
    program.seed("https://github.com/acme/web", first)
    terminal = Terminal(program, *SEED, "https://github.com/acme/api", "--days", "9")
    terminal.ask_hidden(PASTE)
    terminal.enter(second)
    terminal.wait_for("Another token for https://github.com/acme is stored. Keep both")
    terminal.wait_for("or replace the other (r)? ")
    terminal.enter(answer)
    assert terminal.finish() == status
    assert [entry["scope"] for entry in entries(program)] == scopes
