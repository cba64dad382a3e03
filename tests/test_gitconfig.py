"""`unconfigure` gives the user's configuration back byte for byte, with whatever was added meanwhile."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support.program import AZURE_TOKEN, LAUNCHER, Program, Run, attributes

NAME_UNENDED = b"[user]\n\tname = Jane"
FILES: dict[str, bytes | None] = {
    "a relative include": b"[include]\n\tpath = work.gitconfig\n",
    "no file": None,
    "an empty file": b"",
    "one line end": b"\n",
    "blank lines at the end": b"[user]\n\tname = Jane\n\n\n",
    "no line end at the end": NAME_UNENDED,
    "CRLF": b"[user]\r\n\tname = Jane\r\n[core]\r\n\teditor = vi\r\n",
    "CRLF without the last": b"[user]\r\n\tname = Jane\r\n[core]\r\n\teditor = vi",
    "CR at the end": b"[user]\r\n\tname = Jane\r",
    "comments": b"# mine\n; too\n[user] # here\n\tname = Jane ; and here\n# at last",
    "a credential section": b"[credential]\n\thelper = cache\n\tuseHttpPath = true\n",
    "credential sections of hosts": (
        b'[credential "https://dev.azure.com"]\n\tusername = jane\n\thelper =\n\thelper = cache\n'
    ),
    "an open credential section": b"[credential]",
    "everything on one line": b"[user] name = Jane",
    "bytes that are no UTF-8": b"[user]\n\tname = J\xe4ne \xff\xfe\n# \x80\n",
    "a byte order mark": b"\xef\xbb\xbf[user]\n\tname = Jane\n",
    "a byte order mark alone": b"\xef\xbb\xbf",
    "a continued line at the end": b"[alias]\n\tst = status \\\n",
    "a backslash at the end": b"[alias]\n\tst = status \\",
    "form feed and separators": b"[user]\n\tname = J\x0ba\x0cn\x1ce\xc2\x85\xe2\x80\xa8\n",
}


def write(program: Program, content: bytes | None) -> None:
    if content is not None:
        program.gitconfig.write_bytes(content)


def read(program: Program) -> bytes | None:
    return program.gitconfig.read_bytes() if program.gitconfig.exists() else None


def configure(program: Program) -> None:
    done = program.run("configure")
    assert done == Run(0, f"Git asks this helper now ({program.gitconfig}).\n".encode(), "")


def unconfigure(program: Program) -> None:
    done = program.run("unconfigure")
    expected = f"Git does not ask this helper any more ({program.gitconfig}).\n".encode()
    assert done == Run(0, expected, "")


def user_sets(program: Program, *arguments: str) -> None:
    done = program.git("config", "--global", *arguments)
    assert done.status == 0, done


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_unconfigure_gives_every_byte_back(program: Program, content: bytes | None) -> None:
    write(program, content)
    before = program.git("config", "--global", "--list", "--null").stdout
    configure(program)
    after = program.git("config", "--global", "--list", "--null").stdout
    assert after.startswith(before)
    assert after != before
    unconfigure(program)
    assert read(program) == content
    assert sorted(path.name for path in program.home.iterdir()) == ([] if content is None else [".gitconfig"])


PROVIDER = "pat.https://tfs.example.com/tfs.provider azure-devops-server"


def test_unconfigure_takes_away_what_seed_wrote(program: Program) -> None:
    write(program, NAME_UNENDED)
    for url in ("https://dev.azure.com/fabrikam", "https://github.com/octo", "https://tfs.example.com/tfs/M"):
        program.seed(url, AZURE_TOKEN)
    assert program.run("unconfigure").stdout.decode().splitlines() == [
        f"Git does not ask this helper any more ({program.gitconfig}).",
        f"To use its tokens again: git config --global {PROVIDER}",
    ]
    assert read(program) == NAME_UNENDED
    assert program.run("token", "https://dev.azure.com/fabrikam").stdout == f"{AZURE_TOKEN}\n".encode()


def test_unconfigure_without_our_lines_changes_nothing(program: Program) -> None:
    write(program, NAME_UNENDED)
    for _ in range(2):
        done = program.run("unconfigure")
        assert done == Run(0, f"Nothing of ours is in {program.gitconfig}.\n".encode(), "")
        assert read(program) == NAME_UNENDED


def test_unconfigure_leaves_a_helper_that_the_user_wrote(program: Program) -> None:
    mine = f"[credential]\n\thelper = {LAUNCHER}\n".encode()
    write(program, mine)
    configure(program)
    unconfigure(program)
    assert read(program) == mine


def test_a_symbolic_link_stays_one(program: Program) -> None:
    target = program.home / "dotfiles" / "gitconfig"
    target.parent.mkdir()
    target.write_bytes(NAME_UNENDED)
    program.gitconfig.symlink_to("dotfiles/gitconfig")
    configure(program)
    assert program.gitconfig.readlink() == Path("dotfiles/gitconfig")
    assert b"helper" in target.read_bytes()
    unconfigure(program)
    assert program.gitconfig.readlink() == Path("dotfiles/gitconfig")
    assert target.read_bytes() == NAME_UNENDED


def test_a_symbolic_link_to_a_file_that_is_not_there_leads_there_again(program: Program) -> None:
    target = program.home / "later"
    program.gitconfig.symlink_to(target)
    configure(program)
    assert target.exists()
    unconfigure(program)
    assert program.gitconfig.is_symlink()
    assert not target.exists()


@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_the_files_mode_stays(program: Program, mode: int) -> None:
    write(program, NAME_UNENDED)
    program.gitconfig.chmod(mode)
    configure(program)
    assert stat.S_IMODE(program.gitconfig.stat().st_mode) == mode
    unconfigure(program)
    assert stat.S_IMODE(program.gitconfig.stat().st_mode) == mode


def test_the_files_owner_reads_a_new_file_as_git_makes_it(program: Program) -> None:
    configure(program)
    assert stat.S_IMODE(program.gitconfig.stat().st_mode) == 0o644
    assert program.gitconfig.stat().st_uid == os.geteuid()


# What the user adds afterwards


LATER = {
    "a second helper": ("--add", "credential.helper", "store"),
    "a setting of the host": ("credential.https://dev.azure.com.username", "jane"),
    "a new section": ("alias.st", "status"),
    "a setting in an old section": ("user.email", "jane@example.com"),
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER.keys())
@pytest.mark.parametrize(
    "content", [None, NAME_UNENDED, NAME_UNENDED + b"\n"], ids=["none", "unended", "ended"]
)
def test_settings_that_the_user_adds_later_survive(
    program: Program, content: bytes | None, later: tuple[str, ...]
) -> None:
    write(program, content)
    configure(program)
    user_sets(program, *later)
    unconfigure(program)
    listed = program.git("config", "--global", "--list")
    assert listed.status == 0, listed
    expected = {"user.name=Jane"} if content else set()
    assert {*listed.stdout.decode().splitlines()} == {*expected, f"{later[-2].lower()}={later[-1]}"}


def test_a_helper_that_takes_our_place_survives(program: Program) -> None:
    configure(program)
    user_sets(program, "credential.helper", "manager")
    unconfigure(program)
    assert read(program) == b"[credential]\n\thelper = manager\n"


def test_comments_that_the_user_writes_between_our_lines_survive(program: Program) -> None:
    configure(program)
    ours = program.gitconfig.read_text()
    program.gitconfig.write_text(ours.replace("[credential]\n", "[credential]\n\t# keep me\n"))
    unconfigure(program)
    assert "\t# keep me\n" in program.gitconfig.read_text()


def test_settings_that_the_user_adds_survive_a_second_configure(program: Program) -> None:
    configure(program)
    user_sets(program, "--add", "credential.helper", "store")
    user_sets(program, "credential.https://dev.azure.com.username", "jane")
    user_sets(program, "--unset", "credential.https://pkgs.dev.azure.com.useHttpPath")
    configure(program)
    listed = program.git("config", "--global", "--list").stdout.decode().splitlines()
    assert "credential.https://pkgs.dev.azure.com.usehttppath=true" in listed
    assert "credential.helper=store" in listed
    assert "credential.https://dev.azure.com.username=jane" in listed


def test_a_helper_that_took_our_place_survives_a_second_configure(program: Program) -> None:
    configure(program)
    user_sets(program, "credential.helper", "manager")
    configure(program)
    helpers = program.git("config", "--global", "--get-all", "credential.helper").stdout.decode()
    assert "manager" in helpers.splitlines()


def test_what_others_appended_stays_behind_a_second_configure_of_an_unended_file(program: Program) -> None:
    write(program, NAME_UNENDED)
    configure(program)
    with program.gitconfig.open("ab") as file:
        file.write(b"[alias]\n\tst = status")
    user_sets(program, "--unset", "credential.https://pkgs.dev.azure.com.useHttpPath")
    configure(program)
    unconfigure(program)
    listed = program.git("config", "--global", "--list")
    assert listed == Run(0, b"user.name=Jane\nalias.st=status\n", "")


@pytest.mark.parametrize("place", ["in the block", "behind the block"])
def test_a_neighbour_that_the_user_adds_later_gets_no_copy_of_an_azure_token(
    program: Program, place: str
) -> None:
    configure(program)
    if place == "in the block":
        user_sets(program, "credential.helper", "store")
    else:
        with program.gitconfig.open("a") as file:
            file.write("[credential]\n\thelper = store\n")
    program.seed("https://github.com/octo", AZURE_TOKEN)
    approved = attributes(
        "protocol=https",
        "host=dev.azure.com",
        "path=fabrikam/web",
        "username=jane",
        f"password={AZURE_TOKEN}",
    )

    assert program.git("credential", "approve", stdin=approved).status == 0

    assert not (program.home / ".git-credentials").exists()
    assert program.run("token", "https://dev.azure.com/fabrikam").stdout == f"{AZURE_TOKEN}\n".encode()
