"""The record of the last run without a person: when it ran, and what became of each token; never a secret.

It is a file of the data folder, for `doctor`. A run that finds it damaged writes another one over it.
"""

import json
from collections.abc import Sequence

from git_credential_pat.errors import PatError
from git_credential_pat.hosts import without_tokens
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import Nanoseconds
from git_credential_pat.renewal import OUTCOMES
from git_credential_pat.system.files import Folder
from git_credential_pat.text import quoted

NAME, LOCK = "renewed", "renewed.lock"
_LIMIT = 1 << 22
_NEVER = 1 << 64
"""Nanoseconds since 1970 that no clock shows."""


class Result(NamedTuple):
    """What became of one token, as `--json` says it."""

    scope: str
    username: str
    outcome: str
    why: str = ""


class LastRun(NamedTuple):
    """A run: when it began, what it did, and the error that ended it, if one did."""

    ran: Nanoseconds
    results: tuple[Result, ...] = ()
    error: str = ""


def note_run(data_folder: str, ran: Nanoseconds, results: Sequence[Result], error: str = "") -> None:
    """Keep the record of a run in place of the one before."""
    facts = {
        "ran": ran,
        "error": without_tokens(error),
        "results": [result._replace(why=without_tokens(result.why))._asdict() for result in results],
    }
    folder = Folder(data_folder)
    with folder.locked(LOCK):
        folder.replace(NAME, json.dumps(facts, indent=1).encode() + b"\n")


def last_run(data_folder: str) -> LastRun | None:
    """Return the record, None if nothing ran yet; raise PatError if it is damaged."""
    folder = Folder(data_folder)
    data = folder.read(NAME, _LIMIT)
    if data is None:
        return None
    try:
        facts = json.loads(data)
        results = tuple(Result(**result) for result in facts["results"])
        texts = [*(text for result in results for text in result), facts["error"]]
        if not all(isinstance(text, str) for text in texts) or not isinstance(facts["ran"], int):
            raise TypeError  # noqa: TRY301  # one place says what is wrong
        if not 0 <= facts["ran"] < _NEVER or any(result.outcome not in OUTCOMES for result in results):
            raise ValueError  # noqa: TRY301  # as above
        return LastRun(Nanoseconds(facts["ran"]), results, facts["error"])
    except (ValueError, KeyError, TypeError, RecursionError):
        path = quoted(folder.file_path(NAME))
        raise PatError(f"{path} is damaged; the timer writes another; to remove it, run: rm {path}") from None
