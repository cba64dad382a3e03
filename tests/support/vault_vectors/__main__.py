"""Write the files of tests/vectors/vault anew."""

from __future__ import annotations

import json
from pathlib import Path

from support.vault_vectors.good import SLOTS, described, vault_of
from support.vault_vectors.inner import bad_inside
from support.vault_vectors.outer import bad_outside
from support.vault_vectors.slots import bad_slots

FOLDER = Path(__file__).parents[2] / "vectors/vault"


def generated() -> dict[str, bytes]:
    """Return every file, by its path below `FOLDER`."""
    files = {"bad/index.json": _json(json.loads((FOLDER / "bad/index.json").read_bytes()))}
    for name, slots in SLOTS.items():
        description = json.loads((FOLDER / f"good/{name}.json").read_bytes())
        vault = vault_of(description, slots)
        files[f"good/{name}.vault"] = vault.encoded()
        files[f"good/{name}.json"] = _json(described(description, vault, slots))
    for name, data in {**bad_outside(), **bad_inside(), **bad_slots()}.items():
        files[f"bad/{name}.vault"] = data
    return files


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


if __name__ == "__main__":
    made = generated()
    for file in FOLDER.glob("*/*.vault"):
        file.unlink()
    for path, content in made.items():
        (FOLDER / path).write_bytes(content)
