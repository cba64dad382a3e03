"""What Entra's refusals mean."""

from __future__ import annotations

import pytest
from support.signing_in import made_up_token

from git_credential_pat.entra.refusals import (
    ADMIN_APPROVAL,
    CONDITIONAL_ACCESS,
    DEVICE_CODE_BLOCKED,
    SECOND_FACTOR,
    meaning,
    one_line,
    why,
)

TRACE = " Trace ID: 2f8ccb7a Correlation ID: 824fc737 Timestamp: 2026-02-17 18:39:09Z"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (53003, CONDITIONAL_ACCESS),
        (53000, CONDITIONAL_ACCESS),
        (50076, SECOND_FACTOR),
        (50079, SECOND_FACTOR),
        (530035, DEVICE_CODE_BLOCKED),
        (530033, DEVICE_CODE_BLOCKED),
        (65001, ADMIN_APPROVAL),
        (90094, ADMIN_APPROVAL),
        (700016, "the tenant has no app of that id, see pat.entraClientId"),
        (7000218, 'the app\'s registration does not "allow public client flows"'),
        (700213, "no federated credential of the app fits where this runs"),
        (50020, "this account is not in the organization's tenant"),
        (700082, "the sign-in has ended, so sign in again"),
    ],
)
def test_a_known_code_has_a_meaning(code: int, text: str) -> None:
    said = f"AADSTS{code}: Microsoft's own words.{TRACE}\r\nmore"
    assert meaning(said) == f"{text} (AADSTS{code})"
    assert why({"error": "invalid_grant", "error_description": said}) == f"{text} (AADSTS{code})"


def test_a_longer_code_is_not_taken_for_a_shorter_one() -> None:
    assert meaning("AADSTS530039: Else.") == "AADSTS530039: Else"


def test_an_unknown_code_comes_as_entra_words_it_without_what_only_it_can_trace() -> None:
    assert meaning(f"ERROR: AADSTS99999: Something is off.{TRACE}") == "AADSTS99999: Something is off"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"error": "invalid_client"}, "the app's registration does not fit, see pat.entraClientId"),
        ({"error": "authorization_declined"}, "it was declined"),
        ({"error": "expired_token", "error_description": ""}, "the code was not entered in time"),
        ({"error": "odd", "error_description": "It is odd."}, "It is odd"),
        ({"error": "odd"}, "odd"),
        ({"error": ["odd"], "error_description": 5}, "it says nothing of the reason"),
        ({}, "it says nothing of the reason"),
    ],
)
def test_a_refusal_without_a_code_has_the_words_that_it_comes_with(
    answer: dict[str, object], text: str
) -> None:
    assert why(answer) == text


def test_what_others_say_is_one_printable_line_without_a_token() -> None:
    token = made_up_token()
    assert one_line(f"\n\n  \x1b[31mno use: {token} \x07\nmore") == "?[31mno use: [hidden] ?"
    assert len(one_line("word " * 100)) == 100
    assert one_line("") == one_line("\n \n") == ""
