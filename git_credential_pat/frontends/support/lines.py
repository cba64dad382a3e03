"""JSON objects of one line, in which many tools ask and are answered.

The standard library's `json` loads `re`, which costs nearly half a start of Python. So this takes the parts
of it that are written in C, by themselves.
"""

from __future__ import annotations

from _json import encode_basestring_ascii, make_scanner
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class _AsUsual:
    """How `json.loads` has the scanner read."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, float


def line_of(answer: Mapping[str, object]) -> bytes:
    """Return an answer as one line, in ASCII: objects, lists, texts and truths."""
    return f"{_written(answer)}\n".encode()


def object_in(message: bytes) -> dict[str, object]:
    """Return the object that a message is; an empty one for anything else."""
    try:
        text = message.decode().strip(" \t\r\n")
        found, end = make_scanner(_AsUsual)(text, 0)  # type: ignore[arg-type]  # it takes whatever has these
    except (ValueError, StopIteration, RecursionError):
        return {}
    return found if isinstance(found, dict) and end == len(text) else {}


def member(found: dict[str, object], *names: str) -> str:
    """Return a text in an object, by the names on the way there; an empty one if there is none."""
    value: object = found
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _written(value: object) -> str:
    if isinstance(value, dict):
        pairs = (f"{encode_basestring_ascii(name)}: {_written(each)}" for name, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return encode_basestring_ascii(str(value))
