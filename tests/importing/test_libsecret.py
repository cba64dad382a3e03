"""`import libsecret`: what two versions of git-credential-libsecret keep in a real Secret Service."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.checks import keep, refusal
from support.git_credential import GitCredential, Login
from support.importing import Row, import_, scopes, token
from support.program import AZURE_TOKEN, FABRIKAM, Program, attributes
from support.requirements import LIBSECRET, newer_libsecret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.secret_service import SecretService

    Store = Callable[..., None]

GITHUB_TOKEN = "ghp_" + "a1" * 18
OTHER_GITHUB_TOKEN = "ghp_" + "b2" * 18
OCTO = ("host=github.com", "username=octo", f"password={GITHUB_TOKEN}")
OCTO_AT_WEB = ("host=github.com", "path=acme/web.git", "username=octo", f"password={OTHER_GITHUB_TOKEN}")
NETWORK = "org.gnome.keyring.NetworkPassword"
OF_VAULT = "git-credential-pat"
older = pytest.param(LIBSECRET, marks=pytest.mark.needs("libsecret"), id="older")
newer = pytest.param(newer_libsecret(), marks=pytest.mark.needs("newer-libsecret"), id="newer")
only_newer = pytest.mark.parametrize("helper", [newer], indirect=True)
pytestmark = pytest.mark.needs("gnome-keyring", "dbus")


@pytest.fixture(scope="module", params=[older, newer])
def helper(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build git-credential-libsecret from a source, and return the program."""
    source: Path = request.param
    folder = tmp_path_factory.mktemp("libsecret")
    makefile = str(source.with_name("Makefile"))
    make = ["make", "-s", "-C", str(folder), "-f", makefile, f"VPATH={source.parent}"]
    subprocess.run(make, check=True, capture_output=True, timeout=120)
    return folder / source.stem


@pytest.fixture
def desktop(program: Program, service: SecretService) -> SecretService:
    """Return a Secret Service that the program finds."""
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
    return service


@pytest.fixture
def store(desktop: SecretService, helper: Path) -> Store:
    """Return a function that stores a login by the real helper."""

    def store(*lines: str, protocol: str = "https") -> None:
        given = attributes(f"protocol={protocol}", *lines)
        subprocess.run([helper, "store"], input=given, env=desktop.environment, check=True, timeout=60)

    return store


def left(service: SecretService) -> set[tuple[str, str]]:
    """Return server and path of the items that are not the program's own."""
    found = [of for of, _, _ in service.items() if of.get("service") != OF_VAULT]
    return {(of.get("server", ""), of.get("object", "")) for of in found}


def make(service: SecretService, secret: bytes, **values: str) -> None:
    """Make an item as gnome-keyring's library does."""
    service.make_item({"xdg:schema": NETWORK, **values}, secret)


def test_what_the_helper_kept_answers_git_afterwards_and_is_scrubbed(
    program: Program, desktop: SecretService, store: Store
) -> None:
    store("host=dev.azure.com", "path=fabrikam/_git/web", "username=fabrikam", f"password={AZURE_TOKEN}")
    store(*OCTO)
    store(*OCTO_AT_WEB)
    store("host=git.example.com:8443", "path=a b/100%/x.git", "username=ja/n e", "password=word")
    store("host=git.example.com", "username=jane", "password=word", protocol="http")
    assert [row.outcome for row in import_(program, "libsecret")] == ["added"] * 5
    assert scopes(program) == [
        ("http://git.example.com", "jane"),
        (FABRIKAM, "pat"),
        ("https://git.example.com:8443/a%20b/100%25/x.git", "ja/n e"),
        ("https://github.com", "octo"),
        ("https://github.com/acme", "octo"),
    ]
    git = GitCredential(program)
    filled = git.fill("protocol=https", "host=dev.azure.com", "path=fabrikam/_git/web")
    assert filled == Login("pat", AZURE_TOKEN)
    assert token(program, "https://github.com/acme/web") == OTHER_GITHUB_TOKEN
    assert len(left(desktop)) == 5
    assert {row.outcome for row in import_(program, "libsecret", "--scrub", "--yes")} == {"kept"}
    assert left(desktop) == set()


def test_a_dry_run_changes_nothing(program: Program, desktop: SecretService, store: Store) -> None:
    store(*OCTO)
    before = desktop.items()
    import_(program, "libsecret", "--dry-run", "--scrub", "--yes")
    assert (desktop.items(), program.vault.exists()) == (before, False)


@pytest.mark.parametrize(
    ("kept", "stays"),
    [("https://github.com", ("github.com", "")), ("https://github.com/acme", ("github.com", "acme/web.git"))],
)
def test_nothing_is_put_over_another_token_and_only_what_is_kept_is_deleted(
    program: Program, desktop: SecretService, store: Store, kept: str, stays: tuple[str, str]
) -> None:
    keep(program, kept, token="ghp_" + "c3" * 18, username="octo")
    store(*OCTO)
    store(*OCTO_AT_WEB)
    rows = import_(program, "libsecret", "--scrub", "--yes")
    assert sorted((row.outcome, row.reason) for row in rows) == [
        ("added", ""),
        ("not-taken", "another token is stored"),
    ]
    assert left(desktop) == {stays}, "the attributes of one item are a part of the other's"
    assert token(program, kept) == "ghp_" + "c3" * 18


@only_newer
def test_expiry_and_refresh_token_are_kept_too(program: Program, store: Store) -> None:
    soon = int(time.time()) + 86_400 * 90
    store(*OCTO, f"password_expiry_utc={soon}", "oauth_refresh_token=refresh")
    import_(program, "libsecret")
    run = program.run("get", stdin=attributes("protocol=https", "host=github.com", "path=acme/web"))
    said = (
        f"username=octo\npassword={GITHUB_TOKEN}\npassword_expiry_utc={soon}\noauth_refresh_token=refresh\n"
    )
    assert run.stdout.decode() == said


@only_newer
def test_what_has_expired_is_not_taken_and_stays(
    program: Program, desktop: SecretService, store: Store
) -> None:
    store(*OCTO, "password_expiry_utc=1000000000")
    assert import_(program, "libsecret", "--scrub", "--yes") == [
        Row(None, None, "not-taken", "it has expired")
    ]
    assert left(desktop) == {("github.com", "")}


def test_items_of_the_older_helper_for_gnome_keyring_are_read_as_it_wrote_them(
    program: Program, desktop: SecretService
) -> None:
    at = {"user": "jane", "protocol": "https", "server": "git.example.com", "port": "8443"}
    make(desktop, b"word", **at, object="git.example.com:8443/team/x.git")
    import_(program, "libsecret", "--scrub", "--yes")
    assert scopes(program) == [("https://git.example.com:8443/team/x.git", "jane")]
    assert left(desktop) == set()


@pytest.mark.parametrize(
    "others",
    [
        {"protocol": "smb", "server": "files.example.com"},
        {"protocol": "https", "server": "web.example.com", "domain": "of another program"},
        {"protocol": "https", "server": "web.example.com", "authtype": "basic"},
    ],
)
def test_network_passwords_of_other_programs_are_left_alone(
    program: Program, desktop: SecretService, others: dict[str, str]
) -> None:
    make(desktop, b"theirs", user="jane", **others)
    make(desktop, b"word", user="jane", protocol="https", server="git.example.com")
    import_(program, "libsecret", "--scrub", "--yes")
    assert scopes(program) == [("https://git.example.com", "jane")]
    assert left(desktop) == {(others["server"], "")}


@pytest.mark.parametrize(
    "damaged",
    [{"server": "github.com/acme"}, {"server": "a@github.com"}, {"server": ""}, {"protocol": "https://x"}],
)
def test_a_damaged_item_is_reported_and_never_read_as_another_place(
    program: Program, desktop: SecretService, damaged: dict[str, str]
) -> None:
    values = {"user": "jane", "protocol": "https", "server": "github.com", **damaged}
    make(desktop, b"word", **{**values, "xdg:schema": "org.git.Password"})
    reason = "it is no URL with a protocol and a host"
    assert import_(program, "libsecret") == [Row(None, None, "not-taken", reason)]


def test_where_there_is_nothing_that_is_said(program: Program, desktop: SecretService) -> None:
    nothing = "git-credential-libsecret has nothing in the Secret Service; log in at the desktop that has it"
    assert refusal(program.run("import", "libsecret"), 1) == nothing
    del program.environment["DBUS_SESSION_BUS_ADDRESS"]
    assert refusal(program.run("import", "libsecret"), 1) == nothing
    assert desktop.items() == []


def test_a_locked_keyring_is_reported(program: Program, fragile: SecretService) -> None:
    program.environment["DBUS_SESSION_BUS_ADDRESS"] = fragile.address
    fragile.lock()
    said = refusal(program.run("import", "libsecret"), 1)
    assert said.startswith("the keyring was not read: Secret Service is locked; ")


def test_it_has_no_other_place(program: Program) -> None:
    said = refusal(program.run("import", "libsecret", "/etc"), 2)
    assert said == "libsecret is read from the Secret Service; give no PLACE"
