"""How a question ends: at its deadline whatever is read meanwhile, at a fault of ours without a traceback."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.api_replies import Crawling
from support.program import AZURE_TOKEN

from git_credential_pat.errors import UnreachableError
from git_credential_pat.web import Question
from git_credential_pat.web.asking import Web

if TYPE_CHECKING:
    from support.api_server import ApiServer
    from support.program import Program


def test_who_answers_a_byte_at_a_time_is_given_up_at_the_deadline(
    server: ApiServer, program: Program
) -> None:
    headers = b"HTTP/1.1 200 OK\r\nContent-Type: " + b"x" * 25
    server.serve("https://git.example.com/", Crawling(headers, 0.5), None)
    web = Web({name.encode(): value.encode() for name, value in program.environment.items()})
    began = time.monotonic()
    with pytest.raises(UnreachableError, match=r"git\.example\.com: it does not answer in time"):
        web.ask(Question("https://git.example.com/"), began + 1)
    assert time.monotonic() - began < 5
    assert len(server.log) == 1


def test_a_fault_of_ours_ends_the_call_and_shows_nothing_by_itself(
    program: Program, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError(AZURE_TOKEN)

    web = Web({name.encode(): value.encode() for name, value in program.environment.items()})
    monkeypatch.setattr(web, "settings", fail)
    with pytest.raises(ZeroDivisionError):
        web.ask(Question("https://git.example.com/"), time.monotonic() + 10)
    assert capfd.readouterr() == ("", "")
