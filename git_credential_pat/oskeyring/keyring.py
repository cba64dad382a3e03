"""The operating system's keyring, through the `keyring` library but without its surprises.

The class comes from the list of classes.py or from the user's own setting. No prompt is shown unless
that is allowed. A call ends within a limit also when the keyring hangs: it runs in a thread that may be left
behind. No exception of the library leaves this module, for its text or its frames may hold a secret.
"""

from collections.abc import Callable
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.errors import LockedError
from git_credential_pat.model import NamedTuple
from git_credential_pat.oskeyring.classes import ON_BUS, TITLES, Library, load, of_this_system, on_collection
from git_credential_pat.text import shown

if TYPE_CHECKING:
    from secretstorage import Collection

SERVICE = "git-credential-pat"
"""The service of this program's own items: a vault's key, and the index of the keyring backend."""
LIMIT = 2.2
"""Seconds for one call, so that a hung keyring is reported within 3 s of a command's start."""
PROMPT_LIMIT = 60.0
"""The same where a person may be asked."""

_PROBE = (SERVICE, "none")
_TWINS = 4  # items of one service and account: other programs may have made some
_UNLOCK = f", or run: {suggest.own('unlock')}"
_DONE, _REFUSED, _HUNG, _LOCKED = "done", "refused", "hung", "locked"
_EMPTY, _ABSENT, _OUT_OF_REACH = "empty", "absent", "out of reach"
_MESSAGES = {
    _OUT_OF_REACH: "{title} cannot be reached, as there is no D-Bus session; log in at the desktop",
    _ABSENT: "{title} is not running; log in at the desktop{unlock}",
    _EMPTY: "{title} has no default keyring; make one at the desktop{unlock}",
    _LOCKED: "{title} is locked; unlock it at the desktop{unlock}",
    _HUNG: "{title} does not answer; restart it, or log out and in again",
    _REFUSED: "{title} refused ({reason}); look at it with the desktop's own program for passwords",
}
_ENDS = {
    "IsLocked": _LOCKED,
    "KeyringLocked": _LOCKED,
    "LockedException": _LOCKED,
    "PromptDismissedException": _LOCKED,
    "ChildExited": _ABSENT,
    "NoKeyringError": _ABSENT,
    "SecretServiceNotAvailableException": _ABSENT,
    "ImportError": _ABSENT,
    "TimeoutError": _HUNG,
    "OSError": _ABSENT,
    "NoCollectionError": _EMPTY,
}
"""What an exception means, by the first of its names that stands here; else refused."""
_GONE = {"ItemNotFoundException", "PasswordDeleteError"}
"""Exceptions that another program's deletion or replacement of an item causes between two steps of ours."""
_ATTEMPTS = 5

_Action = Callable[[Library], str | None]


class _Outcome(NamedTuple):
    """How a call ended."""

    end: str
    value: str | None = None
    reason: str = ""

    def __repr__(self) -> str:
        """Say how it ended, without the value."""
        return f"_Outcome({self.end!r}, reason={self.reason!r})"


class Keyring:
    """Secrets by service and account; every method raises LockedError if the keyring cannot be used."""

    def __init__(self, class_name: str = "", *, session_bus: str = "", interactive: bool = False) -> None:
        """Take the class that the user named (empty: the system's own); nothing is loaded yet.

        `interactive` allows prompts of the keyring's own. macOS, Windows and other classes than those of
        the list here may show some in any case.
        """
        self._session_bus = session_bus
        self._interactive = interactive
        self._advice = "" if interactive else _UNLOCK  # `unlock` is interactive itself
        self._names = (class_name,) if class_name else of_this_system()
        self._name = self._names[0]
        self._libraries: dict[tuple[str, bool], Callable[[], Library]] = {}
        self._is_hung = False

    @property
    def title(self) -> str:
        """The keyring's name for messages."""
        return TITLES.get(self._name) or shown(self._name)

    def is_ready(self) -> bool:
        """Return whether the keyring answers without a prompt; raise UsageError if its class is not there."""
        probed = self._attempt(lambda library: library.get_password(*_PROBE), prompts=False)
        return probed.end == _DONE

    def get(self, service: str, account: str) -> str | None:
        """Return a secret, or None if there is no such item."""
        return self._call(lambda library: library.get_password(service, account))

    def set(self, service: str, account: str, secret: str) -> None:
        """Make or replace an item, and check that it is stored."""
        self._call(lambda library: _put(library, service, account, secret))

    def delete(self, service: str, account: str) -> None:
        """Delete an item; that there is none is no error."""
        self._call(lambda library: _delete(library, service, account))

    def items(self, attributes: dict[str, str]) -> list[tuple[dict[str, str], bytes]]:
        """Return attributes and secret of the items that have these; only the Secret Service has any."""
        found: list[tuple[dict[str, str], bytes]] = []

        def read(collection: "Collection") -> None:
            found[:] = [
                (item.get_attributes(), item.get_secret()) for item in collection.search_items(attributes)
            ]

        self._call(lambda library: on_collection(library, read))
        return found

    def delete_items(self, attributes: dict[str, str]) -> None:
        """Delete the items that have these attributes and no others, where there are any; see `items`."""

        def delete(collection: "Collection") -> None:
            for item in collection.search_items(attributes):
                if item.get_attributes() == attributes:
                    item.delete()

        self._call(lambda library: on_collection(library, delete))

    def _call(self, action: _Action) -> str | None:
        outcome = self._attempt(action, prompts=False)
        if self._interactive and outcome.end in (_ABSENT, _EMPTY, _LOCKED):
            outcome = self._attempt(action, prompts=True)
            self._interactive = outcome.end == _DONE  # whoever did not answer once is not asked again
        if outcome.end != _DONE:
            message = _MESSAGES[outcome.end]
            raise LockedError(message.format(title=self.title, reason=outcome.reason, unlock=self._advice))
        return outcome.value

    def _attempt(self, action: _Action, *, prompts: bool) -> _Outcome:
        """Call the first class that is there."""
        outcome = _Outcome(_ABSENT)
        for name in self._names:
            outcome = self._attempt_with(name, action, prompts=prompts)
            if outcome.end != _ABSENT:
                self._name = name
                break
        return outcome

    def _attempt_with(self, name: str, action: _Action, *, prompts: bool) -> _Outcome:
        if self._is_hung:
            return _Outcome(_HUNG)
        if name in ON_BUS and not self._session_bus:
            return _Outcome(_OUT_OF_REACH)
        library = self._library(name, prompts=prompts)
        may_ask = prompts if name in ON_BUS else self._interactive
        outcome = _within(PROMPT_LIMIT if may_ask else LIMIT, lambda: _repeated(action, library()))
        if prompts and outcome.end == _HUNG:
            return _Outcome(_LOCKED)  # it answered before there was a prompt, so a person did not
        self._is_hung = outcome.end == _HUNG
        return outcome

    def _library(self, name: str, *, prompts: bool) -> Callable[[], Library]:
        """Return what gives the class's one instance; its modules are loaded here, outside the limit."""
        if (name, prompts) not in self._libraries:
            self._libraries[name, prompts] = cache(load(name, self._session_bus, prompts=prompts))
        return self._libraries[name, prompts]


class _NotKeptError(Exception):
    """The keyring reported success but did not do what it was asked."""


def _put(library: Library, service: str, account: str, secret: str) -> None:
    for _ in range(_TWINS):
        library.set_password(service, account, secret)
        if library.get_password(service, account) == secret:
            return
        library.delete_password(service, account)  # another program's item, which hides ours
    raise _NotKeptError


def _delete(library: Library, service: str, account: str) -> None:
    for _ in range(_TWINS):
        if library.get_password(service, account) is None:
            return
        library.delete_password(service, account)
    raise _NotKeptError


def _repeated(action: _Action, library: Library) -> str | None:
    """Call an action, and again when what it found was gone a moment later."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return action(library)
        except Exception as error:  # noqa: PERF203  # whatever it is, it is reported or passes
            if _GONE.isdisjoint(_names(error)):
                raise
    return action(library)


def _within(seconds: float, action: Callable[[], str | None]) -> _Outcome:
    """Run an action in a thread; the thread of one that hangs is left behind and ends with the process."""
    outcomes: list[_Outcome] = []

    def run() -> None:
        try:
            outcomes.append(_Outcome(_DONE, action()))
        except BaseException as error:  # noqa: BLE001  # whatever a library raises is reported, and never shown
            names = _names(error)
            end = next((_ENDS[name] for name in names if name in _ENDS), _REFUSED)
            outcomes.append(_Outcome(end, reason=names[0].strip("_")))

    thread = Thread(target=run, name="keyring", daemon=True)
    thread.start()
    thread.join(seconds)
    return outcomes[0] if outcomes else _Outcome(_HUNG)


def _names(error: BaseException) -> list[str]:
    """Name what was raised: an error of D-Bus by its kind, others by their class and those above it."""
    if type(error).__name__ == "DBusErrorResponse":
        return [str(vars(error)["name"]).rpartition(".")[2]]
    return [ancestor.__name__ for ancestor in type(error).__mro__]
