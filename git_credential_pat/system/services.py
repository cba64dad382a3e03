"""What the system runs for the user without a terminal: systemd's manager of their services, and cron."""

import os
from collections.abc import Mapping

from git_credential_pat.system.processes import DEFAULT_PATH, Ended, find_program, run

_LIMIT = 10.0
"""Seconds for a program of the system to answer."""


class Services:
    """The user's services. Where there is no manager of them, none is on, and nothing can be started."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the user's environment, which says where the manager is reached."""
        self._environment = environment

    @property
    def are_managed(self) -> bool:
        """Whether a manager runs."""
        return self._systemctl("show", "--property=Version").status == 0

    def is_on(self, unit: str) -> bool:
        """Return whether a unit is active."""
        return self._systemctl("is-active", unit).status == 0

    def start(self, unit: str) -> bool:
        """Have the manager read its files and start a unit anew; return whether it did."""
        return not (self._systemctl("daemon-reload").status or self._systemctl("restart", unit).status)

    def stop(self, *units: str) -> None:
        """Stop units, and have forgotten how they ended and when a timer ran last."""
        for action in (("stop",), ("reset-failed",), ("clean", "--what=state")):
            self._systemctl(*action, *units)

    def reload(self) -> None:
        """Have the manager read its files."""
        self._systemctl("daemon-reload")

    @property
    def linger(self) -> bool | None:
        """Whether the services also run while the user has no session; None if nobody says."""
        said = self._run("loginctl", "show-user", "--property=Linger", "--value", str(os.geteuid()))
        return {b"yes": True, b"no": False}.get(said.output.strip())

    @property
    def crontab(self) -> list[str]:
        """The lines of the user's crontab that run something."""
        lines = self._run("crontab", "-l").output.decode("utf-8", "surrogateescape").splitlines()
        return [line for line in lines if not line.lstrip().startswith("#")]

    def _systemctl(self, *words: str) -> Ended:
        return self._run("systemctl", "--user", *words)

    def _run(self, name: str, *words: str) -> Ended:
        program = find_program(name, self._environment.get("PATH", DEFAULT_PATH))
        if program is None:
            return Ended(1, b"")
        return run([program, *words], self._environment, limit=_LIMIT)
