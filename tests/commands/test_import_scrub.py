"""`import --scrub` deletes at the source, after a yes and a commit, exactly what is kept then."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from support.checks import files, refusal
from support.importing import import_, scopes, token, write
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program
from support.pty_program import Terminal

from git_credential_pat.errors import PatError
from git_credential_pat.importing.support.scrubbing import Span, WholeFile, scrub

if TYPE_CHECKING:
    from pathlib import Path

LINE = f"https://fabrikam:{AZURE_TOKEN}@dev.azure.com/fabrikam/web/_git/web\n".encode()
MINE = b"# mine\r\n\n  \nrubbish \xff\nhttps://jane@git.example.com\n"
QUESTION = "Add 1 token, then delete 1 token at the source? [y/N] "


def source(program: Program, data: bytes = LINE) -> Path:
    return write(program.home / ".git-credentials", data)


def scrubbed(program: Program) -> str:
    """Return the last line of a scrub that goes well."""
    run = program.run("import", "git-credentials", "--scrub", "--yes")
    assert (run.status, run.stderr) == (0, ""), run
    return run.stdout.decode().splitlines()[-1]


def failed(program: Program) -> str:
    """Return the message of a scrub that fails after the commit."""
    run = program.run("import", "git-credentials", "--scrub", "--yes")
    assert run.status == 1, run
    assert b"1 token added" in run.stdout
    return run.stderr.removeprefix("git-credential-pat: ").removesuffix("\n")


# The file


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LINE, b""),
        (MINE + LINE + MINE, MINE + MINE),
        (MINE + LINE.removesuffix(b"\n"), MINE),
        (LINE + b"rubbish", b"rubbish"),
        (LINE.replace(b"\n", b"\r\n") + b"x\r\n", b"x\r\n"),
        (LINE + MINE + LINE, MINE),
        (
            b"https://f:1@a.example.com\n" + MINE + b"https://f:2@a.example.com\n",
            MINE + b"https://f:2@a.example.com\n",
        ),
    ],
)
def test_what_is_not_kept_stays_byte_for_byte(program: Program, before: bytes, after: bytes) -> None:
    path = source(program, before)
    scrubbed(program)
    assert path.read_bytes() == after


def test_what_is_kept_already_is_deleted_too_but_nothing_without_scrub(program: Program) -> None:
    path = source(program)
    import_(program, "git-credentials")
    assert path.read_bytes() == LINE
    assert scrubbed(program) == "Deleted 1 token at the source."
    assert path.read_bytes() == b""


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_the_files_mode_and_links_to_it_stay(program: Program, mode: int) -> None:
    real = write(program.home / "dotfiles" / "credentials", LINE + MINE)
    real.chmod(mode)
    (program.home / ".git-credentials").symlink_to(real)
    program.run("import", "git-credentials", "--scrub", "--yes")
    assert (program.home / ".git-credentials").readlink() == real
    assert (real.read_bytes(), real.stat().st_mode & 0o777) == (MINE, mode)
    assert sorted(os.listdir(real.parent)) == ["credentials"]


@pytest.mark.needs("root")
def test_the_files_owner_and_group_stay(program: Program) -> None:
    path = source(program, LINE + MINE)
    os.chown(path, 0, 65534)
    scrubbed(program)
    assert (path.stat().st_uid, path.stat().st_gid) == (0, 65534)


def test_a_file_that_git_is_writing_is_left_alone(program: Program) -> None:
    path = source(program)
    lock = write(program.home / ".git-credentials.lock", "")
    assert failed(program) == f"{path} is being changed by another git; if none runs, remove {lock}"
    assert (path.read_bytes(), lock.exists()) == (LINE, True)
    assert token(program, FABRIKAM) == AZURE_TOKEN
    lock.unlink()
    assert scrubbed(program) == "Deleted 1 token at the source."


def test_a_file_that_was_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "file", b"one\ntwo\n")
    with pytest.raises(PatError, match="changed meanwhile; nothing was deleted there; try again"):
        scrub([Span(str(path), 0, b"one\n"), Span(str(path), 4, b"TWO\n")])
    with pytest.raises(PatError, match="changed meanwhile; it was not deleted; try again"):
        scrub([WholeFile(str(path), b"one\n")])
    assert (path.read_bytes(), os.listdir(tmp_path)) == (b"one\ntwo\n", ["file"])


def test_one_failure_does_not_hinder_the_rest(tmp_path: Path) -> None:
    bad, good = write(tmp_path / "bad", b"x"), write(tmp_path / "good", b"x")
    with pytest.raises(PatError, match="bad changed meanwhile"):
        scrub([WholeFile(str(bad), b"y"), WholeFile(str(good), b"x")])
    assert (bad.exists(), good.exists()) == (True, False)


# Crashes


def test_a_kill_after_the_commit_loses_nothing_and_the_next_run_ends_the_work(program: Program) -> None:
    path = source(program, LINE + MINE)
    spy = program.home / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text(
        '#!/bin/sh\ncase "$*" in *"--file /dev/stdin"*) kill -9 "$PPID" ;; esac\nexec /usr/bin/git "$@"\n'
    )
    spy.chmod(0o755)
    environment = {"PATH": f"{spy.parent}{os.pathsep}{program.environment['PATH']}"}
    run = program.run("import", "git-credentials", "--scrub", "--yes", environment=environment)
    assert run.status == -signal.SIGKILL
    assert path.read_bytes() == LINE + MINE
    assert token(program, FABRIKAM) == AZURE_TOKEN
    (program.home / ".gitconfig.lock").unlink()  # git's own kind of lock, which it names
    assert scrubbed(program) == "Deleted 1 token at the source."
    assert path.read_bytes() == MINE


def test_a_commit_that_fails_deletes_nothing(program: Program) -> None:
    path = source(program)
    program.seed("https://dev.azure.com/contoso", OTHER_AZURE_TOKEN)
    (program.data / "vault.lock").unlink()
    (program.data / "vault.lock").mkdir()  # reading takes no lock
    line = refusal(program.run("import", "git-credentials", "--scrub", "--yes"), 1)
    assert line == f"{program.data}/vault.lock is not a regular file; move it away"
    assert path.read_bytes() == LINE
    assert scopes(program) == [("https://dev.azure.com/contoso", "pat")]


def test_where_git_cannot_be_configured_nothing_is_deleted(program: Program) -> None:
    path = source(program)
    (program.home / ".gitconfig.lock").touch()
    assert failed(program).startswith("the token is stored, but Git does not use this helper yet: ")
    assert path.read_bytes() == LINE


# The question


def test_without_a_terminal_it_wants_yes_and_changes_nothing(program: Program) -> None:
    source(program)
    before = files(program)
    assert refusal(program.run("import", "git-credentials", "--scrub"), 1).endswith("; give --yes")
    assert files(program) == before


@pytest.mark.parametrize("answer", ["y", "Yes"])
def test_yes_on_a_terminal_deletes(program: Program, answer: str) -> None:
    path = source(program)
    terminal = Terminal(program, "import", "git-credentials", "--scrub")
    assert f"{FABRIKAM}  pat" in terminal.wait_for(QUESTION), "what is asked about is shown before"
    assert not program.vault.exists()
    terminal.enter(answer)
    assert terminal.finish() == 0
    assert terminal.lines()[-1] == "Deleted 1 token at the source."
    assert path.read_bytes() == b""
    assert AZURE_TOKEN not in terminal.seen


@pytest.mark.parametrize("answer", ["", "no", "delete"])
def test_any_other_answer_changes_nothing(program: Program, answer: str) -> None:
    source(program)
    before = files(program)
    terminal = Terminal(program, "import", "git-credentials", "--scrub")
    terminal.wait_for(QUESTION)
    terminal.enter(answer)
    assert terminal.finish() == 1
    assert terminal.lines()[-1] == "git-credential-pat: nothing was changed"
    assert files(program) == before


@pytest.mark.parametrize(("key", "status"), [("c", 130), ("d", 1)])
def test_breaking_off_the_question_changes_nothing(program: Program, key: str, status: int) -> None:
    source(program)
    before = files(program)
    terminal = Terminal(program, "import", "git-credentials", "--scrub")
    terminal.wait_for(QUESTION)
    terminal.press(key)
    assert terminal.finish() == status
    assert "nothing was changed" in terminal.lines()[-1]
    assert files(program) == before


def test_with_questions_switched_off_it_wants_yes(program: Program) -> None:
    source(program)
    forbidden = {"GIT_TERMINAL_PROMPT": "0"}
    terminal = Terminal(program, "import", "git-credentials", "--scrub", environment=forbidden)
    assert terminal.finish() == 1
    (line,) = terminal.lines()
    assert line.endswith("; give --yes")
    assert not program.vault.exists()


def test_where_nothing_can_be_deleted_nothing_is_asked(program: Program) -> None:
    source(program, MINE)
    terminal = Terminal(program, "import", "git-credentials", "--scrub")
    assert terminal.finish() == 0
    assert "[y/N]" not in terminal.seen
    assert terminal.lines()[-1] == "Deleted 0 tokens at the source."


@pytest.mark.slow
def test_a_long_import_shows_a_bar_on_a_terminal_alone(program: Program) -> None:
    lines = b"".join(b"https://jane:%b@dev.azure.com/org%d\n" % (b"t" * 84, number) for number in range(3000))
    source(program, lines)
    terminal = Terminal(program, "import", "git-credentials", "--dry-run", "--json")
    terminal.wait_for("Placing")
    terminal.wait_for("/3000")
    assert terminal.finish() == 0
    assert program.run("import", "git-credentials", "--dry-run").stderr == ""


def test_a_narrow_terminal_shows_where_each_token_was_below_its_scope(program: Program) -> None:
    path = source(program)
    terminal = Terminal(program, "import", "git-credentials", "--dry-run")
    assert terminal.finish() == 0
    shown = "".join("".join(terminal.lines()).split())  # a long path is folded
    assert f"{FABRIKAM}pat{path}:1·wouldbeadded1token" in shown
