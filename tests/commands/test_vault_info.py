"""`vault info` tells where the vault lies, what opens it and how much is in it, and nothing secret."""

from __future__ import annotations

import json

from support.checks import files, keep, refusal, told
from support.program import AZURE_TOKEN, FABRIKAM, Program
from support.pty_program import Terminal


def test_the_facts_are_one_a_line(program: Program) -> None:
    keep(program, FABRIKAM)
    done = program.run("vault", "info")
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.decode().splitlines() == [
        f"path:       {program.vault}",
        "format:     PATS/1",
        "generation: 1",
        f"size:       {program.vault.stat().st_size} bytes",
        "entries:    1",
        f"slot 1:     keyfile, in {program.key}",
    ]


def test_json_has_the_same_facts(program: Program) -> None:
    keep(program, FABRIKAM)
    program.seed("https://github.com/octo", "ghp_" + "a1" * 18)
    done = program.run("vault", "info", "--json")
    assert (done.status, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "path": str(program.vault),
        "format": "PATS/1",
        "generation": 2,
        "size": program.vault.stat().st_size,
        "entries": 2,
        "slots": [{"id": 1, "kind": "keyfile", "place": f"in {program.key}"}],
    }


def test_without_a_vault_it_says_how_to_make_one(program: Program) -> None:
    assert refusal(program.run("vault", "info"), 1) == (
        f"there is no vault at {program.vault} yet; run: git credential-pat seed URL"
    )
    assert files(program) == {}


def test_a_missing_key_file_is_status_3(program: Program) -> None:
    keep(program, FABRIKAM)
    program.key.unlink()
    for arguments in (["list"], ["token", FABRIKAM]):
        assert str(program.key) in refusal(program.run(*arguments), 3)


def test_of_a_vault_whose_key_is_missing_it_tells_what_can_be_told_with_status_3(program: Program) -> None:
    keep(program, FABRIKAM)
    program.key.unlink()
    done = program.run("vault", "info")
    assert done.status == 3
    assert str(program.key) in told(done)
    assert done.stdout.decode().splitlines() == [
        f"path:       {program.vault}",
        "format:     PATS/1",
        "generation: 1",
        f"size:       {program.vault.stat().st_size} bytes",
        "entries:    locked",
        f"slot 1:     keyfile, in {program.key}",
    ]
    as_json = program.run("vault", "info", "--json")
    assert (as_json.status, as_json.stderr) == (3, done.stderr)
    assert json.loads(as_json.stdout)["entries"] is None
    assert not program.key.exists()


def test_of_a_locked_vault_it_asks_nobody_and_tells_how_to_unlock_it(program: Program) -> None:
    keep(program, FABRIKAM)
    assert program.run("vault", "add-slot", "passphrase", stdin=b"correct horse\n").status == 0
    program.key.unlink()
    terminal = Terminal(program, "vault", "info")
    assert terminal.finish() == 3
    assert "Passphrase" not in terminal.seen
    done = program.run("vault", "info", stdin=b"correct horse\n")
    assert done.status == 3
    assert (
        told(done) == f"the vault {program.vault} is locked by a passphrase; run: git credential-pat unlock"
    )
    assert done.stdout.decode().splitlines()[-3:] == [
        "entries:    locked",
        f"slot 1:     keyfile, in {program.key}",
        "slot 2:     passphrase, derived from a passphrase",
    ]


def test_a_damaged_vault_is_status_4_and_stays_as_it_is(program: Program) -> None:
    keep(program, FABRIKAM)
    damaged = program.vault.read_bytes()[:-1]
    program.vault.write_bytes(damaged)
    for arguments in (["vault", "info"], ["list"], ["token", FABRIKAM], ["remove", FABRIKAM]):
        assert str(program.vault) in refusal(program.run(*arguments), 4)
    done = program.run("seed", FABRIKAM, "--no-verify", stdin=f"{AZURE_TOKEN}\n".encode())
    refusal(done, 4)
    assert program.vault.read_bytes() == damaged


def test_an_unknown_command_of_the_vault_is_a_usage_error(program: Program) -> None:
    assert 'see "git credential-pat vault --help"' in refusal(program.run("vault", "burn"), 2)


def test_vault_alone_is_a_usage_error_of_one_short_line(program: Program) -> None:
    line = refusal(program.run("vault"), 2)
    assert "Options:" not in line, "a whole help text on one line helps nobody"
