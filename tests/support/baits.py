"""Baits: what a hostile environment, home or repository would have a program run. Each leaves a mark.

    baits = Baits(home, folder)
    for bait in baits.all:
        assert baits.is_taken(bait)
    program.run(..., environment=baits.environment, cwd=baits.repository)
    assert baits.sprung() == []

Left out is what every program takes (LD_PRELOAD, GCONV_PATH and other variables of the loader and the C
library), and what holds data alone (TERMINFO, NETRC, translations by LANGUAGE).
"""

from __future__ import annotations

import importlib.util
import marshal
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import git_credential_pat

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PYTHON = os.path.realpath(sys.executable)
"""The interpreter behind any virtual environment, which reads the user's own packages."""
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"

MODULES = (
    *(
        "json",
        "hmac",
        "struct",
        "typing",
        "base64",
        "fcntl",
        "select",
        "signal",
        "ssl",
        "encodings",
        "readline",
    ),
    *("click", "cryptography", "keyring", "urllib3", "truststore", "rich", "git_credential_pat", "git"),
)
PROGRAMS = (
    *("git", "sh", "bash", "env", "readlink", "python3", VERSION, "gpg", "gpg2", "ssh", "dbus-launch", "sed"),
    *("stty", "tput", "pinentry", "less", "vi", "xdg-open", "ldconfig", "uname", "cc", "gcc", "objdump"),
)
VARIABLES = {
    "BROWSER": (PYTHON, "-m", "webbrowser", "https://example.com"),
    "EDITOR": ("git", "config", "--global", "--edit"),
    "GIT_EDITOR": ("git", "config", "--edit"),
    "GIT_PAGER": ("script", "-qec", "git log", "/dev/null"),
    "PAGER": ("script", "-qec", "git -p var -l", "/dev/null"),
    "GIT_ASKPASS": ("git", "-c", "credential.helper=", "credential", "fill"),
    "SSH_ASKPASS": ("git", "credential", "fill"),
    "GIT_SSH": ("git", "ls-remote", "ssh://example.com/x"),
    "GIT_SSH_COMMAND": ("git", "ls-remote", "ssh://example.com/x"),
    "GIT_PROXY_COMMAND": ("git", "ls-remote", "git://example.com/x"),
    "BASH_ENV": ("bash", "-c", ":"),
    "ENV": ("dash", "-i", "-c", ":"),
    "LESSOPEN": ("less", ".git/config"),
}
"""Variables that name a program, and what runs it."""
IN_HOME = ("BROWSER", "EDITOR", "PAGER", "SSH_ASKPASS", "GIT_SSH")
"""Those that the settings of the repository go before."""
SETTINGS = {
    "core.fsmonitor": ("git", "status"),
    "core.editor": ("git", "config", "--edit"),
    "core.pager": ("script", "-qec", "git log", "/dev/null"),
    "core.sshCommand": ("git", "ls-remote", "ssh://example.com/x"),
    "core.askPass": ("git", "-c", "credential.helper=", "credential", "fill"),
    "core.gitProxy": ("git", "ls-remote", "git://example.com/x"),
    "credential.helper": ("git", "credential", "fill"),
    "alias.trap": ("git", "trap"),
    "diff.external": ("git", "diff", "--ext-diff", "HEAD~1"),
}
"""Settings of a repository that name a program, and what runs it."""
ASKED = b"protocol=https\nhost=dev.azure.com\npath=fabrikam/web\n\n"

_OPENSSL = """\
openssl_conf = all
[all]
providers = providers
engines = engines
[providers]
path = path
chosen = chosen
[path]
module = {folder}/path.so
activate = 1
[chosen]
activate = 1
[engines]
trap = trap
[trap]
engine_id = trap
init = 0
"""
_LIBRARY = "#include <fcntl.h>\n__attribute__((constructor)) static void run(void) { creat(MARK, 0600); }\n"
_TLS = (PYTHON, "-c", "import ssl; ssl.create_default_context()")


@dataclass(frozen=True)
class Bait:
    """One bait: the variables that lay it, if it needs any, and a program that takes it."""

    name: str
    taken_by: Sequence[str]
    variables: dict[str, str] = field(default_factory=dict)
    given: bytes = ASKED
    """What the program reads."""
    in_home: bool = False
    """Whether the program runs in the home, where there is nothing else that it would take."""


class Baits:
    """All baits, laid below a home and in a repository. `environment` has the variables of all."""

    def __init__(self, home: Path, folder: Path) -> None:
        """Lay the baits; both folders must be there, and their names have no blanks."""
        self._home = home
        self._folder = folder
        self.marks = folder / "marks"
        self.repository = folder / "repository"
        for name in ("marks", "repository", "path", "named", "programs", "libraries", "git-core"):
            (folder / name).mkdir()
        self._git("init", "-q")
        self.all: list[Bait] = [*self._of_python(), *self._of_keyring(), *self._of_openssl()]
        self.all += [*self._of_variables(), *self._of_repository()]
        self.environment = {name: value for bait in self.all for name, value in bait.variables.items()}
        self.environment["PYTHONPATH"] = f"{folder / 'path'}:{folder / 'named'}"

    def sprung(self) -> list[str]:
        """Return the names of the baits that were taken, and forget it."""
        names = sorted(path.name.replace("+", "/") for path in self.marks.iterdir())
        for path in self.marks.iterdir():
            path.unlink()
        return names

    def is_taken(self, bait: Bait) -> bool:
        """Return whether a bait is taken by the program that is said to do that."""
        names = {
            "HOME": str(self._home),
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "TERM": "dumb",
        }
        people = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(
            list(bait.taken_by),
            env={**names, **people, **bait.variables},
            cwd=self._home if bait.in_home else self.repository,
            input=bait.given,
            capture_output=True,
            check=False,
            timeout=20,
        )
        return bait.name in self.sprung()

    def _mark(self, name: str) -> str:
        return str(self.marks / name.replace("/", "+"))

    def _module(self, path: Path, name: str) -> str:
        """Write a module that leaves a mark, with what is there before anything is imported."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self._code(name))
        return str(path)

    def _code(self, name: str) -> str:
        return (
            f"import posix\nposix.close(posix.open({self._mark(name)!r}, posix.O_CREAT | posix.O_WRONLY))\n"
        )

    def _program(self, path: Path, name: str) -> str:
        """Write a program that leaves a mark."""
        path.write_text(f"#!/bin/sh\n: >'{self._mark(name)}'\n")
        path.chmod(0o755)
        return str(path)

    def _library(self, path: Path, name: str) -> str:
        """Compile a shared library that leaves a mark when it is loaded."""
        mark = f'-DMARK="{self._mark(name)}"'
        command = ["gcc", "-shared", "-fPIC", mark, "-x", "c", "-", "-o", str(path)]
        subprocess.run(command, input=_LIBRARY.encode(), check=True)
        return str(path)

    def _of_python(self) -> Iterable[Bait]:
        path, named = self._folder / "path", self._folder / "named"
        for module in MODULES:
            self._module(path / f"{module}.py", "PYTHONPATH")
            self._module(self.repository / f"{module}.py", "working folder")
        yield Bait("PYTHONPATH", (PYTHON, "-c", "import json"), {"PYTHONPATH": str(path)}, in_home=True)
        yield Bait("working folder", (PYTHON, "-c", "import json"))
        sites = {"PYTHONPATH": str(named)}
        self._module(named / "sitecustomize.py", "sitecustomize")
        yield Bait("sitecustomize", (PYTHON, "-c", ""), sites, in_home=True)
        own = self._home / ".local" / "lib" / VERSION / "site-packages"
        self._module(own / "usercustomize.py", "usercustomize")
        (own / "trap.pth").write_text(self._code("pth").replace("\n", "; ") + "\n")
        for name in ("usercustomize", "pth"):
            yield Bait(name, (PYTHON, "-c", ""), {"PYTHONUSERBASE": str(self._home / ".local")}, in_home=True)
        startup = self._module(named / "startup.py", "PYTHONSTARTUP")
        yield Bait("PYTHONSTARTUP", (PYTHON, "-i"), {"PYTHONSTARTUP": startup}, b"", in_home=True)
        self._module(self._folder / "home" / "lib" / VERSION / "encodings" / "__init__.py", "PYTHONHOME")
        yield Bait("PYTHONHOME", (PYTHON, "-c", ""), {"PYTHONHOME": str(self._folder / "home")}, in_home=True)
        self._module(named / "stopped.py", "PYTHONBREAKPOINT")
        stopping = {**sites, "PYTHONBREAKPOINT": "stopped.here"}
        yield Bait("PYTHONBREAKPOINT", (PYTHON, "-c", "breakpoint()"), stopping, in_home=True)
        self._module(named / "warned.py", "PYTHONWARNINGS")
        warning = {**sites, "PYTHONWARNINGS": "ignore::warned.Warned"}
        yield Bait("PYTHONWARNINGS", (PYTHON, "-c", "import warnings"), warning, in_home=True)
        compiled = {"PYTHONPYCACHEPREFIX": str(self._compiled("PYTHONPYCACHEPREFIX"))}
        yield Bait("PYTHONPYCACHEPREFIX", (PYTHON, "-c", "import csv"), compiled, in_home=True)

    def _compiled(self, name: str) -> Path:
        """Write compiled files that stand for modules of Python and of this program, and leave a mark."""
        prefix = self._folder / "compiled"
        code = marshal.dumps(compile(self._code(name), "trap", "exec"))
        data = (
            importlib.util.MAGIC_NUMBER + b"\1\0\0\0" + bytes(8) + code
        )  # PEP 552: the source is not looked at
        package = Path(git_credential_pat.__file__).parent
        ours = [package / "cli.py", package / "git" / "settings.py", package / "agent" / "client.py"]
        for source in [*ours, Path(str(importlib.util.find_spec("csv").origin))]:  # type: ignore[union-attr]  # it is there
            target = prefix / source.relative_to("/").with_suffix(f".{sys.implementation.cache_tag}.pyc")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return prefix

    def _of_keyring(self) -> Iterable[Bait]:
        named = self._folder / "named"
        use = (sys.executable, "-c", "import keyring; keyring.get_keyring()")
        self._module(named / "configured.py", "keyringrc.cfg")
        file = self._home / ".config" / "python_keyring" / "keyringrc.cfg"
        file.parent.mkdir(parents=True)
        file.write_text(f"[backend]\ndefault-keyring=configured.Keyring\nkeyring-path={named}\n")
        yield Bait("keyringrc.cfg", use, in_home=True)
        self._module(named / "chosen.py", "PYTHON_KEYRING_BACKEND")
        choice = {"PYTHON_KEYRING_BACKEND": "chosen.Keyring", "PYTHONPATH": str(named)}
        yield Bait("PYTHON_KEYRING_BACKEND", use, choice, in_home=True)
        bus = {"DBUS_SESSION_BUS_ADDRESS": f"unixexec:path={self._program(named / 'bus', 'D-Bus')}"}
        yield Bait("D-Bus", ("dbus-send", "--print-reply", "--dest=a.b", "/", "a.b.C"), bus, in_home=True)

    def _of_openssl(self) -> Iterable[Bait]:
        folder = self._folder / "libraries"
        names = {"OPENSSL_CONF": "path", "OPENSSL_MODULES": "chosen", "OPENSSL_ENGINES": "trap"}
        for name, library in names.items():
            self._library(folder / f"{library}.so", name)
        file = folder / "openssl.cnf"
        file.write_text(_OPENSSL.format(folder=folder))
        places = {"OPENSSL_CONF": str(file), "OPENSSL_MODULES": str(folder), "OPENSSL_ENGINES": str(folder)}
        for name in names:
            yield Bait(name, _TLS, places, in_home=True)

    def _of_variables(self) -> Iterable[Bait]:
        for name, command in VARIABLES.items():
            file = self._program(self._folder / "programs" / name, name)
            value = f"|{file} %s" if name == "LESSOPEN" else file
            yield Bait(name, command, {name: value}, in_home=name in IN_HOME)
        self._program(self._folder / "git-core" / "git-remote-https", "GIT_EXEC_PATH")
        found = {"GIT_EXEC_PATH": str(self._folder / "git-core")}
        yield Bait("GIT_EXEC_PATH", ("git", "ls-remote", "https://example.com/x"), found)
        for name in PROGRAMS:
            self._program(self.repository / name, "PATH")
        yield Bait("PATH", ("sh", "-c", "readlink /"), {"PATH": f".::{os.environ['PATH']}"})

    def _of_repository(self) -> Iterable[Bait]:
        """Lay what stands in the configuration of a repository; it names a backend, too, which is none."""
        for name in ("json.py", "click.py"):
            self._git("add", name)
            self._git("-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "-m", "x")
        for name, command in SETTINGS.items():
            file = self._program(self._folder / "programs" / f"setting-{name}", name)
            self._git("config", name, f"!{file}" if name.startswith(("alias", "credential")) else file)
            yield Bait(name, command)
        hooks = self._folder / "hooks"
        hooks.mkdir()
        self._program(hooks / "pre-commit", "core.hooksPath")
        self._git("config", "core.hooksPath", str(hooks))
        yield Bait("core.hooksPath", ("git", "-c", "core.fsmonitor=", "commit", "--allow-empty", "-m", "x"))
        included = self._folder / "included"
        included.write_text(f'[alias]\n\tincluded = "!{self._program(hooks / "included", "include.path")}"\n')
        self._git("config", "include.path", str(included))
        yield Bait("include.path", ("git", "included"))
        self._git("config", "pat.backend", "trap")

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", "-C", str(self.repository), *arguments], check=True)
