"""`vault add-slot`, `remove-slot` and `rekey` as users run them, with passphrases by a pipe."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.checks import entries, files, only_entry, refusal, said, slots
from support.program import AZURE_TOKEN, FABRIKAM, Program, Run, attributes
from support.slots import PHRASE

if TYPE_CHECKING:
    from pathlib import Path

LINE = f"{PHRASE}\n".encode()


def test_of_a_locked_vault_nothing_is_changed(locked: Program) -> None:
    before = files(locked)
    given = attributes("protocol=https", "host=dev.azure.com", "username=pat", f"password={AZURE_TOKEN}")
    refusal(locked.run("store", stdin=given), 3)
    refusal(
        locked.run("seed", FABRIKAM, "--no-verify", "--no-configure", stdin=f"{AZURE_TOKEN}\n".encode()), 3
    )
    after = files(locked)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(
    "command", [["unlock"], ["list"], ["vault", "info"], ["token", FABRIKAM]], ids=" ".join
)
def test_a_missing_key_file_is_status_3_and_not_made(filled: Program, command: list[str]) -> None:
    filled.key.unlink()
    done = filled.run(*command)
    assert (done.status, str(filled.key) in done.stderr) == (3, True)
    assert not filled.key.exists()


# A pipe


@pytest.mark.slow
@pytest.mark.parametrize("phrase", [b"12345678", b"x" * 1024, b" correct horse ", b"\xff\xfe passphrase"])
def test_of_a_pipe_the_first_line_is_the_passphrase_as_it_is(filled: Program, phrase: bytes) -> None:
    said(filled.run("vault", "add-slot", "passphrase", stdin=phrase + b"\nbattery staple\n"))
    refusal(filled.run("vault", "remove-slot", "1", stdin=phrase[:-1] + b"\n"), 3)
    said(filled.run("vault", "remove-slot", "1", stdin=phrase))
    assert slots(filled) == [(2, "passphrase")]


@pytest.mark.parametrize(
    "stdin",
    [b"", b"1234567\n", "\u00e4\u00f6\u00fc\u00df\n".encode(), b"x" * 1025],
    ids=["none", "7 characters", "8 bytes of 4 characters", "1025 bytes"],
)
def test_a_passphrase_that_is_too_short_or_long_is_refused(filled: Program, stdin: bytes) -> None:
    before = files(filled)
    line = refusal(filled.run("vault", "add-slot", "passphrase", stdin=stdin), 1)
    assert line.endswith("; nothing was changed")
    assert files(filled) == before


@pytest.mark.parametrize("stdin", [b"", b"\n", b"wrong one\nbattery staple\n", LINE[1:]])
def test_a_wrong_or_missing_line_is_tried_once_and_changes_nothing(locked: Program, stdin: bytes) -> None:
    before = locked.vault.read_bytes()
    for command in (["rekey"], ["add-slot", "passphrase"]):
        refusal(locked.run("vault", *command, stdin=stdin), 3)
    assert locked.vault.read_bytes() == before


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


# All at once


@pytest.mark.slow
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
