"""Users upgrade from the last release and go back to it: nothing is lost, and each uses the other's things.

Every test goes both ways: `first` has made something, `then` comes after it.
"""

from __future__ import annotations

import json
import re
import struct
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import pytest
from install.conftest import PROJECT
from install.shells import BASH, offered_by_bash
from support.agents import FOUND, REQUEST, AgentProgram, agent_program, eventually, is_gone
from support.checks import entries, files, refusal
from support.keyrings import INDEX
from support.program import (
    AZURE_TOKEN,
    CONTOSO,
    FABRIKAM,
    LAUNCHER,
    OTHER_AZURE_TOKEN,
    Program,
    Run,
    attributes,
)
from support.releases import FOLDER as RELEASES
from support.releases import last_release

from git_credential_pat.backends import Change, open_backend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import Seconds
from git_credential_pat.model.renewal import NOTHING, ROTATE, Intent, Renewal, noting, renewal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.secret_service import SecretService

pytestmark = pytest.mark.slow

HOST = ("protocol=https", "host=git.example.com")
APPROVED = attributes(*HOST, "username=jane", "password=typed")


class Versions(NamedTuple):
    """One home, as two versions see it."""

    first: AgentProgram
    then: AgentProgram


@pytest.fixture(scope="session")
def last(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return last_release(tmp_path_factory.mktemp("last") / "release")


@pytest.fixture(params=["upgrade", "downgrade"])
def versions(request: pytest.FixtureRequest, last: Path) -> Iterator[Versions]:
    with agent_program() as program:
        order = (last, LAUNCHER) if request.param == "upgrade" else (LAUNCHER, last)
        yield Versions(*(AgentProgram(program.home, launcher) for launcher in order))


def fill(program: Program) -> None:
    """Keep entries of every kind: seeded with all that can be said, approved, rejected, pinned."""
    program.seed(
        FABRIKAM, AZURE_TOKEN, "--label", "Büro", "--permission", "vso.code", "--expires", "2099-02-28"
    )
    program.seed(CONTOSO, OTHER_AZURE_TOKEN, "--pinned")
    assert program.run("store", stdin=APPROVED).status == 0
    github = attributes(
        "protocol=https", "host=github.com", "path=acme/web", "username=jane", "password=ghp_old"
    )
    for operation in ("store", "erase"):
        assert program.run(operation, stdin=github).status == 0


def said_by_both(program: Program) -> list[dict[str, object]]:
    """Return what `list --json` says of each entry in either version."""
    added = ("answers", "authtype", "global_token", "renewal", "revoked_after", "sign_in")
    return [{name: value for name, value in entry.items() if name not in added} for entry in entries(program)]


def use_keyring(program: Program, service: SecretService) -> None:
    """Have a home use the keyring backend."""
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
    assert program.git("config", "--global", "pat.backend", "keyring").status == 0


def test_the_last_release_is_the_one_before_this_in_the_changelog(last: Path, program: Program) -> None:
    headings = re.findall(r"^## (\S+)$", (PROJECT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    said = [one.run("--version").stdout.decode().split()[1] for one in (program, Program(program.home, last))]
    assert said == headings[:2]


def test_a_vault_serves_both(versions: Versions) -> None:
    see_that_both_are_served(versions)


@pytest.mark.needs("gnome-keyring", "dbus")
def test_a_keyring_serves_both(versions: Versions, service: SecretService) -> None:
    for program in versions:
        use_keyring(program, service)
    see_that_both_are_served(versions)


def see_that_both_are_served(versions: Versions) -> None:
    first, then = versions
    fill(first)
    filled = said_by_both(first)
    assert len(filled) == 4
    assert said_by_both(then) == filled
    then.seed("https://gitlab.com/acme", "glpat-" + "g" * 20, "--username", "jane")
    assert then.run("remove", CONTOSO, "--yes").status == 0
    changed = said_by_both(then)
    assert said_by_both(first) == changed
    assert {entry["scope"] for entry in changed} - {entry["scope"] for entry in filled} == {
        "https://gitlab.com/acme"
    }
    for program in versions:
        assert AZURE_TOKEN.encode() in program.run("get", stdin=REQUEST).stdout


@pytest.mark.needs("gnome-keyring", "dbus")
@pytest.mark.parametrize("in_keyring", [False, True], ids=["vault", "keyring"])
def test_the_last_release_loses_nothing_that_stands_beside_a_token(
    last: Path, program: Program, service: SecretService, *, in_keyring: bool
) -> None:
    if in_keyring:
        use_keyring(program, service)
    program.seed(FABRIKAM, AZURE_TOKEN)
    program.seed(FABRIKAM, OTHER_AZURE_TOKEN)
    older = Program(program.home, last)
    older.environment |= program.environment
    assert [entry["state"] for entry in entries(older)] == ["active"]
    older.seed(FABRIKAM, "A" * 76 + "AZDO" + "f5g6")
    assert [entry["state"] for entry in entries(program)] == ["active", "replaced"]
    assert program.run("restore", FABRIKAM).status == 0
    assert program.run("token", FABRIKAM).stdout.decode().strip() == AZURE_TOKEN


@pytest.mark.needs("gnome-keyring", "dbus")
@pytest.mark.parametrize("in_keyring", [False, True], ids=["vault", "keyring"])
def test_the_last_release_keeps_what_is_noted_of_a_token_and_it_says_nothing_of_the_next(
    last: Path, program: Program, service: SecretService, *, in_keyring: bool
) -> None:
    settings = Settings(str(program.data), str(program.key.parent))
    if in_keyring:
        use_keyring(program, service)
        settings = settings._replace(backend="keyring", session_bus=service.address)
    older = Program(program.home, last)
    older.environment |= program.environment
    program.seed(FABRIKAM, AZURE_TOKEN)
    (kept,) = open_backend(settings).entries()
    intent = Renewal(name="laptop", intent=Intent(ROTATE, Seconds(1_700_000_000)))
    noted = noting(kept, intent)
    open_backend(settings).apply([Change(kept, noted)])
    older.seed(CONTOSO, OTHER_AZURE_TOKEN)
    assert noted in open_backend(settings).entries()
    older.seed(FABRIKAM, OTHER_AZURE_TOKEN)
    assert program.run("remove", CONTOSO, "--yes").status == 0
    first = open_backend(settings).entries()[0]
    assert (first.secret, first.renewal) == (OTHER_AZURE_TOKEN.encode(), noted.renewal)
    assert renewal_of(first) == NOTHING
    restored = first._replace(secret=AZURE_TOKEN.encode())
    assert renewal_of(restored) == intent


@pytest.mark.needs("gnome-keyring", "dbus")
@pytest.mark.parametrize("in_keyring", [False, True], ids=["vault", "keyring"])
def test_the_last_release_answers_no_empty_login_for_a_sign_in_and_keeps_it(
    last: Path, program: Program, service: SecretService, *, in_keyring: bool
) -> None:
    if in_keyring:
        use_keyring(program, service)
    older = Program(program.home, last)
    older.environment |= program.environment
    assert program.run("seed", FABRIKAM, "--sign-in", "managed", "--no-verify").status == 0
    newer_git = b"capability[]=authtype\n" + REQUEST
    for request in (REQUEST, newer_git, REQUEST[:-1] + b"username=jane\n\n"):
        assert older.run("get", stdin=request) == Run(0, b"", "")
    assert older.run("token", FABRIKAM).status == 1
    assert [entry["state"] for entry in entries(older)] == ["expired"]
    older.seed(CONTOSO, OTHER_AZURE_TOKEN)
    assert [entry["sign_in"] for entry in entries(program)] == ["", "managed"]
    older.seed(FABRIKAM, AZURE_TOKEN)
    assert [(entry["sign_in"], entry["expires"]) for entry in entries(program)][1] == ("", None)
    assert program.run("token", FABRIKAM).stdout.decode().strip() == AZURE_TOKEN


def test_what_git_approved_stays_marked_so_by_either(versions: Versions) -> None:
    for one in (versions.first, versions.then):
        assert one.run("store", stdin=APPROVED).status == 0
        assert one.run("erase", stdin=APPROVED).status == 0
        for other in versions:
            assert "was rejected" not in other.run("get", stdin=attributes(*HOST)).stderr


def test_the_block_in_gits_configuration_is_taken_out_by_either(versions: Versions) -> None:
    first, then = versions
    first.gitconfig.write_bytes(b"[user]\n\tname = Jo\n# no line end here")
    assert first.run("configure").status == 0
    configured = first.gitconfig.read_bytes()
    assert then.run("configure").status == 0
    assert first.gitconfig.read_bytes().count(b"begin;") == configured.count(b"begin;") == 1
    assert then.run("unconfigure").status == 0
    assert first.gitconfig.read_bytes() == b"[user]\n\tname = Jo\n# no line end here"


def test_an_agent_of_the_other_version_makes_way(versions: Versions) -> None:
    first, then = versions
    first.seed(FABRIKAM, AZURE_TOKEN)
    assert first.run("get", stdin=REQUEST) == FOUND
    pid = json.loads(first.run("agent", "status", "--json").stdout)["pid"]
    assert then.run("get", stdin=REQUEST) == FOUND
    eventually(lambda: is_gone(pid), "the other's agent ends")
    assert then.run("get", stdin=REQUEST) == FOUND
    assert json.loads(then.run("agent", "status", "--json").stdout)["pid"] != pid


@pytest.mark.parametrize("completion", [RELEASES / "git-credential-pat.bash", BASH], ids=["last", "ours"])
def test_completions_of_either_version_offer_what_the_other_keeps(
    completion: Path, versions: Versions
) -> None:
    versions.first.seed(FABRIKAM, AZURE_TOKEN)
    assert FABRIKAM in offered_by_bash(versions.then, "git-credential-pat remove ", completion)


# What is of a later version than either


def of_version(vault: bytes, major: int, minor: int, *, more: bytes = b"") -> bytes:
    """Return a vault of another version, whose header is longer and whose digest is right."""
    size = int.from_bytes(vault[12:16], "big")
    numbers = struct.pack(">HHI", major, minor, size + len(more))
    header = vault[:8] + numbers + vault[16:size] + more
    return header + sha256(header).digest() + vault[size + 32 :]


LATER = {
    "the next minor version": lambda vault: of_version(vault, 1, 1),
    "the next major version": lambda vault: of_version(vault, 2, 0, more=b"more"),
    "another magic": lambda vault: b"GITPATS2" + bytes(len(vault)),
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_a_vault_of_a_later_format_is_refused_in_one_line_and_stays(
    later: Callable[[bytes], bytes], program: Program
) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    program.vault.write_bytes(later(program.vault.read_bytes()))
    before = files(program)
    for run in (program.run("get", stdin=REQUEST), program.run("store", stdin=APPROVED), program.run("list")):
        assert "a later version of git-credential-pat wrote it: install that one" in refusal(run, 4)
    assert "mv " not in program.run("doctor", "--offline").stdout.decode()
    assert files(program) == before


@pytest.mark.needs("gnome-keyring", "dbus")
def test_an_index_of_a_later_version_is_refused_in_one_line_and_stays(
    program: Program, service: SecretService
) -> None:
    use_keyring(program, service)
    program.seed(FABRIKAM, AZURE_TOKEN)
    index = service.secrets()[INDEX].replace('"version": 1', '"version": 2')
    service.edit(*INDEX, index.encode())
    for run in (program.run("get", stdin=REQUEST), program.run("store", stdin=APPROVED)):
        assert "version 2; a later version of git-credential-pat wrote it: install that one" in refusal(
            run, 4
        )
    assert "delete it" not in program.run("doctor", "--offline").stdout.decode()
    assert service.secrets()[INDEX] == index
