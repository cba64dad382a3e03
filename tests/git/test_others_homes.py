"""Root with another user's home: nothing is made or changed there, and what is stored there still answers."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import pytest
from support.doctor import doctor, problems
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, LAUNCHER, Program, Run, attributes
from support.users import NOBODY, give_to_nobody

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.needs("root"), pytest.mark.slow]

UNKNOWN = 54_321
"""The number of a user that no system knows, as a container's home may have it."""
REQUEST = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web", "username=jane")
STORED = attributes(*REQUEST, f"password={AZURE_TOKEN}")
OTHER = attributes(*REQUEST, f"password={AZURE_TOKEN[::-1]}")
CHANGING = (
    ("configure",),
    ("unconfigure",),
    ("seed", FABRIKAM, "--no-verify"),
    ("seed", FABRIKAM, "--no-verify", "--no-configure"),
    ("import", "git-credentials"),
    ("import", "git-credentials", "--scrub", "--yes"),
    ("remove", FABRIKAM, "--yes"),
    ("restore", CONTOSO),
    ("vault", "add-slot", "passphrase"),
    ("vault", "rekey"),
    ("vault", "backup", "copy"),
    ("agent", "--foreground"),
)


def snapshot(home: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return the owner, the time and the bytes of all that a home holds, and of the home."""
    paths = [home, *home.rglob("*")]
    facts = ((path, path.lstat()) for path in paths)
    return {
        str(path): (status.st_uid, status.st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path, status in facts
    }


def approve(program: Program) -> Run:
    """Have Git store a token by this helper."""
    return program.git("-c", f"credential.helper={LAUNCHER}", "credential", "approve", stdin=STORED)


@pytest.fixture
def hers(program: Program) -> Program:
    """A program in the home of another user, where nothing is yet."""
    give_to_nobody(program.home)
    return program


@pytest.fixture
def seeded(hers: Program) -> Program:
    """The same after its user has stored a token, which is about to expire, and one that is rejected."""
    token = f"{AZURE_TOKEN}\n".encode()
    gone = attributes("protocol=https", "host=dev.azure.com", "path=contoso", f"password={AZURE_TOKEN}")
    assert hers.run_as_nobody("seed", FABRIKAM, "--no-verify", "--days", "2", stdin=token).status == 0
    assert hers.run_as_nobody("seed", CONTOSO, "--no-verify", stdin=token).status == 0
    assert hers.run_as_nobody("erase", stdin=gone).status == 0
    credentials = hers.home / ".git-credentials"
    credentials.write_text(f"https://jane:{AZURE_TOKEN[::-1]}@dev.azure.com/contoso\n")
    credentials.chmod(0o600)
    give_to_nobody(credentials)
    return hers


# What is not done there


def test_git_approves_for_root_and_nothing_is_made(hers: Program) -> None:
    before = snapshot(hers.home)
    done = approve(hers)
    assert done.stderr == (
        f"git-credential-pat: {hers.home} belongs to nobody, and root changes nothing there; "
        'run it without sudo, as "sudo -H", or with HOME set\n'
    )
    assert snapshot(hers.home) == before


@pytest.mark.parametrize("command", CHANGING, ids=" ".join)
def test_no_command_makes_or_changes_anything(seeded: Program, command: tuple[str, ...]) -> None:
    before = snapshot(seeded.home)
    done = seeded.run(*command, stdin=f"{AZURE_TOKEN[::-1]}\n{AZURE_TOKEN}\n".encode())
    assert (done.status, done.stdout) == (1, b""), done
    assert f"{seeded.home} belongs to nobody, and root changes nothing there; " in done.stderr
    assert "chown" not in done.stderr
    assert snapshot(seeded.home) == before


@pytest.mark.parametrize("operation", ["store", "erase"])
def test_neither_approval_nor_rejection_changes_what_is_stored(seeded: Program, operation: str) -> None:
    before = snapshot(seeded.home)
    done = seeded.run(operation, stdin=OTHER if operation == "store" else STORED)
    assert (done.status, done.stdout) == (1, b"")
    assert "root changes nothing there" in done.stderr
    assert snapshot(seeded.home) == before


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_CONFIG_HOME", ".config"),
        ("GIT_CONFIG_GLOBAL", ".gitconfig"),
    ],
)
def test_a_variable_that_points_into_another_users_home_is_named(
    hers: Program, tmp_path: Path, variable: str, value: str
) -> None:
    before = snapshot(hers.home)
    own = {"HOME": str(tmp_path / "own"), variable: str(hers.home / value)}
    (tmp_path / "own").mkdir()
    done = hers.run("seed", FABRIKAM, "--no-verify", stdin=f"{AZURE_TOKEN}\n".encode(), environment=own)
    assert done.status == 1
    assert done.stderr.endswith(f"; run it without sudo, or with {variable} unset\n")
    assert snapshot(hers.home) == before
    assert [*(tmp_path / "own").iterdir()] == []


def test_a_configuration_that_is_a_link_into_another_users_home_stays(hers: Program, tmp_path: Path) -> None:
    theirs = hers.home / "gitconfig"
    theirs.write_text("[user]\n\tname = Jane\n")
    give_to_nobody(theirs)
    own = tmp_path / "own"
    own.mkdir()
    (own / ".gitconfig").symlink_to(theirs)
    before = snapshot(hers.home)
    assert hers.run("configure", environment={"HOME": str(own)}).status == 1
    assert snapshot(hers.home) == before


# Whose home it must be


def test_the_home_of_an_unknown_user_is_a_containers(program: Program) -> None:
    with pytest.raises(KeyError):
        pwd.getpwuid(UNKNOWN)
    os.chown(program.home, UNKNOWN, UNKNOWN)
    for _ in range(2):
        assert program.seed(FABRIKAM, AZURE_TOKEN).status == 0
    assert program.gitconfig.is_file()
    assert approve(program).stderr == ""


@pytest.mark.parametrize("name", [".gitconfig", ".config/git/config", ".local/share/git-credential-pat"])
def test_the_home_of_an_unknown_user_who_uses_git_is_not(program: Program, name: str) -> None:
    kept = program.home / name
    kept.parent.mkdir(0o700, parents=True, exist_ok=True)
    (kept.mkdir if kept.name == "git-credential-pat" else kept.touch)(0o700)
    for path in (program.home, *program.home.rglob("*")):
        os.chown(path, UNKNOWN, UNKNOWN)
    before = snapshot(program.home)
    assert f"belongs to user {UNKNOWN}, and root" in approve(program).stderr
    assert snapshot(program.home) == before


def test_under_sudo_the_home_of_an_unknown_user_is_not(program: Program) -> None:
    os.chown(program.home, UNKNOWN, UNKNOWN)
    program.environment["SUDO_UID"] = str(UNKNOWN)
    assert "root changes nothing there" in approve(program).stderr
    assert [*program.home.iterdir()] == []


def test_root_in_its_own_home_and_under_sudo_works_as_ever(program: Program) -> None:
    program.environment["SUDO_UID"] = str(NOBODY)
    assert program.seed(FABRIKAM, AZURE_TOKEN).status == 0


# What is read there


def test_git_gets_what_is_stored_there_and_nothing_is_noted(seeded: Program) -> None:
    before = snapshot(seeded.home)
    for _ in range(2):  # the reminder comes again, for no note of it is made
        done = seeded.git("credential", "fill", stdin=attributes(*REQUEST))
        assert f"password={AZURE_TOKEN}\n".encode() in done.stdout
        assert " expires " in done.stderr
    assert seeded.run("store", stdin=STORED) == Run(0, b"", "")
    assert seeded.run("list").status == seeded.run("vault", "info").status == 0
    assert snapshot(seeded.home) == before


def test_no_agent_is_started_there(seeded: Program) -> None:
    """Not even where root owns the folder of its caches."""
    caches = seeded.home / ".cache"
    caches.mkdir(0o700)
    before = snapshot(seeded.home)
    try:
        done = seeded.run("get", stdin=attributes(*REQUEST), environment={"GIT_CONFIG_COUNT": "0"})
        assert f"password={AZURE_TOKEN}\n".encode() in done.stdout
        assert snapshot(seeded.home) == before
    finally:
        seeded.run("agent", "stop")


def test_the_file_for_every_user_is_changed_from_any_home(seeded: Program, tmp_path: Path) -> None:
    before = snapshot(seeded.home)
    seeded.environment["GIT_CONFIG_SYSTEM"] = str(tmp_path / "system-gitconfig")
    for command in ("configure", "unconfigure"):
        assert seeded.run(command, "--system").status == 0
    assert snapshot(seeded.home) == before


def test_doctor_reports_the_home_and_the_command_that_leaves_it(seeded: Program) -> None:
    sockets = seeded.home / ".cache" / "git-credential-pat"
    sockets.mkdir(0o700, parents=True)
    give_to_nobody(sockets.parent, sockets)
    before = snapshot(seeded.home)
    (home,) = [finding for finding in doctor(seeded) if finding.check == "homes"]
    assert (home.state, home.fix) == ("problem", f"export HOME={pwd.getpwuid(0).pw_dir}")
    assert [finding.fix for finding in problems(seeded) if "chown" in (finding.fix or "")] == []
    assert snapshot(seeded.home) == before


# What root left in a user's home


@pytest.mark.parametrize("name", [".config", ".local/share", ".gitconfig"])
def test_what_root_left_in_her_home_is_named_with_its_chown(hers: Program, name: str) -> None:
    left = hers.home / name
    left.parent.mkdir(exist_ok=True)
    if name == ".gitconfig":
        left.touch()
    else:
        give_to_nobody(left.parent)
        left.mkdir(0o755)
    option = "" if name == ".gitconfig" else "-R "
    fix = f'sudo chown {option}"$(id -un)" {left}'
    done = hers.run_as_nobody("seed", FABRIKAM, "--no-verify", stdin=f"{AZURE_TOKEN}\n".encode())
    assert done.status == 1
    assert done.stderr.endswith(f"{left} belongs to another user; run: {fix}\n")
    said = hers.run_as_nobody("doctor", "--offline").stdout.decode()
    assert f"problem  {left} belongs to another user\n         {fix}\n" in said
    os.chown(left, NOBODY, NOBODY)
    assert hers.run_as_nobody("seed", FABRIKAM, "--no-verify", stdin=f"{AZURE_TOKEN}\n".encode()).status == 0


def test_another_user_is_not_asked_to_take_the_home_over(program: Program) -> None:
    done = program.run_as_nobody("seed", FABRIKAM, "--no-verify", stdin=f"{AZURE_TOKEN}\n".encode())
    assert done.status == 1
    assert done.stderr.endswith(f"{program.home} belongs to root; run it as that user, or with HOME set\n")
