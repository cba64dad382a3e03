"""`list` shows every entry, to people and to scripts, and never a part of a token."""

from __future__ import annotations

import re
import time

import pytest
from support.checks import answering_first, entries, keep, only_entry
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes
from support.pty_program import Terminal
from support.vault_vectors.__main__ import FOLDER
from support.vault_vectors.writer import KEY_FILE

from git_credential_pat.model.entry import DAY, SECOND

REQUEST = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/api")


def seed(program: Program, url: str, *options: str) -> None:
    program.seed(url, AZURE_TOKEN, "--no-configure", *options)


def reject(program: Program) -> None:
    run = program.run("erase", stdin=attributes(*REQUEST, f"password={AZURE_TOKEN}"))
    assert run == Run(0, b"", "")


def shown(program: Program, **environment: str) -> Terminal:
    terminal = Terminal(program, "list", environment=environment)
    assert terminal.finish() == 0
    return terminal


def test_times_are_reported_in_utc_and_a_new_token_is_updated_now(program: Program) -> None:
    keep(program, FABRIKAM, created=1_600_000_000 * SECOND, updated=1_700_000_000 * SECOND)
    entry = only_entry(program)
    assert (entry["created"], entry["updated"]) == ("2020-09-13T12:26:40Z", "2023-11-14T22:13:20Z")
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    program.seed(FABRIKAM, OTHER_AZURE_TOKEN, "--no-configure")
    assert answering_first(program)[0]["updated"] >= before


def test_an_expired_token_is_named_so_and_rejected_wins_over_expired(program: Program) -> None:
    three_days_ago = int(time.time()) // DAY - 3  # a calendar day, whatever the hour is now
    keep(program, FABRIKAM, expires=three_days_ago * DAY + DAY // 2)
    entry = only_entry(program)
    assert (entry["state"], entry["days_left"]) == ("expired", -3)
    reject(program)
    assert only_entry(program)["state"] == "rejected"


def test_a_pinned_token_is_never_rejected(program: Program) -> None:
    seed(program, FABRIKAM, "--pinned")
    reject(program)
    entry = only_entry(program)
    assert (entry["state"], entry["pinned"]) == ("active", True)


# The table


def test_a_pipe_gets_no_colours_and_unbroken_lines(program: Program) -> None:
    seed(program, FABRIKAM, "--label", "a label " * 20, "--days", "3")
    reject(program)
    done = program.run("list", environment={"TERM": "xterm-256color", "COLUMNS": "80"})
    assert b"\x1b" not in done.stdout
    assert len(done.stdout.splitlines()) == 2
    assert b"a label " * 19 in done.stdout


def test_where_a_table_does_not_fit_the_terminal_all_stands_below_the_scope(program: Program) -> None:
    long = "https://dev.azure.com/a-very-long-organization-name/a-very-long-project-name"
    seed(program, long, "--label", "a long label that says much", "--permission", "vso.code_write")
    options = ("--username", "a-long-username-of-somebody", "--days", "3")
    program.seed(FABRIKAM, OTHER_AZURE_TOKEN, "--no-configure", *options)
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 3 * DAY))
    assert [line.rstrip() for line in shown(program).lines()] == [
        long,
        "  pat · - · active · a long label that says much · vso.code_write",
        FABRIKAM,
        f"  a-long-username-of-somebody · {day} (3 days) · active",
    ]


def test_an_entry_of_usual_length_is_on_one_line_with_its_notes_below(program: Program) -> None:
    seed(program, FABRIKAM, "--label", "work", "--permission", "vso.code", "--expires", "2099-02-28")
    assert [re.sub(r"\d+ days", "# days", line).rstrip() for line in shown(program).lines()] == [
        "SCOPE                           USERNAME  EXPIRES                  STATE",
        f"{FABRIKAM}  pat       2099-02-28 (# days)  active",
        "  work · vso.code",
    ]


def test_a_terminal_gets_colours_for_what_needs_attention_unless_they_are_unwanted(program: Program) -> None:
    keep(program, FABRIKAM)
    reject(program)
    (row,) = [line for line in shown(program).seen.splitlines() if "fabrikam" in line]
    assert "\x1b[31m" in row, "rejected is red"
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        seen = shown(program, **environment).seen
        assert re.search(r"\x1b\[[0-9;]*3\dm", seen) is None
        assert "rejected" in seen


@pytest.mark.parametrize(
    ("warning", "colour"), [("", ""), ("30", "\x1b[33m"), ("20", "\x1b[33m"), ("19", "")]
)
def test_what_expires_within_the_setting_s_days_is_yellow(
    program: Program, warning: str, colour: str
) -> None:
    program.gitconfig.write_text(f"[pat]\n\texpiryWarning = {warning}\n" if warning else "")
    keep(program, FABRIKAM, expires=int(time.time()) + 20 * DAY - 60)
    (row,) = [line for line in shown(program).seen.splitlines() if "fabrikam" in line]
    assert "".join(re.findall(r"\x1b\[3\dm", row)[:1]) == colour


# What must not reach a terminal

ATTACK = "\x1b]0;mine\x07\x1b[2J\x9b31m\x7f\u202e\r\nline"


@pytest.fixture
def attacked(program: Program) -> Program:
    """Keep an entry with notes that `seed` would refuse, as another program could have written it."""
    keep(program, FABRIKAM, label=ATTACK, permissions=(ATTACK,))
    return program


def is_harmless(text: str) -> bool:
    return all(character == "\n" or character.isprintable() for character in text)


def test_control_characters_of_a_label_reach_neither_terminal_nor_pipe(attacked: Program) -> None:
    terminal = shown(attacked, NO_COLOR="1")
    for text in (attacked.run("list").stdout.decode(), re.sub(r"\x1b\[[0-9;]*m|\r\n", "", terminal.seen)):
        assert is_harmless(text), text
        assert "?]0;mine?" in text


def test_json_escapes_control_characters_and_keeps_them(attacked: Program) -> None:
    assert only_entry(attacked)["label"] == ATTACK
    assert only_entry(attacked)["permissions"] == [ATTACK]
    assert is_harmless(attacked.run("list", "--json").stdout.decode())


def test_control_characters_of_a_username_that_git_approved_do_not_reach_the_terminal(
    program: Program,
) -> None:
    name = b"\x1b]0;mine\x07ja ne\xff"
    request = b"protocol=https\nhost=git.example.com\nusername=" + name + b"\npassword=secret\n\n"
    assert program.run("store", stdin=request) == Run(0, b"", "")
    table = program.run("list").stdout.decode()
    assert "%1B]0;mine%07ja%20ne%FF" in table
    assert is_harmless(table)
    assert is_harmless(program.run("list", "--json").stdout.decode())


def test_no_part_of_a_token_is_shown(program: Program) -> None:
    keep(program, FABRIKAM, token="0123456789")
    for run in (program.run("list"), program.run("list", "--json")):
        assert FABRIKAM.encode() in run.stdout
        for at in range(len("0123456789") - 5):
            assert "0123456789"[at : at + 6].encode() not in run.stdout


def test_a_token_in_the_place_of_a_username_is_not_shown(program: Program) -> None:
    keep(program, "https://git.example.com/team", username=OTHER_AZURE_TOKEN)
    assert only_entry(program)["username"] == "(a token)"
    assert OTHER_AZURE_TOKEN.encode() not in program.run("list").stdout


def test_whatever_a_vault_may_hold_is_shown(program: Program) -> None:
    """What this program would not write is no damage, as long as the vault is whole."""
    for path, data in (
        (program.vault, (FOLDER / "good/odd-parts.vault").read_bytes()),
        (program.key, KEY_FILE),
    ):
        path.parent.mkdir(mode=0o700, parents=True)
        path.touch(0o600)
        path.write_bytes(data)
    table = program.run("list")
    assert (table.status, table.stderr) == (0, "")
    assert b"https://%FF%0A%1B[2J/%FF%0A" in table.stdout
    assert [entry["scope"] for entry in entries(program)] == [
        "HTTPS://DEV.azure.com:443//a%2Fb/..",
        "https://dev.azure.com/fabrikam",
        "https://%FF%0A%1B[2J/%FF%0A",
    ]
