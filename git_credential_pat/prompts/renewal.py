"""The questions by which a person is led through what no program may do: the next token, and the old one."""

from __future__ import annotations

from time import gmtime, strftime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_credential_pat.model.entry import Entry


def heading(group: Sequence[Entry], count: str) -> str:
    """Return the line that says which token of entries it is about; `count` is as in "2 of 5"."""
    scopes = " and ".join(dict.fromkeys(entry.scope.text for entry in group))
    ends = group[0].expires
    until = f", which ends on {strftime('%Y-%m-%d', gmtime(ends))}" if ends else ""
    return f"\n{count}: the token for {scopes}{until}" if count else f"The token for {scopes}{until}"


def next_token(heading: str, why: str, page: str, permissions: str) -> str:
    """Return the question for the token that takes the place of another."""
    where = f" at {page}" if page else ""
    return "\n".join(
        [
            heading,
            f"It must be renewed by hand: {why}.",
            f"Create the next one{where}",
            *([f"It needs: {permissions}"] if permissions else []),
            "The next token (hidden; Enter skips this one): ",
        ]
    )


def store_unverified(why: str) -> str:
    """Return the question whether a token is stored that its host said nothing about."""
    return f"It could not be verified ({why}). Store it anyway?"


def revoke_old(host: str) -> str:
    """Return the question whether the host is to end the token that was replaced."""
    return f"Revoke the old one at {host} for good?"
