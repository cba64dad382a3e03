"""Sign-ins: entries that have no token, but a way to one that the caller of the core walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.conversations import NOW
from support.core import ask as ask_git
from support.memory_backend import MemoryBackend
from support.program import AZURE_TOKEN
from support.signing_in import made_up_token

from git_credential_pat.frontends.git import parse, serialize
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.credential import Answer, Credential, SignIn
from git_credential_pat.model.entry import (
    ACTIVE,
    DAY,
    REJECTED,
    SECOND,
    Entry,
    Nanoseconds,
    Seconds,
    kept_end,
    read_back,
)
from git_credential_pat.model.request import Call
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations.answering import Around, answer, signed_in, unnoted
from git_credential_pat.operations.global_tokens import global_among

if TYPE_CHECKING:
    from git_credential_pat.backends import Backend

FABRIKAM = Scope(b"https", b"dev.azure.com", (b"fabrikam",))
CONTOSO = FABRIKAM._replace(path=(b"contoso",))
PROJECT = FABRIKAM._replace(path=(b"fabrikam", b"web"))
SETTINGS = Settings("/dev/null/data", "/dev/null/config")
YESTERDAY = Nanoseconds(NOW - DAY * SECOND)
SIGN_IN = Entry(FABRIKAM, b"", b"", created=YESTERDAY, updated=YESTERDAY, sign_in="entra")
TOKEN = Entry(FABRIKAM, b"", AZURE_TOKEN.encode(), created=YESTERDAY, updated=YESTERDAY)
WAY = SignIn("entra", FABRIKAM, b"pat")
WEB = b"protocol=https\nhost=dev.azure.com\npath=fabrikam/web/_git/web\n"
NAMELESS = b"protocol=https\nhost=dev.azure.com\n"
LENT = made_up_token().encode()
END = Seconds(1_893_459_600)


def ask(operation: str, message: bytes, backend: Backend) -> Answer:
    call = Call(operation, parse(message).request)
    return answer(call, Around(backend, SETTINGS, NOW, unnoted))


# Which way answers


@pytest.mark.parametrize(
    ("message", "way"),
    [
        (WEB, WAY),
        (WEB + b"username=jane\n", WAY._replace(username=b"jane")),
        (NAMELESS, WAY),
        (NAMELESS + b"username=fabrikam\n", WAY._replace(username=b"fabrikam")),
        (WEB.replace(b"dev.azure.com", b"fabrikam.visualstudio.com").replace(b"fabrikam/", b""), WAY),
        (WEB.replace(b"fabrikam", b"contoso"), None),
        (b"protocol=https\nhost=github.com\npath=fabrikam/web\n", None),
    ],
)
def test_a_sign_in_answers_where_a_token_of_its_scope_would(message: bytes, way: SignIn | None) -> None:
    found = ask("get", message, MemoryBackend([SIGN_IN]))
    assert (found.credential, found.sign_in) == (None, way)
    assert (found.lack is None) == (way is not None), "what leads to a token is nothing to ask the user for"
    assert ask("get", message, MemoryBackend([TOKEN])).credential is not None or way is None


def test_a_sign_in_for_a_project_leads_to_a_token_of_its_organization() -> None:
    backend = MemoryBackend([SIGN_IN._replace(scope=PROJECT), TOKEN])
    assert ask("get", WEB, backend).sign_in == WAY
    assert ask("get", WEB.replace(b"/web", b"/app"), backend).credential is not None


def test_a_token_for_a_project_goes_before_the_sign_in_of_the_organization() -> None:
    backend = MemoryBackend([SIGN_IN, TOKEN._replace(scope=PROJECT)])
    assert ask("get", WEB, backend).sign_in is None
    assert ask("get", WEB.replace(b"/web", b"/app"), backend).sign_in == WAY


def test_of_sign_ins_for_two_organizations_none_answers_a_request_without_one() -> None:
    backend = MemoryBackend([SIGN_IN, SIGN_IN._replace(scope=CONTOSO)])
    found = ask("get", NAMELESS, backend)
    assert (found.credential, found.sign_in) == (None, None)
    assert "does not send the organization" in found.notices[0]


def test_a_sign_in_that_was_put_aside_answers_nothing() -> None:
    aside = SIGN_IN._replace(state=REJECTED, put_aside=YESTERDAY)
    assert ask("get", WEB, MemoryBackend([aside])).sign_in is None


def test_sign_ins_for_two_organizations_are_no_global_token() -> None:
    assert global_among([SIGN_IN, SIGN_IN._replace(scope=CONTOSO)]) == []


# What is answered


def test_a_git_that_takes_headers_gets_one_that_nobody_keeps() -> None:
    request = parse(b"capability[]=authtype\n" + WEB).request
    found = serialize(signed_in(WAY, request, LENT, END))
    expected = b"capability[]=authtype\nauthtype=Bearer\ncredential=%b\nephemeral=1\npassword_expiry_utc=%d\n"
    assert found == expected % (LENT, END)


def test_another_git_gets_a_password_that_ends() -> None:
    found = signed_in(WAY, parse(WEB).request, LENT, END)
    assert found == Credential(b"pat", LENT, expires=END)
    assert serialize(found) == b"username=pat\npassword=%b\npassword_expiry_utc=%d\n" % (LENT, END)


# What Git hands back

AS_PASSWORD = b"username=pat\npassword=%b\n" % LENT
WITH_END = AS_PASSWORD + b"password_expiry_utc=%d\n" % END
AS_HEADER = b"capability[]=authtype\nauthtype=Bearer\ncredential=%b\n" % LENT
EPHEMERAL = AS_HEADER + b"ephemeral=1\n"


@pytest.mark.parametrize("place", [WEB, NAMELESS])
@pytest.mark.parametrize("given", [AS_PASSWORD, WITH_END, AS_HEADER, EPHEMERAL, b"username=\npassword=\n"])
@pytest.mark.parametrize("operation", ["store", "erase"])
def test_the_token_of_a_sign_in_changes_nothing(operation: str, given: bytes, place: bytes) -> None:
    backend = MemoryBackend([SIGN_IN])
    found = ask(operation, place + given, backend)
    assert backend.entries() == (SIGN_IN,)
    assert found.notices == ()
    assert (found.sign_in is not None) == (operation == "erase"), "an agent has to forget it"


def test_a_rejection_without_a_token_leaves_the_sign_in() -> None:
    backend = MemoryBackend([SIGN_IN])
    assert ask("erase", WEB, backend).sign_in == WAY
    assert backend.entries() == (SIGN_IN,)


def test_a_token_of_the_user_s_own_is_kept_beside_the_sign_in_and_rejected_alone() -> None:
    backend = MemoryBackend([SIGN_IN])
    given = b"username=pat\npassword=%b\n" % AZURE_TOKEN.encode()
    assert "still answers" in ask("store", WEB + given, backend).notices[0]
    kept = backend.entries()
    assert [(entry.secret, entry.sign_in) for entry in kept] == [(b"", "entra"), (AZURE_TOKEN.encode(), "")]
    assert ask("get", WEB, backend).sign_in == WAY
    assert ask("erase", WEB + given, backend).sign_in is None
    assert [entry.state for entry in backend.entries()] == [ACTIVE, REJECTED]


def test_where_no_sign_in_is_stored_an_approval_is_kept_as_ever() -> None:
    backend = MemoryBackend([])
    ask_git("store", WEB + AS_PASSWORD, backend, SETTINGS, NOW)
    assert [entry.secret for entry in backend.entries()] == [LENT]


# As it is written down


def test_a_sign_in_is_written_down_as_over_and_read_back_without_an_end() -> None:
    assert kept_end(SIGN_IN) == 0
    assert kept_end(TOKEN._replace(expires=END)) == END
    assert read_back(SIGN_IN._replace(expires=kept_end(SIGN_IN))) == SIGN_IN


def test_a_token_that_an_older_version_put_there_is_no_sign_in() -> None:
    put_there = TOKEN._replace(sign_in="entra", expires=END)
    assert read_back(put_there) == TOKEN._replace(expires=END)
