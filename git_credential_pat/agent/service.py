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
from git_credential_pat.frontends import GIT, converse, front_end
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.credential import Answer
from git_credential_pat.model.request import Call
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.operations.answering import Around, answer
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
            b"get": self._answer,
            b"store": self._answer,
            b"erase": self._answer,
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

    def _answer(self, operation: bytes, stand: bytes, request: bytes) -> Fields:
        if stand == self._stand:
            self._follow_settings()
        if stand != self._stand or not self._serves_settings:
            return [DECLINED]
        self._used = monotonic()
        output: list[bytes] = []
        notices: list[bytes] = []
        outcome = DONE

        def carry_out(call: Call) -> Answer:
            nonlocal outcome
            found = answer(call, Around(self._backend, self._settings, now(), note_today))
            outcome = outcome if found.lack is None else LACKING
            notices.extend(map(notice_line, found.notices))
            return found

        talk = front_end(GIT).talk([operation.decode("ascii")], BytesIO(request).read)
        converse(talk, carry_out, output.append)
        return [outcome, b"".join(output), b"".join(notices)]

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
