"""What a test needs of the machine, and what becomes of it where that is missing.

    @pytest.mark.needs("strace", "root")
    def test_...

Where one of the names is missing the test is not run, and the summary has one line for each missing
thing: `not tried: needs strace (7 tests)`. With GIT_CREDENTIAL_PAT_TRY_ALL=1 it fails with that message.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TRY_ALL = "GIT_CREDENTIAL_PAT_TRY_ALL"
NEWER_GIT = "GIT_CREDENTIAL_PAT_NEWER_GIT"
"""The variable that names a Git of 2.46 or later: bin/git in a folder that newer_git.sh has filled."""
MARKER = "needs(*names): what the test needs of the machine; see tests/support/requirements.py"

BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
"""Where the package of that name has the functions that git's own completion is written with."""

_ADMINISTRATORS_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


def _has(program: str) -> Callable[[], bool]:
    """Return a probe for a program."""

    def probe() -> bool:
        path = f"{os.environ.get('PATH', os.defpath)}:{_ADMINISTRATORS_FOLDERS}"
        return shutil.which(program, path=path) is not None

    return probe


NEEDS: dict[str, Callable[[], bool]] = {
    "strace": _has("strace"),
    "root": lambda: os.geteuid() == 0,
    "gnome-keyring": _has("gnome-keyring-daemon"),
    "dbus": _has("dbus-run-session"),
    "secret-tool": _has("secret-tool"),
    "gpg": _has("gpg"),
    "gcc": _has("gcc"),
    "script": _has("script"),
    "curl": _has("curl"),
    "pinentry": _has("pinentry-curses"),
    "gcm": _has("git-credential-manager"),
    "tmux": _has("tmux"),
    "man": _has("man"),
    "uv": _has("uv"),
    "pipx": _has("pipx"),
    "faketime": _has("faketime"),
    "systemd": _has("systemd-analyze"),
    "zsh": _has("zsh"),
    "fish": _has("fish"),
    "bash-completion": lambda: os.path.exists(BASH_COMPLETION),
    "newer-git": lambda: newer_git().is_absolute() and os.access(newer_git(), os.X_OK),
}


class Requirements:
    """The pytest plugin behind the marker."""

    def __init__(self) -> None:
        self._not_tried: Counter[str] = Counter()
        self._try_all = os.environ.get(TRY_ALL) == "1"

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        lacking = {item: missing(names_of(item)) for item in items}
        if self._try_all:
            return
        dropped = [item for item in items if lacking[item]]
        self._not_tried.update(name for item in dropped for name in lacking[item])
        if dropped:
            config.hook.pytest_deselected(items=dropped)
            items[:] = [item for item in items if not lacking[item]]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        lacking = missing(names_of(item))
        if lacking:
            pytest.fail(f"not tried: needs {', '.join(lacking)}", pytrace=False)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name, count in sorted(self._not_tried.items()):
            terminalreporter.write_line(f"not tried: needs {name} ({count} test{'s' if count > 1 else ''})")


def newer_git() -> Path:
    """Return where the newer Git is said to be; a path without a folder if nothing is said."""
    return Path(os.environ.get(NEWER_GIT, ""))


def names_of(item: pytest.Item) -> list[str]:
    """Return the names in all of an item's markers; an unknown one is an error in the test."""
    names = [str(name) for mark in item.iter_markers("needs") for name in mark.args]
    unknown = [name for name in names if name not in NEEDS]
    if unknown:
        raise pytest.UsageError(
            f"{item.nodeid} needs {unknown[0]}, which tests/support/requirements.py does not know"
        )
    return names


def missing(names: Iterable[str]) -> list[str]:
    """Return those of the names that this machine lacks."""
    return sorted({name for name in names if not NEEDS[name]()})
