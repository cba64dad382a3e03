"""The agent follows git's configuration in all its files, and also where a change is hard to see."""

from __future__ import annotations

import os
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest

from git_credential_pat.agent.watch import SettingsWatch

if TYPE_CHECKING:
    from pathlib import Path


def setting(seconds: int) -> str:
    return f"[pat]\n\tagentTimeout = {seconds}\n"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's configuration, with one setting."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "config").write_text(setting(77))
    return tmp_path / "config"


def test_every_file_that_git_would_read_is_followed_also_those_that_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".config" / "git").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "0")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", str(tmp_path / "system"))
    watch = SettingsWatch()
    usual = watch.current().agent_timeout
    steps = [  # each file goes before those above it
        (tmp_path / "system", setting(61), 61),
        (home / ".config" / "git" / "config", setting(62), 62),
        (home / ".gitconfig", "[include]\n\tpath = first\n\tpath = ~/second\n", 62),
        (home / "first", setting(63), 63),
        (home / "second", "[include]\n\tpath = third\n", 63),
        (home / "third", setting(64), 64),
    ]
    before = [usual, *(expected for *_, expected in steps)]
    for path, text, expected in steps:
        path.write_text(text)
        assert watch.current().agent_timeout == expected, path
    for (path, *_), expected in zip(reversed(steps), reversed(before[:-1]), strict=True):
        path.unlink()
        assert watch.current().agent_timeout == expected, path


def test_what_changes_while_git_reads_is_noticed_by_the_next_request(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = tmp_path / "git"
    change = f"printf {shlex.quote(setting(88))} >{shlex.quote(str(config))}"
    git.write_text(
        f"""#!/bin/sh
{shlex.quote(shutil.which("git") or "")} "$@"
status=$?
case "$*" in *--get-regexp*) {change} ;; esac
exit $status
"""
    )
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    watch = SettingsWatch()
    assert [watch.current().agent_timeout for _ in range(2)] == [77, 88]


def test_a_change_is_noticed_though_the_file_has_its_size_and_time_of_before(config: Path) -> None:
    before = config.stat()
    watch = SettingsWatch()
    assert watch.current().agent_timeout == 77
    config.write_text(setting(88))
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert watch.current().agent_timeout == 88
