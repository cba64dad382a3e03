"""A user of package tools, who keeps a token of each organization and has none in any file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from support.leaks import Secrets, files_below
from support.packages.clients import reaching, strayed
from support.program import LAUNCHER, Program, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from support.packages.server import PackageServer

OURS = ("git-credential-pat", "docker-credential-pat", "cargo-credential-pat", "bazel-credential-pat")
"""The names under which the launcher is installed."""
_STRACE = ("strace", "-f", "-qq", "-s", "200000", "--seccomp-bpf", "-e", "trace=execve,execveat")


class Shown(NamedTuple):
    """How a tool ended and what it showed, both streams in one."""

    status: int
    output: str


class Customer(Program):
    """Runs tools in `project`; `bin` is first on PATH, and has the launcher and other tools."""

    def __init__(self, folder: Path, server: PackageServer) -> None:
        self.bin = folder / "home" / "bin"
        super().__init__(folder / "home", self.bin / "git-credential-pat")
        self.server = server
        self.project = folder / "project"
        self.bin.mkdir()
        self.project.mkdir()
        others = [each for each in os.environ["PATH"].split(os.pathsep) if each != str(LAUNCHER.parent)]
        self.environment |= {**reaching(server), "PATH": os.pathsep.join([str(self.bin), *others])}
        self._started = folder / "started"
        self._secrets = Secrets(**{name: token.encode() for name, token in server.tokens.items()})
        for name in OURS:
            (self.bin / name).symlink_to(LAUNCHER)

    def install(self, name: str, program: str | Path) -> None:
        """Put a tool on PATH."""
        (self.bin / name).symlink_to(program)

    def configure(self, *tools: str) -> None:
        """Run `configure` for tools; fail here if that fails."""
        run = self.run("configure", *tools)
        assert run.status == 0, run

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project, or of the home if the name begins with `~/`."""
        path = self.home / name[2:] if name.startswith("~/") else self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def use(self, *command: str | Path, given: str = "") -> Shown:
        """Run a tool in the project, with something on its standard input."""
        return self._watch(command, given, "-v")

    def use_by_exec(self, options: Iterable[str], *command: str | Path) -> Shown:
        """Run a tool by `exec`, which hands it tokens in variables, and in no argument."""
        return self._watch([self.launcher, "exec", *options, "--", *command], "")

    def _watch(self, command: Iterable[str | Path], given: str, *options: str) -> Shown:
        watched = [*_STRACE, *options, "-A", "-o", str(self._started), *map(str, command)]
        run: Run = self._run(watched, given.encode(), None, self.project)
        return Shown(run.status, f"{run.stdout.decode('utf-8', 'backslashreplace')}{run.stderr}")

    def faults(self, *shown: Shown) -> list[str]:
        """Return what went wrong so far: tools that failed, tokens sent astray, tokens for others to read."""
        found = [f"status {each.status}: {each.output}" for each in shown if each.status]
        found += [f"the token of {owner} was sent to {url}" for owner, url in strayed(self.server)]
        return found + sorted(self._leaks(shown))

    def _leaks(self, shown: Iterable[Shown]) -> Iterator[str]:
        """Give where a token is, in any encoding: what was shown, what was started, files of the home."""
        for each in shown:
            yield from (f"{name} in the output" for name in self._within(each.output.encode()))
        started = self._started.read_bytes() if self._started.exists() else b""
        yield from (f"{name} in an argument or a variable" for name in self._within(started))
        for path, content in files_below(self.home, self.project):
            yield from (f"{name} in {path}" for name in self._within(content))

    def _within(self, data: bytes) -> set[str]:
        return self._secrets.within(data)
