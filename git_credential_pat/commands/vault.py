"""`vault`: what the encrypted file is and what opens it, its key slots, and copies of it."""

import json

import click

from git_credential_pat import suggest
from git_credential_pat.agent.starting import give_key
from git_credential_pat.backends.vault import no_vault, open_vault
from git_credential_pat.backends.vault.copies import backup, read_copy, recover
from git_credential_pat.backends.vault.slots import add_slot, place_of_key, rekey, remove_slot
from git_credential_pat.commands.support.passphrase_input import PassphraseInput
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.stdio import say, stdin_is_terminal
from git_credential_pat.system.terminal import confirm
from git_credential_pat.vault.keyslots import KEY_SLOTS, kind_named, name_of, place_of


@click.group("vault", no_args_is_help=False)
def command() -> None:
    """Look after the encrypted file that holds the tokens, and after what opens it."""


@command.command("info")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@pass_session
def _info(session: Session, *, as_json: bool) -> None:
    """Tell what the vault is and what opens it.

    Nobody is asked anything: of a locked vault it tells what can be told, with status 3.
    """
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

    KIND is keyring, passphrase or keyfile. Any one slot opens the vault.

    Passphrases are asked for on the terminal. If standard input is no terminal, they are its first lines: one
    that opens the vault, if it takes one, then the one for the slot.
    """
    backend = open_vault(session.settings, _all_ways(session))
    header = backend.header()
    slot = add_slot(backend, kind_named(kind))
    place = place_of(slot, header, backend.around) if header else ""
    say(f"Slot {slot.id} ({kind}) opens the vault too; its key is {place}.")


@command.command("remove-slot")
@click.argument("number", metavar="ID", type=click.IntRange(0, 255))
@pass_session
def _remove_slot(session: Session, *, number: int) -> None:
    """Remove a way to open the vault.

    Another one must open it, which is tried first. The key itself stays where it is, for copies of the
    vault that open by it.
    """
    backend = open_vault(session.settings, _all_ways(session))
    place = place_of_key(backend, number)
    slot = remove_slot(backend, number)
    say(f"Slot {number} ({name_of(slot)}) does not open the vault any more.")
    say(
        f"Older copies of the vault still open by its key ({place}). If one may be in wrong hands, "
        f"revoke at their hosts the tokens that it holds, and run: {suggest.own('vault', 'rekey')}"
    )


@command.command("rekey")
@pass_session
def _rekey(session: Session) -> None:
    """Give the vault another data key.

    Then the keys of removed slots and of older copies open nothing of it any more. Each slot stays, so the
    key of each is needed: every passphrase is asked for.
    """
    backend = open_vault(session.settings, _all_ways(session))
    rekey(backend)
    give_key(session.environment, backend)
    say("The vault has another data key; its slots open it as before.")


@command.command("backup")
@click.argument("file")
@pass_session
def _backup(session: Session, *, file: str) -> None:
    """Copy the vault to a file.

    FILE must not be there yet. The copy is encrypted as the vault is. Nobody is asked anything, so that it
    can run at night; of a locked vault only the header is checked.
    """
    path = session.resolved(file)
    backend = open_vault(session.settings, session.unlocking._replace(passphrase=None))
    header = backup(backend, path)
    kinds = " or ".join(sorted({name_of(slot) for slot in header.slots}))
    say(f"{path} is a copy of the vault. It opens by the {kinds} of today.")


@command.command("recover")
@click.argument("file")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_session
def _recover(session: Session, *, file: str, yes: bool) -> None:
    """Put a copy in the vault's place.

    All of FILE is read and checked first. The vault that it replaces is kept beside it.
    """
    path = session.resolved(file)
    backend = open_vault(session.settings, _all_ways(session))
    data, copy = read_copy(backend, path)
    count = f"{len(copy.entries)} entr{'y' if len(copy.entries) == 1 else 'ies'}"
    if backend.read_bytes() is not None and not yes and stdin_is_terminal():
        session.settings.require_prompts("give --yes")
        if not confirm(f"Put {path}, which holds {count}, in the place of {backend.path}?"):
            raise PatError("nothing was changed")
    aside = recover(backend, data)
    say(f"The vault holds the {count} of {path}.")
    if aside:
        say(f"The vault of before is {aside}.")


def _all_ways(session: Session) -> Unlocking:
    """Return whatever means there are to open the vault; standard input may bring a passphrase."""
    given = PassphraseInput(session.settings)
    return session.unlocking._replace(
        passphrase=given.ask, choose=given.choose, interactive=session.may_prompt
    )
