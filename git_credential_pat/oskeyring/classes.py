"""The classes of the `keyring` library, loaded so that nothing around steers them or asks unduly.

The library's own choice of a class honours the environment and `keyringrc.cfg`, which can run any module;
its classes start services, make keyrings and show prompts as they like. Here each is loaded by its name,
on the bus that is given.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from git_credential_pat.errors import UsageError
from git_credential_pat.text import shown

if TYPE_CHECKING:
    from jeepney import Message  # type: ignore[import-untyped]  # it has no types
    from jeepney.io.blocking import DBusConnection  # type: ignore[import-untyped]  # as above
    from secretstorage import Collection

_SECRET_SERVICE = "keyring.backends.SecretService.Keyring"  # noqa: S105  # the name of a class
_KWALLET = "keyring.backends.kwallet.DBusKeyring"
_MACOS = "keyring.backends.macOS.Keyring"
_WINDOWS = "keyring.backends.Windows.WinVaultKeyring"
TITLES = {
    _SECRET_SERVICE: "Secret Service",
    _KWALLET: "KWallet",
    _MACOS: "the macOS keychain",
    _WINDOWS: "Windows Credential Manager",
}
"""What people call the systems' own classes."""
ON_BUS = (_SECRET_SERVICE, _KWALLET)
"""Those that are reached over the session's D-Bus, and never ask here unless they may."""
_OF_PLATFORM = {"darwin": (_MACOS,), "win32": (_WINDOWS,)}


class Library(Protocol):
    """What is used of a class of the `keyring` library."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return a secret, or None."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Make or replace an item."""

    def delete_password(self, service: str, username: str) -> None:
        """Delete an item, which must be there."""


class NoCollectionError(Exception):
    """There is no default collection."""


def of_this_system() -> tuple[str, ...]:
    """Return the names of this system's own classes, to be tried in this order."""
    return _OF_PLATFORM.get(sys.platform, ON_BUS)


def load(name: str, session_bus: str, *, prompts: bool) -> Callable[[], Library]:
    """Return what makes an instance of the class of this name; its modules are loaded now.

    Without `prompts` a class on the bus shows none. Raises UsageError if there is no such class.
    """
    return _LOADERS.get(name, _load)(name, session_bus, prompts=prompts)


def on_collection(library: Library, action: Callable[["Collection"], None]) -> None:
    """Call an action with the Secret Service's default collection; with another keyring, do nothing."""
    preferred = getattr(library, "get_preferred_collection", None)
    if preferred is not None:
        collection = preferred()
        try:
            action(collection)
        finally:
            collection.connection.close()


class _Own:
    """Goes before a class of our list: the environment (KEYRING_PROPERTY_*) does not steer that."""

    def set_properties_from_env(self) -> None:
        """Do nothing."""


def _load(name: str, session_bus: str, **_prompts: bool) -> Callable[[], Library]:
    """Load a class by its name; raise UsageError if that is none of the library's kind."""
    from importlib import import_module

    from keyring.backend import KeyringBackend

    if session_bus:
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = session_bus  # such a class has no other way to know
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
    return type(attribute, (_Own, found), {}) if name in TITLES else found


def _load_secret_service(_name: str, session_bus: str, *, prompts: bool) -> Callable[[], Library]:
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


def _default_collection(connection: "DBusConnection") -> "Collection":
    """Return the default collection; raise ItemNotFoundException if there is none.

    The second answer counts: gnome-keyring may take up the first message of a connection before it knows the
    connection, and then finds nothing for it.
    """
    from secretstorage import ItemNotFoundException, get_collection_by_alias

    try:
        return get_collection_by_alias(connection, "default")
    except ItemNotFoundException:
        return get_collection_by_alias(connection, "default")


def _open_collection(connection: "DBusConnection") -> "Collection":
    """Return the default collection; raise if it would have to be started, made or unlocked first."""
    from jeepney import message_bus
    from jeepney.io.blocking import Proxy
    from keyring.errors import KeyringLocked
    from secretstorage import ItemNotFoundException

    # Any other call would have the bus start a service, which might hang or ask something.
    if not Proxy(message_bus, connection).NameHasOwner("org.freedesktop.secrets")[0]:
        raise ConnectionError
    try:
        collection = _default_collection(_Silent(connection))
    except ItemNotFoundException:
        raise NoCollectionError from None
    if collection.is_locked():
        raise KeyringLocked
    return collection


def _asked_collection(connection: "DBusConnection") -> "Collection":
    """Return the default collection; the service asks the user if it is locked or not there."""
    from keyring.errors import KeyringLocked
    from secretstorage import ItemNotFoundException, create_collection
    from secretstorage.util import add_match_rules

    add_match_rules(connection)
    try:
        collection = _default_collection(connection)
    except ItemNotFoundException:
        collection = create_collection(connection, "Default", "default")
    if collection.is_locked() and (collection.unlock() or collection.is_locked()):
        raise KeyringLocked
    return collection


def _load_kwallet(_name: str, session_bus: str, *, prompts: bool) -> Callable[[], Library]:
    """Return the library's class, which opens the wallet only with `prompts` or when it is open already."""
    from keyring.backends import kwallet
    from keyring.errors import KeyringLocked

    os.environ["DBUS_SESSION_BUS_ADDRESS"] = session_bus  # libdbus has no other way to know

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
