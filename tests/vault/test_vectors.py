"""The vectors of tests/vectors/vault: what the program and the second reader make of each."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import memory_keyring
from support import second_reader as reader
from support.effort import at_most
from support.vault_vectors.__main__ import FOLDER, generated
from support.vault_vectors.stating import stated
from support.vaults import Place, entries_of, store, token

from git_credential_pat.errors import DamagedError, PatError
from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.vault import format as sealed
from git_credential_pat.vault import records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.vault_vectors.good import Bytes

    from git_credential_pat.backends.vault import VaultBackend

GOOD = sorted(path.stem for path in FOLDER.glob("good/*.vault"))
BAD: list[dict[str, Any]] = json.loads((FOLDER / "bad/index.json").read_text())
STATUS = {"locked": 3, "damaged": 4}


def as_bytes(value: Bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"])


def good(name: str) -> tuple[bytes, dict[str, Any]]:
    return (FOLDER / f"good/{name}.vault").read_bytes(), json.loads(
        (FOLDER / f"good/{name}.json").read_text()
    )


def ways_of(description: dict[str, Any]) -> list[reader.Keys]:
    """Return the keys that open a good vault, each alone but for those that open nothing."""
    unfitting = description.get("unfitting", {})
    key = bytes.fromhex(unfitting["key"]) if "key" in unfitting else None
    there = reader.Keys(key, unfitting.get("keyring"))
    ways = [there._replace(passphrase=as_bytes(phrase)) for phrase in description.get("passphrases", ())]
    if "keyring" in description:
        ways.append(there._replace(keyring=description["keyring"]))
    if description["key"] is not None:
        ways.append(there._replace(key_file=bytes.fromhex(description["key"])))
    return ways


WAYS = [
    pytest.param(name, keys, id=f"{name}-{number}")
    for name in GOOD
    for number, keys in enumerate(ways_of(good(name)[1]), 1)
]


def keys_of(row: dict[str, Any]) -> reader.Keys:
    key_file = None if row["key"] is None else bytes.fromhex(row["key"])
    phrase = row.get("passphrase")
    return reader.Keys(key_file, row.get("keyring"), None if phrase is None else as_bytes(phrase))


def data_of(row: dict[str, Any]) -> bytes:
    path: Path = FOLDER / "bad" / row["file"]
    return path.read_bytes()


def opener(
    folder: Path, data: bytes, keys: reader.Keys, monkeypatch: pytest.MonkeyPatch
) -> tuple[Place, VaultBackend, list[str]]:
    """Put a vault and its keys where the program looks for them; return the questions that it asks, too."""
    place, asked = Place(folder), []
    place.put(data, keys.key_file)
    keyring = memory_keyring.install(monkeypatch)
    if keys.keyring is not None:
        keyring.items["git-credential-pat", data[16:32].hex()] = keys.keyring

    def ask(question: str) -> bytes:
        asked.append(question)
        return b"" if keys.passphrase is None else keys.passphrase

    return place, place.backend(Unlocking(passphrase=ask)), asked


def test_the_files_are_those_that_the_generator_makes() -> None:
    files = {str(path.relative_to(FOLDER)): path for path in FOLDER.glob("*/*")}
    made = generated()
    assert sorted(files) == sorted(made)
    assert [name for name, path in files.items() if path.read_bytes() != made[name]] == []


@pytest.mark.parametrize(("name", "keys"), WAYS)
def test_a_good_vault_opens_by_each_key_and_holds_what_its_description_says(
    name: str, keys: reader.Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, description = good(name)
    _, backend, asked = opener(tmp_path, data, keys, monkeypatch)
    opened = backend.open()
    assert opened is not None
    assert opened.entries == entries_of(description["entries"])
    assert opened.data_key.hex() == description["derived"]["data_key"]
    assert opened.header.store_id.hex() == description["store_id"]
    assert opened.header.generation == int(description["generation"])
    slots = [{"kind": slot.kind, "id": slot.id, "params": len(slot.params)} for slot in opened.header.slots]
    assert slots == description["slots"]
    assert len(asked) == (keys.passphrase is not None), "what asks nobody comes first"
    header, entries = reader.read(data, keys)
    assert [stated(entry) for entry in entries] == description["entries"]
    assert header.generation == int(description["generation"])


@pytest.mark.parametrize("name", GOOD)
def test_the_program_writes_a_good_vault_byte_for_byte(name: str) -> None:
    data, description = good(name)
    data_key = bytes.fromhex(description["derived"]["data_key"])
    entries = entries_of(description["entries"])[::-1]
    assert sealed.seal(sealed.parse(data).header, data_key, records.encode(entries)) == data


@pytest.mark.parametrize("name", [name for name in GOOD if name != "late-generation"])
def test_a_commit_keeps_what_this_version_does_not_understand(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, description = good(name)
    keys = ways_of(description)[0]
    place, backend, _ = opener(tmp_path, data, keys, monkeypatch)
    store(backend, token("one-more"))
    before, _ = reader.read(data, keys)
    after, entries = reader.read(place.vault.read_bytes(), keys)
    assert after == before._replace(generation=before.generation + 1, body_salt=after.body_salt)
    kept = [stated(entry) for entry in entries]
    assert [entry for entry in kept if entry["path"] != ["one-more"]] == description["entries"]
    assert len(kept) == len(description["entries"]) + 1


def test_after_the_last_generation_there_is_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, description = good("late-generation")
    place, backend, _ = opener(tmp_path, data, ways_of(description)[0], monkeypatch)
    store(backend, token("one-more"))
    assert reader.read(place.vault.read_bytes(), ways_of(description)[0])[0].generation == 2**64 - 1
    files = place.files()
    with pytest.raises(PatError, match="the vault was changed too often; move it away and seed"):
        store(backend, token("one-too-many"))
    assert place.files() == files


@pytest.mark.parametrize("row", BAD, ids=[row["name"] for row in BAD])
def test_a_bad_vault_is_refused_with_its_status_and_stays_as_it_is(
    row: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, backend, _ = opener(tmp_path, data_of(row), keys_of(row), monkeypatch)
    files = place.files()
    with pytest.raises(PatError) as reading:
        backend.entries()
    with pytest.raises(PatError) as writing:
        store(backend, token("fabrikam"))
    assert (reading.value.status, writing.value.status) == (STATUS[row["class"]],) * 2, row["reason"]
    assert place.files() == files
    assert any(str(name) in str(reading.value) for name in named(place, row)), reading.value


def named(place: Place, row: dict[str, Any]) -> Sequence[object]:
    """Return of what a message must name one: of a damaged vault its path, else where a key was missed."""
    if row["class"] == "damaged":
        return [place.vault]
    source = row["name"].partition("-")[0]
    if source == "keyring":
        return [memory_keyring.TITLE]
    return {"key": [place.key], "kinds": [place.key, place.vault]}.get(source, [place.vault])


def test_the_second_reader_refuses_all_of_them_alike_and_each_of_its_rules_has_one_that_breaks_it() -> None:
    failures = {"locked": reader.LockedVaultError, "damaged": reader.DamagedVaultError}
    broken = set()
    for row in BAD:
        with pytest.raises(failures[row["class"]]) as refused:
            reader.read(data_of(row), keys_of(row))
        broken.add(str(refused.value))
    calls = [
        node for node in ast.walk(ast.parse(Path(reader.__file__).read_text())) if isinstance(node, ast.Call)
    ]
    named = ("require", "DamagedVaultError", "LockedVaultError")
    texts = [call.args[-1] for call in calls if ast.unparse(call.func) in named]
    rules = {text.value for text in texts if isinstance(text, ast.Constant)}
    assert len(rules) > 30
    assert rules - broken == set()


DERIVES_NOTHING = [
    row
    for row in BAD
    if row["name"].startswith("passphrase-")
    and row["class"] == "damaged"
    and row["name"] != "passphrase-body-bit"
]


@pytest.mark.parametrize("row", DERIVES_NOTHING, ids=[row["name"] for row in DERIVES_NOTHING])
def test_what_is_damaged_before_any_key_is_needed_asks_for_no_passphrase_and_takes_no_time(
    row: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, backend, asked = opener(tmp_path, data_of(row), keys_of(row), monkeypatch)
    with at_most(0.05), pytest.raises(DamagedError):
        backend.entries()
    assert asked == []
