"""The mutation check: the program is broken in one way after another, and some test must fail each time.

    sh install/test.sh --mutations [WORD ...]

`AREAS` names the modules that hold the mutations, each in a tuple `MUTATIONS`.
"""

from importlib import import_module

from reliability.mutations.mutation import Mutation

AREAS = (
    "agent",
    "answers",
    "attacks",
    "changes",
    "commands",
    "keys",
    "network",
    "representations",
    "requests",
    "secrets",
    "terminal",
    "vault",
    "vault_format",
    "vault_reading",
)


def all_mutations() -> list[Mutation]:
    """Return the mutations of all areas."""
    return [mutation for area in AREAS for mutation in import_module(f"{__name__}.{area}").MUTATIONS]
