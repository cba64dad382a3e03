"""`import az-devops`: the INI file and the keyring items of `az devops login`."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

import pytest
from support.account_keyring import AccountKeyring
from support.importing import Row, import_, scopes, token, write
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program

from git_credential_pat.importing import Around, source_named
from git_credential_pat.importing.support.scrubbing import scrub
from git_credential_pat.oskeyring.keyring import Keyring

if TYPE_CHECKING:
    from pathlib import Path

    from support.secret_service import SecretService

ACCOUNT = "Personal Access Token"
NO_ORGANIZATION = "it names no organization; give the organization's URL as PLACE"


def ini(program: Program, **tokens: str) -> Path:
    """Write the file as the extension does: by the standard library, one section a service."""
    parser = configparser.ConfigParser(interpolation=None)
    for service, value in tokens.items():
        parser.add_section(f"azdevops-cli:{service}")
        parser.set(f"azdevops-cli:{service}", ACCOUNT, value)
    path = write(program.home / ".azure/azuredevops/personalAccessTokens", "")
    with path.open("w") as file:
        parser.write(file)
    return path


def test_the_file_of_the_extension_is_read(program: Program) -> None:
    server = "https://tfs.example.com/tfs"
    ini(
        program,
        **{FABRIKAM: "a%(b)s%%c", "https://contoso.visualstudio.com": OTHER_AZURE_TOKEN, server: AZURE_TOKEN},
    )
    assert [row.outcome for row in import_(program, "az-devops")] == ["added"] * 3
    assert scopes(program) == [(CONTOSO, "pat"), (FABRIKAM, "pat"), (server, "pat")]
    assert token(program, FABRIKAM) == "a%(b)s%%c", "a percent sign is only that"
    assert token(program, CONTOSO) == OTHER_AZURE_TOKEN


def test_the_default_token_is_for_the_organization_that_is_given(program: Program) -> None:
    ini(program, **{" default": AZURE_TOKEN})
    assert import_(program, "az-devops") == [Row(None, None, "not-taken", NO_ORGANIZATION)]
    import_(program, "az-devops", FABRIKAM)
    assert scopes(program) == [(FABRIKAM, "pat")]


def test_the_folder_may_lie_elsewhere(program: Program) -> None:
    path = ini(program, **{FABRIKAM: AZURE_TOKEN})
    path.parent.parent.rename(program.home / "azure")
    import_(program, "az-devops", environment={"AZURE_CONFIG_DIR": str(program.home / "azure")})
    assert scopes(program) == [(FABRIKAM, "pat")]


def test_scrub_takes_out_whole_sections_and_nothing_else(program: Program) -> None:
    path = ini(program, **{FABRIKAM: AZURE_TOKEN, " default": "other", CONTOSO: OTHER_AZURE_TOKEN})
    path.write_bytes(b"# mine\n\n" + path.read_bytes())
    import_(program, "az-devops", "--scrub", "--yes")
    assert path.read_bytes() == b"# mine\n\n[azdevops-cli: default]\npersonal access token = other\n\n"


# The keyring


@pytest.fixture
def desktop(program: Program, service: SecretService) -> Program:
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
    program.seed("https://dev.azure.com/other", AZURE_TOKEN)  # so that no vault's key is among the items
    return program


@pytest.mark.needs("gnome-keyring", "dbus")
def test_items_of_the_keyring_are_read_and_scrubbed(desktop: Program, service: SecretService) -> None:
    service.make(f"azdevops-cli:{FABRIKAM}", ACCOUNT, AZURE_TOKEN.encode())
    service.make("azdevops-cli: default", ACCOUNT, b"d")
    service.make("another", ACCOUNT, b"x")
    found = import_(desktop, "az-devops")
    assert [(row.scope, row.reason) for row in found] == [(None, NO_ORGANIZATION), (FABRIKAM, "")]
    assert len(service.items()) == 4
    run = desktop.run("import", "az-devops", "--scrub", "--yes")
    assert b"Deleted 1 token at the source." in run.stdout
    assert {of["service"] for of, _, _ in service.items()} == {
        "azdevops-cli: default",
        "another",
        "git-credential-pat",
    }


@pytest.mark.needs("gnome-keyring", "dbus")
def test_a_locked_keyring_is_reported_and_the_file_is_read_all_the_same(
    program: Program, fragile: SecretService
) -> None:
    program.seed("https://dev.azure.com/other", OTHER_AZURE_TOKEN)
    ini(program, **{FABRIKAM: AZURE_TOKEN})
    fragile.lock()
    variables = {"DBUS_SESSION_BUS_ADDRESS": fragile.address}
    run = program.run("import", "az-devops", environment=variables)
    assert run.status == 0, run
    assert run.stderr == (
        "git-credential-pat: warning: the keyring was not read: Secret Service is locked; "
        "unlock it at the desktop, or run: git credential-pat unlock\n"
    )
    assert (FABRIKAM, "pat") in scopes(program)
    assert not fragile.was_prompted


def test_a_keyring_that_cannot_be_searched_is_asked_for_the_organizations_that_az_noted(
    tmp_path: Path,
) -> None:
    write(tmp_path / ".azure/azuredevops/organization_list", f"azdevops-cli:{FABRIKAM}\n")
    AccountKeyring.secrets = {
        (f"azdevops-cli:{FABRIKAM}", ACCOUNT): AZURE_TOKEN,
        ("azdevops-cli: default", ACCOUNT): OTHER_AZURE_TOKEN,
        (f"azdevops-cli:{FABRIKAM}", "another account"): "x",
    }
    keyring = Keyring("support.account_keyring.AccountKeyring")
    around = Around(str(tmp_path), "/", {}, keyring, may_ask=False)
    found = source_named("az-devops").find(around, [CONTOSO]).found
    requests = [one.request for one in found if one.request]
    assert [(request.path, request.password) for request in requests] == [
        (b"contoso", OTHER_AZURE_TOKEN.encode()),
        (b"fabrikam", AZURE_TOKEN.encode()),
    ]
    assert scrub([one.trace for one in found if one.trace]) == 2
    assert AccountKeyring.secrets == {(f"azdevops-cli:{FABRIKAM}", "another account"): "x"}
