"""`unconfigure` gives the user's configuration back byte for byte, with whatever was added meanwhile."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from support.checks import refusal
from support.program import AZURE_TOKEN, FABRIKAM, LAUNCHER, Program, Run, attributes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

USER = b"[user]\n\tname = Jane"
FILES: dict[str, bytes | None] = {
    "a relative include": b"[include]\n\tpath = work.gitconfig\n",
    "no file": None,
    "an empty file": b"",
    "one line end": b"\n",
    "blank lines at the end": b"[user]\n\tname = Jane\n\n\n",
    "no line end at the end": USER,
    "CRLF": b"[user]\r\n\tname = Jane\r\n[core]\r\n\teditor = vi\r\n",
    "CRLF without the last": b"[user]\r\n\tname = Jane\r\n[core]\r\n\teditor = vi",
    "CR at the end": b"[user]\r\n\tname = Jane\r",
    "comments": b"# mine\n; too\n[user] # here\n\tname = Jane ; and here\n# at last",
    "a credential section": b"[credential]\n\thelper = cache\n\tuseHttpPath = true\n",
    "credential sections of hosts": (
        b'[credential "https://dev.azure.com"]\n\tusername = jane\n\thelper =\n\thelper = cache\n'
    ),
    "an open credential section": b"[credential]",
    "the helper, by the user's own hand": f"[credential]\n\thelper = {LAUNCHER}\n".encode(),
    "everything on one line": b"[user] name = Jane",
    "bytes that are no UTF-8": b"[user]\n\tname = J\xe4ne \xff\xfe\n# \x80\n",
    "a byte order mark": b"\xef\xbb\xbf[user]\n\tname = Jane\n",
    "a byte order mark alone": b"\xef\xbb\xbf",
    "a continued line at the end": b"[alias]\n\tst = status \\\n",
    "a backslash at the end": b"[alias]\n\tst = status \\",
    "form feed and separators": b"[user]\n\tname = J\x0ba\x0cn\x1ce\xc2\x85\xe2\x80\xa8\n",
}


def configure(program: Program, before: bytes | None = None) -> None:
    """Write the user's configuration, if there is one, and add our block."""
    if before is not None:
        program.gitconfig.write_bytes(before)
    assert program.run("configure").status == 0


def unconfigure(program: Program) -> bytes | None:
    """Take our block out; return what is left of the file."""
    assert program.run("unconfigure").status == 0
    return program.gitconfig.read_bytes() if program.gitconfig.exists() else None


def user_sets(program: Program, *arguments: str) -> None:
    assert program.git("config", "--global", *arguments).status == 0


def listed(program: Program) -> list[str]:
    run = program.git("config", "--global", "--list")
    assert run.status == 0, run
    return run.stdout.decode().splitlines()


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
def test_unconfigure_gives_every_byte_back(program: Program, content: bytes | None) -> None:
    configure(program, content)
    assert content is None or program.gitconfig.read_bytes().startswith(content)
    assert program.gitconfig.read_bytes() != content
    assert unconfigure(program) == content
    assert sorted(path.name for path in program.home.iterdir()) == ([] if content is None else [".gitconfig"])
    assert program.run("unconfigure") == Run(
        0, f"This helper has no lines in {program.gitconfig}.\n".encode(), ""
    )


def test_unconfigure_takes_away_what_seed_wrote_and_says_how_to_have_it_again(program: Program) -> None:
    program.gitconfig.write_bytes(USER)
    for url in (FABRIKAM, "https://github.com/octo", "https://tfs.example.com/tfs/M"):
        program.seed(url, AZURE_TOKEN)
    (hint,) = program.run("unconfigure").stdout.decode().splitlines()[1:]
    assert hint.endswith("git config --global pat.https://tfs.example.com/tfs.provider azure-devops-server")
    assert program.gitconfig.read_bytes() == USER
    assert program.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


@pytest.mark.parametrize("is_there", [True, False])
def test_a_symbolic_link_stays_one(program: Program, *, is_there: bool) -> None:
    target = program.home / "gitconfig"
    if is_there:
        target.write_bytes(USER)
    program.gitconfig.symlink_to("gitconfig")
    configure(program)
    assert b"helper" in target.read_bytes()
    left = unconfigure(program)
    assert os.readlink(program.gitconfig) == "gitconfig"
    assert (left, target.exists()) == ((USER, True) if is_there else (None, False))


@pytest.mark.parametrize("mode", [0o600, 0o664, None])
def test_the_files_mode_stays_and_a_new_file_is_as_git_makes_it(program: Program, mode: int | None) -> None:
    if mode is not None:
        program.gitconfig.write_bytes(USER)
        program.gitconfig.chmod(mode)
    configure(program)
    assert stat.S_IMODE(program.gitconfig.stat().st_mode) == (mode or 0o644)
    if unconfigure(program):
        assert stat.S_IMODE(program.gitconfig.stat().st_mode) == mode


# What users and editors do to the file afterwards


@pytest.mark.parametrize(
    "later",
    [
        ("--add", "credential.helper", "store"),
        ("credential.helper", "manager"),  # which takes our place
        ("credential.https://dev.azure.com.username", "jane"),
        ("alias.st", "status"),
        ("user.email", "jane@example.com"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("content", [None, USER, USER + b"\n"], ids=["none", "unended", "ended"])
def test_settings_that_the_user_adds_later_survive_a_second_configure_and_its_end(
    program: Program, content: bytes | None, later: tuple[str, ...]
) -> None:
    setting = f"{later[-2].lower()}={later[-1]}"
    configure(program, content)
    user_sets(program, *later)
    user_sets(program, "--unset", "credential.https://pkgs.dev.azure.com.useHttpPath")
    configure(program)
    assert {"credential.https://pkgs.dev.azure.com.usehttppath=true", setting} < {*listed(program)}
    unconfigure(program)
    assert {*listed(program)} == {setting, *(["user.name=Jane"] if content else [])}


def test_what_others_appended_stays_behind_a_second_configure_of_an_unended_file(program: Program) -> None:
    configure(program, USER)
    with program.gitconfig.open("ab") as file:
        file.write(b"[alias]\n\tst = status")
    user_sets(program, "--unset", "credential.https://pkgs.dev.azure.com.useHttpPath")
    configure(program)
    unconfigure(program)
    assert listed(program) == ["user.name=Jane", "alias.st=status"]


THEIRS = b'[credential "https://git.mine"] # my server\n\tuseHttpPath = true\n'
END = b"# git-credential-pat: end"


@pytest.mark.parametrize(
    ("edit", "left"),
    [
        (lambda text: text.replace(b"\n", b"\r\n"), b"[user]\r\n\tname = Jane\r\n"),
        (lambda text: text.removesuffix(b"\n"), b"[user]\n\tname = Jane\n"),
        (lambda text: text.replace(END, THEIRS + END), b"[user]\n\tname = Jane\n" + THEIRS),
        (
            lambda text: text.replace(b"[credential]\n", b"[credential]\n\t# keep me\n"),
            b"[user]\n\tname = Jane\n[credential]\n\t# keep me\n",
        ),
    ],
    ids=["other line ends", "the last line end is lost", "a header that is not ours", "a comment"],
)
def test_of_a_block_that_was_edited_what_is_ours_is_taken_out(
    program: Program, edit: Callable[[bytes], bytes], left: bytes
) -> None:
    configure(program, b"[user]\n\tname = Jane\n")
    program.gitconfig.write_bytes(edit(program.gitconfig.read_bytes()))
    assert unconfigure(program) == left


@pytest.mark.parametrize("command", ["configure", "unconfigure"])
def test_a_block_without_its_end_is_refused_and_stays(program: Program, command: str) -> None:
    configure(program)
    lines = program.gitconfig.read_bytes().splitlines(keepends=True)
    program.gitconfig.write_bytes(b"".join(lines[:-1]))
    assert "has no end; put this line below it: " in refusal(program.run(command), 1)
    assert program.gitconfig.read_bytes() == b"".join(lines[:-1])


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
    place_lines = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web")
    approved = attributes(*place_lines, "username=jane", f"password={AZURE_TOKEN}")
    assert program.git("credential", "approve", stdin=approved).status == 0
    assert not (program.home / ".git-credentials").exists()
    assert program.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()


# Git's own variables


def test_git_config_in_the_environment_does_not_replace_the_protected_configuration(
    program: Program, tmp_path: Path
) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    (tmp_path / "other").write_text("[pat]\n\tbackend = nowhere\n")
    run = program.run("token", FABRIKAM, environment={"GIT_CONFIG": str(tmp_path / "other")})
    assert run == Run(0, f"{AZURE_TOKEN}\n".encode(), "")


def test_a_relative_git_config_global_is_taken_from_the_working_folder(
    program: Program, tmp_path: Path
) -> None:
    run = program.run("configure", environment={"GIT_CONFIG_GLOBAL": "mine"}, cwd=tmp_path)
    assert run.status == 0, run
    assert "git-credential-pat: begin" in (tmp_path / "mine").read_text()
    assert not program.gitconfig.exists()
