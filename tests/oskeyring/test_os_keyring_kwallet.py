"""KWallet, where there is no Secret Service; dbus-python and the wallet are stood in for."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import keyring.backends
import pytest
from support.keyrings import CALLS, Call, refusal, refused_get

from git_credential_pat.oskeyring.keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.secret_service import SecretService

NO_SERVICE = "unix:path=/nonexistent"
"""A bus on which there is no Secret Service."""


class Wallet:
    """What stands in for the D-Bus interface of KWallet, whose names these are."""

    def __init__(self) -> None:
        self.is_open = False
        self.kept: dict[tuple[str, ...], str] = {}

    def __getattr__(self, name: str) -> object:
        calls = {
            "networkWallet": lambda: "kdewallet",
            "isOpen": lambda _wallet: self.is_open,
            "open": self._open,
            "hasFolder": lambda *_: False,
            "hasEntry": lambda _handle, *item: item[:2] in self.kept,
            "readPassword": lambda _handle, *item: self.kept[item[:2]],
            "writePassword": lambda _handle, *item: self.kept.update({item[:2]: item[2]}),
            "removeEntry": lambda _handle, *item: self.kept.pop(item[:2]),
        }
        return calls[name]

    def _open(self, wallet: str, window: int, program: str) -> int:
        assert (wallet, window, bool(program)) == ("kdewallet", 0, True)
        self.is_open = True
        return 7


class Bus:
    """What stands in for the session bus of dbus-python."""

    runs = True

    def __init__(self, **_: object) -> None: ...

    def name_has_owner(self, name: str) -> bool:
        return self.runs and name == "org.kde.kwalletd5"

    def list_activatable_names(self) -> list[str]:
        return ["org.kde.kwalletd5"]

    def get_object(self, name: str, path: str) -> tuple[str, str]:
        return name, path


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wallet]:
    """Return a closed KWallet that the library takes for a real one."""
    wallet = Wallet()
    modules = {name: ModuleType(name) for name in ("dbus", "dbus.mainloop", "dbus.mainloop.glib")}
    of_dbus = {"SessionBus": Bus, "DBusException": OSError, "Interface": lambda *_: wallet}
    vars(modules["dbus"]).update(of_dbus)
    vars(modules["dbus.mainloop.glib"])["DBusGMainLoop"] = object
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/of/the/environment")
    monkeypatch.setenv("KEYRING_PROPERTY_APPID", "")  # which the library would take
    forget_kwallet()
    yield wallet
    forget_kwallet()


def forget_kwallet() -> None:
    """Have the library's module loaded again, with what it finds then."""
    sys.modules.pop("keyring.backends.kwallet", None)
    vars(keyring.backends).pop("kwallet", None)


def test_an_open_kwallet_is_used_where_there_is_no_secret_service(wallet: Wallet) -> None:
    wallet.is_open = True
    keyring = Keyring(session_bus=NO_SERVICE)
    keyring.set("s", "a", "x")
    assert wallet.kept == {("s", "a"): "x"}
    assert (keyring.get("s", "a"), keyring.get("s", "b"), keyring.is_ready()) == ("x", None, True)
    assert keyring.title == "KWallet"
    keyring.delete("s", "a")
    assert wallet.kept == {}
    assert os.environ["DBUS_SESSION_BUS_ADDRESS"] == NO_SERVICE


@pytest.mark.parametrize("call", CALLS)
def test_a_closed_kwallet_is_reported_and_stays_closed(wallet: Wallet, call: Call) -> None:
    assert refusal(call, Keyring(session_bus=NO_SERVICE)).startswith("KWallet is locked; ")
    assert not Keyring(session_bus=NO_SERVICE).is_ready()
    assert not wallet.is_open


def test_where_questions_are_allowed_a_closed_kwallet_is_opened(wallet: Wallet) -> None:
    Keyring(session_bus=NO_SERVICE, interactive=True).set("s", "a", "x")
    assert wallet.is_open
    assert wallet.kept == {("s", "a"): "x"}


def test_where_neither_runs_the_secret_service_is_the_one_that_is_missed(
    wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bus, "runs", False)
    wallet.is_open = True
    assert refused_get(Keyring(session_bus=NO_SERVICE)).startswith("Secret Service is not running; ")


@pytest.mark.needs("gnome-keyring", "dbus")
def test_the_secret_service_comes_before_kwallet(service: SecretService, wallet: Wallet) -> None:
    wallet.is_open = True
    keyring = Keyring(session_bus=service.address)
    keyring.set("s", "a", "x")
    assert service.secrets() == {("s", "a"): "x"}
    assert (wallet.kept, keyring.title) == ({}, "Secret Service")
