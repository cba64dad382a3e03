"""Commands that messages suggest are built in one place, are quoted there, and work."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.program import AZURE_TOKEN, Program

import git_credential_pat
from git_credential_pat import suggest
from git_credential_pat.commands import COMMANDS
from git_credential_pat.commands.support import recipes
from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import Entry, Nanoseconds, Seconds
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations import notices
from git_credential_pat.text import printable, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(git_credential_pat.__file__).parent
COMMAND = re.compile(rf"git credential-pat (?:{'|'.join(COMMANDS)})\b|git config --global")


def literals(tree: ast.Module) -> Iterator[str]:
    """Give the text of every literal but the docstrings, which are the help of commands too."""
    with_docstring = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, with_docstring) and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.value


@pytest.mark.parametrize(
    "file",
    sorted({*PACKAGE.rglob("*.py")} - {Path(suggest.__file__), Path(recipes.__file__)}),
    ids=lambda file: file.stem,
)
def test_no_module_words_a_suggested_command_itself(file: Path) -> None:
    assert [text for text in literals(ast.parse(file.read_text())) if COMMAND.search(text)] == []


def test_what_a_server_chose_is_one_word_of_the_command() -> None:
    url = "https://git.example.com/a b;$(touch x)'\n"
    harmless = url.replace("\n", "?")
    for command in (suggest.seed(url), suggest.restore(url), suggest.own("header", url)):
        assert shlex.split(command)[-1] == harmless
    assert shlex.split(suggest.git_config(f"credential.{url}.useHttpPath", "true"))[3:] == [
        f"credential.{harmless}.useHttpPath",
        "true",
    ]
    source, _, target = suggest.placing(url, ("--username", url), url).rpartition(" | ")
    assert shlex.split(source)[3:] == ["--username", harmless, harmless]
    assert shlex.split(target)[3:] == [harmless]


@pytest.mark.parametrize("character", [chr(code) for code in range(0x100)], ids=ascii)
def test_each_character_is_quoted_as_the_standard_library_does(character: str) -> None:
    for text in (character, f"a{character}", f"a{character}b"):
        assert quoted(text) == shlex.quote(printable(text))
    assert quoted("") == "''"


def test_a_username_that_is_a_token_is_in_no_command() -> None:
    assert notices.username_option(AZURE_TOKEN.encode()) == notices.username_option(b"") == ()
    assert notices.username_option(b"jane doe") == ("--username", "jane doe")


def test_each_notice_of_an_http_token_suggests_a_seed_that_allows_http() -> None:
    entry = Entry(Scope(b"http", b"git.example.com"), b"jane", b"first", expires=Seconds(0))
    family = family_of(entry.scope)
    seed = "git credential-pat seed --allow-http http://git.example.com"
    for said in (
        notices.expired(entry, family),
        notices.expiring(entry, family, Nanoseconds(0)),
        notices.rejected(entry),
        notices.placing(entry, family, f"{entry.scope.text}/team"),
    ):
        assert seed in said


def test_the_seed_that_is_suggested_for_a_rejected_http_token_is_not_refused(program: Program) -> None:
    program.seed("http://git.example.com", "first", "--allow-http", "--username", "jane")
    request = b"protocol=http\nhost=git.example.com\n"
    program.run("erase", stdin=request + b"username=jane\npassword=first\n\n")
    command = program.run("get", stdin=request + b"\n").stderr.strip().rpartition("git credential-pat ")[2]
    ended = program.run(*command.split(), "--username", "jane", "--no-verify", stdin=b"second\n")
    assert ended.status == 0, ended
