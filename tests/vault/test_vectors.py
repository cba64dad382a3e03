from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.vault_vectors import reader
from support.vault_vectors.__main__ import FOLDER, generated
from support.vaults import Place, entry_of, store, token

from git_credential_pat.errors import PatError
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault import records

if TYPE_CHECKING:
    from pathlib import Path

GOOD = [
    "eight-slots",
    "empty",
    "every-field",
    "late-generation",
    "longest-header",
    "no-padding",
    "one-entry",
    "two-blocks",
    "two-slots",
    "unknown-tags",
]
BAD: list[dict[str, Any]] = json.loads((FOLDER / "bad/index.json").read_text())
STATUS = {"locked": 3, "damaged": 4}


def good(name: str) -> tuple[bytes, dict[str, Any]]:
    return (FOLDER / f"good/{name}.vault").read_bytes(), json.loads(
        (FOLDER / f"good/{name}.json").read_text()
    )


def bad_case(row: dict[str, Any]) -> tuple[bytes, bytes | None]:
    return (FOLDER / "bad" / row["file"]).read_bytes(), None if row["key"] is None else bytes.fromhex(
        row["key"]
    )


def test_the_files_are_those_that_the_generator_makes() -> None:
    files = {str(path.relative_to(FOLDER)): path for path in FOLDER.glob("*/*")}
    made = generated()
    assert sorted(files) == sorted(made)
    assert [name for name, path in files.items() if path.read_bytes() != made[name]] == []


def test_the_list_of_vectors_is_whole() -> None:
    assert sorted(path.stem for path in FOLDER.glob("good/*.vault")) == GOOD
    assert {row["file"] for row in BAD} == {path.name for path in FOLDER.glob("bad/*.vault")}
    classes = [row["class"] for row in BAD]
    assert (classes.count("damaged"), classes.count("locked")) == (135, 9)
    assert len({row["name"] for row in BAD}) == len(BAD)


def test_the_vectors_stay_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 1 << 20


@pytest.mark.parametrize("name", GOOD)
def test_a_good_vault_opens_and_holds_what_its_description_says(name: str, tmp_path: Path) -> None:
    data, description = good(name)
    place = Place(tmp_path)
    place.put(data, bytes.fromhex(description["key"]))
    opened = place.backend().open()
    assert opened is not None
    assert opened.entries == tuple(entry_of(entry) for entry in description["entries"])
    assert opened.data_key.hex() == description["derived"]["data_key"]
    assert opened.header.store_id.hex() == description["store_id"]
    assert opened.header.generation == int(description["generation"])
    slots = [{"kind": slot.kind, "id": slot.id, "params": len(slot.params)} for slot in opened.header.slots]
    assert slots == description["slots"]


@pytest.mark.parametrize("name", GOOD)
def test_the_second_reader_finds_the_same(name: str) -> None:
    data, description = good(name)
    header, entries = reader.read(data, bytes.fromhex(description["key"]))
    assert [reader.as_json(entry) for entry in entries] == description["entries"]
    assert header.generation == int(description["generation"])


@pytest.mark.parametrize("name", GOOD)
def test_the_program_writes_a_good_vault_byte_for_byte(name: str) -> None:
    data, description = good(name)
    parsed = sealed.parse(data)
    key = bytes.fromhex(description["key"])
    unwrapped = [sealed.unwrap(slot, key, parsed.header.store_id) for slot in parsed.header.slots]
    (data_key,) = [one for one in unwrapped if one is not None]
    entries = [entry_of(entry) for entry in reversed(description["entries"])]
    assert sealed.seal(parsed.header, data_key, records.encode(entries)) == data


@pytest.mark.parametrize("name", [name for name in GOOD if name != "late-generation"])
def test_a_commit_keeps_what_this_version_does_not_understand(name: str, tmp_path: Path) -> None:
    data, description = good(name)
    key = bytes.fromhex(description["key"])
    place = Place(tmp_path)
    place.put(data, key)
    store(place.backend(), token("one-more"))
    before, _ = reader.read(data, key)
    after, entries = reader.read(place.vault.read_bytes(), key)
    assert after == before._replace(generation=before.generation + 1, body_salt=after.body_salt)
    kept = [reader.as_json(entry) for entry in entries]
    assert [entry for entry in kept if entry["path"] != ["one-more"]] == description["entries"]
    assert len(kept) == len(description["entries"]) + 1


@pytest.mark.parametrize("row", BAD, ids=[row["name"] for row in BAD])
def test_a_bad_vault_is_refused_with_its_status_and_stays_as_it_is(
    row: dict[str, Any], tmp_path: Path
) -> None:
    place = Place(tmp_path)
    place.put(*bad_case(row))
    files = place.files()
    with pytest.raises(PatError) as reading:
        place.backend().entries()
    with pytest.raises(PatError) as writing:
        store(place.backend(), token("fabrikam"))
    assert (reading.value.status, writing.value.status) == (STATUS[row["class"]],) * 2, row["reason"]
    assert place.files() == files
    named = place.key if row["name"].startswith("key-") and row["class"] == "locked" else place.vault
    assert str(named) in str(reading.value)


@pytest.mark.parametrize("row", BAD, ids=[row["name"] for row in BAD])
def test_the_second_reader_refuses_a_bad_vault_alike(row: dict[str, Any]) -> None:
    failures = {"locked": reader.LockedVaultError, "damaged": reader.DamagedVaultError}
    with pytest.raises(failures[row["class"]]):
        reader.read(*bad_case(row))
