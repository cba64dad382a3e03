"""Each bad vector has one fault, and each rule of the second reader has a vector that breaks it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from support import second_reader as reader
from support.vault_vectors.__main__ import FOLDER

BAD: list[dict[str, Any]] = json.loads((FOLDER / "bad/index.json").read_text())

SEALS = {"the digest is right", "the header MAC is right", "the sealed body does not open"}
"""They cover what stands before them, so a fault there breaks them too."""

LENGTHS = {
    "the file has 148 to 67,174,464 bytes",
    "84 ≤ H ≤ 65,536",
    "H + 64 is not beyond the end",
    "16 ≤ B ≤ 67,108,864",
    "the file ends at H + 64 + B",
}
"""Where one of them is broken, whatever follows is looked for in a wrong place."""

FOLLOWED = {
    "no-slots",
    "byte-before",
    "count-too-large",
    "count-largest",
    "count-little-endian",
    "fields-too-many",
}
"""A reader that went on would miss a slot, or take what follows for something else that is wrong too."""

TWO_FAULTS = {"key-missing-digest-bit", "key-missing-byte-appended", "key-empty-nine-slots"}
"""A key is missing *and* the file is damaged: a reader must see the damage first."""


def broken_rules(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the rules that a bad vault breaks, each once; the reader goes on after each if it can."""
    broken: dict[str, None] = {}

    def note(holds: bool, what: str) -> None:  # noqa: FBT001  # stands for one that has it so
        if not holds:
            broken.setdefault(what)

    monkeypatch.setattr(reader, "require", note)
    key = None if row["key"] is None else bytes.fromhex(row["key"])
    phrase = row["passphrase"].encode() if "passphrase" in row else None
    data = (FOLDER / "bad" / row["file"]).read_bytes()
    try:
        reader.read(data, reader.Keys(key, row.get("keyring"), phrase))
    except (reader.DamagedVaultError, reader.LockedVaultError) as error:
        broken.setdefault(str(error))
    except (KeyError, IndexError):  # of a field that is not there, after that was noted
        assert broken
    return list(broken)


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row["name"]) for row in BAD if row["name"] not in FOLLOWED | TWO_FAULTS]
)
def test_a_bad_vault_breaks_one_rule(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = broken_rules(row, monkeypatch)
    assert first in LENGTHS or set(others) <= SEALS, [first, *others]


def test_every_rule_has_a_vector_that_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {broken_rules(row, monkeypatch)[0] for row in BAD}
    calls = [
        node for node in ast.walk(ast.parse(Path(reader.__file__).read_text())) if isinstance(node, ast.Call)
    ]
    texts = [
        call.args[-1]
        for call in calls
        if ast.unparse(call.func) in {"require", "DamagedVaultError", "LockedVaultError"}
    ]
    rules = {text.value for text in texts if isinstance(text, ast.Constant)}
    assert len(rules) > 30
    assert rules - first == set()
