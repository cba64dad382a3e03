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
from git_credential_pat.agent.sign_ins import Lent, SignIns
from git_credential_pat.agent.watch import SettingsWatch
from git_credential_pat.backends import Backend, open_backend
from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.frontends import GIT, HAND_ON, converse, front_end
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.credential import Answer
from git_credential_pat.model.entry import Nanoseconds, Seconds
from git_credential_pat.model.request import Call
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.operations.answering import Around, answer, signed_in, unnoted
from git_credential_pat.stdio import notice_line
from git_credential_pat.system.clock import now
from git_credential_pat.system.daily import note_today

Fields = list[bytes]


class _NoTokenError(Exception):
    """A sign-in would answer, of which there is no token here: the client gets one itself, and gives it."""


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
        self._sign_ins = SignIns(self._walk)
        self._used = monotonic()
        self._requests: dict[bytes, Callable[..., Fields]] = {
            b"get": self._answer_git,
            b"store": self._answer_git,
            b"erase": self._answer_git,
            b"answer": self._answer_tool,
            b"key": self._give_key,
            b"unlock": self._take_key,
            b"sign-in": self._take_token,
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

    def tend(self) -> None:
        """Do what no client waits for; it takes no time."""
        self._sign_ins.tend()

    def _answer_git(self, operation: bytes, stand: bytes, ways: bytes, message: bytes) -> Fields:
        if not self._serves(stand):
            return [DECLINED]
        outcome = DONE
        notices: list[bytes] = []

        def carry_out(call: Call) -> Answer:
            nonlocal outcome
            found = self._look_up(call, ways, note_today)
            outcome = outcome if found.lack is None else LACKING
            notices.extend(map(notice_line, found.notices))
            return found

        output, _ = _converse(GIT, [operation], message, carry_out)
        return [outcome, output, b"".join(notices), b""]

    def _answer_tool(
        self,
        _request: bytes,
        stand: bytes,
        ways: bytes,
        message: bytes,
        is_seen: bytes,
        tool: bytes,
        *words: bytes,
    ) -> Fields:
        if not self._serves(stand):
            return [DECLINED]
        notices: list[bytes] = []

        def carry_out(call: Call) -> Answer:
            found = self._look_up(call, ways, note_today if is_seen else unnoted)
            notices.extend(map(notice_line, found.reasons(is_seen=bool(is_seen))))
            return found

        output, status = _converse(tool.decode("ascii"), words, message, carry_out)
        if status == HAND_ON:
            return [DECLINED]
        return [DONE, output, b"".join(notices), b"" if status is None else b"%d" % status]

    def _look_up(self, call: Call, ways: bytes, note: Callable[[str, str, Nanoseconds], bool]) -> Answer:
        found = answer(call, Around(self._backend, self._settings, now(), note))
        if found.sign_in is None:
            return found
        if call.operation != "get":
            self._sign_ins.forget(found.sign_in, call.request.password or call.request.credential)
            return found
        lent = self._sign_ins.find(found.sign_in, ways)
        if lent is None:
            raise _NoTokenError
        credential = signed_in(found.sign_in, call.request, lent.token, lent.expires)
        return found._replace(credential=credential)

    def _walk(self, way: str, organization: str, lent: Lent) -> tuple[bytes, Seconds]:
        """Get the next token as the call that gave the first would."""
        from git_credential_pat.entra import from_call, walk  # few agents ever need the network
        from git_credential_pat.operations.sign_in_cache import SignInCache

        rows = [row.partition(b"=") for row in lent.variables.split(b"\0") if row]
        variables = {name: value for name, _, value in rows} | {b"PATH": lent.path}
        around = from_call({**os.environb, **variables}, "/", self._settings)
        backend = self._open(self._settings, self._data_key)  # its own, because this is another thread
        given = walk(way, organization, around, lambda tenant: SignInCache(backend, tenant, now()))
        return given.value.encode(), given.expires

    def _take_token(  # noqa: PLR0913, PLR0917  # as the fields come
        self,
        _request: bytes,
        stand: bytes,
        ways: bytes,
        path: bytes,
        way: bytes,
        organization: bytes,
        token: bytes,
        expires: bytes,
    ) -> Fields:
        if not self._serves(stand):
            return [DECLINED]
        lent = Lent(token, Seconds(int(expires)), ways, path)
        self._sign_ins.take(way.decode(), organization.decode(), lent)
        return [DONE]

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
