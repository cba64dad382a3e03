"""What a test needs, and which tests a run leaves out.

    @pytest.mark.needs("strace", "root")
    @pytest.mark.slow
    def test_...

A run of everything is quick: it leaves out slow tests and those that need installed programs, and says how
many. `--all` runs them too, and so does a run of files or tests that are named. Where a needed thing is
missing the test is not run, and the summary has one line for each: `not tried: needs strace (7 tests)`.
With GIT_CREDENTIAL_PAT_TRY_ALL=1 it fails with that message.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.user_services import SYSTEMD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # it has no types

TRY_ALL = "GIT_CREDENTIAL_PAT_TRY_ALL"
NEWER_GIT = "GIT_CREDENTIAL_PAT_NEWER_GIT"
"""The variable that names a Git of 2.46 or later: bin/git in a folder that newer_git.sh has filled."""
GIT_SUITE = "GIT_CREDENTIAL_PAT_GIT_SUITE"
"""The variable that names a folder with Git's own tests, which git_suite.sh has filled."""
PACKAGE_TOOLS = "GIT_CREDENTIAL_PAT_PACKAGE_TOOLS"
"""The variable that names a folder with pip, npm and others in bin, which package_tools.sh has filled."""
MARKERS = (
    "needs(*names): what the test needs of the machine; see tests/support/requirements.py",
    "slow: takes seconds, so that it runs with --all only, or where it is named",
)

BASH_COMPLETION = "/usr/share/bash-completion/bash_completion"
"""Where the package of that name has the functions that git's own completion is written with."""

LIBSECRET = Path("/usr/share/doc/git/contrib/credential/libsecret/git-credential-libsecret.c")
"""The source of that helper in Debian's git."""

_ADMINISTRATORS_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


def _has(program: str) -> Callable[[], bool]:
    """Return a probe for a program."""

    def probe() -> bool:
        path = f"{os.environ.get('PATH', os.defpath)}:{_ADMINISTRATORS_FOLDERS}"
        return shutil.which(program, path=path) is not None

    return probe


def _has_tool(name: str) -> Callable[[], bool]:
    """Return a probe for a program of package_tools.sh."""
    return lambda: package_tool(name).is_absolute() and os.access(package_tool(name), os.X_OK)


def _has_cargo() -> bool:
    """Return whether Cargo is here, and of 1.74 or later: older ones ask no program for a token."""
    if not _has("cargo")():
        return False
    version = subprocess.run(["cargo", "--version"], check=False, capture_output=True).stdout.split()[1:2]
    return bool(version) and [*map(int, version[0].split(b".")[:2])] >= [1, 74]


def _has_libsecret() -> bool:
    """Return whether a helper for libsecret can be built, if its source is there."""
    if not all(_has(program)() for program in ("gcc", "make", "pkg-config")):
        return False
    return subprocess.run(["pkg-config", "--exists", "libsecret-1"], check=False).returncode == 0


_PACKAGE_TOOLS = (
    *("pip", "pip-23", "twine", "poetry", "hatch", "pdm", "keyring", "artifacts-keyring", "go"),
    *("npm", "pnpm", "pnpm-10", "bun", "yarn"),
)

_CONDITIONS = frozenset(("root",))
"""Needs that are no installed programs."""

NEEDS: dict[str, Callable[[], bool]] = {
    "strace": _has("strace"),
    "root": lambda: os.geteuid() == 0,
    "gnome-keyring": _has("gnome-keyring-daemon"),
    "dbus": _has("dbus-run-session"),
    "secret-tool": _has("secret-tool"),
    "Xvfb": _has("Xvfb"),
    "xclip": _has("xclip"),
    "sway": _has("sway"),
    "wl-clipboard": _has("wl-copy"),
    "gpg": _has("gpg"),
    "gcc": _has("gcc"),
    "libsecret": lambda: LIBSECRET.exists() and _has_libsecret(),
    "newer-libsecret": lambda: newer_libsecret().exists() and _has_libsecret(),
    "pass": _has("pass"),
    "pass-git-helper": _has("pass-git-helper"),
    "script": _has("script"),
    "curl": _has("curl"),
    "pinentry": _has("pinentry-curses"),
    "gcm": _has("git-credential-manager"),
    "gh": _has("gh"),
    "man": _has("man"),
    "uv": _has("uv"),
    "pipx": _has("pipx"),
    "faketime": _has("faketime"),
    "systemd": _has("systemd-analyze"),
    "systemd-user": lambda: SYSTEMD.exists() and _has("systemctl")() and _has("unshare")(),
    "cron": _has("crontab"),
    "notify-send": _has("notify-send"),
    "zsh": _has("zsh"),
    "fish": _has("fish"),
    "dash": _has("dash"),
    "busybox": _has("busybox"),
    "bash-completion": lambda: os.path.exists(BASH_COMPLETION),
    "git-suite": lambda: git_suite().is_absolute() and git_suite().joinpath("built").exists(),
    "cargo": _has_cargo,
    "composer": _has("composer"),
    "bundler": _has("bundle"),
    "docker": _has("docker"),
    "podman": _has("podman"),
    "skopeo": _has("skopeo"),
    **{name: _has_tool(name) for name in _PACKAGE_TOOLS},
    "msal": lambda: find_spec("msal") is not None,
    "newer-git": lambda: newer_git().is_absolute() and os.access(newer_git(), os.X_OK),
}


def add_options(parser: pytest.Parser) -> None:
    """Add what a run may be asked for."""
    parser.addoption("--all", action="store_true", help="run slow tests and those with programs too")


class Requirements:
    """The pytest plugin behind the markers; with xdist, each worker's reports to the first one."""

    def __init__(self, config: pytest.Config) -> None:
        for marker in MARKERS:
            config.addinivalue_line("markers", marker)
        named = config.args_source is pytest.Config.ArgsSource.ARGS
        chosen: dict[str, bool] = getattr(config, "workerinput", {})
        self.is_quick = chosen.get("is_quick", not (named or config.getoption("all")))
        self._try_all = os.environ.get(TRY_ALL) == "1"
        self.left_out: dict[str, int] = {}
        if config.pluginmanager.has_plugin("xdist"):
            config.pluginmanager.register(_Crew(self), "requirements of workers")

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        left_out: Counter[str] = Counter()
        kept: list[pytest.Item] = []
        dropped: list[pytest.Item] = []
        for item in items:
            names = names_of(item)
            lacking = [] if self._try_all else missing(names)
            if self.is_quick and (item.get_closest_marker("slow") or set(names) - _CONDITIONS):
                lacking = [""]
            left_out.update(lacking)
            (dropped if lacking else kept).append(item)
        if dropped:
            config.hook.pytest_deselected(items=dropped)
            items[:] = kept
        self.left_out = dict(left_out)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output: dict[str, object] = getattr(session.config, "workeroutput", {})
        output["left out"] = self.left_out

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        lacking = missing(names_of(item))
        if lacking:
            pytest.fail(f"not tried: needs {', '.join(lacking)}", pytrace=False)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name, count in sorted(self.left_out.items()):
            why = f"needs {name}" if name else "slow, or with other programs; --all tries them"
            terminalreporter.write_line(f"not tried: {why} ({count} test{'s' if count > 1 else ''})")


class _Crew:
    """What passes between a run's workers and the process that reports."""

    def __init__(self, reporting: Requirements) -> None:
        self._reporting = reporting

    def pytest_configure_node(self, node: WorkerController) -> None:
        node.workerinput["is_quick"] = self._reporting.is_quick

    def pytest_testnodedown(self, node: WorkerController) -> None:
        said = getattr(node, "workeroutput", {}).get("left out", {})  # nothing if it crashed
        self._reporting.left_out = said or self._reporting.left_out


def newer_git() -> Path:
    """Return where the newer Git is said to be; a path without a folder if nothing is said."""
    return Path(os.environ.get(NEWER_GIT, ""))


def newer_libsecret() -> Path:
    """Return where newer_git.sh puts the source of git-credential-libsecret."""
    return newer_git().parent.parent / "libsecret" / LIBSECRET.name


def git_suite() -> Path:
    """Return where Git's own tests are said to be; a path without a folder if nothing is said."""
    return Path(os.environ.get(GIT_SUITE, ""))


def package_tool(name: str) -> Path:
    """Return where a program of package_tools.sh is said to be; no absolute path if nothing is said."""
    return Path(os.environ.get(PACKAGE_TOOLS, ""), "bin", name)


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
