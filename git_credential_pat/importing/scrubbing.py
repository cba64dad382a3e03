"""Deleting tokens at their source, after they are kept: only what still stands there as it was read.

A file is replaced whole, through git's own kind of lock (`FILE.lock`) in the same folder, so that a reader
sees the old file or the new one; its mode stays, links are followed, and every other byte is kept.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError, quoted
from git_credential_pat.importing.files import read_file
from git_credential_pat.settings import git_environment, git_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from git_credential_pat.os_keyring import Keyring


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
class RemoteUrl:
    """A URL in a repository's configuration, which loses its token."""

    config: str
    key: str
    value: str = field(repr=False)
    clean: str


Trace = Span | WholeFile | Account | Item | RemoteUrl


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
    if isinstance(trace, Span):
        return Span, trace.path
    if isinstance(trace, RemoteUrl):
        return trace.config, trace.key, trace.value.rpartition("@")[2]
    return trace


def _erase_spans(spans: Sequence[Span]) -> None:
    """Write one file without these parts."""
    path = os.path.realpath(spans[0].path)
    lock = f"{path}.lock"
    try:
        descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise PatError(f"{quoted(path)} is being changed; if nothing runs, remove {quoted(lock)}") from None
    except OSError as error:
        raise _unchanged(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(_without(path, spans))
            file.flush()
            status = os.stat(path)
            os.fchmod(descriptor, status.st_mode & 0o7777)
            if status.st_uid != os.geteuid() or status.st_gid != os.getegid():
                os.fchown(descriptor, status.st_uid, status.st_gid)
            os.fsync(descriptor)
        os.rename(lock, path)
    except BaseException as error:
        os.unlink(lock)
        if isinstance(error, OSError):
            raise _unchanged(path, error) from None
        raise


def _without(path: str, spans: Sequence[Span]) -> bytes:
    data = read_file(path)
    if data is None or any(not data.startswith(span.text, span.start) for span in spans):
        raise PatError(f"{quoted(path)} was changed meanwhile; nothing was deleted there; try again")
    parts: list[bytes] = []
    at = 0
    for span in sorted(spans, key=lambda span: span.start):
        parts.append(data[at : span.start])
        at = span.start + len(span.text)
    return b"".join([*parts, data[at:]])


def _erase_file(files: Sequence[WholeFile]) -> None:
    (file,) = files
    if read_file(file.path) != file.data:
        raise PatError(f"{quoted(file.path)} was changed meanwhile; it was not deleted; try again")
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


def _erase_urls(urls: Sequence[RemoteUrl]) -> None:
    """Have git replace a URL; which one is told by all of it but the token, for others see a command line."""
    config, key, clean = urls[0].config, urls[0].key, urls[0].clean
    protocol, _, rest = urls[0].value.partition("://")
    pattern = f"^{protocol}://[^/?#]*@{_quoted_for_git(rest)}$"
    values = os.fsdecode(_git_config(config, "--null", "--get-all", key)).split("\0")
    if {value for value in values if re.search(pattern, value)} != {url.value for url in urls}:
        raise PatError(f"{quoted(config)} has other tokens there too; nothing was deleted of {key}")
    _git_config(config, "--replace-all", key, clean, pattern)


def _git_config(path: str, *arguments: str) -> bytes:
    command = [git_path(), "config", "--file", path, *arguments]
    finished = subprocess.run(command, env=git_environment(), capture_output=True, check=False)
    if finished.returncode:
        raise PatError(f"git cannot change {quoted(path)}; see that it is writable and not locked")
    return finished.stdout


def _quoted_for_git(rest: str) -> str:
    """Return what follows the user information as a POSIX regular expression."""
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    host = rest[:end].rpartition("@")[2]
    return re.sub(r"([][\\.^$*+?(){}|])", r"\\\1", host + rest[end:])


def _unchanged(path: str, error: OSError) -> PatError:
    return PatError(f"cannot change {quoted(path)}: {os.strerror(error.errno or 0)}")


_ERASERS: dict[type, Callable[[Sequence[Trace]], None]] = {
    Span: _erase_spans,  # type: ignore[dict-item]  # each gets traces of the type beside it alone
    WholeFile: _erase_file,  # type: ignore[dict-item]  # as above
    Account: _erase_account,  # type: ignore[dict-item]  # as above
    Item: _erase_item,  # type: ignore[dict-item]  # as above
    RemoteUrl: _erase_urls,  # type: ignore[dict-item]  # as above
}
