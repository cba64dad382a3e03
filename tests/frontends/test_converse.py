"""A front end is a generator: it calls the core, hears answers or refusals, and gives its tool bytes."""

from collections.abc import Generator
from io import BytesIO

import pytest

from git_credential_pat.errors import LockedError, NoTokenWantedError, PatError
from git_credential_pat.frontends import GIT, converse, front_end
from git_credential_pat.model.credential import Answer, Credential
from git_credential_pat.model.request import Call, Request

REQUEST = b"protocol=https\nhost=dev.azure.com\npath=fabrikam\n\n"
FABRIKAM = Call("get", Request(b"https", b"dev.azure.com", b"fabrikam"))
CONTOSO = Call("get", Request(b"https", b"dev.azure.com", b"contoso"))


class Core:
    """Carries out calls by answers that are given in advance; what is an error is raised."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.calls: list[Call] = []
        self.output: list[bytes] = []

    def carry_out(self, call: Call) -> Answer:
        self.calls.append(call)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def two_questions() -> Generator[Call | bytes, Answer, None]:
    """Converse as a tool does that asks for one thing after the other, and hears of a refusal."""
    yield b"hello\n"
    first = yield FABRIKAM
    yield b"first %b\n" % (first.credential.password or b"" if first.credential else b"none")
    try:
        yield CONTOSO
    except PatError as refusal:
        yield b"refused: %b\n" % str(refusal).encode()
    yield b"bye\n"


def test_a_front_end_calls_as_often_as_it_likes_and_says_something_between() -> None:
    core = Core(Answer(Credential(b"pat", b"t")), Answer())
    converse(two_questions(), core.carry_out, core.output.append)
    assert core.calls == [FABRIKAM, CONTOSO]
    assert core.output == [b"hello\n", b"first t\n", b"bye\n"]


def test_a_front_end_that_knows_what_to_say_of_a_refusal_goes_on() -> None:
    core = Core(Answer(), LockedError("it is locked"))
    converse(two_questions(), core.carry_out, core.output.append)
    assert core.output == [b"hello\n", b"first none\n", b"refused: it is locked\n", b"bye\n"]


def test_a_refusal_that_a_front_end_does_not_deal_with_comes_back() -> None:
    core = Core(LockedError("it is locked"))
    with pytest.raises(LockedError, match="it is locked"):
        converse(two_questions(), core.carry_out, core.output.append)
    assert core.output == [b"hello\n"]


def git(core: Core, message: bytes = REQUEST, operation: str = "get") -> None:
    converse(front_end(GIT).talk([operation], BytesIO(message).read), core.carry_out, core.output.append)


def test_git_is_given_the_credential_that_answers_its_request() -> None:
    core = Core(Answer(Credential(b"pat", b"t")))
    git(core)
    assert core.calls == [FABRIKAM]
    assert core.output == [b"username=pat\npassword=t\n"]


@pytest.mark.parametrize("operation", ["get", "store", "erase"])
def test_git_is_given_nothing_where_there_is_no_credential(operation: str) -> None:
    core = Core(Answer())
    git(core, operation=operation)
    assert core.calls == [FABRIKAM._replace(operation=operation)]
    assert core.output == []


def test_a_bad_request_of_git_is_refused_before_anything_is_called_for() -> None:
    core = Core()
    with pytest.raises(PatError, match="names no host"):
        git(core, b"protocol=https\n\n")
    assert core.calls == []
    assert core.output == []


def test_git_asks_nobody_else_once_the_user_has_broken_off() -> None:
    core = Core(NoTokenWantedError("interrupted"))
    with pytest.raises(NoTokenWantedError):
        git(core)
    assert core.output == [b"quit=1\n"]
