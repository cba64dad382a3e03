"""The operating system's keyring, through the `keyring` library but without its surprises.

The class comes from the list here or from the user's own setting, because the library's choice honours the
environment and `keyringrc.cfg`, which can run any module. No prompt is shown unless that is allowed. A call
ends within a limit also when the keyring hangs: it runs in a thread that may be left behind. No exception
of the library leaves this module, for its text or its frames may hold a secret.
"""

import os
import sys
from collections.abc import Callable
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple, Protocol

from git_credential_pat.errors import LockedError, UsageError, shown

if TYPE_CHECKING:
    from jeepney import Message  # type: ignore[import-untyped]  # it has no types
    from jeepney.io.blocking import DBusConnection  # type: ignore[import-untyped]  # as above
    from secretstorage import Collection

SERVICE = "git-credential-pat"
"""The service of this program's own items: a vault's key, and the index of the keyring backend."""
LIMIT = 2.5
"""Seconds for one call, so that a hung keyring is told within 3 s."""
PROMPT_LIMIT = 60.0
"""The same where a person may be asked."""

_SECRET_SERVICE = "keyring.backends.SecretService.Keyring"  # noqa: S105  # the name of a class
_KWALLET = "keyring.backends.kwallet.DBusKeyring"
_MACOS = "keyring.backends.macOS.Keyring"
_WINDOWS = "keyring.backends.Windows.WinVaultKeyring"
_TITLES = {
    _SECRET_SERVICE: "Secret Service",
    _KWALLET: "KWallet",
    _MACOS: "the macOS keychain",
    _WINDOWS: "Windows Credential Manager",
}
_ON_BUS = (_SECRET_SERVICE, _KWALLET)
_OF_PLATFORM = {"darwin": (_MACOS,), "win32": (_WINDOWS,)}

_PROBE = (SERVICE, "none")
_TWINS = 4  # items of one service and account: other programs may have made some
_UNLOCK = ", or run: git credential-pat unlock"
_DONE, _REFUSED, _HUNG, _LOCKED = "done", "refused", "hung", "locked"
_EMPTY, _ABSENT, _OUT_OF_REACH = "empty", "absent", "out of reach"
_MESSAGES = {
    _OUT_OF_REACH: "{title} is out of reach, for there is no D-Bus session; log in at the desktop",
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
    "_NoCollectionError": _EMPTY,
}
"""What an exception means, by the first of its names that stands here; else refused."""


class _Library(Protocol):
    """What is used of a class of the `keyring` library."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


_Action = Callable[[_Library], str | None]


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
        self._names = (class_name,) if class_name else _OF_PLATFORM.get(sys.platform, _ON_BUS)
        self._name = self._names[0]
        self._libraries: dict[tuple[str, bool], Callable[[], _Library]] = {}
        self._is_hung = False

    @property
    def title(self) -> str:
        """The keyring's name for messages."""
        return _TITLES.get(self._name) or shown(self._name)

    def is_ready(self) -> bool:
        """Tell whether the keyring answers without a prompt; raise UsageError if its class is not there."""
        probed = self._attempt(lambda library: library.get_password(*_PROBE), prompts=False)
        return probed.end == _DONE

    def get(self, service: str, account: str) -> str | None:
        """Return a secret, or None if there is no such item."""
        return self._call(lambda library: library.get_password(service, account))

    def set(self, service: str, account: str, secret: str) -> None:
        """Make or replace an item, and see that it is kept."""
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

        self._call(lambda library: _on_collection(library, read))
        return found

    def delete_items(self, attributes: dict[str, str]) -> None:
        """Delete the items that have these attributes, where there are any; see `items`."""

        def delete(collection: "Collection") -> None:
            for item in collection.search_items(attributes):
                item.delete()

        self._call(lambda library: _on_collection(library, delete))

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
        if name in _ON_BUS and not self._session_bus:
            return _Outcome(_OUT_OF_REACH)
        library = self._library(name, prompts=prompts)
        may_ask = prompts if name in _ON_BUS else self._interactive
        outcome = _within(PROMPT_LIMIT if may_ask else LIMIT, lambda: action(library()))
        if prompts and outcome.end == _HUNG:
            return _Outcome(_LOCKED)  # it answered before there was a prompt, so a person did not
        self._is_hung = outcome.end == _HUNG
        return outcome

    def _library(self, name: str, *, prompts: bool) -> Callable[[], _Library]:
        """Return what gives the class's one instance; its modules are loaded here, outside the limit."""
        if (name, prompts) not in self._libraries:
            load = _LOADERS.get(name, _load)
            self._libraries[name, prompts] = cache(load(name, self._session_bus, prompts=prompts))
        return self._libraries[name, prompts]


class _NoCollectionError(Exception):
    """There is no default collection."""


class _NotKeptError(Exception):
    """The keyring reported success but did not do what it was asked."""


def _put(library: _Library, service: str, account: str, secret: str) -> None:
    for _ in range(_TWINS):
        library.set_password(service, account, secret)
        if library.get_password(service, account) == secret:
            return
        library.delete_password(service, account)  # another program's item, which hides ours
    raise _NotKeptError


def _delete(library: _Library, service: str, account: str) -> None:
    for _ in range(_TWINS):
        if library.get_password(service, account) is None:
            return
        library.delete_password(service, account)
    raise _NotKeptError


def _on_collection(library: _Library, action: Callable[["Collection"], None]) -> None:
    """Call an action with the Secret Service's default collection; with another keyring, do nothing."""
    preferred = getattr(library, "get_preferred_collection", None)
    if preferred is not None:
        collection = preferred()
        try:
            action(collection)
        finally:
            collection.connection.close()


def _within(seconds: float, action: Callable[[], str | None]) -> _Outcome:
    """Run an action in a thread; the thread of one that hangs is left behind and ends with the process."""
    outcomes: list[_Outcome] = []

    def run() -> None:
        try:
            outcomes.append(_Outcome(_DONE, action()))
        except BaseException as error:  # noqa: BLE001  # whatever a library raises is told, and never shown
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


class _Own:
    """Goes before a class of our list: the environment (KEYRING_PROPERTY_*) does not steer that."""

    def set_properties_from_env(self) -> None:
        """Do nothing."""


def _load(name: str, session_bus: str, **_prompts: bool) -> Callable[[], _Library]:
    """Load a class by its name; raise UsageError if that is none of the library's kind."""
    from importlib import import_module

    from keyring.backend import KeyringBackend

    if session_bus:
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = session_bus  # there is no other way to tell such a class
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(import_module(module), attribute)
    except Exception:  # noqa: BLE001  # a module may fail in any way when it is loaded
        found = None
    if not (isinstance(found, type) and issubclass(found, KeyringBackend)):
        raise UsageError(
            f'pat.keyringBackend is "{shown(name)}", which is not there; '
            "set it to the module.Class of an installed keyring backend"
        )
    return type(attribute, (_Own, found), {}) if name in _TITLES else found


def _load_secret_service(_name: str, session_bus: str, *, prompts: bool) -> Callable[[], _Library]:
    """Return the library's class on the bus that is named and, without `prompts`, unable to show any."""
    from keyring.backends import SecretService

    class OnBus(_Own, SecretService.Keyring):
        def get_preferred_collection(self) -> "Collection":
            connection = _connect(session_bus)
            try:
                return _asked_collection(connection) if prompts else _open_collection(connection)
            except BaseException:
                connection.close()
                raise

    return OnBus


class _Silent:
    """A D-Bus connection on which no prompt can be started, whatever the library does with it."""

    def __init__(self, connection: "DBusConnection") -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def send_and_get_reply(self, message: "Message", **options: object) -> object:
        """Send anything but the call that shows a prompt."""
        from jeepney import HeaderFields
        from keyring.errors import KeyringLocked

        if message.header.fields.get(HeaderFields.interface) == "org.freedesktop.Secret.Prompt":
            raise KeyringLocked
        return self._connection.send_and_get_reply(message, **options)


def _connect(session_bus: str) -> "DBusConnection":
    from jeepney.io.blocking import open_dbus_connection

    try:
        return open_dbus_connection(session_bus)
    except (ValueError, RuntimeError, KeyError, StopIteration):
        raise ConnectionError from None  # an address that means nothing to it


def _open_collection(connection: "DBusConnection") -> "Collection":
    """Return the default collection; raise if it would have to be started, made or unlocked first."""
    from jeepney import message_bus
    from jeepney.io.blocking import Proxy
    from keyring.errors import KeyringLocked
    from secretstorage import ItemNotFoundException, get_collection_by_alias

    # Any other call would have the bus start a service, which might hang or ask something.
    if not Proxy(message_bus, connection).NameHasOwner("org.freedesktop.secrets")[0]:
        raise ConnectionError
    try:
        collection = get_collection_by_alias(_Silent(connection), "default")
    except ItemNotFoundException:
        raise _NoCollectionError from None
    if collection.is_locked():
        raise KeyringLocked
    return collection


def _asked_collection(connection: "DBusConnection") -> "Collection":
    """Return the default collection; the service asks the user if it is locked or not there."""
    from keyring.errors import KeyringLocked
    from secretstorage import get_default_collection
    from secretstorage.util import add_match_rules

    add_match_rules(connection)
    collection = get_default_collection(connection)
    if collection.is_locked() and (collection.unlock() or collection.is_locked()):
        raise KeyringLocked
    return collection


def _load_kwallet(_name: str, session_bus: str, *, prompts: bool) -> Callable[[], _Library]:
    """Return the library's class, which opens the wallet only with `prompts` or when it is open already."""
    from keyring.backends import kwallet
    from keyring.errors import KeyringLocked

    os.environ["DBUS_SESSION_BUS_ADDRESS"] = session_bus  # libdbus has no other way to be told

    class OnBus(_Own, kwallet.DBusKeyring):
        def connected(self, service: str) -> bool:
            if not self.viable:
                raise ConnectionError
            import dbus  # type: ignore[import-not-found]  # of the system, where there is KWallet

            wallet = dbus.Interface(
                dbus.SessionBus().get_object(self.bus_name, self.object_path), "org.kde.KWallet"
            )
            if not prompts and not wallet.isOpen(wallet.networkWallet()):
                raise KeyringLocked
            return bool(super().connected(service))  # type: ignore[no-untyped-call]  # it has no types

    return OnBus


_LOADERS = {_SECRET_SERVICE: _load_secret_service, _KWALLET: _load_kwallet}
"""What loads a class; the others are taken as they are."""
