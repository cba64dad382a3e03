"""What the checks look at, each part found when it is first asked for; nothing here asks or changes."""

import os
from collections.abc import Mapping
from functools import cached_property

from git_credential_pat.agent.borrowing import unlocking
from git_credential_pat.backends import Backend, open_backend
from git_credential_pat.diagnosis.support.config import Config
from git_credential_pat.diagnosis.support.fixes import Fixes
from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import Settings, SettingsReader
from git_credential_pat.importing.support.elsewhere import is_stored_elsewhere
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import Entry, Nanoseconds
from git_credential_pat.model.scope import Url, parse_url
from git_credential_pat.operations.notices import unplaced_among
from git_credential_pat.operations.sign_in_cache import is_cache
from git_credential_pat.renewal.ways import renewer
from git_credential_pat.system.processes import DEFAULT_PATH
from git_credential_pat.web.asking import Web

_LIMIT = 5.0
"""Seconds for git to print the settings."""
_MOST_REMOTES = 30
_WEB = (b"https", b"http")


class Remote(NamedTuple):
    """A URL of a remote of the current repository; `option` is what `git remote set-url` needs for it."""

    name: str
    text: str
    option: str

    def __repr__(self) -> str:
        """Name it without the URL, which may hold a secret."""
        return f"Remote({self.name!r})"

    @property
    def url(self) -> Url | None:
        """The URL taken apart; None if it is none of the web."""
        try:
            url = parse_url(self.text)
        except PatError:
            return None
        return url if url.scope.protocol in _WEB else None


class Surroundings(Fixes):
    """The current folder, the environment and all that the program would use there.

    Every property raises PatError if what it is made of cannot be had.
    """

    def __init__(
        self,
        environment: Mapping[bytes, bytes],
        folder: str,
        *,
        backend: str | None,
        now: Nanoseconds,
        is_offline: bool,
    ) -> None:
        """Take the environment, the current folder, the backend of the command line and the time (ns)."""
        super().__init__({os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()})
        self.environment = environment
        self.folder = folder
        self.now = now
        self.is_offline = is_offline
        self._backend_name = backend

    @cached_property
    def settings(self) -> Settings:
        """The settings that the program itself would read."""
        return SettingsReader().finish(self._backend_name, _LIMIT)

    @cached_property
    def config(self) -> Config:
        """Git's configuration in the current folder."""
        return Config(self.variables, self.folder)

    @cached_property
    def backend(self) -> Backend:
        """The backend, which asks nobody anything."""
        return open_backend(self.settings, unlocking(self.environment, self.settings, may_ask=False))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Everything that is stored."""
        return tuple(entry for entry in self.backend.entries() if not is_cache(entry))

    def renewer(self, entry: Entry) -> str:
        """Return, as a clause, what could renew an entry's token here; empty if nothing could."""
        return renewer(entry, self.settings, self.now, self.variables.get("PATH", DEFAULT_PATH))

    @cached_property
    def web(self) -> Web:
        """What asks hosts, over the way that Git would take."""
        return Web(self.environment, self.folder)

    @property
    def known_entries(self) -> tuple[Entry, ...]:
        """What is stored, if it can be read; if not, the check of the vault reports why."""
        try:
            return self.entries
        except PatError:
            return ()

    @cached_property
    def needs_others(self) -> bool:
        """Whether tokens of Azure DevOps are not placed here yet, so that Git needs its other helpers too."""
        kept = self.known_entries
        return bool(unplaced_among(kept)) or is_stored_elsewhere(kept, self.variables)

    @property
    def remotes(self) -> tuple[Remote, ...]:
        """The first of `all_remotes`: each costs a question to git, and there may be thousands."""
        return self.all_remotes[:_MOST_REMOTES]

    @cached_property
    def all_remotes(self) -> tuple[Remote, ...]:
        """The URLs of the current repository's remotes, in the configuration's order."""
        options = {"url": "", "pushurl": "--push "}
        return tuple(
            Remote(row.url, row.value, options[row.name])
            for row in self.config.rows
            if row.section == "remote" and row.name in options and not row.is_protected
        )
