"""What is told of a vault when its first token makes it: where it lies and what opens it."""

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.commands.session import Session
from git_credential_pat.vault.keyslots import name_of, place_of


def is_first(session: Session) -> bool:
    """Whether a token makes the vault; one that cannot be used is told before anything is asked."""
    return isinstance(session.backend, VaultBackend) and session.backend.open() is None


def place_line(backend: VaultBackend) -> str:
    """Return the line for a vault just made; empty if there is none."""
    header = backend.header()
    if header is None:
        return ""
    slot = header.slots[0]
    line = f"The vault lies encrypted in {backend.path}, the key {place_of(slot, header, backend.around)}"
    if name_of(slot) == "keyfile":
        line += (
            ": who can read both can read your tokens "
            "(stronger, by passphrase or keyring: git credential-pat vault add-slot --help)"
        )
    return f"{line}."
