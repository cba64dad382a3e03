"""What git-credential-osxkeychain keeps: internet passwords of macOS, read by Apple's program `security`.

Written from the sources of Apple's program and of git's, and untried on a Mac. `dump-keychain` lists
attributes without secrets and asks nothing. `find-internet-password -g` gives one secret, for which macOS may
ask the user. It takes the first item that has the named attributes, and none can be named as absent. So what
it takes is compared with what was listed, before a secret is used and before an item is deleted.
"""

from __future__ import annotations

import os
import re
from functools import partial
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.importing.support.found import Around, Found, Reading
from git_credential_pat.importing.support.parts import found_with_lines, url_of
from git_credential_pat.importing.support.scrubbing import Elsewhere
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.printing import progress
from git_credential_pat.system.processes import find_program, run
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UNTRIED = "osxkeychain is written from Apple's and git's sources and untried on a Mac; try --dry-run first"
_PROTOCOLS = {b"htps": "https", b"http": "http"}
_USUAL_LOGIN = b"dflt"
"""The authentication type of git's items; a browser's forms have another."""
_ITEM = re.compile(rb'^keychain: "(.*)"\n((?:(?!keychain: ).*\n)*)', re.MULTILINE)
_ATTRIBUTE = re.compile(rb'^ +"(....)"<\w+>=(.*)$', re.MULTILINE)
_SECRET = re.compile(rb"^password: (.*)$", re.MULTILINE)
_HEXADECIMAL = re.compile(rb"0x([0-9A-Fa-f]*)")
_LIMIT = 30.0
"""Seconds for one call where nobody is there to answer macOS."""


class _Item(NamedTuple):
    """One item as it is listed: its keychain's file and its attributes."""

    keychain: str
    listed: bytes

    @property
    def values(self) -> dict[bytes, bytes]:
        """The attributes by their four letters; one that is absent is empty."""
        return {name: _value(shown) for name, shown in _ATTRIBUTE.findall(self.listed)}

    @property
    def is_of_git(self) -> bool:
        """Whether git's helper would answer it for a host."""
        values = self.values
        is_usual = values.get(b"atyp") == _USUAL_LOGIN and values.get(b"ptcl") in _PROTOCOLS
        return is_usual and bool(values.get(b"srvr")) and b'class: "inet"\n' in self.listed

    def text(self, name: bytes) -> str:
        """Return an attribute as text."""
        return os.fsdecode(self.values.get(name, b""))

    @property
    def port(self) -> int:
        """The port, or 0."""
        return int.from_bytes(self.values.get(b"port", b""), "big")

    @property
    def named(self) -> list[str]:
        """The words of a command that name it."""
        options = (
            *("-s", self.text(b"srvr"), "-a", self.text(b"acct"), "-r", self.text(b"ptcl")),
            *(("-P", str(self.port)) if self.port else ()),
            *(("-p", self.text(b"path")) if self.text(b"path") else ()),
        )
        return [*options, self.keychain]


class _Security:
    """Apple's program, as it is called here."""

    def __init__(self, around: Around) -> None:
        """Find it on PATH; raise PatError if it is not there."""
        program = find_program("security", around.environment.get("PATH", ""))
        if program is None:
            raise PatError("there is no program security on PATH; import osxkeychain on the Mac itself")
        self._program = program
        self._environment = around.environment
        self._limit = None if around.may_ask else _LIMIT

    def items(self, keychains: Sequence[str]) -> list[_Item]:
        """Return the items of git's helper in these keychains, else in all that macOS searches."""
        status, output, _ = self._run("dump-keychain", *keychains)
        if status:
            raise PatError("security cannot list the keychain; unlock it with: security unlock-keychain")
        return [item for item in _listed(output) if item.is_of_git]

    def secret(self, item: _Item) -> bytes:
        """Return an item's secret; raise PatError with the reason if macOS does not give it."""
        status, output, complaint = self._run("find-internet-password", "-g", *item.named)
        secret = _SECRET.search(complaint)
        if status or secret is None:
            raise PatError("macOS did not give its secret")
        if _listed(output) != [item]:
            raise PatError("macOS gives another item in its place")
        return _value(secret[1])

    def delete(self, item: _Item, where: str) -> None:
        """Delete an item if it stands there as it was listed; else raise PatError."""
        status, output, _ = self._run("find-internet-password", *item.named)
        if status or _listed(output) != [item]:
            raise PatError(f"{where} changed meanwhile; it was not deleted; try again")
        if self._run("delete-internet-password", *item.named)[0]:
            raise PatError(f"macOS did not delete {where}; delete it in Keychain Access")

    def _run(self, *words: str) -> tuple[int, bytes, bytes]:
        return run([self._program, *words], self._environment, limit=self._limit)


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the logins in these keychain files, else in all that macOS searches."""
    security = _Security(around)
    items = security.items(places)
    if not items:
        raise PatError("git-credential-osxkeychain has nothing in the keychain; give the keychain's file")
    return Reading(tuple(_found(items, security)), (UNTRIED,))


def _found(items: Sequence[_Item], security: _Security) -> Iterator[Found]:
    with progress("Reading", len(items)) as advance:
        for item in items:
            yield _login(item, security)
            advance()


def _login(item: _Item, security: _Security) -> Found:
    protocol, path = _PROTOCOLS[item.values[b"ptcl"]], item.text(b"path")
    host = item.text(b"srvr") + (f":{item.port}" if item.port else "")
    where = f"{quoted(item.keychain)}, {quoted(f'{protocol}://{host}/{path}')}"
    try:
        secret = security.secret(item)
    except PatError as error:
        return Found(where, reason=str(error))
    trace = Elsewhere(f"{where} {item.text(b'acct')}", partial(security.delete, item, where))
    return found_with_lines(where, url_of(protocol, host, path), item.text(b"acct"), secret, trace)


def _listed(output: bytes) -> list[_Item]:
    return [_Item(os.fsdecode(keychain), listed) for keychain, listed in _ITEM.findall(output)]


def _value(shown: bytes) -> bytes:
    """Return the bytes that `security` shows in quotation marks, or in hexadecimal if one cannot be shown."""
    if in_hexadecimal := _HEXADECIMAL.match(shown):
        return bytes.fromhex(in_hexadecimal[1].decode("ascii"))
    return shown[1:-1] if shown.startswith(b'"') else b""
