"""The keyring slot with a real Secret Service: unlocked, locked, hung, gone, and with its items changed."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import pytest
from support.checks import files, only_entry, refusal, said, slots
from support.program import AZURE_TOKEN, FABRIKAM, NO_AGENT, Program, attributes

if TYPE_CHECKING:
    from support.secret_service import SecretService

pytestmark = pytest.mark.needs("gnome-keyring", "dbus")

SERVICE = "git-credential-pat"
REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/_git/web")
LOCKED = "Secret Service is locked; unlock it at the desktop, or run: git credential-pat unlock"


@pytest.fixture
def desktop(program: Program, fragile: SecretService) -> Program:
    """Return a program at a desktop with an unlocked keyring."""
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = fragile.address
    return program


@pytest.fixture
def filled(desktop: Program) -> Program:
    """Return a program whose vault opens by the keyring."""
    desktop.seed(FABRIKAM, AZURE_TOKEN)
    return desktop


def account(program: Program) -> str:
    return program.vault.read_bytes()[16:32].hex()


def unchanged_refusal(program: Program, status: int, *command: str) -> str:
    """Return what a refused command says, after seeing that it came soon and changed no file."""
    before, start = kept(program), time.monotonic()
    said = refusal(program.run(*command, stdin=REQUEST), status)
    assert time.monotonic() - start < 15, "a keyring that hangs is waited for 2.2 s, by D-Bus itself 25 s"
    assert kept(program) == before
    return said


def kept(program: Program) -> dict[str, bytes]:
    """Return all files but those of the agent."""
    return {name: data for name, data in files(program).items() if not name.startswith(".cache/")}


def test_the_first_token_makes_a_vault_that_the_keyring_opens_and_says_so(
    desktop: Program, fragile: SecretService
) -> None:
    shown = said(desktop.seed(FABRIKAM, AZURE_TOKEN))
    place = f"Secret Service (service {SERVICE}, account {account(desktop)})"
    assert shown[1] == f"The encrypted vault is {desktop.vault}; its key is in {place}."
    assert "stronger" not in "".join(shown)
    ((where, text),) = fragile.secrets().items()
    assert where == (SERVICE, account(desktop))
    assert len(base64.b64decode(text, validate=True)) == 32
    assert not desktop.key.parent.exists()
    assert said(desktop.run("token", FABRIKAM)) == [AZURE_TOKEN]
    assert f"password={AZURE_TOKEN}\n".encode() in desktop.run("get", stdin=REQUEST).stdout
    assert not fragile.was_prompted


@pytest.mark.parametrize("state", ["locked", "hung"])
def test_where_no_keyring_answers_without_a_prompt_the_first_token_makes_a_key_file_and_says_so(
    desktop: Program, fragile: SecretService, state: str
) -> None:
    {"locked": fragile.lock, "hung": fragile.stop}[state]()
    shown = said(desktop.seed(FABRIKAM, AZURE_TOKEN))
    place = f"The encrypted vault is {desktop.vault}; its key is in {desktop.key}"
    assert shown[1].startswith(f"{place}. Anyone who can read both can read your tokens (stronger: ")
    assert slots(desktop) == [(1, "keyfile")]
    assert not fragile.was_prompted


def test_a_vault_moves_from_key_file_to_keyring_in_two_commands(
    program: Program, fragile: SecretService
) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = fragile.address
    place = f"Secret Service (service {SERVICE}, account {account(program)})"
    (line,) = said(program.run("vault", "add-slot", "keyring"))
    assert line == (
        "Slot 2 (keyring) opens the vault; so does slot 1 (keyfile), until you remove it. "
        f"Its key is in {place}."
    )
    said(program.run("vault", "remove-slot", "1"))
    program.key.unlink()
    assert slots(program) == [(2, "keyring")]
    assert said(program.run("token", FABRIKAM)) == [AZURE_TOKEN]
    said(program.run("vault", "rekey"))
    assert said(program.run("token", FABRIKAM)) == [AZURE_TOKEN]
    assert len(fragile.items()) == 1


def test_a_locked_keyring_is_status_3_without_a_prompt(filled: Program, fragile: SecretService) -> None:
    fragile.lock()
    for command in (["get"], ["store"], ["token", FABRIKAM], ["list"]):
        assert unchanged_refusal(filled, 3, *command) == LOCKED
    assert not fragile.was_prompted
    info = filled.run("vault", "info")
    assert info.status == 3
    assert "entries:    locked" in info.stdout.decode()
    assert not fragile.was_prompted


def test_a_keyring_that_is_gone_or_hangs_is_status_3_and_comes_back(
    filled: Program, fragile: SecretService
) -> None:
    fragile.stop()
    said = "Secret Service does not answer; restart it, or log out and in again"
    assert unchanged_refusal(filled, 3, "get") == said
    fragile.cont()
    assert only_entry(filled)["scope"] == FABRIKAM
    fragile.kill()
    said = "Secret Service is not running; log in at the desktop, or run: git credential-pat unlock"
    assert unchanged_refusal(filled, 3, "get") == said
    del filled.environment["DBUS_SESSION_BUS_ADDRESS"]
    said = "Secret Service cannot be reached, as there is no D-Bus session; log in at the desktop"
    assert unchanged_refusal(filled, 3, "get") == said
    filled.environment["DBUS_SESSION_BUS_ADDRESS"] = fragile.address
    fragile.start()
    assert only_entry(filled)["scope"] == FABRIKAM


def test_an_item_that_was_deleted_is_status_3_and_never_made_anew(
    filled: Program, fragile: SecretService
) -> None:
    fragile.remove(SERVICE, account(filled))
    said = (
        f"Secret Service does not hold the key of the vault {filled.vault} (account {account(filled)}); "
        "restore the item, or move the vault away and seed again"
    )
    for command in (["get"], ["token", FABRIKAM], ["vault", "rekey"], ["vault", "add-slot", "keyfile"]):
        assert unchanged_refusal(filled, 3, *command) == said
    assert refusal(filled.run("seed", FABRIKAM, "--no-verify", stdin=b"x\n"), 3) == said
    assert fragile.items() == []


def test_another_vaults_item_does_not_open_it(filled: Program, fragile: SecretService) -> None:
    other = Program(filled.home.parent / "other")
    other.environment["DBUS_SESSION_BUS_ADDRESS"] = fragile.address
    other.seed("https://dev.azure.com/contoso", AZURE_TOKEN)
    secrets = fragile.secrets()
    assert len(set(secrets.values())) == 2
    fragile.edit(SERVICE, account(filled), secrets[SERVICE, account(other)].encode())
    assert " the key in Secret Service does not open it" in unchanged_refusal(filled, 4, "get")
    assert only_entry(other)["scope"] == "https://dev.azure.com/contoso"


NEVER = {**NO_AGENT, "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_1": "pat.prompt", "GIT_CONFIG_VALUE_1": "never"}


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        (["vault", "rekey"], {"GIT_TERMINAL_PROMPT": "0"}),
        (["vault", "add-slot", "keyfile"], NEVER),
        (["unlock"], NEVER),
    ],
    ids=["rekey", "add-slot", "unlock"],
)
def test_where_questions_are_forbidden_the_keyring_does_not_ask_either(
    filled: Program, fragile: SecretService, command: list[str], environment: dict[str, str]
) -> None:
    fragile.lock()
    assert refusal(filled.run(*command, environment=environment), 3) == LOCKED
    assert not fragile.was_prompted
