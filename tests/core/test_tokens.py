"""A token as people give it: what comes along with a paste is dropped, and what can be no token refused."""

import pytest

from git_credential_pat.errors import PatError
from git_credential_pat.model.token import LIMIT, cleaned


@pytest.mark.parametrize(
    "around", ["", " \t\r\n", "\u00a0", "\u200b", "\u2060", "\ufeff", "\u00a0 \u200b"], ids=ascii
)
def test_space_that_a_terminal_or_a_web_page_puts_around_a_token_is_dropped(around: str) -> None:
    given = f"{around}ghp_x y\u00fc{around}".encode()
    assert cleaned(given) == "ghp_x y\u00fc".encode()
    assert cleaned(b"\x1b[200~" + given + b"\x1b[201~") == "ghp_x y\u00fc".encode()
    assert cleaned(around.encode()) == b""


@pytest.mark.parametrize("value", [b"a\x01b", b"a\x1b[2Kb", b"a\x07", b"a\nb", b"x" * (LIMIT + 1)])
def test_control_characters_and_what_is_too_long_are_no_token(value: bytes) -> None:
    with pytest.raises(PatError, match="that is not a token"):
        cleaned(value)
