"""What the agent does for its clients: a table of requests. Lists of fields come in and go out.

Operations of Git go through `answering.answer`, as they do without an agent. Whatever the agent cannot do, or
refuses, it declines: the client then does it itself, and reports what is wrong.
"""

import os
from collections.abc import Callable, Sequence
from io import BytesIO
from time import monotonic

from git_credential_pat import __version__
from git_credential_pat.agent import DECLINED, DONE, LACKING, LOCKED
from git_credential_pat.agent.watch import SettingsWatch
from git_credential_pat.backends import Backend, open_backend
from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.frontends import GIT, HAND_ON, converse, front_end
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.credential import Answer
from git_credential_pat.model.entry import Nanoseconds
from git_credential_pat.model.request import Call
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.operations.answering import Around, answer, unnoted
from git_credential_pat.stdio import notice_line
from git_credential_pat.system.clock import now
from git_credential_pat.system.daily import note_today

Fields = list[bytes]


class Service:
    """The unlocked backend, and what clients may ask of it."""

    def __init__(
        self, stand: bytes, watch: SettingsWatch, data_key: bytes | None, timeout: int | None = None
    ) -> None:
        """Take what calls must stand on, the settings, the backend's key if known, and the idle seconds."""
        self.stopped = False
        """Whether a client asked the agent to end."""
        self._stand = stand
        self._watch = watch
        self._data_key = data_key
        self._timeout = timeout
        self._settings = watch.current()
        self._backend = self._open(self._settings, data_key)
        self._held = self._settings
        """The settings of the backend that it holds."""
        self._used = monotonic()
        self._requests: dict[bytes, Callable[..., Fields]] = {
            b"get": self._answer_git,
            b"store": self._answer_git,
            b"erase": self._answer_git,
            b"answer": self._answer_tool,
            b"key": self._give_key,
            b"unlock": self._take_key,
            b"status": self._give_status,
            b"stop": self._stop,
        }

    @property
    def seconds_left(self) -> float:
        """The seconds until the agent ends if nothing is asked of it."""
        timeout = self._settings.agent_timeout if self._timeout is None else self._timeout
        return self._used + timeout - monotonic()

    def reply(self, fields: Sequence[bytes]) -> Fields:
        """Do what a client asks and return the fields of the reply; raises nothing."""
        try:
            request, *rest = fields
            return self._requests[request](request, *rest)
        except LockedError:
            return [LOCKED]
        except Exception:  # noqa: BLE001  # of one client's request no other client may suffer
            return [DECLINED]

    def _answer_git(self, operation: bytes, stand: bytes, message: bytes) -> Fields:
        if not self._serves(stand):
            return [DECLINED]
        outcome = DONE
        notices: list[bytes] = []

        def carry_out(call: Call) -> Answer:
            nonlocal outcome
            found = self._look_up(call, note_today)
            outcome = outcome if found.lack is None else LACKING
            notices.extend(map(notice_line, found.notices))
            return found

        output, _ = _converse(GIT, [operation], message, carry_out)
        return [outcome, output, b"".join(notices), b""]

    def _answer_tool(
        self, _request: bytes, stand: bytes, message: bytes, is_seen: bytes, tool: bytes, *words: bytes
    ) -> Fields:
        if not self._serves(stand):
            return [DECLINED]
        notices: list[bytes] = []

        def carry_out(call: Call) -> Answer:
            found = self._look_up(call, note_today if is_seen else unnoted)
            notices.extend(map(notice_line, found.reasons(is_seen=bool(is_seen))))
            return found

        output, status = _converse(tool.decode("ascii"), words, message, carry_out)
        if status == HAND_ON:
            return [DECLINED]
        return [DONE, output, b"".join(notices), b"" if status is None else b"%d" % status]

    def _look_up(self, call: Call, note: Callable[[str, str, Nanoseconds], bool]) -> Answer:
        return answer(call, Around(self._backend, self._settings, now(), note))

    def _serves(self, stand: bytes) -> bool:
        """Return whether this agent is the one to answer a call, which it then counts as being used."""
        if stand == self._stand:
            self._follow_settings()
        if stand != self._stand or not self._serves_settings:
            return False
        self._used = monotonic()
        return True

    def _give_key(self, _request: bytes, path: bytes) -> Fields:
        shared = self._backend.shareable_key()
        if shared is None or shared.key is None or shared.path != os.fsdecode(path):
            return [LOCKED]
        self._used = monotonic()
        return [DONE, shared.key]

    def _take_key(self, _request: bytes, path: bytes, data_key: bytes) -> Fields:
        backend = self._open(self._held, data_key)
        shared = backend.shareable_key()
        if shared is None or shared.path != os.fsdecode(path):
            return [DECLINED]
        if shared.key is None:  # of before a rekey, say; what the agent has may be better
            return [DECLINED]
        self._data_key, self._backend = data_key, backend
        self._used = monotonic()
        return [DONE]

    def _give_status(self, _request: bytes) -> Fields:
        try:
            shared = self._backend.shareable_key()
            is_locked = shared is None or shared.key is None
        except PatError:  # the vault cannot be read, others report that
            is_locked = True
        seconds = max(0, round(self.seconds_left))
        return [
            DONE,
            b"%d" % os.getpid(),
            __version__.encode(),
            LOCKED if is_locked else DONE,
            b"%d" % seconds,
        ]

    def _stop(self, _request: bytes) -> Fields:
        self.stopped = True
        return [DONE]

    def _follow_settings(self) -> None:
        """Take over settings that changed."""
        settings = self._watch.current()
        if settings != self._settings:
            backend = self._open(settings, self._data_key)
            self._settings = settings
            if backend.shares_key:  # else it holds this for calls that name its backend
                self._backend, self._held = backend, settings

    @property
    def _serves_settings(self) -> bool:
        """Whether this agent can serve under the settings at all."""
        return self._held is self._settings and self._backend.shares_key

    @staticmethod
    def _open(settings: Settings, data_key: bytes | None) -> Backend:
        ways = Unlocking(by_slots=False, borrow=lambda _path: data_key)
        return open_backend(settings, ways, lock_timeout=0)


def _converse(
    tool: str, words: Sequence[bytes], message: bytes, carry_out: Callable[[Call], Answer]
) -> tuple[bytes, int | None]:
    """Let a front end answer a message; return what it says, and the exit status if it has one."""
    output: list[bytes] = []
    talk = front_end(tool).talk([os.fsdecode(word) for word in words], BytesIO(message).read)
    status = converse(talk, carry_out, output.append)
    return b"".join(output), status
