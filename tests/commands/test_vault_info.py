"""`vault info` tells where the vault lies, what opens it and how much is in it, and nothing secret."""

from __future__ import annotations

import json

from support.checks import files, keep, refusal
from support.program import AZURE_TOKEN, Program

FABRIKAM = "https://dev.azure.com/fabrikam"


def test_the_facts_are_one_a_line(program: Program) -> None:
    keep(program, FABRIKAM)
    done = program.run("vault", "info")
    assert (done.status, done.stderr) == (0, "")
    assert done.stdout.decode().splitlines() == [
        f"path:       {program.vault}",
        f"key:        {program.key}",
        "format:     PATS/1",
        "generation: 1",
        f"size:       {program.vault.stat().st_size} bytes",
        "entries:    1",
        "slots:      1 (keyfile)",
    ]


def test_json_has_the_same_facts(program: Program) -> None:
    keep(program, FABRIKAM)
    program.seed("https://github.com/octo", "ghp_" + "a1" * 18)
    done = program.run("vault", "info", "--json")
    assert (done.status, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "path": str(program.vault),
        "key": str(program.key),
        "format": "PATS/1",
        "generation": 2,
        "size": program.vault.stat().st_size,
        "entries": 2,
        "slots": [{"id": 1, "kind": "keyfile"}],
    }


def test_without_a_vault_it_says_how_to_make_one(program: Program) -> None:
    assert refusal(program.run("vault", "info"), 1) == (
        f"there is no vault at {program.vault} yet; run: git credential-pat seed URL"
    )
    assert files(program) == {}


def test_a_missing_key_file_is_status_3(program: Program) -> None:
    keep(program, FABRIKAM)
    program.key.unlink()
    for arguments in (["vault", "info"], ["list"], ["token", FABRIKAM]):
        assert str(program.key) in refusal(program.run(*arguments), 3)


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
