"""The operating system's keyring: what it keeps, and what does not steer it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import secret_service
from support.keyrings import run_python

import git_credential_pat
from git_credential_pat.os_keyring import Keyring

if TYPE_CHECKING:
    from support.secret_service import SecretService

PACKAGE = Path(git_credential_pat.__file__).parents[1]

real = pytest.mark.needs("gnome-keyring", "dbus")


# What is kept


@real
def test_a_secret_comes_back_until_it_is_deleted(service: SecretService) -> None:
    keyring = Keyring(session_bus=service.address)
    assert keyring.get("s", "a") is None
    keyring.set("s", "a", "first")
    assert keyring.get("s", "a") == "first"
    keyring.delete("s", "a")
    assert keyring.get("s", "a") is None
    assert service.items() == []


@real
def test_a_secret_is_replaced_and_not_kept_beside_the_old_one(service: SecretService) -> None:
    keyring = Keyring(session_bus=service.address)
    keyring.set("s", "a", "first")
    keyring.set("s", "a", "second")
    assert service.secrets() == {("s", "a"): "second"}


@real
def test_service_and_account_together_name_an_item(service: SecretService) -> None:
    keyring = Keyring(session_bus=service.address)
    for name, account, secret in [("s", "a", "1"), ("s", "b", "2"), ("t", "a", "3")]:
        keyring.set(name, account, secret)
    keyring.delete("s", "b")
    assert service.secrets() == {("s", "a"): "1", ("t", "a"): "3"}
    assert keyring.get("t", "b") is None


@real
@pytest.mark.parametrize("secret", ["", " spaces ", "\N{SNOWMAN}\N{PILE OF POO}", "x" * 100_000, "a\nb\tc"])
def test_every_text_comes_back_as_it_was(service: SecretService, secret: str) -> None:
    Keyring(session_bus=service.address).set("s", "a", secret)
    assert Keyring(session_bus=service.address).get("s", "a") == secret


@real
def test_deleting_what_is_not_there_is_no_error(service: SecretService) -> None:
    Keyring(session_bus=service.address).delete("s", "a")
    assert service.items() == []


@real
def test_what_another_program_keeps_under_the_same_name_is_deleted_too(service: SecretService) -> None:
    keyring = Keyring(session_bus=service.address)
    keyring.set("s", "a", "ours")
    service.make("s", "a", b"theirs")
    assert len(service.items()) == 2
    keyring.delete("s", "a")
    assert service.items() == []


@real
def test_pythons_own_keyring_program_reads_what_is_kept(service: SecretService) -> None:
    Keyring(session_bus=service.address).set("s", "a", "ours")
    finished = subprocess.run(
        [sys.executable, "-I", "-m", "keyring", "get", "s", "a"],
        env=service.environment,
        capture_output=True,
        check=False,
    )
    assert (finished.returncode, finished.stdout) == (0, b"ours\n")


@real
@pytest.mark.needs("secret-tool")
def test_secret_tool_reads_what_is_kept(service: SecretService) -> None:
    Keyring(session_bus=service.address).set("s", "a", "ours")
    command = ["secret-tool", "lookup", "service", "s", "username", "a"]
    assert subprocess.run(command, env=service.environment, capture_output=True, check=True).stdout == b"ours"


# What does not steer it


@real
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
        from git_credential_pat.os_keyring import Keyring
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


@real
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEYRING_PROPERTY_SCHEME", "KeePassXC"),
        ("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/freedesktop/secrets/collection/session"),
        ("KEYRING_PROPERTY_APPID", "other"),
    ],
)
def test_the_librarys_properties_in_the_environment_do_not_count(
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


@real
def test_the_bus_is_the_one_that_is_given_whatever_the_environment_says(
    service: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    Keyring(session_bus=service.address).set("s", "a", "x")
    assert service.secrets() == {("s", "a"): "x"}
    assert os.environ["DBUS_SESSION_BUS_ADDRESS"] == "unix:path=/nonexistent"


# What the tests leave behind


@real
def test_no_daemon_outlives_its_test() -> None:
    with secret_service.running() as service:
        pids = service.pids
        service.stop()
        assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, signal.SIG_DFL)
    assert not service.folder.exists()
