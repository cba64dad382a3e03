"""Write the files of tests/vectors/vault anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from support.vault_vectors.good import Good, Opens, good_vaults
from support.vault_vectors.inner import bad_inside
from support.vault_vectors.outer import Bad, bad_outside
from support.vault_vectors.slots import bad_slots
from support.vault_vectors.writer import PASSPHRASE

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parents[2] / "vectors/vault"


def generated() -> dict[str, bytes]:
    """Return every file that is made, by its path below `FOLDER`."""
    files: dict[str, bytes] = {}
    for name, good in good_vaults().items():
        files[f"good/{name}.vault"] = good.vault.encoded()
        files[f"good/{name}.json"] = _json(_described(good))
    bad = {**bad_outside(), **bad_inside(), **bad_slots()}
    files.update(_bad_files(bad))
    return files


def write() -> None:
    for folder in ("good", "bad"):
        shutil.rmtree(FOLDER / folder, ignore_errors=True)
        (FOLDER / folder).mkdir(parents=True)
    for path, data in generated().items():
        (FOLDER / path).write_bytes(data)


def _described(good: Good) -> Mapping[str, object]:
    body_key, body_nonce = good.vault.body_key()
    return {
        "shows": good.shows,
        **_keys(good.opens),
        "store_id": good.vault.store_id.hex(),
        "generation": str(good.vault.generation),
        "slots": [{"kind": slot.kind, "id": slot.id, "params": len(slot.params)} for slot in good.slots],
        "derived": {
            "slot_keys": {str(slot.id): slot.key.hex() for slot in good.slots if slot.kind == PASSPHRASE},
            "data_key": good.vault.data_key.hex(),
            "header_mac_key": good.vault.header_key().hex(),
            "body_key": body_key.hex(),
            "body_nonce": body_nonce.hex(),
        },
        "entries": list(good.entries),
    }


def _keys(opens: Opens) -> Mapping[str, object]:
    keys: dict[str, object] = {"key": None if opens.key is None else opens.key.hex()}
    if opens.keyring is not None:
        keys["keyring"] = opens.keyring
    if opens.passphrases:
        keys["passphrases"] = list(opens.passphrases)
    if opens.unfitting:
        keys["unfitting"] = opens.unfitting
    return keys


def _bad_files(bad: Mapping[str, Bad]) -> dict[str, bytes]:
    """Return one file for each different content, and the index that names it."""
    files: dict[str, bytes] = {}
    names: dict[bytes, str] = {}
    rows = []
    for name, case in bad.items():
        file = names.setdefault(case.data, f"{name}.vault")
        files[f"bad/{file}"] = case.data
        row = {"name": name, "file": file, "key": None if case.key is None else case.key.hex()}
        others = {"keyring": case.keyring, "passphrase": case.passphrase}
        row |= {source: value for source, value in others.items() if value is not None}
        rows.append({**row, "class": case.failure, "reason": case.reason})
    files["bad/index.json"] = _json(rows)
    return files


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


if __name__ == "__main__":
    write()
