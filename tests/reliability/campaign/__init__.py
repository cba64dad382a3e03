"""The campaign: each promise of docs/threat-model.md that can be counted, and the program that attacks it.

    sh install/test.sh --campaign          a size that fits into every run of CI
    sh install/test.sh --campaign=full     the size that the promises are stated for

`ROWS` names the modules in the order of the table. A row is added by a module and its name here.
"""

from importlib import import_module

from reliability.campaign.row import Row

ROWS = (
    "parser",
    "near_misses",
    "damage",
    "readers_agree",
    "killed_at_calls",
    "faults_at_calls",
    "killed_at_random",
    "full_disk",
    "rotations",
    "crowd",
    "ownership",
    "locked",
    "clock",
    "canary",
    "hostile_surroundings",
    "agent_troubles",
)


def row_of(name: str) -> Row:
    """Return the row that a module of this name holds."""
    row: Row = import_module(f"{__name__}.{name}").ROW
    return row
