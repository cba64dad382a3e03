"""Conversations between Git and a helper, as tests/vectors/README.md describes them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import ACTIVE, DAY, SECOND, Entry, Nanoseconds
from git_credential_pat.model.scope import Provider, parse_url
from support.core import Given, ask
from support.memory_backend import MemoryBackend
from support.vectors import Case, as_bytes, as_message

NOW = Nanoseconds(1_893_456_000 * SECOND)
"""2030-01-01 00:00:00 UTC."""

_STORED = {
    "scope",
    "username",
    "token",
    "authtype",
    "state",
    "expires",
    "pinned",
    "put_aside_days_ago",
    "approved",
}


def settings_of(case: Mapping[str, Any]) -> Settings:
    """Return the settings of a vector, which may have none."""
    assert case.keys() <= {"providers", "usernames", "keep_rejected_days"}
    return Settings(
        "/dev/null/data",
        "/dev/null/config",
        keep_rejected=case.get("keep_rejected_days", 30) * DAY,
        providers=tuple(
            Provider(parse_url(url).scope, name) for url, name in case.get("providers", {}).items()
        ),
        usernames=tuple(
            (parse_url(url).scope, as_bytes(name)) for url, name in case.get("usernames", {}).items()
        ),
    )


def stored(rows: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    """Return a vector's entries; each changed a day after the one before it, the last a day ago.

    One was put aside just after it changed, for at the same moment the user would have replaced it.
    """
    all_rows = list(rows)
    numbers: Counter[tuple[str, ...]] = Counter()
    for age, row in zip(range(len(all_rows), 0, -1), all_rows, strict=True):
        assert row.keys() <= _STORED
        changed = Nanoseconds(NOW - age * DAY * SECOND - 1)
        key = (row["scope"], row.get("username", ""), row.get("authtype", ""))
        numbers[key] += 1
        put_aside = row.get("put_aside_days_ago", 1 if row.get("state") == "rejected" else None)
        yield Entry(
            parse_url(row["scope"]).scope,
            as_bytes(row.get("username", "")),
            as_bytes(row["token"]),
            as_bytes(row.get("authtype", "")),
            row.get("state", ACTIVE),
            created=changed,
            updated=changed,
            expires=row.get("expires"),
            put_aside=None if put_aside is None else Nanoseconds(NOW - put_aside * DAY * SECOND),
            pinned=row.get("pinned", False),
            approved=changed if row.get("approved") else None,
            number=numbers[key] - 1,
        )


def row_of(entry: Entry) -> Case:
    """Return what a vector says of an entry: no times, and nothing that is empty."""
    row = {
        "scope": entry.scope.text,
        "username": entry.username.decode("latin-1"),
        "token": entry.secret.decode("latin-1"),
        "authtype": entry.authtype.decode("latin-1"),
        "state": "" if entry.state == ACTIVE else entry.state,
        "expires": entry.expires,
        "pinned": entry.pinned,
    }
    return {key: value for key, value in row.items() if value or key == "token"}


def expect_as_said(case: Case) -> None:
    """Hold a whole conversation; fail here if anything is not as the vector says."""
    assert case.keys() <= {"name", "stored", "settings", "steps", "kept"}
    backend = MemoryBackend(stored(case.get("stored", ())))
    settings = settings_of(case.get("settings", {}))
    for second, step in enumerate(case["steps"]):
        _take_step(step, backend, settings, NOW + second * SECOND)
    if "kept" in case:
        expected = [
            {key: value for key, value in row.items() if value or key == "token"} for row in case["kept"]
        ]
        kept = [row_of(entry) for entry in backend.entries()]
        assert sorted(kept, key=repr) == sorted((_ordered(row) for row in expected), key=repr)


def _ordered(row: Case) -> Case:
    keys = ("scope", "username", "token", "authtype", "state", "expires", "pinned")
    assert row.keys() <= set(keys)
    return {key: row[key] for key in keys if key in row}


def _take_step(step: Case, backend: MemoryBackend, settings: Settings, now: int) -> None:
    assert step.keys() <= {"get", "store", "erase", "expect", "says", "writes"}
    ((operation, request),) = ((name, step[name]) for name in ("get", "store", "erase") if name in step)
    before = backend.writes
    given = _given(operation, as_message(request), backend, settings, now)
    expected = step.get("expect", "nothing")
    if given is None:
        assert expected == "refused", step
    else:
        assert given.output == (b"" if expected == "nothing" else as_message(expected)[:-1]), step
        assert len(given.notices) == (1 if "says" in step else 0), (step, given.notices)
        assert step.get("says", "") in "".join(given.notices), (step, given.notices)
    writes = step.get("writes", 0 if operation == "get" else None)
    assert writes in (None, backend.writes - before), step


def _given(
    operation: str, message: bytes, backend: MemoryBackend, settings: Settings, now: int
) -> Given | None:
    try:
        return ask(operation, message, backend, settings, now)
    except PatError:
        return None
