"""Deleting tokens at their source, after they are stored: only what still stands there as it was read.

A file is replaced whole, through git's own kind of lock (`FILE.lock`) in the same folder, so that a reader
sees the old file or the new one; its mode stays, links are followed, and every other byte stays.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.importing.support.files import read_file
from git_credential_pat.system.files import change_foreign
from git_credential_pat.system.homes import denied, require_own_home
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from git_credential_pat.oskeyring.keyring import Keyring


@dataclass(frozen=True)
class Span:
    """A part of a file, which goes; the rest stays."""

    path: str
    start: int
    text: bytes = field(repr=False)


@dataclass(frozen=True)
class WholeFile:
    """A file that holds one token and nothing else."""

    path: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Account:
    """A secret of the keyring, by service and account."""

    keyring: Keyring = field(repr=False)
    service: str
    name: str


@dataclass(frozen=True)
class Item:
    """An item of the Secret Service, by its attributes."""

    keyring: Keyring = field(repr=False)
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Elsewhere:
    """What only another program can delete; its name is that of no other."""

    name: str
    delete: Callable[[], None] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Login:
    """A URL in a file of git's configuration, which loses its token wherever it stands there."""

    path: str
    url: bytes = field(repr=False)
    clean: bytes

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """What finds it as git writes it, and none that only begins like it."""
        return re.compile(re.escape(_written(self.url)) + rb"(?![^\s\"';#\\])")


def _written(value: bytes) -> bytes:
    """Return a value as it stands in a configuration file (git-config(1), "Syntax")."""
    return value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


Trace = Span | WholeFile | Account | Item | Elsewhere | Login


def scrub(traces: Iterable[Trace]) -> int:
    """Delete what these say, and return how many there were.

    Goes on after a failure, and then raises PatError with the first one's reason.
    """
    waiting = list(dict.fromkeys(traces))
    groups: dict[object, list[Trace]] = {}
    for trace in waiting:
        groups.setdefault(_group(trace), []).append(trace)
    failures: list[PatError] = []
    for group in groups.values():
        try:
            _ERASERS[type(group[0])](group)
        except PatError as error:  # noqa: PERF203  # the others are still to be deleted
            failures.append(error)
    if failures:
        raise failures[0]
    return len(waiting)


def _group(trace: Trace) -> object:
    """Return what traces have in common that must be deleted at once."""
    return (type(trace), trace.path) if isinstance(trace, Span | Login) else trace


def _erase_spans(spans: Sequence[Span]) -> None:
    _rewrite(spans[0].path, lambda data: _without_spans(data, spans))


def _erase_logins(logins: Sequence[Login]) -> None:
    """Take each out; those that are not written as git would write them stay, and PatError says so."""
    left: list[Login] = []

    def change(data: bytes) -> bytes:
        for login in sorted(logins, key=lambda login: -len(login.url)):  # one may begin like another
            clean = _written(login.clean)
            data, count = login.pattern.subn(lambda _, clean=clean: clean, data)  # type: ignore[misc]  # bound now
            left.extend([login] * (not count))
        return data

    _rewrite(logins[0].path, change)
    if left:
        name = quoted(left[0].path)
        raise PatError(
            f"a token in {name} is written in an unusual way; remove it with: ${{EDITOR:-vi}} {name}"
        )


def _rewrite(path: str, change: Callable[[bytes], bytes]) -> None:
    """Replace a file by what `change` makes of its bytes."""
    path = os.path.realpath(path)
    try:
        change_foreign(path, lambda _: change(read_file(path) or b""))
    except OSError as error:
        raise _unchanged(path, error) from None


def _without_spans(data: bytes, spans: Sequence[Span]) -> bytes:
    if any(not data.startswith(span.text, span.start) for span in spans):
        name = quoted(spans[0].path)
        raise PatError(f"{name} changed meanwhile; nothing was deleted there; try again")
    parts: list[bytes] = []
    at = 0
    for span in sorted(spans, key=lambda span: span.start):
        parts.append(data[at : span.start])
        at = span.start + len(span.text)
    return b"".join([*parts, data[at:]])


def _erase_file(files: Sequence[WholeFile]) -> None:
    (file,) = files
    require_own_home(file.path)
    if read_file(file.path) != file.data:
        raise PatError(f"{quoted(file.path)} changed meanwhile; it was not deleted; try again")
    try:
        os.unlink(file.path)
    except OSError as error:
        raise _unchanged(file.path, error) from None


def _erase_account(accounts: Sequence[Account]) -> None:
    (account,) = accounts
    account.keyring.delete(account.service, account.name)


def _erase_item(items: Sequence[Item]) -> None:
    (item,) = items
    item.keyring.delete_items(dict(item.attributes))


def _erase_elsewhere(others: Sequence[Elsewhere]) -> None:
    (other,) = others
    other.delete()


def _unchanged(path: str, error: OSError) -> PatError:
    refusal = denied(path) if isinstance(error, PermissionError) else None
    return refusal or PatError(f"cannot change {quoted(path)}: {os.strerror(error.errno or 0)}")


_ERASERS: dict[type, Callable[[Sequence[Trace]], None]] = {
    Span: _erase_spans,  # type: ignore[dict-item]  # each gets traces of the type beside it alone
    WholeFile: _erase_file,  # type: ignore[dict-item]  # as above
    Account: _erase_account,  # type: ignore[dict-item]  # as above
    Item: _erase_item,  # type: ignore[dict-item]  # as above
    Elsewhere: _erase_elsewhere,  # type: ignore[dict-item]  # as above
    Login: _erase_logins,  # type: ignore[dict-item]  # as above
}
