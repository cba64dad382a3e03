"""`configure` and `unconfigure` leave any configuration file as it was, byte for byte, and its kind and mode.

Most files are tried in this process, some by the program itself: there with git's own edits in between,
which must stay, behind links and in other places, and by two processes at once.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.program import Program

from git_credential_pat.errors import PatError
from git_credential_pat.gitconfig import Line, add, helper_lines, remove

if TYPE_CHECKING:
    import random

SHARE_BY_PROGRAM = 25
"""Of so many files one is tried by the program itself."""
LINES = (
    b"[user]", b"\tname = Jane", b'\tname = "J\\"ane" # friend', b"\tname = J\xe4ne", b"\tname = Jane \\",
    b"[credential]", b"\thelper = store", b"\thelper =", b"\thelper = cache --timeout 9",
    b'\thelper = "!f() { echo username=x; }; f"', b"\thelper = pat", b"\thelper = /opt/git-credential-pat",
    b'[credential "https://dev.azure.com"]', b'[credential "https://*.visualstudio.com"]',
    b"\tuseHttpPath = true", b"\tuseHttpPath", b"\tuseHttpPath = false", b"\tusername = jane",
    b"[include]", b"\tpath = other", b'[includeIf "gitdir:~/work/"]', b"\tpath = /nonexistent/file",
    b'[pat "https://tfs.example.com"]', b"\tprovider = gitea", b"[alias] st = status", b"\tst = status",
    b"# git-credential-pat", b"; note", b"", b"   ", b"\t\xff\xfe", b"[broken", b'\tname = "open', b"x\\",
)  # fmt: skip
MODES = (0o600, 0o640, 0o644, 0o664, 0o444)
MORE = (
    Line("credential", "https://github.com", "useHttpPath", "true"),
    Line("pat", "https://tfs.example.com", "provider", "azure-devops-server"),
)
EDITS = (
    ("user.email", "jane@example.com"),
    ("credential.helper", "store"),
    ("credential.https://dev.azure.com.username", "jane"),
    ("alias.last", "log -1"),
)


def written(chance: random.Random) -> bytes:
    """Return a configuration file, or what merely looks like one; now and then of a mebibyte."""
    end = chance.choice((b"\n", b"\n", b"\r\n"))
    lines = chance.choices(LINES, k=chance.randint(0, 12))
    if chance.random() < 0.005:
        lines += [b"[x]"] + [b"\tkey = " + b"v" * 100] * (2**20 // 107)
    mark = chance.choice((b"", b"", b"", b"\xef\xbb\xbf"))
    return mark + end.join(lines) + chance.choice((b"", end))


def attack(trial: Trial) -> None:
    """Add and remove our lines in many files."""
    with tempfile.TemporaryDirectory() as folder:
        while trial.figures["files"] < trial.size:
            in_process(trial, Path(folder) / "config")
            if trial.figures["files"] % SHARE_BY_PROGRAM == 1:
                by_program(trial, Path(folder) / str(trial.figures["by_program"]))
        for number in range(3):
            at_once(trial, Path(folder) / f"at-once-{number}")


def in_process(trial: Trial, path: Path) -> None:
    content = written(trial.chance)
    mode = trial.chance.choice(MODES)
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    try:
        add(str(path), helper_lines("pat"))
        add(str(path), MORE[: trial.chance.randint(0, 2)])
    except PatError:
        trial.require(listed(path) is None, "refused", f"git reads this and we do not: {content!r}")
    else:
        remove(str(path))
    trial.require(path.read_bytes() == content, "changed", f"{content!r} became {path.read_bytes()!r}")
    trial.require(path.stat().st_mode & 0o777 == mode, "changed", f"the mode {mode:o} became another")
    trial.require(not path.with_name("config.lock").exists(), "left", f"a lock is left by {content!r}")
    trial.count("files")


def by_program(trial: Trial, home: Path) -> None:
    """Configure, have git write something, configure again and unconfigure; twice without git's part."""
    program = Program(home)
    content = written(trial.chance)
    is_link = trial.chance.random() < 0.3
    file = home / "dotfiles" if is_link else program.gitconfig
    file.write_bytes(content)
    file.chmod(trial.chance.choice(MODES))
    if is_link:
        program.gitconfig.symlink_to("dotfiles")
    mode = file.stat().st_mode
    before = listed(file)
    for edits in (False, True):
        configured = program.run("configure")
        if before is None:
            trial.require(configured.status == 1, "refused", f"{content!r}: {configured}")
        else:
            trial.require(configured.status == 0, "refused", f"{content!r}: {configured}")
            edit = trial.chance.choice(EDITS)
            if edits:
                assert program.git("config", "--global", "--add", *edit).status == 0
            trial.require(program.run("configure").status == 0, "refused", f"again: {content!r}")
            trial.require(program.run("unconfigure").status == 0, "refused", f"taken out: {content!r}")
        if before is None or not edits:
            trial.require(
                file.read_bytes() == content, "changed", f"{content!r} became {file.read_bytes()!r}"
            )
        else:
            expected = sorted([*before, "\n".join(edit).encode()])
            trial.require(
                sorted(listed(file) or []) == expected, "changed", f"{content!r} and {edit}: {listed(file)}"
            )
        trial.require(file.stat().st_mode == mode, "changed", f"the mode of {content!r}")
        trial.require(program.gitconfig.is_symlink() == is_link, "changed", "a link became a file")
        left = {entry.name for entry in home.iterdir()} - {".gitconfig", "dotfiles", ".cache", ".local"}
        trial.require(not left, "left", f"left behind: {left}")
    trial.count("by_program")


def at_once(trial: Trial, home: Path) -> None:
    """Have processes configure and unconfigure at once; one of them at least does, and the last restores."""
    program = Program(home)
    content = b"[user]\n\tname = Jane"
    program.gitconfig.write_bytes(content)
    words = ["configure", "unconfigure"] * 3
    running = [
        subprocess.Popen(
            [str(program.launcher), word], env=program.environment, stdout=-1, stderr=subprocess.STDOUT
        )
        for word in words
    ]
    for process in running:
        said = process.communicate(timeout=60)[0].decode()
        told = process.returncode == 0 or (process.returncode == 1 and "another git" in said)
        trial.require(told, "refused", f"at once: {process.returncode} {said}")
    done = [process for process in running if process.returncode == 0]
    trial.require(done, "refused", "at once: each was refused for another")
    trial.require(program.run("unconfigure").status == 0, "refused", "after others")
    trial.require(program.gitconfig.read_bytes() == content, "changed", f"{program.gitconfig.read_bytes()!r}")
    trial.count("at_once")


def listed(path: Path) -> list[bytes] | None:
    """Return what git reads from a file, or None if it cannot."""
    finished = subprocess.run(
        ["git", "config", "--file", str(path), "--no-includes", "--null", "--list"],
        capture_output=True,
        check=False,
    )
    return None if finished.returncode else finished.stdout.split(b"\0")[:-1]


ROW = Row(
    promise="configure and unconfigure leave every other byte of git's configuration as it was",
    attack=attack,
    ci=150,
    full=1_000,
    tried=("files", "by_program", "at_once"),
    breaches=("changed", "refused", "left"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))
