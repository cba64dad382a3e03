"""`import` only adds, in one commit, and shows what it does without any part of a token."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from support.checks import entries, files, keep, refusal
from support.git_credential import states
from support.importing import import_, rows, scopes, token, write
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes
from support.secret_service import running

GITHUB_TOKEN = "ghp_" + "a1" * 18
LINE = f"https://fabrikam:{AZURE_TOKEN}@dev.azure.com/fabrikam/web/_git/web\n"
OTHER_LINE = f"https://jane:{OTHER_AZURE_TOKEN}@dev.azure.com/contoso/web/_git/api\n"
TOKENS = (AZURE_TOKEN, OTHER_AZURE_TOKEN, GITHUB_TOKEN, "secretword")


def source(program: Program, *lines: str) -> str:
    """Write git's own store and return its path."""
    return str(write(program.home / ".git-credentials", "".join(lines)))


def erase(program: Program, *lines: str) -> None:
    assert program.run("erase", stdin=attributes(*lines)) == Run(0, b"", "")


@pytest.mark.parametrize("options", [[], ["--json", "--scrub", "--yes"]])
def test_a_dry_run_shows_the_same_and_changes_nothing(program: Program, options: list[str]) -> None:
    source(program, LINE, OTHER_LINE)
    before = files(program)
    run = program.run("import", "git-credentials", "--dry-run", *options)
    assert (run.status, run.stderr) == (0, ""), run
    assert (b"would be added" in run.stdout) != ("--json" in options)
    assert files(program) == before


def test_a_second_import_changes_no_byte(program: Program) -> None:
    source(
        program,
        LINE,
        OTHER_LINE,
        f"https://j.doe:{AZURE_TOKEN}@dev.azure.com\n",
        "https://a:b@c.example.com/d\n",
    )
    import_(program, "git-credentials")
    before = files(program)
    assert {row.outcome for row in import_(program, "git-credentials")} == {"kept"}
    assert files(program) == before


def test_all_is_added_in_one_commit(program: Program) -> None:
    source(program, *(f"https://jane:{AZURE_TOKEN}@dev.azure.com/org{number}\n" for number in range(50)))
    import_(program, "git-credentials")
    shown = json.loads(program.run("vault", "info", "--json").stdout)
    assert (shown["generation"], len(entries(program))) == (1, 50)


def test_a_token_that_is_kept_stays_where_the_source_has_another(program: Program) -> None:
    keep(program, FABRIKAM, token=OTHER_AZURE_TOKEN)
    path = source(program, LINE)
    (row,) = import_(program, "git-credentials", "--scrub", "--yes")
    assert (row.outcome, row.reason) == ("not-taken", "another token is stored")
    assert token(program, FABRIKAM) == OTHER_AZURE_TOKEN
    assert Path(path).read_text() == LINE


@pytest.mark.parametrize("wider", [FABRIKAM, f"{FABRIKAM}/web"])
def test_a_token_that_a_covering_scope_has_is_kept_already_under_whatever_username(
    program: Program, wider: str
) -> None:
    keep(program, wider, username="john")
    source(program, f"https://jane:{AZURE_TOKEN}@dev.azure.com/fabrikam/web/_git/api\n")
    assert [row.outcome for row in import_(program, "git-credentials")] == ["kept"]
    assert scopes(program) == [(wider, "john")]


@pytest.mark.parametrize(
    ("url", "username", "line"),
    [
        ("https://git.example.com", "john", "https://jane:word@git.example.com\n"),
        (f"{FABRIKAM}/web/_git/api", "", LINE.replace(AZURE_TOKEN, "word")),
    ],
    ids=["another username where usernames count", "a narrower scope"],
)
def test_what_does_not_answer_for_the_place_does_not_count_as_kept(
    program: Program, url: str, username: str, line: str
) -> None:
    keep(program, url, token="word", username=username)
    source(program, line)
    assert [row.outcome for row in import_(program, "git-credentials")] == ["added"]


def test_a_rejected_token_stays_rejected_and_at_its_source(program: Program) -> None:
    keep(program, FABRIKAM)
    erase(program, "protocol=https", "host=dev.azure.com", "path=fabrikam/x", f"password={AZURE_TOKEN}")
    path = source(program, LINE)
    (row,) = import_(program, "git-credentials", "--scrub", "--yes")
    assert (row.outcome, row.reason) == ("kept", "rejected")
    assert states(program) == {f"{FABRIKAM} pat": "rejected"}
    assert Path(path).read_text() == LINE


def test_git_receives_what_it_must_know(program: Program) -> None:
    source(
        program,
        LINE,
        f"https://jane:{GITHUB_TOKEN}@github.com/octo/x\n",
        "https://a:b@tfs.example.com/tfs/M\n",
    )
    run = program.run("import", "git-credentials")
    assert f"Git uses this helper ({program.gitconfig}).\n".encode() in run.stdout
    listed = program.git("config", "--global", "--list").stdout.decode().splitlines()
    assert "credential.https://github.com.usehttppath=true" in listed
    assert "credential.https://dev.azure.com.usehttppath=true" in listed
    assert "pat.https://tfs.example.com/tfs.provider=azure-devops-server" in listed


def test_no_configure_leaves_git_alone(program: Program) -> None:
    source(program, LINE)
    program.run("import", "git-credentials", "--no-configure")
    assert not program.gitconfig.exists()


def test_no_token_is_in_any_output(program: Program) -> None:
    path = source(
        program,
        LINE,
        f"https://{AZURE_TOKEN}@dev.azure.com/contoso/x\n",
        f"https://jane:{GITHUB_TOKEN}@{OTHER_AZURE_TOKEN}.example.com/{OTHER_AZURE_TOKEN}\n",
        f"{GITHUB_TOKEN}\n",
        f"http://{GITHUB_TOKEN}:secretword@github.com\n",
        f"https://{GITHUB_TOKEN}:secretword@git.example.com\n",
        "https://jane:secretword@git.example.com:secretword\n",
    )
    named = str(program.home / GITHUB_TOKEN)
    subprocess.run(["cp", "-p", path, named], check=True)
    sources = f"netrc remotes tfx gcm az-devops environment git-credentials {GITHUB_TOKEN}".split()
    sources += ["libsecret", "osxkeychain", "pass"]
    commands = [(name, *options) for name in sources for options in (["--dry-run", "--json"], [])]
    last = (["--dry-run"], [named], ["--scrub", "--yes"])
    for command in [*commands, *(("git-credentials", *options) for options in last)]:
        run = program.run("import", *command, environment={"GH_TOKEN": GITHUB_TOKEN})
        for value in TOKENS:
            assert value not in run.stdout.decode() + run.stderr, command


def test_of_many_only_those_not_taken_are_shown_and_of_these_twenty(program: Program) -> None:
    good = (f"https://jane:{AZURE_TOKEN}@dev.azure.com/org{number}\n" for number in range(30))
    source(program, *good, *["rubbish\n"] * 25)
    lines = program.run("import", "git-credentials").stdout.decode().splitlines()
    assert sum("rubbish" in line or "it is no URL" in line for line in lines) == 20
    assert lines[21:23] == ["and 5 more; see --dry-run", "30 tokens added, 0 already stored, 25 not taken."]
    assert len(program.run("import", "git-credentials", "--dry-run").stdout.splitlines()) == 57


def test_imports_at_the_same_time_add_each_token_once(program: Program) -> None:
    lines = [f"https://jane:{AZURE_TOKEN}@dev.azure.com/org{number}\n" for number in range(200)]
    source(program, *lines)
    command = [str(program.launcher), "import", "git-credentials", "--json", "--no-configure"]
    running_ = [
        subprocess.Popen(command, env=program.environment, stdout=subprocess.PIPE, cwd=program.home)
        for _ in range(4)
    ]
    ended = [(process.communicate()[0], process.returncode) for process in running_]
    assert [status for _, status in ended] == [0] * 4
    added = [row for output, _ in ended for row in rows(Run(0, output, "")) if row.outcome == "added"]
    assert (len(added), len(entries(program))) == (200, 200)


@pytest.mark.needs("gnome-keyring", "dbus")
def test_the_keyring_backend_takes_an_import_too(program: Program) -> None:
    source(program, LINE, OTHER_LINE)
    with running() as service:
        program.environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
        program.git("config", "--global", "pat.backend", "keyring")
        assert [row.outcome for row in import_(program, "git-credentials")] == ["added", "added"]
        assert token(program, FABRIKAM) == AZURE_TOKEN
    assert not program.vault.exists()


def test_a_damaged_vault_is_reported_before_anything_is_read_or_deleted(program: Program) -> None:
    path = source(program, LINE)
    program.seed(CONTOSO, OTHER_AZURE_TOKEN)
    program.vault.write_bytes(b"rubbish")
    before = files(program)
    refusal(program.run("import", "git-credentials", "--scrub", "--yes"), 4)
    assert files(program) == before
    assert path.removeprefix(f"{program.home}/") in before
