"""`vault`: what the encrypted file is and what opens it, its key slots, and copies of it."""

import json

import click

from git_credential_pat import suggest
from git_credential_pat.agent.starting import give_key
from git_credential_pat.backends.vault import no_vault, open_vault
from git_credential_pat.backends.vault.copies import backup, read_copy, recover
from git_credential_pat.backends.vault.slots import add_slot, place_of_key, rekey, remove_slot
from git_credential_pat.commands.support.passphrase_input import all_ways
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.stdio import say, stdin_is_terminal
from git_credential_pat.system.terminal import confirm
from git_credential_pat.vault.keyslots import KEY_SLOTS, kind_named, name_of, place_of


@click.group("vault", no_args_is_help=False)
def command() -> None:
    """Manage the encrypted file with the tokens.

    \b
    Examples:
      git credential-pat vault info
      git credential-pat vault backup ~/tokens.backup
    """  # noqa: D301  # \b is click's mark for lines to leave as they are


@command.command("info")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@pass_session
def _info(session: Session, *, as_json: bool) -> None:
    """Show what the vault is and what opens it.

    Asks nothing. Shows what it can of a locked vault, with status 3.

    \b
    Examples:
      git credential-pat vault info
      git credential-pat vault info --json
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    backend = open_vault(session.settings, session.unlocking._replace(passphrase=None))
    header = backend.header()
    if header is None:
        raise no_vault(backend)
    locked: LockedError | None = None
    entries: int | None = None
    try:
        entries = len(backend.entries())
    except LockedError as error:
        locked = error
    slots = [
        {"id": slot.id, "kind": name_of(slot), "place": place_of(slot, header, backend.around)}
        for slot in header.slots
    ]
    facts = {
        "path": backend.path,
        "format": "PATS/1",
        "generation": header.generation,
        "size": len(backend.read_bytes() or b""),
        "entries": entries,
    }
    if as_json:
        say(json.dumps({**facts, "slots": slots}, indent=2))
    else:
        facts["size"] = f"{facts['size']} bytes"
        for name, value in facts.items():
            say(f"{name + ':':<12}{'locked' if value is None else value}")
        for slot in slots:
            say(f"slot {slot['id']}:".ljust(12) + f"{slot['kind']}, {slot['place']}")
    if locked:
        raise locked


@command.command("add-slot")
@click.argument("kind", metavar="KIND", type=click.Choice([kind.name for kind in KEY_SLOTS]))
@pass_session
def _add_slot(session: Session, *, kind: str) -> None:
    """Add another way to open the vault.

    KIND is keyring (the desktop's keyring), passphrase or keyfile. Any one slot opens the vault.

    Asks for passphrases on the terminal, or reads them from standard input, a line each: one that opens the
    vault, if needed, then the new one.

    \b
    Examples:
      git credential-pat vault add-slot passphrase
      git credential-pat vault add-slot keyring
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    backend = open_vault(session.settings, _ways_to_change(session))
    header = backend.header()
    slot = add_slot(backend, kind_named(kind))
    place = place_of(slot, header, backend.around) if header else ""
    others = [f"{other.id} ({name_of(other)})" for other in header.slots] if header else []
    also = f"; so does slot {', '.join(others)}, until you remove it" if others else ""
    say(f"Slot {slot.id} ({kind}) opens the vault{also}. Its key is {place}.")


@command.command("remove-slot")
@click.argument("number", metavar="ID", type=click.IntRange(0, 255))
@pass_session
def _remove_slot(session: Session, *, number: int) -> None:
    """Remove a way to open the vault; never the last one.

    First opens the vault with another slot. The removed key still opens older copies of the vault.

    \b
    Examples:
      git credential-pat vault info
      git credential-pat vault remove-slot 1
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    backend = open_vault(session.settings, _ways_to_change(session))
    place = place_of_key(backend, number)
    slot = remove_slot(backend, number)
    say(f"Slot {number} ({name_of(slot)}) no longer opens the vault.")
    say(
        f"Older copies of the vault still open by its key ({place}). If one may be in wrong hands, "
        f"revoke at their hosts the tokens that it holds, and run: {suggest.own('vault', 'rekey')}"
    )


@command.command("rekey")
@pass_session
def _rekey(session: Session) -> None:
    """Give the vault a new data key, for example after a copy was lost.

    Removed keys and those of older copies then open nothing. Every slot stays, so it asks for every
    passphrase.

    \b
    Examples:
      git credential-pat vault rekey
      git credential-pat vault backup ~/before && git credential-pat vault rekey
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    backend = open_vault(session.settings, _ways_to_change(session))
    rekey(backend)
    give_key(session.environment, backend)
    say("The vault has a new data key. The same slots open it.")


@command.command("backup")
@click.argument("file")
@pass_session
def _backup(session: Session, *, file: str) -> None:
    """Copy the vault to a new file.

    The copy is encrypted like the vault. Asks nothing, so it can run at night; of a locked vault, checks only
    the header.

    \b
    Examples:
      git credential-pat vault backup ~/tokens.backup
      git credential-pat vault backup /mnt/backup/vault-$(date +%F)
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    path = session.resolved(file)
    backend = open_vault(session.settings, session.unlocking._replace(passphrase=None))
    header = backup(backend, path)
    kinds = " or ".join(sorted({name_of(slot) for slot in header.slots}))
    say(f"{path} is a copy of the vault. It opens with the current {kinds}.")


@command.command("recover")
@click.argument("file")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def _recover(session: Session, *, file: str, yes: bool) -> None:
    """Replace the vault with a copy.

    Checks the whole copy first, and keeps the replaced vault beside it.

    \b
    Examples:
      git credential-pat vault recover ~/tokens.backup
      git credential-pat vault recover --yes ~/tokens.backup
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    path = session.resolved(file)
    backend = open_vault(session.settings, _ways_to_change(session))
    data, copy = read_copy(backend, path)
    count = f"{len(copy.entries)} entr{'y' if len(copy.entries) == 1 else 'ies'}"
    if backend.read_bytes() is not None and not yes and stdin_is_terminal():
        session.settings.require_prompts("give --yes")
        if not confirm(f"Put {path}, which holds {count}, in place of {backend.path}?"):
            raise PatError("nothing was changed")
    aside = recover(backend, data)
    say(f"The vault holds the {count} of {path}.")
    if aside:
        say(f"The previous vault is {aside}.")


def _ways_to_change(session: Session) -> Unlocking:
    """Return the ways to open a vault that is to change."""
    session.require_own_home()
    return all_ways(session)
