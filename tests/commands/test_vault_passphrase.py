"""Passphrases on a real terminal: asked for twice when chosen, always hidden, and only where one may ask."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from support.checks import files
from support.program import AZURE_TOKEN, FABRIKAM, Program
from support.pty_program import Terminal
from support.slots import PHRASE

LINE = f"{PHRASE}\n".encode()
FIRST, SECOND = "A passphrase for the vault (it stays hidden): ", "The same again: "


def question(program: Program) -> str:
    return f"Passphrase of the vault {program.vault}: "


def last_line(terminal: Terminal) -> str:
    """Return what was said last; a terminal breaks lines at its width."""
    return "".join(terminal.lines())


def ask(terminal: Terminal, text: str, answer: str) -> None:
    """Answer a question after seeing that the terminal does not show what is typed."""
    terminal.wait_for(text[-8:])
    assert not terminal.echoes
    terminal.enter(answer)


def choosing(program: Program, *answers: str) -> Terminal:
    """Begin to add a passphrase, and answer the questions for it."""
    terminal = Terminal(program, "vault", "add-slot", "passphrase")
    for text, answer in zip((FIRST, SECOND), answers, strict=False):
        ask(terminal, text, answer)
    return terminal


def test_a_chosen_passphrase_is_asked_for_twice_and_never_shown(filled: Program) -> None:
    terminal = choosing(filled, PHRASE, PHRASE)
    assert terminal.finish() == 0
    assert terminal.lines()[:2] == [FIRST, SECOND]
    assert PHRASE not in terminal.seen
    assert filled.run("vault", "remove-slot", "1", stdin=LINE).status == 0


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        *(([PHRASE, again], "the two passphrases differ") for again in ("Correct horse", "", f"{PHRASE} ")),
        (["short"], "a passphrase has at least 8 characters"),
    ],
)
def test_two_that_differ_or_one_that_is_too_short_are_refused(
    filled: Program, answers: list[str], said: str
) -> None:
    before = files(filled)
    terminal = choosing(filled, *answers)
    assert terminal.finish() == 1
    assert terminal.lines()[len(answers) :] == [f"git-credential-pat: {said}; nothing was changed"]
    assert files(filled) == before


@pytest.mark.parametrize("answers", [[], [PHRASE]], ids=["at the first question", "at the second"])
def test_ctrl_c_is_status_130_and_changes_nothing(filled: Program, answers: list[str]) -> None:
    before = files(filled)
    terminal = choosing(filled, *answers)
    terminal.wait_for((FIRST, SECOND)[len(answers)][-8:])
    terminal.press("c")
    assert terminal.finish() == 130
    assert terminal.lines()[-1] == "git-credential-pat: interrupted; nothing was changed"
    assert terminal.echoes
    assert files(filled) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_question_ends_it_with_the_terminal_as_it_was(locked: Program, number: int) -> None:
    before = locked.vault.read_bytes()
    terminal = Terminal(locked, "vault", "rekey")
    terminal.wait_for("vault: ")
    assert not terminal.echoes
    terminal.signal(number)
    assert terminal.finish() == -number
    assert terminal.echoes
    assert locked.vault.read_bytes() == before


@pytest.mark.parametrize(
    "command", [["list"], ["remove", "--yes", FABRIKAM], ["vault", "rekey"]], ids=" ".join
)
def test_whatever_needs_the_vault_asks_for_its_passphrase(locked: Program, command: list[str]) -> None:
    terminal = Terminal(locked, *command)
    ask(terminal, question(locked), PHRASE)
    assert terminal.finish() == 0
    assert PHRASE not in terminal.seen
    assert last_line(terminal).startswith(question(locked).rstrip())


def test_git_is_answered_by_a_person_at_the_terminal(locked: Program) -> None:
    lines = "protocol=https\\nhost=dev.azure.com\\npath=fabrikam/_git/web\\n\\n"
    script = f"printf '{lines}' | git-credential-pat get > answer"
    terminal = _shell(locked, script)
    ask(terminal, question(locked), PHRASE)
    assert terminal.finish() == 0
    assert f"password={AZURE_TOKEN}" in (locked.home / "answer").read_text()
    assert AZURE_TOKEN not in terminal.seen


def _shell(program: Program, commands: str) -> Terminal:
    shell = Program(program.home, Path("/bin/sh"))
    shell.environment = program.environment
    return Terminal(shell, "-c", commands)


def test_three_wrong_answers_are_status_3_with_the_same_message_each_time(locked: Program) -> None:
    before = locked.vault.read_bytes()
    shown = []
    for answers in (["wrong one", "wrong two", "wrong three"], ["a" * 500, PHRASE.upper(), f" {PHRASE}"]):
        terminal = Terminal(locked, "token", FABRIKAM)
        for answer in answers:
            ask(terminal, question(locked), answer)
        assert terminal.finish() == 3
        shown.append(last_line(terminal))
    said = f"no passphrase opened the vault {locked.vault}; try again"
    asked = question(locked) + 2 * f"That does not open it. {question(locked)}"
    assert shown == [f"{asked}git-credential-pat: {said}"] * 2
    assert locked.vault.read_bytes() == before


def test_an_empty_answer_ends_it_at_once(locked: Program) -> None:
    terminal = Terminal(locked, "token", FABRIKAM)
    ask(terminal, question(locked), "")
    assert terminal.finish() == 3
    assert last_line(terminal).count("Passphrase of") == 1


def test_after_a_mistyped_answer_the_right_one_opens_it(locked: Program) -> None:
    terminal = Terminal(locked, "token", FABRIKAM)
    ask(terminal, question(locked), "correct house")
    terminal.wait_for("That does not open it.")
    ask(terminal, question(locked), PHRASE)
    assert terminal.finish() == 0
    assert terminal.lines()[-1] == AZURE_TOKEN


@pytest.mark.slow
def test_of_several_passphrases_each_that_is_needed_is_asked_for_by_its_slot_s_number(
    locked: Program,
) -> None:
    other = "battery staple"
    terminal = Terminal(locked, "vault", "add-slot", "passphrase")
    for text, answer in ((question(locked), PHRASE), (FIRST, other), (SECOND, other)):
        ask(terminal, text, answer)
    assert terminal.finish() == 0
    terminal = Terminal(locked, "vault", "rekey")
    for prompt, phrase in (("slot 2: ", PHRASE), ("slot 1: ", other)):
        terminal.wait_for(prompt)
        terminal.enter(phrase)
    assert terminal.finish() == 0
    terminal = Terminal(locked, "vault", "remove-slot", "2")
    terminal.wait_for("slot than 2: ")
    terminal.enter(other)
    assert terminal.finish() == 0
    terminal = Terminal(locked, "token", FABRIKAM)
    ask(terminal, question(locked), other)
    assert terminal.finish() == 0


def test_the_facts_of_a_vault_are_reported_without_a_question(locked: Program) -> None:
    terminal = Terminal(locked, "vault", "info")
    assert terminal.finish() == 3
    assert "Passphrase of" not in terminal.seen


FORBIDDEN = [
    {"GIT_TERMINAL_PROMPT": "0"},
    {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_1": "pat.prompt", "GIT_CONFIG_VALUE_1": "never"},
    {"GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_1": "credential.interactive", "GIT_CONFIG_VALUE_1": "false"},
]


@pytest.mark.parametrize(
    ("environment", "command", "status"),
    [
        *((environment, ["token", FABRIKAM], 3) for environment in FORBIDDEN),
        (FORBIDDEN[0], ["vault", "backup", "copy"], 0),
        (FORBIDDEN[0], ["vault", "rekey"], 3),
        (FORBIDDEN[1], ["unlock"], 3),
        (FORBIDDEN[2], ["vault", "add-slot", "passphrase"], 3),
    ],
)
def test_where_questions_are_forbidden_nobody_is_asked(
    locked: Program, environment: dict[str, str], command: list[str], status: int
) -> None:
    terminal = Terminal(locked, *command, environment=environment)
    assert terminal.finish() == status
    assert "Passphrase of" not in terminal.seen


def test_what_is_no_terminal_is_not_asked_though_there_is_one(locked: Program) -> None:
    terminal = _shell(locked, "git-credential-pat vault rekey < /dev/null")
    assert terminal.finish() == 3
    assert "Passphrase of" not in terminal.seen


def test_the_passphrase_is_in_no_argument_and_no_environment(locked: Program) -> None:
    terminal = Terminal(locked, "token", FABRIKAM)
    terminal.wait_for("vault: ")
    terminal.type(PHRASE)
    process = Path(f"/proc/{terminal.child.pid}")
    seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    assert os.fsencode(str(locked.home)) in seen, "this looks at the right process"
    assert PHRASE.encode() not in seen
    terminal.enter("")
    assert terminal.finish() == 0
