"""The commands that change Git's configuration, as they work for the user: also where it is read-only."""

from collections.abc import Mapping
from functools import cached_property

from git_credential_pat import suggest
from git_credential_pat.git import boolean
from git_credential_pat.git.block import helper_command, obstacle
from git_credential_pat.git.settings import launcher_path, user_config_file
from git_credential_pat.system.users import is_root


class Fixes:
    """How this program is named in the configuration, and what sets it there."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Take the user's environment."""
        self.variables = variables

    @cached_property
    def helper(self) -> str:
        """What `credential.helper` must be for Git to find this program from anywhere."""
        return helper_command(launcher_path(self.variables))

    @cached_property
    def read_only(self) -> str:
        """Why the user's configuration of Git cannot be changed; empty if it can."""
        return obstacle(user_config_file(self.variables))

    @property
    def configure(self) -> str:
        """The command after which Git asks this helper: for all users, where the user's file is read-only."""
        if not self.read_only:
            return suggest.configure()
        program = "pat" if self.helper == "pat" else launcher_path(self.variables)
        return self._for_all(suggest.as_root(program, "configure", "--system", sudo=not is_root()))

    def setting(self, *words: str) -> str:
        """Return the command that makes a setting of Git's: a key and its value, or an option first."""
        return (
            self._for_all(suggest.git_config_of_all(*words, sudo=not is_root()))
            if self.read_only
            else suggest.git_config(*words)
        )

    def _for_all(self, command: str) -> str:
        is_read = not boolean(self.variables.get("GIT_CONFIG_NOSYSTEM", ""))
        return command if is_read else f"unset GIT_CONFIG_NOSYSTEM && {command}"
