"""The installed program, run as Git and users run it: through its launcher, in a throw-away home."""

import os
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from support.forked import needs_start, shared_nursery
from support.users import AS_NOBODY

LAUNCHER = Path(sysconfig.get_path("scripts")) / "git-credential-pat"
"""The launcher of the environment that the tests run in."""

FABRIKAM = "https://dev.azure.com/fabrikam"
CONTOSO = "https://dev.azure.com/contoso"
"""The organizations of nearly all examples."""

AZURE_TOKEN = "A" * 76 + "AZDO" + "b1c2"
"""A token of the shape that Azure DevOps makes: 84 characters with a mark."""

OTHER_AZURE_TOKEN = "B" * 76 + "AZDO" + "d3e4"

NO_AGENT = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "pat.agent", "GIT_CONFIG_VALUE_0": "never"}
"""Environment that keeps calls from starting an agent, which would outlive the test."""


NO_NETWORK = {"https_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1,localhost,::1"}
"""Environment that keeps made-up tokens from the real hosts: who needs one configures its own proxy."""

REAL_START = {"REAL_START": ""}
"""Environment of a call that is started as Git starts it, in a process of its own, and not forked."""


class Run(NamedTuple):
    """How a run ended."""

    status: int
    stdout: bytes
    stderr: str


class Program:
    """The program and real git in one home folder, with nothing of the machine's own configuration."""

    def __init__(self, home: Path, launcher: Path = LAUNCHER) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.launcher = launcher
        self.environment = {
            "HOME": str(home),
            "PATH": f"{launcher.parent}{os.pathsep}{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            **NO_NETWORK,
            **NO_AGENT,
        }

    @property
    def data(self) -> Path:
        return self.home / ".local" / "share" / "git-credential-pat"

    @property
    def vault(self) -> Path:
        return self.data / "vault"

    @property
    def key(self) -> Path:
        return self.home / ".config" / "git-credential-pat" / "key"

    @property
    def gitconfig(self) -> Path:
        return self.home / ".gitconfig"

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Run:
        """Run the launcher with standard input from a pipe."""
        return self._run([str(self.launcher), *arguments], stdin, environment, cwd)

    def run_as_nobody(self, *arguments: str, stdin: bytes = b"") -> Run:
        """Run the launcher as another user than root, who must be given what is to be changed."""
        return self._run([*AS_NOBODY, str(self.launcher), *arguments], stdin, None, None)

    def git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Run:
        """Run real git in this home; it never asks on a terminal."""
        quiet = {"GIT_TERMINAL_PROMPT": "0", **(environment or {})}
        return self._run(["git", *arguments], stdin, quiet, cwd)

    def shell(self, line: str, environment: Mapping[str, str] | None = None, stdin: bytes = b"") -> Run:
        """Run a line of sh in this home."""
        return self._run(["/bin/sh", "-c", line], stdin, environment, None)

    def seed(self, url: str, token: str, *options: str) -> Run:
        """Seed a token from standard input; fail here if that fails."""
        result = self.run("seed", url, "--no-verify", *options, stdin=f"{token}\n".encode())
        assert result.status == 0, result
        return result

    def _run(
        self, command: list[str], stdin: bytes, environment: Mapping[str, str] | None, cwd: Path | None
    ) -> Run:
        variables, folder = {**self.environment, **(environment or {})}, cwd or self.home
        if command[0] == str(LAUNCHER) and not needs_start(variables):
            variables["GIT_CREDENTIAL_PAT_LAUNCHER"] = command[0]
            return Run(*shared_nursery().run(command[1:], stdin, variables, folder))
        finished = subprocess.run(
            command, input=stdin, env=variables, cwd=folder, capture_output=True, check=False, timeout=60
        )
        return Run(finished.returncode, finished.stdout, finished.stderr.decode("utf-8", "backslashreplace"))


def attributes(*lines: str) -> bytes:
    """Return a request of these lines, with the empty line that ends it."""
    return "\n".join([*lines, "", ""]).encode()
