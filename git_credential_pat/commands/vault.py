"""`vault`: what the encrypted file is and what opens it."""

import json

import click

from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.commands.session import Session, pass_session
from git_credential_pat.errors import PatError
from git_credential_pat.terminal import say
from git_credential_pat.vault.keyslots import kind_numbered


@click.group("vault", no_args_is_help=False)
def command() -> None:
    """Look after the encrypted file that holds the tokens."""


@command.command("info")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@pass_session
def _info(session: Session, *, as_json: bool) -> None:
    """Tell where the vault lies, what opens it, and how much is in it."""
    backend = session.backend
    if not isinstance(backend, VaultBackend):
        raise PatError("the backend in use is no vault; give --backend vault")
    opened = backend.open()
    if opened is None:
        raise PatError(f"there is no vault at {backend.path} yet; run: git credential-pat seed URL")
    facts: dict[str, object] = {
        "path": backend.path,
        "key": backend.key_path,
        "format": "PATS/1",
        "generation": opened.header.generation,
        "size": opened.size,
        "entries": len(opened.entries),
        "slots": [{"id": slot.id, "kind": kind_numbered(slot.kind).name} for slot in opened.header.slots],
    }
    if as_json:
        say(json.dumps(facts, indent=2))
        return
    facts["slots"] = ", ".join(f"{slot.id} ({kind_numbered(slot.kind).name})" for slot in opened.header.slots)
    facts["size"] = f"{opened.size} bytes"
    for name, value in facts.items():
        say(f"{name + ':':<12}{value}")
