"""The program, its manual and its completions name the same commands, options, settings and version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
from install.conftest import PROJECT, VERSION
from support.program import Program

from git_credential_pat import __version__, commands, errors
from git_credential_pat.frontends import OPERATIONS
from git_credential_pat.git import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MANUAL = (PROJECT / "install" / "git-credential-pat.1").read_text()
OPTION = re.compile(r"(?<![\w-])--?[a-z][\w-]*")
SCREEN = 24
AT_EVERY_COMMAND = {"-h", "--help"}


class Command(NamedTuple):
    """What `--help` says about a command: the commands below it and its own options."""

    below: frozenset[str]
    options: frozenset[str]


def helped(program: Program, *path: str) -> Command:
    """Return what a command's own help says."""
    run = program.run(*path, "--help")
    assert (run.status, run.stderr) == (0, ""), run
    text = run.stdout.decode()
    also = re.search(r"more options: ((?:--[a-z-]+[,.]\s+)+)", text)  # what the manual explains
    below, options, section = set[str](), set(OPTION.findall(also[1]) if also else ()), ""
    for line in text.splitlines():
        word = line.split()[0] if line.strip() else ""
        if not line.startswith(" "):
            section = line
        elif section not in ("", "Options:") and re.match(r"  [a-z]", line):
            below.add(word)
        elif section == "Options:" and word.startswith("-"):
            options |= set(OPTION.findall(line[:30].partition("  ")[0] or line.strip().split("  ")[0]))
    return Command(frozenset(below), frozenset(options - AT_EVERY_COMMAND))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("agreement") / "home")


@pytest.fixture(scope="module")
def known(program: Program) -> dict[str, Command]:
    """Every command by its words, such as `vault info`, and the program itself by no word."""
    top = helped(program)
    found = {"": top}
    for name in top.below:
        found[name] = helped(program, name)
        for part in found[name].below:
            found[f"{name} {part}"] = helped(program, name, part)
    return found


def test_help_lists_what_there_is(known: dict[str, Command]) -> None:
    assert known[""] == Command(frozenset(commands.COMMANDS), frozenset(("--backend", "--version")))
    assert {"--username", "--expires", "--no-verify"} <= known["seed"].options
    assert known["vault"].below == {"info", "add-slot", "remove-slot", "rekey", "backup", "recover"}


def test_the_help_of_each_command_fits_on_a_screen_of_24_lines(
    program: Program, known: dict[str, Command]
) -> None:
    screens = {
        path: program.run(*path.split(), "--help").stdout.decode().splitlines() for path in known if path
    }
    assert {path: len(lines) for path, lines in screens.items() if len(lines) > SCREEN} == {}


def test_the_help_of_what_git_calls_says_so(program: Program) -> None:
    for operation in OPERATIONS:
        for words in (("help", operation), (operation, "--help"), (operation, "-h")):
            run = program.run(*words)
            assert (run.status, run.stderr) == (0, "")
            assert b"are for Git" in run.stdout


# The manual


def plain(line: str) -> str:
    """Return a line of the manual without the marks of its fonts."""
    return re.sub(r"\\f[BIRP]", "", line).replace("\\-", "-")


def section(title: str) -> list[str]:
    """Return the lines of one section."""
    lines = MANUAL.splitlines()
    begin = lines.index(f".SH {title}") + 1
    end = next((at for at in range(begin, len(lines)) if lines[at].startswith(".SH ")), len(lines))
    return lines[begin:end]


def headings(title: str) -> list[tuple[str, list[str]]]:
    """Return the headings of a section, each with those that stand indented below it."""
    lines, depth = section(title), 0
    found: list[tuple[str, list[str]]] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        depth += (line == ".RS") - (line == ".RE")
        if line == ".TP" and depth:
            found[-1][1].append(plain(following))
        elif line == ".TP":
            found.append((plain(following), []))
    return found


def in_manual() -> dict[str, set[str]]:
    """Return the commands of the manual with the options that stand in their headings."""
    found: dict[str, set[str]] = {}
    for heading, below in headings("COMMANDS"):
        for part in heading.split(", "):
            first, *others = part.split()
            if first.startswith("-"):
                continue  # the program's own, beside `help`
            is_group = first in ("vault", "agent") and others[0].replace("-", "").isalpha()
            name = f"{first} {others[0]}" if is_group else first
            found[name] = set(OPTION.findall(" ".join([part, *below]))) - AT_EVERY_COMMAND
    return found


def test_the_manual_has_every_command_with_all_its_options_and_no_others(known: dict[str, Command]) -> None:
    expected = {
        name: set(command.options)
        for name, command in known.items()
        if name and (command.options or not command.below)
    }
    assert in_manual() == expected


def test_the_manual_has_the_options_of_the_program_itself_and_a_synopsis_of_every_command(
    known: dict[str, Command],
) -> None:
    assert [heading for heading, _ in headings("OPTIONS")] == ["--backend NAME"]
    assert "--version" in " ".join(name for name, _ in headings("COMMANDS"))
    words = set(re.findall(r"[a-z][a-z-]*", plain(" ".join(section("SYNOPSIS")))))
    assert known[""].below - words == {"help"}


def test_no_option_is_spoken_of_that_there_is_not(known: dict[str, Command]) -> None:
    of_others = {"--config", "--global", "--user"}
    every = {option for command in known.values() for option in command.options} | AT_EVERY_COMMAND
    spoken = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", plain(MANUAL)))
    assert spoken - every - of_others == set()


def test_the_manual_has_every_setting_and_no_other() -> None:
    written = {
        heading.replace("<url>.", "*.").lower()
        for heading, _ in headings("CONFIGURATION")
        if heading.startswith("pat.")
    }
    of_urls = {f"pat.*.{name}" for name in settings._READERS_OF_URLS}  # noqa: SLF001  # the tables are compared
    read = {key for key in settings._READERS if key.startswith("pat.")}  # noqa: SLF001  # as above
    assert written == read | of_urls


def test_the_manual_has_every_exit_status() -> None:
    def children(kind: type[errors.PatError]) -> Iterator[type[errors.PatError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from children(child)

    said = {int(word) for heading, _ in headings("EXIT STATUS") for word in heading.split(", ")}
    assert said == {0, *(kind.status for kind in children(errors.PatError))}


def test_manual_and_changelog_are_of_this_version() -> None:
    assert f'"{VERSION}"' in MANUAL.splitlines()[0]
    changelog = (PROJECT / "CHANGELOG.md").read_text().splitlines()
    assert next(line for line in changelog if line.startswith("## ")) == f"## {__version__}"


# The completions


@pytest.mark.slow
def test_each_shell_offers_every_command_and_option_and_no_other(
    known: dict[str, Command], offered: Callable[[str], set[str]]
) -> None:
    expected = {"git-credential-pat ": set(known[""].below)}
    for name in ("vault", "agent"):
        expected[f"git-credential-pat {name} "] = set(known[name].below)
    for name, command in known.items():
        long = {option for option in command.options if option.startswith("--")}
        expected[f"git-credential-pat {name}".strip() + " --"] = long | {"--help"}
    assert {line: offered(line) for line in expected} == expected
