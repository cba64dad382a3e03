"""The diagnosis of a vault: whether it opens without a question, and which of its slots do."""

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count

from git_credential_pat import suggest
from git_credential_pat.backends.vault import VaultBackend, no_vault
from git_credential_pat.errors import DamagedError, LockedError, PatError
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.finding import Finding, counted, note, ok, problem, refused
from git_credential_pat.text import quoted
from git_credential_pat.vault.format import Header, Slot
from git_credential_pat.vault.keyslots import kind_numbered, name_of, passphrase, place_of


def diagnose(
    backend: VaultBackend, entries: Callable[[], Sequence[Entry]], first_seed: Callable[[], str]
) -> Iterator[Finding]:
    """Return whether the vault is there and opens without a question."""
    try:
        held = entries()
    except (LockedError, DamagedError) as error:
        yield refused(error, _way_on(error, backend))
        return
    if backend.header() is None:
        yield refused(no_vault(backend), first_seed())
        return
    yield ok(f"the vault {quoted(backend.path)} opens and holds {counted(held)}")


def diagnose_slots(backend: VaultBackend) -> Iterator[Finding]:
    """Report for each key slot whether it opens the vault, without asking for a passphrase."""
    header = backend.header()
    if header is None:
        return
    for slot in header.slots:
        yield _slot(slot, header, backend)


def _slot(slot: Slot, header: Header, backend: VaultBackend) -> Finding:
    kind = kind_numbered(slot.kind)
    title = f"slot {slot.id} ({name_of(slot)})"
    if kind is None:
        return note(f"{title} is of a kind that only a later version can use")
    if kind.is_asked:
        return _asked(title, slot, header)
    try:
        backend.open_by((slot,), "")
    except (LockedError, DamagedError) as error:
        return _spare(title, error) if len(header.slots) > 1 else refused(error, _way_on(error, backend))
    return ok(f"{title} opens the vault; its key is {place_of(slot, header, backend.around)}")


def _asked(title: str, slot: Slot, header: Header) -> Finding:
    """Report whether any passphrase could open a passphrase slot, which is not opened."""
    try:
        passphrase.check([slot])
    except DamagedError:
        fix = suggest.own("vault", "remove-slot", str(slot.id)) if len(header.slots) > 1 else None
        return problem(f"{title} opens with no passphrase, because its parameters are not allowed", fix)
    return ok(f"{title} opens the vault with a passphrase")


def _spare(title: str, error: PatError) -> Finding:
    """Report a slot that does not open the vault, if others may."""
    finding = refused(error)
    return note(f"{title} does not open the vault: {finding.text}", finding.fix)


def _way_on(error: PatError, backend: VaultBackend) -> str | None:
    """Return the command for a vault that nothing opens any more: it is moved away, over no other file."""
    if "away and seed again" not in str(error):
        return None
    aside = f"{backend.path}.unusable"
    numbered = (f"{aside}-{number}" for number in count(2))
    free = next(name for name in chain([aside], numbered) if not os.path.lexists(name))
    return f"mv {quoted(backend.path)} {quoted(free)}"
