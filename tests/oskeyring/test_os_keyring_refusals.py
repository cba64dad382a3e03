"""A keyring that is locked, hung or absent is reported in time, and nobody is asked if that is forbidden."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from support import secret_service
from support.keyrings import CALLS, CANARY, Call, lasting, refusal, refused_get, run_python
from support.secret_service import PROMPTER, SECRETS, SecretService

import git_credential_pat
from git_credential_pat.oskeyring import keyring as os_keyring
from git_credential_pat.oskeyring.keyring import Keyring

PACKAGE = Path(git_credential_pat.__file__).parents[1]
LOCKED = "Secret Service is locked; unlock it at the desktop, or run: git credential-pat unlock"
ABSENT = "Secret Service is not running; log in at the desktop, or run: git credential-pat unlock"
EMPTY = "Secret Service has no default keyring; make one at the desktop, or run: git credential-pat unlock"
HUNG = "Secret Service does not answer; restart it, or log out and in again"
NO_BUS = "Secret Service cannot be reached, as there is no D-Bus session; log in at the desktop"
STILL_ABSENT = "Secret Service is not running; log in at the desktop"
STILL_LOCKED = "Secret Service is locked; unlock it at the desktop"
"""What an interactive call says: `unlock` itself does no better."""
AT_ONCE = 2
"""Less than a hung keyring takes, and much more than what comes at once."""
IN_TIME = 4
"""Seconds in which a hung keyring is reported also on a busy machine, but for one call's limit, not two."""

real = pytest.mark.needs("gnome-keyring", "dbus")


def keyring_on(service: SecretService, *, interactive: bool = False) -> Keyring:
    return Keyring(session_bus=service.address, interactive=interactive)


@pytest.fixture
def locked(fragile: SecretService) -> SecretService:
    """A Secret Service that holds a secret and is locked."""
    keyring_on(fragile).set("s", "a", CANARY)
    fragile.lock()
    return fragile


# Locked, hung, absent


@real
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("seems_open", [False, True])
def test_a_locked_keyring_is_reported_at_once_and_nobody_is_asked(
    locked: SecretService, call: Call, monkeypatch: pytest.MonkeyPatch, *, seems_open: bool
) -> None:
    if seems_open:  # as if it were locked between our look and the library's
        monkeypatch.setattr("secretstorage.Collection.is_locked", lambda _: False)
    with lasting(0, AT_ONCE):
        assert refusal(call, keyring_on(locked)) == LOCKED
        assert seems_open or not keyring_on(locked, interactive=True).is_ready()
    assert not locked.was_prompted


@real
@pytest.mark.parametrize("call", CALLS)
def test_a_hung_keyring_is_reported_in_time_and_then_at_once(fragile: SecretService, call: Call) -> None:
    keyring = keyring_on(fragile)
    keyring.set("s", "a", CANARY)
    fragile.stop()
    with lasting(2, IN_TIME):
        assert refusal(call, keyring) == HUNG
    with lasting(0, AT_ONCE):
        assert refusal(call, keyring) == HUNG
        assert not keyring.is_ready()
    fragile.cont()
    assert keyring_on(fragile).is_ready()


@real
def test_a_hung_keyring_is_reported_as_soon_when_questions_are_allowed(fragile: SecretService) -> None:
    fragile.stop()
    with lasting(2, IN_TIME):
        assert refused_get(keyring_on(fragile, interactive=True)) == HUNG


@real
def test_a_hung_bus_is_reported_in_time(fragile: SecretService) -> None:
    with fragile.hung_bus(), lasting(0, IN_TIME):
        assert refused_get(keyring_on(fragile)) == HUNG


@real
@pytest.mark.parametrize("call", CALLS)
def test_a_keyring_that_was_killed_is_reported_at_once(fragile: SecretService, call: Call) -> None:
    keyring = keyring_on(fragile)
    keyring.set("s", "a", CANARY)
    fragile.kill()
    with lasting(0, AT_ONCE):
        assert refusal(call, keyring) == ABSENT


@real
def test_a_keyring_that_dies_during_a_call_is_reported(fragile: SecretService) -> None:
    fragile.stop()
    timer = threading.Timer(0.5, fragile.kill)
    timer.start()
    with lasting(0.4, IN_TIME):
        assert refused_get(keyring_on(fragile)) == ABSENT
    timer.join()


@real
def test_a_keyring_that_is_not_running_is_not_started_unless_questions_are_allowed() -> None:
    with secret_service.bus() as bus:
        bus.make_startable(SECRETS, "started")
        with lasting(0, AT_ONCE):
            assert refused_get(keyring_on(bus)) == ABSENT
        assert not (bus.folder / "started").exists()
        assert refused_get(keyring_on(bus, interactive=True)) == STILL_ABSENT
        assert (bus.folder / "started").exists()


@real
def test_a_missing_default_collection_is_reported_and_asked_for_only_where_questions_are_allowed() -> None:
    with secret_service.running(password=None) as service:
        with lasting(0, AT_ONCE):
            assert refused_get(keyring_on(service)) == EMPTY
            assert refusal(lambda keyring: keyring.set("s", "a", CANARY), keyring_on(service)) == EMPTY
        assert not service.was_prompted
        assert refused_get(keyring_on(service, interactive=True)) == STILL_LOCKED
        assert service.was_prompted


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("address", ["unix:path=/nonexistent", "nonsense", "x:", "tcp:host=localhost,port=1"])
def test_a_bus_that_is_not_there_is_reported_at_once(address: str, call: Call) -> None:
    with lasting(0, AT_ONCE):
        assert refusal(call, Keyring(session_bus=address)) == ABSENT
        assert not Keyring(session_bus=address).is_ready()


@pytest.mark.parametrize("name", ["", "keyring.backends.SecretService.Keyring"])
def test_without_a_session_that_is_reported_and_the_library_is_not_loaded(name: str) -> None:
    assert refused_get(Keyring(name)) == NO_BUS
    code = f"""
        import sys
        from git_credential_pat.oskeyring.keyring import Keyring
        assert not Keyring({name!r}).is_ready()
        print(sorted({{"keyring", "secretstorage", "jeepney"}} & set(sys.modules)))
    """
    assert run_python(code, {"PYTHONPATH": str(PACKAGE)}) == "[]\n"


# Questions that are allowed


@real
@pytest.mark.parametrize("call", CALLS)
def test_where_questions_are_allowed_the_keyring_asks_to_be_unlocked(
    locked: SecretService, call: Call
) -> None:
    assert refusal(call, keyring_on(locked, interactive=True)) == STILL_LOCKED
    assert locked.was_prompted


@real
def test_whoever_does_not_answer_the_keyring_is_not_asked_again(
    locked: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked.make_startable(PROMPTER, "prompted", status=0)
    monkeypatch.setattr(os_keyring, "PROMPT_LIMIT", 1.0)
    keyring = keyring_on(locked, interactive=True)
    with lasting(1, IN_TIME):
        assert refused_get(keyring) == STILL_LOCKED
    assert locked.was_prompted
    with lasting(0, 1):
        assert refused_get(keyring) == STILL_LOCKED


@real
@pytest.mark.parametrize("call", CALLS)
def test_a_keyring_that_is_unlocked_when_it_asks_is_used(
    locked: SecretService, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secretstorage.Collection.unlock", lambda _: locked.unlock())
    keyring = keyring_on(locked, interactive=True)
    assert call(keyring) in (CANARY, None)
    locked.lock()
    call(keyring)
    call(keyring)
    assert not locked.was_prompted


@real
@pytest.mark.parametrize("dismissed", [True, False])
def test_a_keyring_that_stays_locked_after_it_asked_is_reported(
    locked: SecretService, monkeypatch: pytest.MonkeyPatch, *, dismissed: bool
) -> None:
    monkeypatch.setattr("secretstorage.Collection.unlock", lambda _: dismissed)
    assert refused_get(keyring_on(locked, interactive=True)) == STILL_LOCKED
