"""`vault add-slot`, `remove-slot` and `rekey` as users run them: what they say, and passphrases by a pipe."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.checks import entries, files, keep, only_entry, refusal
from support.program import AZURE_TOKEN, FABRIKAM, Program, Run, attributes
from support.slots import PHRASE, lock_by_passphrase

if TYPE_CHECKING:
    from pathlib import Path

LINE = f"{PHRASE}\n".encode()
NO_PASSPHRASE = "that is no passphrase: it is too long or holds control characters; nothing was changed"
LAST = (
    "it is the last slot, without which nothing opens the vault; "
    "add another first: git credential-pat vault add-slot KIND"
)


@pytest.fixture
def filled(program: Program) -> Program:
    """Return a program whose vault opens by the key file."""
    keep(program, FABRIKAM)
    return program


@pytest.fixture
def locked(filled: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return a program whose vault opens by the passphrase alone, as slot 2."""
    lock_by_passphrase(filled, monkeypatch)
    return filled


def said(run: Run) -> list[str]:
    assert (run.status, run.stderr) == (0, ""), run
    return run.stdout.decode().splitlines()


def slots(program: Program) -> list[tuple[int, str]]:
    shown = json.loads(program.run("vault", "info", "--json").stdout)
    return [(slot["id"], slot["kind"]) for slot in shown["slots"]]


def test_a_slot_is_added_and_removed_with_what_users_should_know(filled: Program) -> None:
    assert said(filled.run("vault", "add-slot", "passphrase", stdin=LINE)) == [
        "Slot 2 (passphrase) opens the vault too; its key is derived from a passphrase."
    ]
    assert slots(filled) == [(1, "keyfile"), (2, "passphrase")]
    first, second = said(filled.run("vault", "remove-slot", "1", stdin=LINE))
    assert first == "Slot 1 (keyfile) does not open the vault any more."
    assert second == (
        f"Older copies of the vault still open by its key (in {filled.key}). If one may be in wrong hands, "
        "revoke at their hosts the tokens that it holds, and run: git credential-pat vault rekey"
    )
    assert slots(filled) == [(2, "passphrase")]
    assert filled.key.exists()


def test_rekeying_says_that_the_slots_stay(filled: Program) -> None:
    before = filled.vault.read_bytes()
    assert said(filled.run("vault", "rekey")) == [
        "The vault has another data key; its slots open it as before."
    ]
    assert filled.vault.read_bytes() != before
    assert only_entry(filled)["scope"] == FABRIKAM
    assert said(filled.run("token", FABRIKAM)) == [AZURE_TOKEN]


def test_what_git_asks_of_a_locked_vault_is_status_3_with_what_to_do(locked: Program) -> None:
    before = files(locked)
    request = ["protocol=https", "host=dev.azure.com", "path=fabrikam/_git/web"]
    told = f"the vault {locked.vault} is locked by a passphrase; run: git credential-pat unlock"
    assert refusal(locked.run("get", stdin=attributes(*request)), 3) == told
    given = attributes(*request, "username=pat", f"password={AZURE_TOKEN}")
    assert refusal(locked.run("store", stdin=given), 3) == told
    assert refusal(locked.run("token", FABRIKAM), 3) == told
    assert refusal(locked.run("list"), 3) == told
    seeded = locked.run("seed", FABRIKAM, "--no-verify", "--no-configure", stdin=f"{AZURE_TOKEN}\n".encode())
    assert refusal(seeded, 3) == told
    after = files(locked)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("stdin", [b"", b"\n", b"wrong horse\n", b"correct horse \n", b"Correct horse\n"])
def test_a_wrong_or_missing_passphrase_from_a_pipe_is_status_3(filled: Program, stdin: bytes) -> None:
    said(filled.run("vault", "add-slot", "passphrase", stdin=LINE))
    before = filled.vault.read_bytes()
    told = refusal(filled.run("vault", "remove-slot", "1", stdin=stdin), 3)
    assert told == f"no passphrase opened the vault {filled.vault}, by another slot than 1; try again"
    assert filled.vault.read_bytes() == before


def test_of_a_pipe_the_first_line_is_the_passphrase(filled: Program) -> None:
    said(filled.run("vault", "add-slot", "passphrase", stdin=b"correct horse\nbattery staple\n"))
    refusal(filled.run("vault", "remove-slot", "1", stdin=b"battery staple\n"), 3)
    said(filled.run("vault", "remove-slot", "1", stdin=b"correct horse"))
    assert slots(filled) == [(2, "passphrase")]


def test_one_passphrase_from_a_pipe_is_enough_to_rekey(locked: Program) -> None:
    before = locked.vault.read_bytes()
    said(locked.run("vault", "rekey", stdin=LINE))
    assert locked.vault.read_bytes() != before
    assert said(locked.run("vault", "recover", str(locked.vault), stdin=LINE))


def test_a_key_file_is_added_to_a_locked_vault_by_a_passphrase_from_a_pipe(locked: Program) -> None:
    said(locked.run("vault", "add-slot", "keyfile", stdin=LINE))
    assert slots(locked) == [(2, "passphrase"), (1, "keyfile")]
    assert only_entry(locked)["scope"] == FABRIKAM


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_passphrase_is_added_to_a_locked_vault_by_the_first_two_lines_of_a_pipe(
    locked: Program, end: bytes
) -> None:
    said(locked.run("vault", "add-slot", "passphrase", stdin=PHRASE.encode() + end + b"battery staple" + end))
    assert slots(locked) == [(2, "passphrase"), (1, "passphrase")]
    said(locked.run("vault", "remove-slot", "2", stdin=b"battery staple\n"))


def test_one_line_of_a_pipe_is_tried_once_and_is_no_second_answer(locked: Program) -> None:
    before = locked.vault.read_bytes()
    refusal(locked.run("vault", "add-slot", "passphrase", stdin=b"wrong one\nbattery staple\n"), 3)
    assert locked.vault.read_bytes() == before


@pytest.mark.parametrize(
    ("stdin", "told"),
    [
        (b"", "a passphrase has at least 8 characters; nothing was changed"),
        (b"1234567\n", "a passphrase has at least 8 characters; nothing was changed"),
        (
            "\u00e4\u00f6\u00fc\u00df\n".encode(),
            "a passphrase has at least 8 characters; nothing was changed",
        ),
        (b"correct\thorse\n", NO_PASSPHRASE),
        (b"x" * 1025, NO_PASSPHRASE),
    ],
    ids=["none", "7 characters", "8 bytes of 4 characters", "control character", "1025 bytes"],
)
def test_a_passphrase_that_is_too_short_or_long_is_refused(filled: Program, stdin: bytes, told: str) -> None:
    before = files(filled)
    assert refusal(filled.run("vault", "add-slot", "passphrase", stdin=stdin), 1) == told
    assert files(filled) == before


@pytest.mark.parametrize("phrase", [b"12345678", b"x" * 1024, b" correct horse ", b"\xff\xfe passphrase"])
def test_any_other_passphrase_is_taken_as_it_is(filled: Program, phrase: bytes) -> None:
    said(filled.run("vault", "add-slot", "passphrase", stdin=phrase + b"\n"))
    refusal(filled.run("vault", "remove-slot", "1", stdin=phrase[:-1] + b"\n"), 3)
    said(filled.run("vault", "remove-slot", "1", stdin=phrase + b"\n"))
    assert slots(filled) == [(2, "passphrase")]


def test_a_passphrase_opens_however_its_letters_were_typed(filled: Program) -> None:
    said(filled.run("vault", "add-slot", "passphrase", stdin="Schl\u00fcsselwort\n".encode()))
    said(filled.run("vault", "remove-slot", "1", stdin="Schlu\u0308sselwort\n".encode()))
    assert slots(filled) == [(2, "passphrase")]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["add-slot", "keyfile"], 1, "the vault has a keyfile slot already, slot 1; nothing was changed"),
        (["remove-slot", "7"], 2, "the vault has no slot 7; its slots are: 1 (keyfile)"),
        (["remove-slot", "1"], 1, LAST),
        (
            ["add-slot", "keyring"],
            3,
            "Secret Service is out of reach, for there is no D-Bus session; log in at the desktop",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(
    filled: Program, arguments: list[str], status: int, told: str
) -> None:
    before = filled.vault.read_bytes()
    assert refusal(filled.run("vault", *arguments), status) == told
    assert filled.vault.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [["add-slot"], ["add-slot", "yubikey"], ["remove-slot"], ["remove-slot", "one"], ["remove-slot", "256"]],
)
def test_a_command_line_that_makes_no_sense_is_status_2(filled: Program, arguments: list[str]) -> None:
    assert f'see "git credential-pat vault {arguments[0]} --help"' in refusal(
        filled.run("vault", *arguments), 2
    )


def test_another_backend_has_no_slots(filled: Program) -> None:
    told = refusal(filled.run("--backend", "nowhere", "vault", "rekey"), 2)
    assert told.startswith('unknown backend "nowhere"')


def test_commands_that_run_at_once_lose_neither_entries_nor_slots(filled: Program, tmp_path: Path) -> None:
    def seed(number: int) -> Run:
        return filled.seed(f"https://dev.azure.com/organization-{number}", AZURE_TOKEN, "--no-configure")

    def add(number: int) -> Run:
        return filled.run("vault", "add-slot", "passphrase", stdin=f"passphrase {number}\n".encode())

    with ThreadPoolExecutor(6) as threads:
        rekeyed = [threads.submit(filled.run, "vault", "rekey") for _ in range(3)]
        seeded = [threads.submit(seed, number) for number in range(6)]
        added = [threads.submit(add, number) for number in range(3)]
        assert [run.result().status for run in seeded] == [0] * 6
        ends = [run.result() for run in (*rekeyed, *added)]
    assert len(entries(filled)) == 7
    for end in ends:
        if end.status:
            assert "nothing was changed" in end.stderr or "passphrase" in end.stderr, end
    kept = [number for number, run in enumerate(added) if run.result().status == 0]
    assert len(slots(filled)) == 1 + len(kept)
    filled.key.rename(tmp_path / "key")
    for number in kept:
        phrase = f"passphrase {number}\n".encode()
        assert said(filled.run("vault", "recover", str(filled.vault), stdin=phrase))


def test_no_passphrase_and_no_token_is_in_any_file_or_output(locked: Program) -> None:
    runs = [
        locked.run("vault", *words, stdin=LINE)
        for words in (["remove-slot", "9"], ["info"], ["rekey"], ["recover", str(locked.vault)])
    ]
    assert [run.status for run in runs] == [2, 3, 0, 0]
    shown = [run.stdout + run.stderr.encode() for run in runs]
    for content in (*shown, *files(locked).values()):
        assert PHRASE.encode() not in content
        assert AZURE_TOKEN.encode() not in content
