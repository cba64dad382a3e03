"""Tokens as they come: given by the user, from a program, from a host."""

from __future__ import annotations

import time

import pytest
from support.program import AZURE_TOKEN
from support.signing_in import HOUR, issued, json_reply, made_up_token, refused

from git_credential_pat.entra import RESOURCE, EntraToken, SignInError
from git_credential_pat.entra.refusals import CONDITIONAL_ACCESS
from git_credential_pat.entra.tokens import claims, given, replied, require_user, usable
from git_credential_pat.model.entry import Seconds
from git_credential_pat.model.token import LIMIT
from git_credential_pat.web import Reply

LATER = int(time.time()) + HOUR
PIPE = (
    f"pipe in what this prints: az account get-access-token --resource {RESOURCE} --query accessToken "
    "--output tsv"
)


def test_the_text_of_a_token_does_not_show_it() -> None:
    token = EntraToken("eyJ.secret", Seconds(5))
    for text in (repr(token), str(token), f"{token}"):
        assert "secret" not in text
        assert "5" in text


@pytest.mark.parametrize("audience", [RESOURCE, RESOURCE.upper(), "https://app.vssps.visualstudio.com/"])
def test_a_given_token_ends_when_it_says(audience: str) -> None:
    value = made_up_token(aud=audience, exp=LATER)
    assert given(f"{value}\r".encode()) == EntraToken(value, Seconds(LATER))


NO_TOKEN = "what standard input has is no Entra token"
FOR_ELSEWHERE = "the Entra token on standard input is for {}, not for Azure DevOps"


def refusal_of(line: str) -> str:
    with pytest.raises(SignInError) as refusal:
        given(line.encode())
    message, _, fix = str(refusal.value).partition("; ")
    assert fix == PIPE
    return message


@pytest.mark.parametrize("line", [AZURE_TOKEN, "eyJ.eyJ.x", "eyJ", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_of_entras_is_refused(line: str) -> None:
    assert refusal_of("") == "there is no token on standard input"
    assert refusal_of(line) == NO_TOKEN


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": None}, NO_TOKEN),
        ({"exp": True}, NO_TOKEN),
        ({"exp": 1e30}, NO_TOKEN),
        ({"exp": "soon"}, NO_TOKEN),
        ({"x": "x" * LIMIT}, NO_TOKEN),
        ({"aud": "https://management.azure.com/"}, FOR_ELSEWHERE.format("https://management.azure.com/")),
        ({"aud": None}, FOR_ELSEWHERE.format("something else")),
        ({"exp": 1_000_000_000}, "the Entra token on standard input has ended"),
    ],
)
def test_a_given_token_that_cannot_be_used_is_refused(claims: dict[str, object], why: str) -> None:
    assert refusal_of(made_up_token(**claims)) == why


def test_a_given_token_with_control_characters_is_refused_and_not_shown() -> None:
    assert refusal_of(f"{made_up_token()}\x1b[2K") == NO_TOKEN


@pytest.mark.parametrize(
    "value", [b"eyJ", b"eyJhbGciOi.W10.x", b"eyJhbGciOi.bnVsbA.x", b"\xff\xfe", b"eyJ.!.x"]
)
def test_what_is_no_token_says_nothing(value: bytes) -> None:
    assert claims(value.decode("latin-1")) == {}


def test_deeply_nested_claims_say_nothing() -> None:
    import base64

    nested = base64.urlsafe_b64encode(b"[" * 20_000).decode().rstrip("=")
    assert claims(f"eyJ.{nested}.x") == {}


@pytest.mark.parametrize(
    ("value", "expires"),
    [(None, 5), ("", 5), ("a b", 5), ("a\nb", 5), ("ä", 5), ("a" * (LIMIT + 1), 5), (5, 5)]
    + [("a", expires) for expires in (None, "", "x", 0, -1, "-1", "9" * 30, float("inf"), float("nan"), [5])],
)
def test_what_no_header_can_carry_is_no_token(value: object, expires: object) -> None:
    assert usable(value, expires) is None


@pytest.mark.parametrize("expires", [1790000000, "1790000000", 1790000000.75])
def test_an_expiry_is_a_number_or_the_text_of_one(expires: object) -> None:
    assert usable("a", expires) == EntraToken("a", Seconds(1_790_000_000))


@pytest.mark.parametrize(
    "of_a_service",
    [{"idtyp": "app"}, {"scp": None, "oid": "same", "sub": "same"}],
    ids=["it says so", "nobody delegated it"],
)
def test_a_service_cannot_make_tokens(of_a_service: dict[str, object]) -> None:
    with pytest.raises(
        SignInError, match="service principal or a managed identity, which cannot make tokens"
    ):
        require_user(EntraToken(made_up_token(**of_a_service), Seconds(LATER)))


@pytest.mark.parametrize("claims", [{}, {"idtyp": "user", "oid": "a", "sub": "a"}, {"scp": None}])
def test_a_token_that_is_not_clearly_a_services_may_be_tried(claims: dict[str, object]) -> None:
    require_user(EntraToken(made_up_token(**claims), Seconds(LATER)))
    require_user(EntraToken("opaque", Seconds(LATER)))


def test_a_reply_says_how_long_its_token_lives() -> None:
    value = made_up_token()
    assert abs(replied(issued(value), "host").expires - time.time() - HOUR) < 60
    managed = json_reply(200, {"access_token": value, "expires_on": "1790000000", "expires_in": "86399"})
    assert replied(managed, "host") == EntraToken(value, Seconds(1_790_000_000))


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (
            Reply(302, (("location", "https://elsewhere.example.com"),)),
            "host answers with no token (status 302)",
        ),
        (Reply(200, (), b"<html>sign in</html>"), "host answers with no token (status 200)"),
        (json_reply(200, {"access_token": "a"}), "host answers with no token (status 200)"),
        (json_reply(200, ["eyJ"]), "host answers with no token (status 200)"),
        (json_reply(401, {"access_token": "a", "expires_in": 5}), "host answers with no token (status 401)"),
        (
            refused(53003),
            f"host refuses: {CONDITIONAL_ACCESS} (AADSTS53003)",
        ),
    ],
)
def test_a_reply_without_a_token_is_an_error_of_one_line(reply: Reply, message: str) -> None:
    with pytest.raises(SignInError) as refusal:
        replied(reply, "host")
    assert str(refusal.value) == message
