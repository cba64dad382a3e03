"""The way to a host: Git's configuration of it, and what `verify` says when it takes that way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.verdicts import verify

if TYPE_CHECKING:
    from support.program import Program


def configure(program: Program, **settings: str) -> None:
    """Set `http.*` for the user; a URL and a blank before a value set it for that URL alone."""
    for name, value in settings.items():
        url, _, of_url = value.rpartition(" ")
        key = f"http.{url}.{name}" if url else f"http.{name}"
        assert program.git("config", "--global", key, of_url).status == 0


def ask(program: Program, place: str = "", **variables: str) -> tuple[str, str]:
    """Return verdict and reason for the one entry or that of a place, with these variables around."""
    program.environment.update(variables)
    row = verify(program, *filter(None, [place]))
    return row["verdict"], row["why"]
