"""The mocked hosts without a network, for what takes a way to ask them as an argument: as `Web.ask` would.

asking = InProcess(gitlab, azure)
asking.faults.add(Fault(asks("POST", "/rotate"), cut=100))
carried_out(steps, lifecycle, around_with(asking.ask))
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from git_credential_pat.errors import AnswerLostError, UnreachableError
from git_credential_pat.web import Question, Reply
from support.token_hosts.faults import Faults
from support.token_hosts.host import Request, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.api_server import Answer
    from support.token_hosts.host import Host


class InProcess:
    """Hosts that are asked directly; `log` has every question."""

    def __init__(self, *hosts: Host, clock: Callable[[], float] = time.time) -> None:
        self.faults = Faults()
        self.log: list[Question] = []
        self.clock = clock
        self._hosts = {name: host for host in hosts for name in host.names}

    def ask(self, question: Question, deadline: float) -> Reply:
        """Return the host's reply; raise AnswerLostError where a fault leaves less than a whole answer."""
        del deadline
        self.log.append(question)
        host = self._hosts.get(question.host)
        if host is None:
            raise UnreachableError(f"{question.host}: its name cannot be found; are you online?")
        headers = {name.lower(): value for name, value in question.headers.items()}
        request = Request(question.method, question.url, headers, question.body, self.clock())
        fault = self.faults.take(request)
        if fault is None:
            return as_reply(host.answer(*request))
        if fault.first:
            fault.first()
        answer = host.answer(*request) if fault.acts else fault.answer
        if fault.then:
            fault.then()
        answer = fault.answer or answer
        if answer is None or (fault.cut is not None and fault.cut < len(wire(answer, method=request.method))):
            kind = UnreachableError if question.is_safe else AnswerLostError
            raise kind(f"{question.host}: the connection breaks off")
        return as_reply(answer)


def as_reply(answer: Answer) -> Reply:
    """Return an answer as the program sees it."""
    headers = tuple((name.lower(), value) for name, value in answer.headers)
    return Reply(answer.status, headers, answer.body)
