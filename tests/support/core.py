"""The core as Git meets it, without a process: bytes of a request in, bytes of the answer and lines out."""

from io import BytesIO
from typing import NamedTuple

from git_credential_pat.backends import Backend
from git_credential_pat.frontends import converse
from git_credential_pat.frontends.git import talk
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.credential import Answer
from git_credential_pat.model.entry import Entry, Nanoseconds
from git_credential_pat.model.request import Call
from git_credential_pat.operations.answering import Around, answer
from git_credential_pat.system.daily import note_today


class Given(NamedTuple):
    """What a request is given."""

    output: bytes = b""
    notices: tuple[str, ...] = ()
    lack: Entry | None = None


def ask(operation: str, message: bytes, backend: Backend, settings: Settings, now: int) -> Given:
    """Hold one conversation of Git's; raises PatError as a call of the program does."""
    answers: list[Answer] = []
    output: list[bytes] = []

    def carry_out(call: Call) -> Answer:
        answers.append(answer(call, Around(backend, settings, Nanoseconds(now), note_today)))
        return answers[-1]

    converse(talk([operation], BytesIO(message).read), carry_out, output.append)
    (found,) = answers
    return Given(b"".join(output), found.notices, found.lack)
