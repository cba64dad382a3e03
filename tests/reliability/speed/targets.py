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
KEYRING_PROGRAM = "keyring get, the library's own (Python)"
TOOLS = ("keyring", "header", "docker", "cargo", "go", "bazel", "terraform", "nuget")
"""The front ends of other tools, by the word after `answer`."""


def tool_by_agent(tool: str) -> str:
    """Return the name of the row of a front end that the agent answers."""
    return f"answer {tool} by agent"


def tool_alone(tool: str) -> str:
    """Return the name of the row of a front end without an agent, whose key is in a file."""
    return f"answer {tool} without agent"


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
    **{tool_by_agent(tool): (Target(1.3),) for tool in TOOLS},
    **{tool_alone(tool): (Target(4.5),) for tool in TOOLS},
    tool_by_agent("keyring"): (Target(1.3), Target(1 / 8, KEYRING_PROGRAM)),
}

MEMORY = dict.fromkeys(
    (BY_AGENT, BY_AGENT_1_000, BY_AGENT_100_000, KEY_FILE, STORE_KNOWN, STORE_CHANGED, CAPABILITY), 20
)
"""The most that one call may hold, in MiB. A passphrase's key takes 64 MiB by design, and the
keyring library is not the program's own."""

AGENT_MEMORY = 45
"""The most that an agent may hold with 1,000 entries, in MiB."""
BACKEND = 1.5
"""The most that a question by the keyring library's backend may take, in times the launcher that it runs."""
CROWD = 200
"""How many calls come at once."""
CROWD_FACTOR = 1.4
"""The longest that one of them may take, in times the slowest of as many starts of Python at once."""


def gated() -> frozenset[str]:
    """Return the names of the rows that have a target, and of those they are compared with."""
    compared = {target.than for targets in TIMES.values() for target in targets}
    return frozenset(TIMES) | frozenset(MEMORY) | compared
