"""A real Secret Service: gnome-keyring-daemon on a D-Bus of its own, in a throw-away folder.

    with running() as service:
        Keyring(session_bus=service.address).set("service", "account", "secret")
        assert service.secrets() == {("service", "account"): "secret"}

The daemons are stopped by their process ids at the end of the block. The bus can start one thing by
itself: what stands in for the window that asks for a password. It notes that it was asked for.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jeepney.io.blocking import DBusConnection  # type: ignore[import-untyped]  # it has no types
    from secretstorage import Collection

SECRETS = "org.freedesktop.secrets"
INTERNAL = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
PROMPTER = "org.gnome.keyring.SystemPrompter"
PASSWORD = b"a password"

_PATIENCE = 10.0
_CONFIG = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_STARTABLE = """\
[D-BUS Service]
Name={name}
Exec=/bin/sh -c "touch {mark}; exit {status}"
"""


class SecretService:
    """The bus, the daemon on it once `start` was called, and what a test may do to them."""

    def __init__(self, folder: Path) -> None:
        """Start the bus in a folder, whose path must be short, for that is where its socket lies."""
        self.folder = folder
        self.address = f"unix:path={folder}/bus"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_DATA_HOME": str(folder / "home/share"),
            "XDG_CONFIG_HOME": str(folder / "home/config"),
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "LC_ALL": "C.UTF-8",
        }
        for name in ("home", "run", "services"):
            (folder / name).mkdir(mode=0o700)
        self.make_startable(PROMPTER, "prompted")
        (folder / "bus.conf").write_text(_CONFIG.format(folder=folder))
        self._log = (folder / "log").open("wb")
        self._bus = self._run("dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile")
        self.daemon: subprocess.Popen[bytes] | None = None

    @property
    def was_prompted(self) -> bool:
        """Whether anything wanted to ask the user for a password."""
        return (self.folder / "prompted").exists()

    @property
    def pids(self) -> list[int]:
        """The processes that run for this."""
        return [process.pid for process in (self.daemon, self._bus) if process]

    def make_startable(self, name: str, mark: str, status: int = 1) -> None:
        """Let the bus answer a call of an absent service by making the file `mark`.

        With a status of 0 the caller then waits in vain, else it hears that the service failed.
        """
        path = self.folder / "services" / f"{name}.service"
        path.write_text(_STARTABLE.format(name=name, mark=self.folder / mark, status=status))

    def start(self, password: bytes | None = PASSWORD) -> None:
        """Start the daemon; with a password there is a default collection, unlocked."""
        options = ["--unlock"] if password is not None else []
        self.daemon = self._run(
            "gnome-keyring-daemon", *options, "--components=secrets", "--foreground", stdin=password or b""
        )
        self._wait_for(self._is_ready if password is not None else self._is_there)

    def lock(self) -> None:
        """Lock the default collection."""
        with self._collection() as collection:
            collection.lock()

    def unlock(self) -> bool:
        """Unlock the default collection with the password; return False, for nobody dismissed anything."""
        from secretstorage.defines import SS_PATH
        from secretstorage.util import DBusAddressWrapper, format_secret, open_session

        with self._collection() as collection:
            session = open_session(collection.connection)
            service = DBusAddressWrapper(SS_PATH, INTERNAL, collection.connection)
            password = format_secret(session, PASSWORD, "text/plain")
            service.call("UnlockWithMasterPassword", "o(oayays)", collection.collection_path, password)
        return False

    def stop(self) -> None:
        """Let the daemon hang."""
        assert self.daemon
        self.daemon.send_signal(signal.SIGSTOP)

    def cont(self) -> None:
        """Let the daemon go on."""
        assert self.daemon
        self.daemon.send_signal(signal.SIGCONT)

    @contextmanager
    def hung_bus(self) -> Iterator[None]:
        """Let the bus hang during a block."""
        self._bus.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._bus.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the daemon; the bus stays."""
        assert self.daemon
        self.daemon.kill()
        self.daemon.wait()
        self._wait_for(lambda: not self._is_there())

    def items(self) -> list[tuple[dict[str, str], str, bytes]]:
        """Return attributes, label and secret of all items of the default collection."""
        with self._collection() as collection:
            return [
                (item.get_attributes(), item.get_label(), item.get_secret())
                for item in collection.get_all_items()
            ]

    def secrets(self) -> dict[tuple[str, str], str]:
        """Return all secrets by service and account; fail if two items have the same."""
        items = self.items()
        found = {(of["service"], of["username"]): secret.decode() for of, _, secret in items}
        assert len(found) == len(items)
        return found

    def make(self, service: str, account: str, secret: bytes, **attributes: str) -> None:
        """Make an item as another program would, in addition to those that there are."""
        self.make_item({"service": service, "username": account, **attributes}, secret)

    def make_item(self, attributes: dict[str, str], secret: bytes) -> None:
        """Make an item with these attributes alone."""
        with self._collection() as collection:
            collection.create_item("made", attributes, secret)

    def edit(self, service: str, account: str, secret: bytes) -> None:
        """Change the secret of an item in its place, as a person does in Seahorse."""
        with self._collection() as collection:
            (item,) = collection.search_items({"service": service, "username": account})
            item.set_secret(secret)

    def remove(self, service: str, account: str) -> None:
        """Delete an item, as a person does in Seahorse."""
        with self._collection() as collection:
            (item,) = collection.search_items({"service": service, "username": account})
            item.delete()

    def clear(self) -> None:
        """Delete all items."""
        with self._collection() as collection:
            for item in collection.get_all_items():
                item.delete()

    def end(self) -> None:
        """Stop whatever runs."""
        for process in (self.daemon, self._bus):
            if process:
                process.kill()  # which ends a stopped one as well
                process.wait()
        self._log.close()

    def _run(self, *command: str, stdin: bytes = b"") -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            env=self.environment,
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
        )
        assert process.stdin
        process.stdin.write(stdin)
        process.stdin.close()
        return process

    @contextmanager
    def _collection(self) -> Iterator[Collection]:
        from secretstorage import ItemNotFoundException, get_collection_by_alias

        with self._connection() as connection:
            with suppress(ItemNotFoundException):  # the first message may come before it knows a connection
                get_collection_by_alias(connection, "default")
            yield get_collection_by_alias(connection, "default")

    def _connection(self) -> closing[DBusConnection]:
        from jeepney.io.blocking import open_dbus_connection

        return closing(open_dbus_connection(self.address))

    def _listens(self) -> bool:
        try:
            with self._connection():
                return True
        except OSError:  # no socket yet, or one that is not listened on
            return False

    def _is_there(self) -> bool:
        from jeepney import message_bus  # type: ignore[import-untyped]  # it has no types
        from jeepney.io.blocking import Proxy

        with self._connection() as connection:
            return bool(Proxy(message_bus, connection).NameHasOwner(SECRETS)[0])

    def _is_ready(self) -> bool:
        from secretstorage import ItemNotFoundException

        if not self._is_there():
            return False
        try:
            with self._collection() as collection:
                return not collection.is_locked()
        except ItemNotFoundException:
            return False

    def wait_for_bus(self) -> None:
        """Wait until the bus can be called."""
        self._wait_for(self._listens)

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE
        while not condition():
            log = (self.folder / "log").read_text(errors="replace")
            assert time.monotonic() < end, f"the Secret Service does not come up: {log}"
            time.sleep(0.02)


@contextmanager
def bus() -> Iterator[SecretService]:
    """Give a bus without a daemon."""
    folder = Path(tempfile.mkdtemp(prefix="gcp-"))
    try:
        service = SecretService(folder)
        try:
            service.wait_for_bus()
            yield service
        finally:
            service.end()
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(password: bytes | None = PASSWORD) -> Iterator[SecretService]:
    """Give a bus with a daemon; with no password it has no default collection."""
    with bus() as service:
        service.start(password)
        yield service
