"""What a tool's configuration depends on: the environment, the launcher, and whose tokens are stored."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import NAME
from git_credential_pat.hosts import family_of
from git_credential_pat.hosts.support.packages import Packages
from git_credential_pat.model.scope import Provider, Scope
from git_credential_pat.system.processes import DEFAULT_PATH, find_program
from git_credential_pat.text import quoted


class Around:
    """The user's surroundings; a folder or a program is looked up when a tool asks for it."""

    def __init__(
        self,
        variables: Mapping[str, str],
        launcher: str,
        data_folder: str,
        scopes: Callable[[], Iterable[Scope]],
        providers: Iterable[Provider] = (),
    ) -> None:
        """Take the environment, the launcher's path, our data folder, and what gives the stored scopes."""
        self.variables = variables
        self.launcher = launcher
        self.data_folder = data_folder
        self.versions: dict[str, tuple[int, ...]] = {}
        self._scopes = scopes
        self._providers = [*providers]

    @property
    def home(self) -> str:
        """The home folder; raises PatError if there is none."""
        home = self.variables.get("HOME", "")
        if not home.startswith("/"):
            raise PatError("there is no home folder; set HOME")
        return home

    @property
    def path(self) -> str:
        """The folders in which the user's programs are found."""
        return self.variables.get("PATH", DEFAULT_PATH)

    @property
    def is_mac(self) -> bool:
        """Whether tools keep their files where macOS has them."""
        return sys.platform == "darwin"

    def below_home(self, *parts: str) -> str:
        """Return a path in the home folder."""
        return os.path.join(self.home, *parts)

    def config(self, *parts: str) -> str:
        """Return a path in the user's folder of configurations."""
        base = self.variables.get("XDG_CONFIG_HOME", "")
        return os.path.join(base if base.startswith("/") else self.below_home(".config"), *parts)

    def named(self, variable: str, default: str) -> str:
        """Return the absolute path that a variable has, else another."""
        value = self.variables.get(variable, "")
        return value if value.startswith("/") else default

    def found(self, *names: str) -> str | None:
        """Return the first program on PATH that has one of these names."""
        return next(filter(None, (find_program(name, self.path) for name in names)), None)

    def own(self, name: str) -> str:
        """Return the path of a program of ours that lies beside the launcher."""
        return os.path.join(os.path.dirname(self.launcher), name)

    def own_on_path(self, name: str) -> str:
        """Return how a tool calls a program of ours: by its name, or by its path where PATH has it not."""
        return name if find_program(name, self.path) else self.own(name)

    def is_own(self, program: str) -> bool:
        """Return whether a program is the launcher under some name."""
        return os.path.realpath(program) == os.path.realpath(self.launcher)

    def others(self, name: str) -> list[str]:
        """Return the programs of a name on PATH that are not ours, in its order."""
        folders = [folder for folder in self.path.split(os.pathsep) if folder.startswith("/")]
        programs = filter(None, (find_program(name, folder) for folder in folders))
        return [program for program in dict.fromkeys(programs) if not self.is_own(program)]

    @property
    def lost(self) -> str:
        """Why a program beside the launcher is not found by its name; empty if it is."""
        folder = os.path.dirname(self.launcher)
        return "" if folder in self.path.split(os.pathsep) else "its folder is not on PATH"

    def without(self, program: str) -> str:
        """Return why a tool would not find a program of ours by its name; empty if it does."""
        return "" if self.found(program) else f"{program} is not on PATH"

    @property
    def reaching(self) -> str:
        """The command after which programs beside the launcher are found."""
        return f'export PATH={quoted(os.path.dirname(self.launcher))}:"$PATH"'

    @property
    def command(self) -> str:
        """How the launcher is called: by its name where PATH has it, else by its path."""
        return self.own_on_path(NAME)

    @cached_property
    def organizations(self) -> list[Scope]:
        """The organizations whose tokens are stored, each once and in order."""
        found = []
        for scope in self._scopes():
            family = family_of(scope, self._providers)
            if scope.protocol == b"https" and (scope.path or family.host_covers):
                found.append(family.organization(scope))
        return sorted(dict.fromkeys(found))

    @cached_property
    def packages(self) -> list[Packages]:
        """Where the packages of each of these lie."""
        return [family_of(scope, self._providers).packages(scope) for scope in self.organizations]

    @property
    def images(self) -> list[str]:
        """The hosts of images."""
        return [*dict.fromkeys(host for one in self.packages for host in one.images)]

    @property
    def hosts(self) -> list[str]:
        """All hosts of packages."""
        return [*dict.fromkeys(host for one in self.packages for host in one.hosts)]

    @property
    def registries(self) -> list[str]:
        """The URLs of npm's registries."""
        return [*dict.fromkeys(url for one in self.packages for url in one.registries)]

    @property
    def indexes(self) -> list[str]:
        """The URLs of Python's indexes."""
        return [*dict.fromkeys(url for one in self.packages for url in one.indexes)]
