"""What a finding may show: its last guard lets no token, no user information and no control byte through."""

import pytest
from support.program import AZURE_TOKEN

from git_credential_pat.diagnosis import named
from git_credential_pat.errors import PatError
from git_credential_pat.model.finding import Finding, note, ok, problem, refused


def test_a_finding_bears_the_name_of_its_check() -> None:
    assert named(ok("well"), "vault") == Finding("vault", "ok", "well", None)
    assert named(note("so"), "git").state == "note"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"the token is {AZURE_TOKEN}", "the token is (a token)"),
        ("see https://jane:secret@git.example.com/x", "see https://git.example.com/x"),
        ("a\x1b[2Jb\nc", "a?[2Jb?c"),
    ],
)
def test_a_text_shows_no_secret_and_steers_no_terminal(text: str, shown: str) -> None:
    assert named(problem(text, None), "x").text == shown


@pytest.mark.parametrize(
    "fix", [f"echo {AZURE_TOKEN}", "git clone https://jane:secret@git.example.com/x", "echo \x1b[2J"]
)
def test_a_command_that_would_show_one_is_left_out(fix: str) -> None:
    assert named(problem("wrong", fix), "x").fix is None


@pytest.mark.parametrize(
    ("message", "text", "fix"),
    [
        ("other users can reach it; run: chmod 700 it", "other users can reach it", "chmod 700 it"),
        (
            "it is locked; unlock it at the desktop, or run: git credential-pat unlock",
            "it is locked; unlock it at the desktop",
            "git credential-pat unlock",
        ),
        ("it is wrong; change it", "it is wrong; change it", None),
    ],
)
def test_the_command_in_an_errors_message_stands_apart(message: str, text: str, fix: str | None) -> None:
    assert refused(PatError(message)) == problem(text, fix)
    assert refused(PatError(message), "another") == problem(text, "another")
