"""The test vectors, as tests/vectors/README.md describes them."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1] / "vectors"

CONVERSATIONS = (
    *("narrowest", "usernames", "organizations", "approvals", "rejections", "seeded", "hostile", "gists"),
    *("repository-tokens", "below-a-path", "refresh-tokens", "bearer", "package-tokens"),
)
"""The files of scopes/ that hold conversations."""

_LISTS = ("capability", "wwwauth", "state")

Case = dict[str, Any]
"""One case: plain JSON."""


def cases(folder: str, *files: str, having: str = "name") -> pytest.MarkDecorator:
    """Run a test on every case of these files that has this key, each under the case's own name."""
    found = [(file, case) for file in files for case in read(folder, file) if having in case]
    ids = [f"{file}: {case['name']}" for file, case in found]
    return pytest.mark.parametrize("case", [case for _, case in found], ids=ids)


def read(folder: str, file: str) -> Iterator[Case]:
    """Give the cases of one file, each with what the file says for all."""
    content = json.loads((FOLDER / folder / f"{file}.json").read_text("ascii"))
    shared = {key: value for key, value in content.items() if key not in ("about", "cases")}
    for case in content["cases"]:
        yield {**shared, **case}


def as_bytes(value: str | list[Any]) -> bytes:
    """Return the bytes that a string, or a list of parts, stands for."""
    if isinstance(value, str):
        return value.encode("latin-1")
    return b"".join(
        as_bytes(part) if isinstance(part, str) else as_bytes(part["repeat"][0]) * part["repeat"][1]
        for part in value
    )


def with_credentials(text: str, token: str, key: str = "") -> str:
    """Return a part of a request with the token and the key in it; `Basic (…)` stands for base64."""
    written = text.replace("TOKEN", token).replace("KEY", key)
    if written.startswith("Basic ("):
        return f"Basic {b64encode(written.removeprefix('Basic (').removesuffix(')').encode()).decode()}"
    return written


def as_message(request: Mapping[str, str | list[str]]) -> bytes:
    """Return the lines that Git sends for a request's attributes."""
    lines = [
        as_bytes(key) + b"=" + as_bytes(one) + b"\n"
        for key, value in request.items()
        for one in ([value] if isinstance(value, str) else value)
    ]
    return b"".join(lines) + b"\n"


def as_attributes(expect: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that a case of protocol/ expects: bytes, tuples of bytes, numbers."""
    return {
        name: tuple(as_bytes(one) for one in value)
        if name in _LISTS
        else value
        if isinstance(value, int)
        else as_bytes(value)
        for name, value in expect.items()
    }
