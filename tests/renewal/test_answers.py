"""What a host answers where a token is made, looked at, renewed or revoked: tests/vectors/renewal/."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from support.memory_backend import MemoryBackend
from support.vectors import FOLDER, Case, as_bytes, cases, with_credentials

from git_credential_pat.errors import AnswerLostError, UnreachableError
from git_credential_pat.git.settings import Settings
from git_credential_pat.hosts import family_named
from git_credential_pat.hosts.support.lifecycle import (
    DeadError,
    Facts,
    Issued,
    Lifecycle,
    RefusedError,
    SignInRefusedError,
    UnableError,
    Wanted,
)
from git_credential_pat.hosts.support.verdict import Subject
from git_credential_pat.model.entry import Nanoseconds
from git_credential_pat.model.renewal import CREATE, Intent, Renewal
from git_credential_pat.model.scope import parse_url
from git_credential_pat.renewal import Around
from git_credential_pat.renewal.asking import carried_out
from git_credential_pat.web import Reply

if TYPE_CHECKING:
    from git_credential_pat.web import Question

FILES = sorted(file.stem for file in (FOLDER / "renewal").glob("*.json"))
SHARED = {"name", "place", "provider", "token", "username", "key", "noted", "wanted", "asks"}
ERRORS: dict[str, type[Exception]] = {
    "refused": RefusedError,
    "dead": DeadError,
    "by_hand": UnableError,
    "sign_in_refused": SignInRefusedError,
    "lost": AnswerLostError,
    "unreachable": UnreachableError,
}
FACTS = {"id", "name", "permissions", "created", "expires"}


class Done(NamedTuple):
    """What came of a case: a result or an error, and what its host was asked."""

    result: object
    error: Exception | None
    asked: list[Question]


def reply(answer: Case) -> Reply:
    assert answer.keys() <= {"status", "headers", "body", "json"}, answer
    body = json.dumps(answer["json"]).encode() if "json" in answer else as_bytes(answer.get("body", ""))
    return Reply(answer["status"], tuple((name.lower(), value) for name, value in answer["headers"]), body)


def lifecycle(case: Case) -> Lifecycle:
    family, token = family_named(case["provider"]), case["token"].encode()
    subject = Subject(parse_url(case["place"]).scope, case.get("username", "").encode(), token)
    noted = "" if case["does"] == "create" else case.get("noted", "")
    return family.lifecycle(token)(family, subject, Renewal(noted), case.get("key", ""))


def steps(case: Case, about: Lifecycle) -> Any:  # noqa: ANN401  # each gives something else
    """Return what a case has its host asked."""
    given = {"name": "", "permissions": [], "expires": None, "since": 0, **case.get("wanted", {})}
    return {
        "look": about.look,
        "rotate": lambda: about.rotate(given["expires"]),
        "create": lambda: about.create(Wanted(given["name"], tuple(given["permissions"]), given["expires"])),
        "find": lambda: about.made_for(Intent(CREATE, given["since"], given["name"], given["expires"])),
        "extend": lambda: about.extend(given["expires"]),
        "revoke": about.revoke,
    }[case["does"]]()


def done(case: Case) -> Done:
    asked: list[Question] = []
    replies = [reply(answer) for answer in case["replies"]]

    def ask(question: Question, _deadline: float) -> Reply:
        asked.append(question)
        return replies.pop(0)

    about = lifecycle(case)
    around = Around(MemoryBackend(), Settings("/none", "/none"), Nanoseconds(0), ask, lambda _: "")
    try:
        result, error = carried_out(steps(case, about), about, around), None
    except tuple(ERRORS.values()) as raised:
        result, error = None, raised
    assert not replies, "it asks less than the case answers"
    return Done(result, error, asked)


def see_that_it_is_asked_as_the_file_says(case: Case, asked: list[Question]) -> None:
    token, key = case["token"], case.get("key", "")
    for number, question in enumerate(asked):
        wanted = case["asks"][case["does"]][number]
        assert wanted.keys() <= {"method", "url", "headers", "json", "body"}, wanted
        assert (question.method, question.url) == (wanted["method"], wanted["url"])
        headers = {name: with_credentials(text, token, key) for name, text in wanted["headers"].items()}
        sent = {name: text for name, text in question.headers.items() if name in headers or name != "Accept"}
        assert sent == headers
        if "json" in wanted:
            text = with_credentials(json.dumps(wanted["json"]), token, key)
            assert json.loads(question.body) == json.loads(text)
        else:
            assert question.body == wanted.get("body", "").encode()


@cases("renewal", *FILES)
def test_an_answer_means_what_the_case_says(case: Case) -> None:
    expect = case["expect"]
    assert case.keys() <= SHARED | {"does", "replies", "expect"}, case
    assert expect.keys() <= {*ERRORS, *FACTS, "token", "ids"}, expect
    result, error, asked = done(case)
    see_that_it_is_asked_as_the_file_says(case, asked)
    if error:
        ((name, words),) = expect.items()
        assert type(error) is ERRORS[name]
        assert words in str(error)
        assert str(error).isprintable()
        assert not [secret for secret in ("token", "key") if case.get(secret, "\0") in str(error)]
        return
    assert not expect.keys() & ERRORS.keys()
    facts = result.facts if isinstance(result, Issued) else result
    if isinstance(result, Issued):
        assert result.token == expect["token"].encode()
    if isinstance(facts, Facts):
        found = {**facts.__dict__, "permissions": [*facts.permissions]}
        wanted = {name: value for name, value in expect.items() if name in FACTS}
        assert {"id", "expires"} <= wanted.keys()
        assert {name: found[name] for name in wanted} == wanted
    elif case["does"] == "find":
        assert facts == tuple(expect["ids"])
    else:
        assert facts is None
        assert expect == {}
