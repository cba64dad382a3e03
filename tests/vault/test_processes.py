"""Several real processes on one vault at once."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from support.vaults import Place, store, token, vault_process

from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.errors import PatError
from git_credential_pat.system.files import LOCK_TIMEOUT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator


@contextmanager
def begun(place: Place, command: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that has begun its command; it is killed at the end."""
    with vault_process(place, command, *arguments) as process:
        try:
            begin(process)
            yield process
        finally:
            process.kill()


@contextmanager
def held(place: Place) -> Iterator[subprocess.Popen[str]]:
    """Have another process hold the vault's lock."""
    with begun(place, "hold") as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        yield holder


def begin(*processes: subprocess.Popen[str]) -> None:
    """Have processes begin together, once all are ready."""
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("begin\n")
        process.stdin.flush()


@pytest.mark.parametrize(("writers", "each"), [(2, 20), (8, 5)])
def test_processes_that_store_entries_at_once_lose_none_from_the_first_commit_on(
    place: Place, writers: int, each: int
) -> None:
    processes = [vault_process(place, "store", f"writer{number}", str(each)) for number in range(writers)]
    begin(*processes)
    ends = [(*process.communicate(timeout=60), process.returncode) for process in processes]
    assert ends == [("", "", 0)] * writers
    names = sorted(entry.scope.path[0].decode() for entry in place.backend().entries())
    assert names == sorted(f"writer{number}-{at}" for number in range(writers) for at in range(each))
    opened = place.backend().open()
    assert opened is not None
    assert opened.header.generation == writers * each
    assert place.temporaries() == []


def test_a_reader_sees_nothing_but_the_old_or_the_new_contents(place: Place) -> None:
    store(place.backend(), *(token(f"entry-{number}", b"old") for number in range(50)))
    seen: set[bytes] = set()
    with begun(place, "alternate", "old", "new") as writer:
        end = time.monotonic() + 1.5
        while time.monotonic() < end or len(seen) < 2:
            kept = place.backend().entries()
            secrets = {entry.secret for entry in kept}
            assert (len(kept), len(secrets)) == (50, 1), "half of one commit and half of another"
            seen |= secrets
        assert writer.poll() is None
    assert seen == {b"old", b"new"}


def test_readers_do_not_wait_for_the_lock(filled: Place) -> None:
    with held(filled):
        impatient = VaultBackend(filled.settings, lock_timeout=0)
        assert len(impatient.entries()) == 1
        impatient.apply([])


def test_a_writer_waits_while_another_holds_the_lock(filled: Place) -> None:
    with ExitStack() as stack:
        holder = stack.enter_context(held(filled))
        writer = stack.enter_context(begun(filled, "store", "waiting", "1"))
        time.sleep(0.7)
        assert writer.poll() is None
        assert len(filled.backend().entries()) == 1
        assert holder.stdin
        holder.stdin.close()
        assert writer.wait(timeout=5) == 0
        assert len(filled.backend().entries()) == 2


def test_a_lock_that_is_not_freed_is_a_clear_error_and_changes_nothing(filled: Place) -> None:
    impatient = VaultBackend(filled.settings, lock_timeout=0.4)
    files, handler = filled.files(), signal.getsignal(signal.SIGALRM)
    with held(filled):
        start = time.monotonic()
        with pytest.raises(
            PatError,
            match=f"{filled.lock} was locked by other processes for 0 s; .*: fuser ",
        ):
            store(impatient, token("contoso"))
        assert 0.4 <= time.monotonic() - start < LOCK_TIMEOUT / 2
    assert LOCK_TIMEOUT == 15.0, "seconds that everybody else waits"
    assert filled.files() == files
    assert signal.getsignal(signal.SIGALRM) == handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    store(filled.backend(), token("contoso"))


def test_a_commit_that_fails_frees_the_lock(filled: Place) -> None:
    filled.vault.chmod(0o644)
    with pytest.raises(PatError) as refused:
        filled.backend().replace(b"", "aside")
    filled.vault.chmod(0o600)
    store(VaultBackend(filled.settings, lock_timeout=0), token("contoso"))
    assert "other users can reach" in str(refused.value)


def test_no_alarm_is_left_behind_when_the_lock_was_waited_for(filled: Place) -> None:
    handler = signal.getsignal(signal.SIGALRM)
    with held(filled) as holder:
        release = threading.Timer(0.3, holder.kill)
        release.start()
        filled.backend().apply([Change(None, token("contoso"))])
        left = signal.getitimer(signal.ITIMER_REAL)
        release.join()
    assert left == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == handler
    assert len(filled.backend().entries()) == 2


def test_of_two_changes_of_one_entry_the_second_is_reported(place: Place) -> None:
    store(place.backend(), token("fabrikam", b"0"))
    with begun(place, "count", "fabrikam") as other:
        assert other.stdout
        assert other.stdout.readline() == "1\n"
        before = token("fabrikam", b"0")
        with pytest.raises(PatError, match="another process keeps changing the same entry"):
            place.backend().apply([Change(before, before._replace(secret=b"lost"))])
    (entry,) = place.backend().entries()
    assert int(entry.secret) >= 1
