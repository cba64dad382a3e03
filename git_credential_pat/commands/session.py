"""What a command works with: settings, backend and time, each found when it is first asked for."""

import time
from functools import cached_property

import click

from git_credential_pat.backends import Backend, open_backend
from git_credential_pat.settings import Settings, SettingsReader, leave_working_folder

__all__ = ["Session", "pass_session"]


class Session:
    """One run of one command."""

    def __init__(self, backend: str | None) -> None:
        """Take the backend's name from the command line, if it names one."""
        self._backend_name = backend
        self.now = time.time_ns()

    @cached_property
    def settings(self) -> Settings:
        """The settings; from here on the working folder is `/`, so that nothing in it can matter."""
        leave_working_folder()
        return SettingsReader().finish(self._backend_name)

    @cached_property
    def backend(self) -> Backend:
        """The backend that the settings name."""
        return open_backend(self.settings)


pass_session = click.make_pass_decorator(Session)
