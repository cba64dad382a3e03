"""The mutation check: the program is broken in one way after another, and some test must fail each time.

    sh install/test.sh --mutations [NAME ...]

`AREAS` names the modules that hold the mutations, each in a tuple `MUTATIONS`.
"""

from importlib import import_module

from reliability.mutations.mutation import Mutation

AREAS = (
    "answers",
    "attacks",
    "changes",
    "commands",
    "network",
    "representations",
    "requests",
    "secrets",
    "terminal",
    "vault",
    "vault_format",
    "vault_reading",
    "agent",
    "keys",
)


def all_mutations() -> list[Mutation]:
    """Return the mutations of all areas."""
    return [mutation for area in AREAS for mutation in import_module(f"{__name__}.{area}").MUTATIONS]
