"""What a command works with: settings, backend and time, each found when it is first asked for."""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import click

from git_credential_pat.agent.borrowing import unlocking
from git_credential_pat.agent.starting import hand_over
from git_credential_pat.backends import Backend, open_backend
from git_credential_pat.git.settings import (
    Settings,
    SettingsReader,
    take_variable,
    working_folder_is_gone,
)
from git_credential_pat.hosts import family_of
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import BEARER, Entry
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.system import clock, homes

if TYPE_CHECKING:
    from git_credential_pat.model.entry import Nanoseconds
    from git_credential_pat.web.asking import Web

__all__ = ["Session", "pass_session"]


class Caller(NamedTuple):
    """What the program was started with."""

    environment: Mapping[bytes, bytes]
    folder: str | None
    """The working folder, None if it is gone. The process itself is in `/`, so that nothing there matters."""
    umask: int


class Session:
    """One run of one command."""

    def __init__(self, backend: str | None, options: Sequence[str], caller: Caller) -> None:
        """Take the backend's name from the command line, if it names one, and the options that say so."""
        self.backend_name = backend
        self.options = options
        self.caller = caller
        self.environment = caller.environment
        self.folder = caller.folder or "/"
        self.has_asked = False
        self.may_ask = True
        """Whether a passphrase may be asked for; a run without a person turns it off."""

    @cached_property
    def now(self) -> "Nanoseconds":
        """The time in nanoseconds since 1970; raises PatError if the clock cannot be right."""
        return clock.now()

    def resolved(self, path: str) -> str:
        """Return the absolute form of a path that the user gave; raise PatError if its folder is gone."""
        if self.caller.folder is None and not os.path.isabs(path):
            raise working_folder_is_gone()
        return os.path.normpath(os.path.join(self.folder, path))

    @cached_property
    def settings(self) -> Settings:
        """The settings of whoever runs the command."""
        return SettingsReader().finish(self.backend_name)

    @cached_property
    def backend(self) -> Backend:
        """The backend that the settings name; its passphrase is asked for where that may be."""
        return open_backend(self.settings, self.unlocking)

    @property
    def unlocking(self) -> Unlocking:
        """The usual ways to open a vault: the agent's key, its slots, and a question on the terminal."""
        ways = unlocking(self.environment, self.settings, may_ask=self.may_ask)
        ask = ways.passphrase
        if ask is None:
            return ways

        def ask_and_note(question: str) -> bytes:
            self.has_asked = True
            return ask(question)

        return ways._replace(passphrase=ask_and_note)

    @property
    def may_prompt(self) -> bool:
        """Whether the operating system's keyring may show a prompt of its own."""
        return not self.settings.no_prompt

    def require_own_home(self, *paths: str) -> None:
        """Raise PatError, before anything is asked, if root would make or change what is in another's home.

        That is where tokens and keys are stored, and `paths`.
        """
        homes.require_own_home(self.settings.data_folder, self.settings.config_folder, *paths)

    @cached_property
    def web(self) -> "Web":
        """The way to hosts, as Git would go; raises PatError if the clock cannot be right."""
        clock.now()  # by which certificate checks are on
        from git_credential_pat.web.asking import Web  # 100 ms that few commands need

        return Web(self.environment, self.folder)

    def signed_in(self, entry: Entry, *, may_ask: bool = False) -> Entry:
        """Return an entry with a token: a sign-in has none, so its way is walked; raises PatError.

        With `may_ask` a person may have to do something in a browser, and no time is too long.
        """
        if not entry.sign_in or entry.secret:
            return entry
        clock.now()  # by which certificate checks are on
        from git_credential_pat.entra import from_call, from_web, walk  # few entries are sign-ins
        from git_credential_pat.operations.sign_in_cache import SignInCache

        if may_ask:
            around = from_web(self.environment, self.folder, self.settings)._replace(may_ask=True)
        else:
            around = from_call(self.environment, self.folder, self.settings)
        organization = family_of(entry.scope, self.settings.providers).organization(entry.scope)
        given = walk(
            entry.sign_in,
            organization.text,
            around,
            lambda tenant: SignInCache(self.backend, tenant, self.now),
        )
        return entry._replace(secret=given.value.encode(), authtype=BEARER, expires=given.expires)

    def take_variable(self, name: str) -> bytes | None:
        """Take a variable that the user named away from all that is started; return its bytes, or None."""
        taken = os.fsencode(name)
        self.environment = {kept: value for kept, value in self.environment.items() if kept != taken}
        return take_variable(name)

    def share_key(self) -> None:
        """Give the agent the key of a vault whose passphrase was asked for, so that it is asked for once."""
        if self.has_asked and self.settings.uses_agent:
            hand_over(self.environment, self.options, self.backend)


pass_session = click.make_pass_decorator(Session)
