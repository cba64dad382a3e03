"""A question to this program as a tool asks it, about a host that there is not: it is to be a miss."""

from collections.abc import Mapping

from git_credential_pat.model import NamedTuple
from git_credential_pat.system.processes import run

HOST = "nothing.invalid"
"""A host of no one (RFC 2606)."""
_LIMIT = 5.0
"""Seconds, of which a miss takes a hundredth."""


class Probe(NamedTuple):
    """A command line, what it is given, and how it ends if all is well."""

    command: tuple[str, ...]
    given: bytes = b""
    status: int = 0
    output: bytes = b""

    def is_answered(self, environment: Mapping[str, str]) -> bool:
        """Ask; return whether the answer is the miss that the tool understands, and came in time.

        Raises PatError if the program cannot be started.
        """
        ended = run(self.command, environment, given=self.given, limit=_LIMIT)
        return (ended.status, ended.output) == (self.status, self.output)
