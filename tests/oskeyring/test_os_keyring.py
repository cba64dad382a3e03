"""The operating system's keyring: what it keeps, and what does not steer it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.keyrings import run_python

import git_credential_pat
from git_credential_pat.oskeyring.keyring import Keyring

if TYPE_CHECKING:
    from support.secret_service import SecretService

PACKAGE = Path(git_credential_pat.__file__).parents[1]

pytestmark = pytest.mark.needs("gnome-keyring", "dbus")


@pytest.fixture
def keyring(service: SecretService) -> Keyring:
    return Keyring(session_bus=service.address)


# What is kept


def test_service_and_account_together_name_a_secret_that_is_replaced_and_deleted(
    service: SecretService, keyring: Keyring
) -> None:
    assert keyring.is_ready()
    assert keyring.get("s", "a") is None
    keyring.delete("s", "a")
    assert service.items() == []
    for name, account, secret in [("s", "a", "1"), ("s", "b", "2"), ("t", "a", "3"), ("s", "a", "4")]:
        keyring.set(name, account, secret)
    keyring.delete("s", "b")
    assert service.secrets() == {("s", "a"): "4", ("t", "a"): "3"}
    assert (keyring.get("s", "a"), keyring.get("s", "b"), keyring.get("t", "b")) == ("4", None, None)


@pytest.mark.parametrize("secret", ["", " spaces ", "\N{SNOWMAN}\N{PILE OF POO}", "x" * 100_000, "a\nb\tc"])
def test_every_text_comes_back_as_it_was(service: SecretService, keyring: Keyring, secret: str) -> None:
    keyring.set("s", "a", secret)
    assert Keyring(session_bus=service.address).get("s", "a") == secret


def test_what_another_program_keeps_under_the_same_name_is_deleted_too(
    service: SecretService, keyring: Keyring
) -> None:
    keyring.set("s", "a", "ours")
    service.make("s", "a", b"theirs")
    assert len(service.items()) == 2
    keyring.delete("s", "a")
    assert service.items() == []


@pytest.mark.needs("secret-tool")
def test_secret_tool_reads_what_is_kept(service: SecretService, keyring: Keyring) -> None:
    keyring.set("s", "a", "ours")
    command = ["secret-tool", "lookup", "service", "s", "username", "a"]
    assert subprocess.run(command, env=service.environment, capture_output=True, check=True).stdout == b"ours"


# What does not steer it


def test_a_hostile_environment_and_configuration_of_the_library_run_nothing(
    service: SecretService, tmp_path: Path
) -> None:
    mark = tmp_path / "was-run"
    (tmp_path / "hostile.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    configuration = f"[backend]\ndefault-keyring=hostile.Keyring\nkeyring-path={tmp_path}\n"
    for name in ("config", "data"):
        (tmp_path / name / "python_keyring").mkdir(parents=True)
        (tmp_path / name / "python_keyring/keyringrc.cfg").write_text(configuration)
    hostile = {
        "HOME": str(tmp_path),
        "PYTHONPATH": f"{tmp_path}:{PACKAGE}",
        "PYTHON_KEYRING_BACKEND": "hostile.Keyring",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    code = f"""
        from git_credential_pat.oskeyring.keyring import Keyring
        keyring = Keyring(session_bus={service.address!r})
        assert keyring.is_ready()
        keyring.set("s", "a", "x")
        print(keyring.get("s", "a"))
        keyring.delete("s", "a")
    """
    assert run_python(code, hostile) == "x\n"
    assert not mark.exists()
    for without in ("XDG_CONFIG_HOME", "PYTHON_KEYRING_BACKEND"):  # each would have run it by itself
        lure = "try:\n import keyring; keyring.get_password('s', 'a')\nexcept Exception: pass"
        run_python(lure, {name: value for name, value in hostile.items() if name != without})
        assert mark.exists()
        mark.unlink()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEYRING_PROPERTY_SCHEME", "KeePassXC"),
        ("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/freedesktop/secrets/collection/session"),
        ("KEYRING_PROPERTY_APPID", "other"),
        ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"),
    ],
)
def test_the_environment_does_not_count(
    service: SecretService, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    Keyring(session_bus=service.address).set("s", "a", "x")
    ((attributes, _, secret),) = service.items()
    assert {**attributes, "xdg:schema": "any"} == {
        "application": "Python keyring library",
        "service": "s",
        "username": "a",
        "xdg:schema": "any",
    }
    assert secret == b"x"
    assert os.environ[name] == value
