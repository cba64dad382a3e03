"""The agent follows git's configuration also where a change is hard to see."""

from __future__ import annotations

import os
import shlex
import shutil
from typing import TYPE_CHECKING

from git_credential_pat.agent.watch import SettingsWatch

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_changes_while_git_reads_is_noticed_by_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[pat]\n\tagentTimeout = 77\n")
    git = tmp_path / "git"
    git.write_text(
        f"""#!/bin/sh
{shlex.quote(shutil.which("git") or "")} "$@"
status=$?
case "$*" in *--get-regexp*) printf '[pat]\\n\\tagentTimeout = 88\\n' >{shlex.quote(str(config))} ;; esac
exit $status
"""
    )
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    watch = SettingsWatch()
    assert [watch.current().agent_timeout for _ in range(2)] == [77, 88]


def test_a_change_is_noticed_though_the_file_has_its_size_and_time_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[pat]\n\tagentTimeout = 77\n")
    before = config.stat()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    watch = SettingsWatch()
    assert watch.current().agent_timeout == 77
    config.write_text("[pat]\n\tagentTimeout = 88\n")
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert watch.current().agent_timeout == 88
