"""What the program must reach, by the names of rows. Whatever is compared stands in one run."""

from typing import NamedTuple

from reliability.speed.contender import FLOOR

BY_AGENT = "get by agent, 1 entry"
BY_AGENT_1_000 = "get by agent, 1,000 entries"
BY_AGENT_100_000 = "get by agent, 100,000 entries"
KEY_FILE = "get without agent, key file"
STORE_KNOWN = "store by agent, of what is held"
STORE_CHANGED = "store by agent, of another token"
CAPABILITY = "capability"
LIBSECRET = "git-credential-libsecret (C)"


class Target(NamedTuple):
    """A row takes at most `factor` times what the row `than` takes."""

    factor: float
    than: str = FLOOR


TIMES: dict[str, tuple[Target, ...]] = {
    BY_AGENT: (Target(1.25), Target(1, LIBSECRET)),
    BY_AGENT_100_000: (Target(1.1, BY_AGENT),),
    KEY_FILE: (Target(4.2),),
    STORE_KNOWN: (Target(1.25),),
    CAPABILITY: (Target(1.3),),
}

MEMORY = dict.fromkeys(
    (BY_AGENT, BY_AGENT_1_000, BY_AGENT_100_000, KEY_FILE, STORE_KNOWN, STORE_CHANGED, CAPABILITY), 20
)
"""The most that one call may hold, in MiB. A passphrase's key takes 64 MiB by design, and the
keyring library is not the program's own."""

AGENT_MEMORY = 45
"""The most that an agent may hold with 1,000 entries, in MiB."""
CROWD = 200
"""How many calls come at once."""
CROWD_FACTOR = 1.4
"""The longest that one of them may take, in times the slowest of as many starts of Python at once."""


def gated() -> frozenset[str]:
    """Return the names of the rows that have a target, and of those they are compared with."""
    compared = {target.than for targets in TIMES.values() for target in targets}
    return frozenset(TIMES) | frozenset(MEMORY) | compared
