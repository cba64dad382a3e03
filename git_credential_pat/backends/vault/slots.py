"""What users do with a vault's key slots: add one, remove one, and give the vault another data key.

Keys are found, and passphrases asked for, before the vault's lock is taken, so that nobody waits for a
human; if the slots changed meanwhile, nothing is done.
"""

from git_credential_pat import suggest
from git_credential_pat.backends.vault import Opened, VaultBackend, no_vault
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.vault import keyslots
from git_credential_pat.vault.format import KEY_SIZE, NONCE_SIZE, SLOT_LIMIT, Header, Parsed, Slot, wrap
from git_credential_pat.vault.keyslots import Kind, passphrase


def add_slot(backend: VaultBackend, kind: Kind) -> Slot:
    """Add a slot of a kind and return it; raises PatError if there can be none or its key is not there."""
    slots = _snapshot(backend).header.slots
    same = next((slot for slot in slots if slot.kind == kind.number), None)
    if same and not kind.is_asked:
        raise PatError(f"the vault has a {kind.name} slot already, slot {same.id}; nothing was changed")
    if len(slots) == SLOT_LIMIT:
        raise PatError(f"a vault has at most {SLOT_LIMIT} slots; remove one first")
    opened = _open(backend)
    number = next(number for number in range(1, 256) if number not in {slot.id for slot in slots})
    slot = keyslots.make_slot(kind, number, opened.data_key, opened.header.store_id, backend.around)
    _replace_slots(backend, slots, (*slots, slot), opened.data_key)
    return slot


def remove_slot(backend: VaultBackend, number: int) -> Slot:
    """Remove a slot and return it. The vault must open by one of the others, which is tried."""
    header = _snapshot(backend).header
    slot = _slot_numbered(header, number)
    rest = tuple(other for other in header.slots if other is not slot)
    if not rest:
        raise PatError(
            "it is the last slot, and nothing else opens the vault; "
            f"add another first: {suggest.own('vault', 'add-slot', 'KIND')}"
        )
    data_key = backend.open_by(rest, f", by another slot than {number}")
    _replace_slots(backend, header.slots, rest, data_key)
    return slot


def rekey(backend: VaultBackend) -> None:
    """Give the vault another data key, wrapped in all of its slots at once.

    Raises PatError, and changes nothing, if one of their keys is not available.
    """
    parsed = _snapshot(backend)
    header = parsed.header
    with backend.naming():
        slots = [(slot, _kind_of(slot)) for slot in header.slots]
        # All slots are looked at before anyone is asked for a passphrase.
        passphrase.check([slot for slot, kind in slots if kind.name == "passphrase"])
        found = [_found_key(slot, kind, header, backend) for slot, kind in slots]
        backend.learn(keyslots.opened(*found[0], header.store_id), parsed)
    data_key = backend.around.randomness(KEY_SIZE)
    rewrapped = tuple(_rewrapped(slot, key, data_key, header.store_id, backend) for slot, key in found)
    _replace_slots(backend, header.slots, rewrapped, data_key)


def place_of_key(backend: VaultBackend, number: int) -> str:
    """Return where the key of a slot is; empty if there is no such slot."""
    header = backend.header()
    slots = header.slots if header else ()
    return "".join(
        keyslots.place_of(slot, header, backend.around) for slot in slots if header and slot.id == number
    )


def _snapshot(backend: VaultBackend) -> Parsed:
    """Return what says which slots there are, so that nobody is asked anything in vain."""
    parsed = backend.snapshot()
    if parsed is None:
        raise no_vault(backend)
    return parsed


def _open(backend: VaultBackend) -> Opened:
    opened = backend.open()
    if opened is None:
        raise no_vault(backend)
    return opened


def _slot_numbered(header: Header, number: int) -> Slot:
    slot = next((slot for slot in header.slots if slot.id == number), None)
    if slot is None:
        known = ", ".join(f"{slot.id} ({keyslots.name_of(slot)})" for slot in header.slots)
        raise UsageError(f"the vault has no slot {number}; its slots are: {known}")
    return slot


def _kind_of(slot: Slot) -> Kind:
    kind = keyslots.kind_numbered(slot.kind)
    if kind is None:
        raise PatError(
            f"slot {slot.id} is of a kind that only a later version can use; rekey with that version"
        )
    return kind


def _found_key(slot: Slot, kind: Kind, header: Header, backend: VaultBackend) -> tuple[Slot, bytes]:
    is_one_of_several = sum(other.kind == slot.kind for other in header.slots) > 1
    note = f", slot {slot.id}" if is_one_of_several else ""
    return kind.face.find_key([slot], header.store_id, backend.around.noting(note))


def _rewrapped(slot: Slot, key: bytes, data_key: bytes, store_id: bytes, backend: VaultBackend) -> Slot:
    nonce = backend.around.randomness(NONCE_SIZE)
    return wrap(data_key, key, store_id, slot._replace(nonce=nonce))


def _replace_slots(
    backend: VaultBackend, before: tuple[Slot, ...], after: tuple[Slot, ...], data_key: bytes
) -> None:
    def successor(opened: Opened) -> Opened:
        if opened.header.slots != before:
            raise PatError("another process changed the vault's slots; nothing was changed, try again")
        return opened._replace(header=opened.header._replace(slots=after), data_key=data_key)

    backend.rewrite(successor)
