"""A stand-in for macOS's program `security`, for no machine of the tests is a Mac.

It behaves as the manual page and the published source of Apple's program say, for the commands that `import`
uses, on a file of JSON instead of keychains. It says that it is a stand-in when it is asked for help.

    security = StandIn(program)
    security.items = [{"srvr": "github.com", "acct": "octo", "data": "word"}]

A started one has the file's name in STAND_IN_KEYCHAIN, and notes its words in a file beside it.
"""

from __future__ import annotations

import getopt
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.program import Program

    Item = dict[str, Any]

KEYCHAIN = "/Users/jane/Library/Keychains/login.keychain-db"
_USUAL = {
    "class": "inet",
    "ptcl": "htps",
    "atyp": "dflt",
    "port": 0,
    "path": None,
    "keychain": KEYCHAIN,
    "mdat": 1,
}
_MATCHED = {"-s": "srvr", "-a": "acct", "-p": "path", "-r": "ptcl", "-P": "port"}
_PLAIN = frozenset(range(0x20, 0x7F)) - {ord("\\")}
_NOT_FOUND = 44  # errSecItemNotFound, as the status of a process
_REFUSED = 51  # errSecAuthFailed


class StandIn:
    """The stand-in on the PATH of a program's user."""

    def __init__(self, program: Program) -> None:
        """Put it there, without items."""
        self._file = program.home / "keychain.json"
        self._log = program.home / "keychain.json.log"
        wrapper = program.home / "bin" / "security"
        wrapper.parent.mkdir()
        wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} -I {Path(__file__)} "$@"\n')
        wrapper.chmod(0o755)
        program.environment["PATH"] = f"{wrapper.parent}:{program.environment['PATH']}"
        program.environment["STAND_IN_KEYCHAIN"] = str(self._file)
        self.items = []

    @property
    def items(self) -> list[Item]:
        """The items, each with `data` and the attributes that differ from the usual ones."""
        return _read(self._file)

    @items.setter
    def items(self, items: list[Item]) -> None:
        self._file.write_text(json.dumps(items))

    @property
    def calls(self) -> list[list[str]]:
        """The words of each call."""
        return [json.loads(line) for line in self._log.read_text().splitlines()]


def _read(file: Path) -> list[Item]:
    items: list[Item] = json.loads(file.read_text())
    return items


def _main(words: list[str]) -> int:
    file = Path(os.environ["STAND_IN_KEYCHAIN"])
    with file.with_name(f"{file.name}.log").open("a") as log:
        log.write(json.dumps(words) + "\n")
    items = [{**_USUAL, **item} for item in _read(file)]
    command, *rest = words
    if command == "help":
        return _say("This is no program of Apple's but a stand-in for tests.")
    if command == "dump-keychain":
        return _say(*(_shown(item) for item in items if not rest or item["keychain"] in rest))
    given, keychains = getopt.getopt(rest, "ga:c:C:d:D:j:l:p:P:r:s:t:")
    wanted = {_MATCHED[name]: value for name, value in given if name != "-g"}
    found = [item for item in items if item["class"] == "inet" and item["keychain"] in keychains]
    found = [item for item in found if all(str(item[name]) == value for name, value in wanted.items())]
    if not found:
        return _complain("security: The specified item could not be found in the keychain.", _NOT_FOUND)
    item = found[0]
    _say(_shown(item))
    if command == "delete-internet-password":
        items.remove(item)
        file.write_text(json.dumps(items))
        return _complain("password has been deleted.")
    if ("-g", "") in given:
        is_refused = "refused" in item
        secret = "" if is_refused else _buffer(item["data"].encode())
        return _complain(f"password: {secret}", _REFUSED if is_refused else 0)
    return 0


def _say(*texts: str) -> int:
    sys.stdout.write("".join(f"{text}\n" for text in texts))
    return 0


def _complain(text: str, status: int = 0) -> int:
    sys.stderr.write(f"{text}\n")
    return status


def _shown(item: Item) -> str:
    """Return the item without its secret, as print_keychain_item_attributes shows it."""
    values = {
        '"acct"<blob>': item["acct"].encode(),
        '"atyp"<blob>': item["atyp"].encode(),
        '"mdat"<timedate>': b"2026113014000%dZ\0" % item["mdat"],
        '"path"<blob>': None if item["path"] is None else item["path"].encode(),
        '"port"<uint32>': item["port"].to_bytes(4, "big"),
        '"prot"<blob>': None,
        '"ptcl"<uint32>': item["ptcl"].encode(),
        '"srvr"<blob>': item["srvr"].encode(),
    }
    lines = [f"    {name}={'<NULL>' if data is None else _buffer(data)}" for name, data in values.items()]
    label = f"    0x00000007 <blob>={_buffer(item['srvr'].encode())}"
    start = f'keychain: "{item["keychain"]}"\nversion: 512\nclass: "{item["class"]}"\nattributes:'
    return "\n".join([start, label, *lines])


def _buffer(data: bytes) -> str:
    """Show bytes as Apple's print_buffer does: in quotation marks, and in hexadecimal before if need be."""
    plain = [byte in _PLAIN for byte in data]
    text = "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in data)
    shown = f'"{text}"' if any(plain) else ""
    return shown if all(plain) else f"0x{data.hex().upper()}{' ' if any(plain) else ''} {shown}"


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
