"""A keyring that is locked, hung or absent is told in time, and nobody is asked who may not be."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from support import secret_service
from support.keyrings import CALLS, CANARY, Call, lasting, refusal, refused_get, run_python
from support.secret_service import PROMPTER, SECRETS, SecretService

import git_credential_pat
from git_credential_pat import os_keyring
from git_credential_pat.os_keyring import Keyring

PACKAGE = Path(git_credential_pat.__file__).parents[1]
LOCKED = "Secret Service is locked; unlock it at the desktop, or run: git credential-pat unlock"
ABSENT = "Secret Service is not running; log in at the desktop, or run: git credential-pat unlock"
EMPTY = "Secret Service has no default keyring; make one at the desktop, or run: git credential-pat unlock"
HUNG = "Secret Service does not answer; restart it, or log out and in again"
NO_BUS = "Secret Service is out of reach, for there is no D-Bus session; log in at the desktop"
STILL_ABSENT = "Secret Service is not running; log in at the desktop"
STILL_LOCKED = "Secret Service is locked; unlock it at the desktop"
"""What an interactive call says: `unlock` itself does no better."""

real = pytest.mark.needs("gnome-keyring", "dbus")


# Readiness


@real
def test_an_unlocked_keyring_is_ready_and_asking_that_makes_nothing(service: SecretService) -> None:
    assert Keyring(session_bus=service.address).is_ready()
    assert service.items() == []


@real
@pytest.mark.parametrize("interactive", [False, True])
def test_a_locked_keyring_is_not_ready_and_nobody_is_asked(
    fragile: SecretService, *, interactive: bool
) -> None:
    fragile.lock()
    with lasting(0, 2):
        assert not Keyring(session_bus=fragile.address, interactive=interactive).is_ready()
    assert not fragile.was_prompted


@real
def test_a_hung_keyring_is_not_ready(fragile: SecretService) -> None:
    fragile.stop()
    with lasting(2, 3):
        assert not Keyring(session_bus=fragile.address).is_ready()


@pytest.mark.parametrize("address", ["", "unix:path=/nonexistent", "nonsense", "tcp:host=localhost,port=1"])
def test_no_keyring_is_not_ready(address: str) -> None:
    with lasting(0, 2):
        assert not Keyring(session_bus=address).is_ready()


# Locked, hung, absent


@real
@pytest.mark.parametrize("call", CALLS)
def test_a_locked_keyring_is_told_at_once_and_nobody_is_asked(fragile: SecretService, call: Call) -> None:
    Keyring(session_bus=fragile.address).set("s", "a", CANARY)
    fragile.lock()
    with lasting(0, 2):
        assert refusal(call, Keyring(session_bus=fragile.address)) == LOCKED
    assert not fragile.was_prompted


@real
@pytest.mark.parametrize("call", CALLS)
def test_nobody_is_asked_when_it_is_locked_between_our_look_and_the_librarys(
    fragile: SecretService, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    Keyring(session_bus=fragile.address).set("s", "a", CANARY)
    fragile.lock()
    monkeypatch.setattr("secretstorage.Collection.is_locked", lambda _: False)
    with lasting(0, 2):
        assert refusal(call, Keyring(session_bus=fragile.address)) == LOCKED
    assert not fragile.was_prompted


@real
@pytest.mark.parametrize("call", CALLS)
def test_a_hung_keyring_is_told_within_3_seconds_and_then_at_once(fragile: SecretService, call: Call) -> None:
    keyring = Keyring(session_bus=fragile.address)
    keyring.set("s", "a", CANARY)
    fragile.stop()
    with lasting(2, 3):
        assert refusal(call, keyring) == HUNG
    with lasting(0, 0.1):
        assert refusal(call, keyring) == HUNG
    fragile.cont()
    assert Keyring(session_bus=fragile.address).is_ready()


@real
def test_a_hung_keyring_is_told_as_soon_when_questions_are_allowed(fragile: SecretService) -> None:
    fragile.stop()
    keyring = Keyring(session_bus=fragile.address, interactive=True)
    with lasting(2, 3):
        assert refused_get(keyring) == HUNG


@real
def test_a_hung_bus_is_told_within_3_seconds(fragile: SecretService) -> None:
    with fragile.hung_bus(), lasting(0, 3):
        assert refused_get(Keyring(session_bus=fragile.address)) == HUNG


@real
@pytest.mark.parametrize("call", CALLS)
def test_a_keyring_that_was_killed_is_told_at_once(fragile: SecretService, call: Call) -> None:
    keyring = Keyring(session_bus=fragile.address)
    keyring.set("s", "a", CANARY)
    fragile.kill()
    with lasting(0, 2):
        assert refusal(call, keyring) == ABSENT


@real
def test_a_keyring_that_dies_during_a_call_is_told(fragile: SecretService) -> None:
    fragile.stop()
    timer = threading.Timer(0.5, fragile.kill)
    timer.start()
    with lasting(0.4, 2.4):
        assert refused_get(Keyring(session_bus=fragile.address)) == ABSENT
    timer.join()


@real
def test_a_keyring_that_is_not_running_is_not_started_unless_questions_are_allowed() -> None:
    with secret_service.bus() as bus:
        bus.make_startable(SECRETS, "started")
        with lasting(0, 2):
            assert refused_get(Keyring(session_bus=bus.address)) == ABSENT
        assert not (bus.folder / "started").exists()
        keyring = Keyring(session_bus=bus.address, interactive=True)
        assert refused_get(keyring) == STILL_ABSENT
        assert (bus.folder / "started").exists()


@real
@pytest.mark.parametrize("call", CALLS)
def test_a_missing_default_collection_is_told_and_none_is_made(call: Call) -> None:
    with secret_service.running(password=None) as service:
        with lasting(0, 2):
            assert refusal(call, Keyring(session_bus=service.address)) == EMPTY
        assert not service.was_prompted


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("address", ["unix:path=/nonexistent", "nonsense", "x:", "tcp:host=localhost,port=1"])
def test_a_bus_that_is_not_there_is_told_at_once(address: str, call: Call) -> None:
    with lasting(0, 2):
        assert refusal(call, Keyring(session_bus=address)) == ABSENT


@pytest.mark.parametrize("call", CALLS)
def test_without_a_session_that_is_told_at_once(call: Call) -> None:
    with lasting(0, 0.1):
        assert refusal(call, Keyring()) == NO_BUS
    with lasting(0, 0.1):
        assert refusal(call, Keyring("keyring.backends.SecretService.Keyring")) == NO_BUS


def test_without_a_session_the_library_is_not_loaded() -> None:
    code = """
        import sys
        from git_credential_pat.os_keyring import Keyring
        assert not Keyring().is_ready()
        print(sorted({"keyring", "secretstorage", "jeepney"} & set(sys.modules)))
    """
    assert run_python(code, {"PYTHONPATH": str(PACKAGE)}) == "[]\n"


# Questions that are allowed


@real
@pytest.mark.parametrize("call", CALLS)
def test_where_questions_are_allowed_the_keyring_asks_to_be_unlocked(
    fragile: SecretService, call: Call
) -> None:
    Keyring(session_bus=fragile.address).set("s", "a", CANARY)
    fragile.lock()
    assert refusal(call, Keyring(session_bus=fragile.address, interactive=True)) == STILL_LOCKED
    assert fragile.was_prompted


@real
@pytest.mark.parametrize("call", CALLS)
def test_whoever_does_not_answer_the_keyring_is_not_asked_again(
    fragile: SecretService, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    Keyring(session_bus=fragile.address).set("s", "a", CANARY)
    fragile.lock()
    fragile.make_startable(PROMPTER, "prompted", status=0)
    monkeypatch.setattr(os_keyring, "PROMPT_LIMIT", 1.0)
    keyring = Keyring(session_bus=fragile.address, interactive=True)
    with lasting(1, 2):
        assert refusal(call, keyring) == STILL_LOCKED
    assert fragile.was_prompted
    with lasting(0, 0.5):
        assert refusal(call, keyring) == STILL_LOCKED


@real
@pytest.mark.parametrize("call", CALLS)
def test_a_keyring_that_is_unlocked_when_it_asks_is_used(
    fragile: SecretService, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    Keyring(session_bus=fragile.address).set("s", "a", "x")
    fragile.lock()
    monkeypatch.setattr("secretstorage.Collection.unlock", lambda _: fragile.unlock())
    keyring = Keyring(session_bus=fragile.address, interactive=True)
    assert call(keyring) in ("x", None)
    fragile.lock()
    call(keyring)


@real
def test_a_keyring_that_stays_locked_after_it_asked_is_told(
    fragile: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    Keyring(session_bus=fragile.address).set("s", "a", "x")
    fragile.lock()
    for dismissed in (True, False):
        monkeypatch.setattr("secretstorage.Collection.unlock", lambda _, answer=dismissed: answer)
        assert refused_get(Keyring(session_bus=fragile.address, interactive=True)) == STILL_LOCKED


@real
def test_where_questions_are_allowed_the_keyring_asks_for_a_default_collection() -> None:
    with secret_service.running(password=None) as service:
        assert refused_get(Keyring(session_bus=service.address, interactive=True)) == STILL_LOCKED
        assert service.was_prompted


@real
def test_where_questions_are_allowed_an_unlocked_keyring_asks_none(service: SecretService) -> None:
    keyring = Keyring(session_bus=service.address, interactive=True)
    keyring.set("s", "a", "x")
    assert keyring.get("s", "a") == "x"
    assert not service.was_prompted


def test_a_person_has_a_minute_to_answer() -> None:
    assert (os_keyring.LIMIT, os_keyring.PROMPT_LIMIT) == (2.2, 60.0)


# Keeping


class Forgetful:
    """A keyring that takes everything and keeps nothing."""

    def get_password(self, _service: str, _account: str) -> None:
        return None

    def set_password(self, _service: str, _account: str, _secret: str) -> None:
        return None

    def delete_password(self, _service: str, _account: str) -> None:
        return None


def test_a_keyring_that_does_not_keep_what_it_takes_refused_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os_keyring, "load", lambda *_words, **_options: Forgetful)
    told = refusal(lambda keyring: keyring.set("service", "account", CANARY), Keyring("some.Forgetful"))
    assert told == (
        "some.Forgetful refused (NotKeptError); look at it with the desktop's own program for passwords"
    )
