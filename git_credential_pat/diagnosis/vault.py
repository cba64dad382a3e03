"""The vault: who can reach it, whether it opens without asking anybody, and which of its slots do."""

import os
from collections.abc import Iterator, Sequence
from itertools import chain, count

from git_credential_pat.backends.vault import NAME, VaultBackend, no_vault
from git_credential_pat.diagnosis.support.finding import Finding, note, ok, problem, refused
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import DamagedError, LockedError, PatError
from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import Entry
from git_credential_pat.system.files import Folder
from git_credential_pat.text import quoted
from git_credential_pat.vault.format import Header, Slot
from git_credential_pat.vault.keyslots import kind_numbered, name_of, passphrase, place_of
from git_credential_pat.vault.keyslots.keyfile import NAME as KEY

_SEED = "git credential-pat seed https://dev.azure.com/ORGANIZATION"


def check_permissions(around: Surroundings) -> Iterator[Finding]:
    """Tell what of the program's own folders and files others could reach, or the user cannot write."""
    found = 0
    for folder, name in ((around.settings.data_folder, NAME), (around.settings.config_folder, KEY)):
        try:
            Folder(folder).glance(name, 1)
        except PatError as error:
            found += 1
            yield refused(error)
            continue
        if os.path.isdir(folder) and not os.access(folder, os.W_OK):
            found += 1
            yield _unwritable(folder)
    if not found:
        yield ok("the program's folders are the user's alone")


def check_vault(around: Surroundings) -> Iterator[Finding]:
    """Tell whether the vault is there and opens without a question."""
    backend = around.backend
    if not isinstance(backend, VaultBackend):
        yield ok(f"the keyring holds {_tokens(around.entries)}")
        return
    try:
        opened = backend.open()
    except (LockedError, DamagedError) as error:
        yield refused(error, _way_on(error, backend))
        return
    if opened is None:
        yield refused(no_vault(backend), _first_seed(around))
        return
    yield ok(f"the vault {quoted(backend.path)} opens and holds {_tokens(opened.entries)}")


def check_slots(around: Surroundings) -> Iterator[Finding]:
    """Tell for each key slot whether it opens the vault; a passphrase is not asked for."""
    if not isinstance(around.backend, VaultBackend):
        return
    header = around.backend.header()
    if header is None:
        return
    for slot in header.slots:
        yield _slot(slot, header, around.backend)


def _tokens(entries: Sequence[Entry]) -> str:
    return f"{len(entries)} token{'' if len(entries) == 1 else 's'}"


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
    return ok(f"{title} opens the vault, its key {place_of(slot, header, backend.around)}")


def _asked(title: str, slot: Slot, header: Header) -> Finding:
    """Tell of a passphrase slot, which is not opened, whether any passphrase could."""
    try:
        passphrase.check([slot])
    except DamagedError:
        mend = f"git credential-pat vault remove-slot {slot.id}" if len(header.slots) > 1 else None
        return problem(f"{title} opens by no passphrase, for its parameters are not allowed", mend)
    return ok(f"{title} opens the vault by what the user knows")


def _spare(title: str, error: PatError) -> Finding:
    """Tell of a slot that does not open the vault where others may."""
    finding = refused(error)
    return note(f"{title} does not open the vault: {finding.text}", finding.mend)


def _way_on(error: PatError, backend: VaultBackend) -> str | None:
    """Return the command for a vault that nothing opens any more: it is moved away, over no other file."""
    if "away and seed again" not in str(error):
        return None
    aside = f"{backend.path}.unusable"
    numbered = (f"{aside}-{number}" for number in count(2))
    free = next(name for name in chain([aside], numbered) if not os.path.lexists(name))
    return f"mv {quoted(backend.path)} {quoted(free)}"


def _first_seed(around: Surroundings) -> str:
    """Return the command that seeds the first token: for the current repository if it can be told."""
    urls = (remote.url for remote in around.remotes)
    named = next((url.scope for url in urls if url and family_of(url.scope).name == "azure-devops"), None)
    return f"git credential-pat seed {quoted(named.text)}" if named else _SEED


def _unwritable(folder: str) -> Finding:
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return note(
            f"{quoted(folder)} is on a read-only file system: its tokens can be used, but not changed"
        )
    return problem(f"{quoted(folder)} cannot be written", f"chmod u+rwx {quoted(folder)}")
