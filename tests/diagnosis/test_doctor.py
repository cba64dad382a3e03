"""`doctor` itself: what it prints, its status, and that it shows no secret, asks nobody, changes nothing."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.checks import files, keep
from support.doctor import doctor, findings, problems
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program
from support.pty_program import Terminal
from support.slots import lock_by_passphrase

from git_credential_pat.model.entry import Nanoseconds

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "the-canary-that-is-never-shown"


def test_on_a_terminal_the_marks_have_colours_and_nobody_is_asked(
    healthy: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_by_passphrase(healthy, monkeypatch)
    healthy.gitconfig.unlink()
    healthy.vault.chmod(0o644)
    terminal = Terminal(healthy, "doctor", "--offline")
    assert terminal.finish() == 1
    assert "Passphrase" not in terminal.seen
    assert "\x1b[32mok" in terminal.seen
    assert "\x1b[1;31mproblem" in terminal.seen
    assert f"         chmod 600 {healthy.vault}" in terminal.lines(), "no line of a command is broken"


def test_notes_are_no_problems(healthy: Program) -> None:
    assert healthy.git("config", "--global", "pat.colour", "blue").status == 0
    done = healthy.run("doctor", "--offline")
    assert (done.status, done.stdout.splitlines()[-1]) == (0, b"no problems")
    assert b"\nnote     " in done.stdout


def test_as_json_every_finding_has_the_same_four_facts(healthy: Program) -> None:
    found = findings(healthy.run("doctor", "--offline", "--json"))
    assert {finding.state for finding in found} == {"ok"}
    checks = "git program settings helper paths permissions vault slots agent tokens clock tls"
    assert [finding.check for finding in found] == checks.split()


def test_it_changes_nothing(healthy: Program) -> None:
    before = files(healthy)
    healthy.run("doctor", "--offline")
    assert files(healthy) == before


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_no_secret_is_shown(healthy: Program, repository: Path, as_json: tuple[str, ...]) -> None:
    keep(healthy, "https://git.example.com/", CANARY, "jane")
    keep(healthy, "https://dev.azure.com/", OTHER_AZURE_TOKEN, AZURE_TOKEN)
    (healthy.home / ".git-credentials").write_text(f"https://jane:{CANARY}@dev.azure.com\n")
    config = {
        "remote.origin.url": f"https://jane:{CANARY}@dev.azure.com/fabrikam/web/_git/api",
        "remote.token.url": f"https://{AZURE_TOKEN}@dev.azure.com/fabrikam/web/_git/api",
        "remote.name.url": f"https://{CANARY}@git.example.com/team/api",
        "http.https://dev.azure.com.extraHeader": f"Authorization: Basic {CANARY}",
        f"http.https://j:{CANARY}@git.example.com.extraHeader": "Authorization: Bearer x",
        f"url.https://j:{CANARY}@git.example.com/.insteadOf": "https://git.example.com/",
        "http.proxy": f"http://jane:{CANARY}@127.0.0.1:1",
        "credential.helper": f"!f() {{ echo password={CANARY}; }}; f",
        "credential.https://git.example.com.helper": f"store --token {CANARY}",
        "credential.https://dev.azure.com.helper": f"store --token {CANARY}",
        "http.sslVerify": "false",
        f"pat.https://j:{CANARY}@git.example.com.provider": "none",
    }
    for name, value in config.items():
        for scope in ((), ("--global",)):
            assert healthy.git("config", *scope, "--add", name, value, cwd=repository).status == 0
    done = healthy.run("doctor", *as_json, cwd=repository)
    assert done.status == 1
    shown = done.stdout.decode() + done.stderr
    assert shown.count("problem") >= 5
    for secret in (CANARY, AZURE_TOKEN, OTHER_AZURE_TOKEN):
        assert secret not in shown


def test_a_hostile_repository_executes_nothing(healthy: Program, repository: Path, tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(mark))}\n")
    script.chmod(0o755)
    names = (
        "core.fsmonitor core.sshCommand core.pager core.editor core.gitProxy core.askPass core.hooksPath "
        "alias.config alias.credential-pat pager.config credential.helper diff.external gpg.program "
        "filter.x.smudge pat.keyringBackend remote.origin.uploadpack remote.origin.vcs "
        "uploadpack.packObjectsHook trace2.eventTarget"
    )
    for name in names.split():
        value = f"!{script}" if name.startswith(("alias", "credential")) else str(script)
        assert healthy.git("config", name, value, cwd=repository).status == 0
    url = f"ext::{script}"
    assert healthy.git("config", "remote.origin.url", url, cwd=repository).status == 0
    for name in ("git", "git-credential-pat", "python3"):
        (repository / name).symlink_to(script)
    done = healthy.run("doctor", "--offline", cwd=repository)
    assert done.stdout.splitlines()[0].startswith(b"ok       git ")
    assert done.stderr == ""
    assert not mark.exists()
    subprocess.run([str(script)], check=True)
    assert mark.exists()


@pytest.mark.slow
def test_a_repository_cannot_hold_it_up(healthy: Program, repository: Path) -> None:
    os.mkfifo(repository / "pipe")
    padding = "".join(f"[padding]\n\tx{number} = {'x' * 80}\n" for number in range(2000))
    with (repository / ".git/config").open("a") as file:
        file.write(f"{padding}[include]\n\tpath = {repository}/pipe\n")
    start = time.monotonic()
    (finding,) = problems(healthy, cwd=repository)
    assert time.monotonic() - start < 30
    assert finding.text == f"git cannot read the configuration of the repository in {repository}"


def test_names_and_values_of_a_repository_cannot_steer_the_terminal(
    healthy: Program, repository: Path
) -> None:
    keep(healthy, "https://git.example.com/", CANARY, "jane")
    with (repository / ".git/config").open("ab") as file:
        file.write(b'[remote "\x1b[2J$(touch x)"]\n\turl = https://dev.azure.com/contoso/\x1b[2Jweb\n')
        file.write(b'[remote "a; touch x"]\n\turl = "https://dev.azure.com/a b;touch x/$(touch x)"\n')
        file.write(b'[remote "--upload-pack"]\n\turl = https://joe@git.example.com/team/web\n')
        file.write(b'[pat "\x1b[2J"]\n\tprovider = \x1b[2J\n[pat]\n\tx-y = 1\n')
        file.write(b'[credential]\n\thelper = "\x1b]0;x\x07"\n')
    found = doctor(healthy, cwd=repository)
    for finding in found:
        assert finding.text.isprintable()
        assert finding.fix is None or finding.fix.isprintable()
    for fix in filter(None, (finding.fix for finding in found)):
        words = shlex.split(fix)
        assert "touch" not in words, fix
        assert ";" not in words, fix
    (option,) = [found.fix for found in found if found.fix and "upload-pack" in found.fix]
    assert option == (f"git -C {repository} remote set-url -- --upload-pack https://git.example.com/team/web")


def test_without_a_home_it_says_so(healthy: Program) -> None:
    del healthy.environment["HOME"]
    texts = [finding.text for finding in problems(healthy)]
    assert "there is no home folder; set HOME" in texts


def test_in_a_folder_that_is_gone_it_still_works(healthy: Program) -> None:
    gone = healthy.home / "gone"
    gone.mkdir()
    command = f"cd {gone} && rmdir {gone} && exec git-credential-pat doctor --offline"
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=healthy.environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, b"no problems")


@pytest.mark.needs("root")
def test_a_home_that_cannot_be_written_is_looked_at_all_the_same(healthy: Program) -> None:
    home = shlex.quote(str(healthy.home))
    script = f"mount --bind {home} {home} && mount -o remount,bind,ro {home} && "
    script += f"exec {shlex.quote(str(healthy.launcher))} doctor --offline"
    done = subprocess.run(
        ["unshare", "--mount", "/bin/sh", "-c", script],
        env=healthy.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"note     {healthy.data} is on a read-only file system: its tokens can be used" in done.stdout
    assert done.stdout.endswith("no problems\n")


def test_a_check_that_fails_itself_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    from git_credential_pat import diagnosis

    def fail(_: diagnosis.Surroundings) -> list[diagnosis.Finding]:
        raise KeyError(CANARY)

    around = diagnosis.Surroundings({}, "/", backend=None, now=Nanoseconds(0), is_offline=True)
    monkeypatch.setattr(diagnosis, "CHECKS", {"first": fail, "second": fail, "third": lambda _: ()})
    assert [*diagnosis.diagnose(around)] == [
        diagnosis.Finding("first", "problem", "this check failed itself (KeyError); please report it", None)
    ]
