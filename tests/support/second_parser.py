"""A second reader of requests, written from docs/protocol.md alone.

It shares no code with the product, and no manner: each rule of that page is a regular expression over the
whole message. Two readers that were written apart and agree about a million requests leave little room
for a mistake of either.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

_LINE = rb"[^=\0\r\n]*=[^\0\r\n]*"


def _message(end: bytes) -> re.Pattern[bytes]:
    """Return a message whose lines all end so: up to its empty line, or to the end of the input."""
    return re.compile(rb"(?:%s%s)*(?:%s|%s\Z|\Z)" % (_LINE, end, end, _LINE))


_MESSAGES = (_message(rb"\n"), _message(rb"\r\n"))
_LONGEST_MESSAGE = 1024 * 1024
_LONG_LINE = re.compile(rb"^[^\n]{65535}.", re.MULTILINE | re.DOTALL)

_SINGLE = (
    "protocol",
    "host",
    "path",
    "username",
    "password",
    "password_expiry_utc",
    "oauth_refresh_token",
    "authtype",
    "credential",
    "ephemeral",
)
_LISTS = ("capability", "wwwauth", "state")
_SINGLE_LINES = {key: re.compile(rb"^%s=([^\r\n]*)" % key.encode(), re.MULTILINE) for key in _SINGLE}
_LIST_LINES = {key: re.compile(rb"^%s\[\]=([^\r\n]*)" % key.encode(), re.MULTILINE) for key in _LISTS}

_PROTOCOL = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*")
_LABEL = rb"[A-Za-z0-9_-]+"
_HOST = re.compile(rb"(%s(?:\.%s)*|\[[0-9A-Fa-f:.]+\])(?::([1-9][0-9]{0,4}))?" % (_LABEL, _LABEL))
_OWN_PORT = re.compile(rb"ftp:21|ftps:990|http:80|https:443|imap:143|imaps:993|smtp:25|smtps:465")
_NOT_EPHEMERAL = re.compile(rb"|0|false|no|off", re.IGNORECASE)
_SECONDS = re.compile(rb"[0-9]{1,19}")
_LAST_SECOND = 2**63 - 1
_LAST_PORT = 65535


class RefusedError(Exception):
    """The message is none that the helper acts on."""


def understood(data: bytes) -> dict[str, Any]:
    """Return the attributes that are there, by name: bytes, but for numbers, `True` and tuples of bytes.

    `data` is all that arrived on standard input. Protocol and host are in their one form.

    Raises:
        RefusedError: if the page says so.
    """
    message = _one_message(data)
    found: dict[str, Any] = {}
    for key, pattern in _SINGLE_LINES.items():
        values = set(pattern.findall(message))
        if len(values) > 1:
            raise RefusedError(key)
        if values:
            found[key] = values.pop()
    for key, pattern in _LIST_LINES.items():
        if items := _since_reset(pattern.findall(message)):
            found[key] = items
    return _in_one_form(found)


def _one_message(data: bytes) -> bytes:
    for pattern in _MESSAGES:
        if match := pattern.match(data):
            message = match.group()
            if len(message) > _LONGEST_MESSAGE or _LONG_LINE.search(message):
                raise RefusedError("size")
            return message
    raise RefusedError("lines")


def _since_reset(items: list[bytes]) -> tuple[bytes, ...]:
    return tuple(items[len(items) - items[::-1].index(b"") :] if b"" in items else items)


def _in_one_form(found: dict[str, Any]) -> dict[str, Any]:
    if not _PROTOCOL.fullmatch(found.get("protocol", b"")):
        raise RefusedError("protocol")
    found["protocol"] = found["protocol"].lower()
    if (found["protocol"], found.get("host")) != (b"cert", b""):
        found["host"] = _host(found.get("host", b""), found["protocol"])
    if expiry := found.pop("password_expiry_utc", b""):
        found["password_expiry_utc"] = _seconds(expiry)
    if not _NOT_EPHEMERAL.fullmatch(found.pop("ephemeral", b"")):
        found["ephemeral"] = True
    return found


def _host(host: bytes, protocol: bytes) -> bytes:
    match = _HOST.fullmatch(host)
    if not match or int(match[2] or 1) > _LAST_PORT:
        raise RefusedError("host")
    name, port = match.groups()
    canonical = _address(name) if name.startswith(b"[") else name.lower()
    if port is None or _OWN_PORT.fullmatch(protocol + b":" + port):
        return canonical
    return canonical + b":" + port


def _address(literal: bytes) -> bytes:
    try:
        address = ipaddress.IPv6Address(literal[1:-1].decode())
    except ValueError as error:
        raise RefusedError("host") from error
    mapped = address.ipv4_mapped
    return f"[::ffff:{mapped}]".encode() if mapped else f"[{address}]".encode()


def _seconds(digits: bytes) -> int:
    if not _SECONDS.fullmatch(digits) or int(digits) > _LAST_SECOND:
        raise RefusedError("password_expiry_utc")
    return int(digits)
