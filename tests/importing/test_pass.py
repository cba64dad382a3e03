"""`import pass`: entries that the real pass wrote, for pass-git-helper and below HOST and HOST/USER."""

from __future__ import annotations

import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from support.checks import keep, refusal
from support.gnupg import asks_by
from support.importing import Row, import_, scopes, token, write
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program, attributes

if TYPE_CHECKING:
    from pathlib import Path

GITHUB_TOKEN = "ghp_" + "a1" * 18
OTHER_GITHUB_TOKEN = "ghp_" + "b2" * 18
MAPPING = ".config/pass-git-helper/git-pass-mapping.ini"
ANY_HOST = 'its pattern is for any host; give the token to "seed" for its own'
ANY_ENTRY = 'its target is any entry at all; give the token to "seed" for its host'
NEVER = "an earlier pattern answers for its host"
NO_HOST = "its name is not HOST or HOST/USER; name it in a mapping of pass-git-helper"
pytestmark = pytest.mark.needs("pass", "gpg")


class Pass:
    """The real pass with the key of a home, and imports from it."""

    def __init__(self, program: Program, environment: dict[str, str]) -> None:
        self.program = program
        self.environment = environment
        self.store = program.home / ".password-store"

    def insert(self, name: str, text: str, **variables: str) -> None:
        """Have pass write an entry."""
        self.run("insert", "--multiline", "--force", name, given=text, **variables)

    def run(self, *words: str, given: str = "", **variables: str) -> str:
        """Run pass, and return what it prints."""
        done = subprocess.run(
            ["pass", *words],
            input=given.encode(),
            env={**self.environment, **variables},
            check=True,
            capture_output=True,
            timeout=60,
        )
        return done.stdout.decode()

    def map(self, text: str) -> None:
        """Write the mapping of pass-git-helper."""
        write(self.program.home / MAPPING, text)

    def import_(self, *arguments: str) -> list[Row]:
        return import_(self.program, "pass", *arguments, environment=self.environment)

    def scrub(self) -> list[Row]:
        return self.import_("--scrub", "--yes")

    def names(self) -> list[str]:
        """Return the names of all entries."""
        found = self.store.rglob("*.gpg")
        return sorted(str(path.relative_to(self.store)).removesuffix(".gpg") for path in found)


@pytest.fixture
def store(program: Program, gnupg: dict[str, str]) -> Pass:
    return Pass(program, gnupg)


def answers(store: Pass, *lines: str) -> dict[str, str]:
    """Return what the real pass-git-helper answers Git."""
    done = subprocess.run(
        ["pass-git-helper", "get"],
        input=attributes("protocol=https", *lines).rstrip() + b"\n",
        env=store.environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return dict(line.split("=", 1) for line in done.stdout.decode().splitlines())


# The mapping of pass-git-helper


@pytest.mark.needs("pass-git-helper")
@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ("", f"{GITHUB_TOKEN}\nocto\n"),
        ("skip_username=6", f"{GITHUB_TOKEN}\nuser: octo\n"),
        ("skip_password=10\nline_username=2", f"password: {GITHUB_TOKEN}\n\nocto\n"),
        ("line_password=1\nline_username=0", f"octo\n{GITHUB_TOKEN}\n"),
        ("username_extractor=regex_search", f"{GITHUB_TOKEN}\n\nusername: octo\n"),
        ("username_extractor=regex_search\nregex_username=^login=(.*)$", f"{GITHUB_TOKEN}\nlogin=octo\n"),
        ("username_extractor=entry_name", f"{GITHUB_TOKEN}\n"),
    ],
    ids=["lines", "skip_username", "skip_password", "line_password", "regex", "own regex", "entry_name"],
)
@pytest.mark.parametrize("where", ["github.com*", "DEFAULT"])
def test_what_the_helper_answers_is_stored_and_scrubbed(
    store: Pass, settings: str, text: str, where: str
) -> None:
    store.insert("dev/octo", text)
    default = f"[DEFAULT]\n{settings}\n" if where == "DEFAULT" else ""
    store.map(f"{default}[github.com*]\ntarget=dev/octo\n{'' if default else settings}\n")
    said = answers(store, "host=github.com")
    assert said == {"username": "octo", "password": GITHUB_TOKEN}
    assert store.scrub() == [Row("https://github.com", "octo", "added", "")]
    assert token(store.program, "https://github.com/acme/web") == GITHUB_TOKEN
    assert store.names() == []


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ("username_extractor=static\nusername=octo", f"{GITHUB_TOKEN}\n"),
        (
            "password_extractor=regex_search\nregex_password=^token: +(.*)$\nline_username=0",
            f"octo\ntoken: {GITHUB_TOKEN}\n",
        ),
        ("encoding=utf-16", f"{GITHUB_TOKEN}\nocto\n"),
    ],
    ids=["static", "password_extractor", "encoding"],
)
def test_settings_of_later_versions_are_known(store: Pass, settings: str, text: str) -> None:
    store.insert("dev/octo", text)
    if "encoding" in settings:
        command = ["gpg", "-q", "--batch", "--yes", "-e", "-r", "jane@example.com", "-o"]
        command.append(str(store.store / "dev/octo.gpg"))
        subprocess.run(command, input=text.encode("utf-16"), env=store.environment, check=True, timeout=60)
    store.map(f"[github.com*]\ntarget=dev/octo\n{settings}\n")
    assert store.import_() == [Row("https://github.com", "octo", "added", "")]
    assert token(store.program, "https://github.com/x") == GITHUB_TOKEN


@pytest.mark.parametrize(
    ("pattern", "scope"),
    [
        ("github.com", "https://github.com"),
        ("github.com*", "https://github.com"),
        ("github.com/*", "https://github.com"),
        ("github.com/acme/*", "https://github.com/acme"),
        ("dev.azure.com/fabrikam/*", FABRIKAM),
        ("git.example.com:8443/team/*", "https://git.example.com:8443/team"),
        ("git.example.com/team/[ab]*", "https://git.example.com/team"),
        ("git.example.com/team/x.git", "https://git.example.com/team/x.git"),
        ("localhost*", "https://localhost"),
    ],
)
def test_a_pattern_means_what_stands_before_its_first_wildcard(store: Pass, pattern: str, scope: str) -> None:
    store.insert("dev/x", "word\njane\n")
    store.map(f"[{pattern}]\ntarget=dev/x\n")
    assert [row.scope for row in store.scrub()] == [scope]
    assert store.names() == []


@pytest.mark.parametrize("pattern", ["git.example.com/team*", "git.example.com/team[12]/*", "gitserver/a/b*"])
def test_an_entry_that_answers_for_more_than_its_place_stays(store: Pass, pattern: str) -> None:
    store.insert("dev/x", "word\njane\n")
    store.map(f"[{pattern}]\ntarget=dev/x\n[a.example.com*]\ntarget=dev/x\n")
    assert [row.outcome for row in store.scrub()] == ["added"] * 2
    assert store.names() == ["dev/x"]


@pytest.mark.parametrize(
    "pattern", ["*", "*.example.com", "git?b.com", "[gh]ithub.com", "github.*", "git*", "*/acme"]
)
def test_a_host_is_never_guessed(store: Pass, pattern: str) -> None:
    store.insert("dev/x", "word\njane\n")
    store.map(f"[{pattern}]\ntarget=dev/x\n")
    assert store.scrub() == [Row(None, None, "not-taken", ANY_HOST)]
    assert store.names() == ["dev/x"]


def test_where_the_target_names_the_host_the_names_of_the_entries_do(store: Pass) -> None:
    store.insert("git-logins/github.com/octo", GITHUB_TOKEN)
    store.insert("git-logins/git.example.com/jane", "word")
    store.insert("git-logins/notes/jane", "no host")
    store.insert("bank/github.com/jane", "1234")
    store.map("[*]\ntarget=git-logins/${host}/${username}\n")
    store.scrub()
    assert scopes(store.program) == [("https://git.example.com", "jane"), ("https://github.com", "octo")]
    assert store.names() == ["bank/github.com/jane", "git-logins/notes/jane"]


@pytest.mark.parametrize("target", ["${host}", "${username}", "${host}/${username}"])
def test_passwords_for_anything_at_all_are_not_read(store: Pass, target: str) -> None:
    store.insert("shop.example.com/jane", "1234\njane\n")
    store.insert("shop.example.com", "1234\njane\n")
    store.map(f"[*]\ntarget={target}\n")
    assert store.scrub() == [Row(None, None, "not-taken", ANY_ENTRY)]
    assert store.names() == ["shop.example.com", "shop.example.com/jane"]


def test_the_first_pattern_that_fits_answers_as_in_the_helper(store: Pass) -> None:
    store.insert("dev/first", f"{GITHUB_TOKEN}\nocto\n")
    store.insert("dev/second", f"{OTHER_GITHUB_TOKEN}\njane\n")
    store.insert("dev/github.com", "third")
    store.map(
        "[git*.com*]\ntarget=dev/${host}\n[github.com*]\ntarget=dev/second\n"
        "[github.com/acme*]\ntarget=dev/first\n[example.com]\ntarget=dev/first\n"
    )
    rows = store.scrub()
    assert [(row.scope, row.reason) for row in rows if row.outcome != "added"] == [(None, NEVER)] * 2
    assert scopes(store.program)[0] == ("https://example.com", "octo")
    assert store.names() == ["dev/first", "dev/second"], "what answers elsewhere too is not deleted"


def test_an_entry_of_several_places_is_deleted_once_all_are_kept(store: Pass) -> None:
    store.insert("dev/x", f"{AZURE_TOKEN}\njane\n")
    store.map("[dev.azure.com/fabrikam/*]\ntarget=dev/x\n[dev.azure.com/contoso/*]\ntarget=dev/x\n")
    keep(store.program, "https://dev.azure.com/contoso", OTHER_AZURE_TOKEN, "jane")
    assert sorted(row.outcome for row in store.scrub()) == ["added", "not-taken"]
    assert store.names() == ["dev/x"]
    store.program.run("remove", "--yes", "https://dev.azure.com/contoso")
    assert sorted(row.outcome for row in store.scrub()) == ["added", "kept"]
    assert store.names() == []


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("[github.com]\n", "it names no target"),
        ("[github.com]\ntarget=%(x)s\n", "it names no target"),
        ("[github.com]\ntarget=dev/none\n", "there is no entry dev/none"),
        ("[github.com]\ntarget=dev/x\nline_password=one\n", "the mapping's settings do not fit it"),
        ("[github.com]\ntarget=dev/x\nencoding=klingon\n", "the mapping's settings do not fit it"),
        ("[github.com]\ntarget=dev/x\nusername_extractor=x\n", "the mapping's settings do not fit it"),
        (
            "[github.com]\ntarget=dev/x\nusername_extractor=regex_search\nregex_username=(\n",
            "the mapping's settings do not fit it",
        ),
        ("[github.com]\ntarget=dev/x\nline_password=7\n", "it has no token"),
    ],
)
def test_a_section_that_does_not_fit_is_reported(store: Pass, mapping: str, reason: str) -> None:
    store.insert("dev/x", "word\njane\n")
    store.map(mapping)
    assert [(row.outcome, row.reason) for row in store.scrub()] == [("not-taken", reason)]
    assert store.names() == ["dev/x"]


def test_what_is_no_mapping_is_refused(store: Pass) -> None:
    store.map("rubbish\n")
    said = refusal(store.program.run("import", "pass"), 1)
    assert said == f"{store.program.home / MAPPING} is no mapping of pass-git-helper; give its file"


def test_another_mapping_and_its_own_store_may_be_named(store: Pass) -> None:
    store.map("[github.com]\ntarget=dev/none\n")
    work = store.program.home / ".work"
    write(work / ".gpg-id", "jane@example.com\n")
    store.insert("x", "word\njane\n", PASSWORD_STORE_DIR=str(work))
    other = write(store.program.home / "other.ini", "[a.example.com]\ntarget=x\npassword_store_dir=~/.work\n")
    store.import_(str(other), "--scrub", "--yes")
    assert scopes(store.program) == [("https://a.example.com", "jane")]
    assert [path.name for path in work.iterdir()] == [".gpg-id"]


# HOST and HOST/USER


def test_entries_below_git_are_read_by_their_names(store: Pass) -> None:
    soon = int(time.time()) + 86_400 * 90
    store.insert("git/github.com/octo", f"{GITHUB_TOKEN}\n")
    store.insert("git/dev.azure.com", f"{AZURE_TOKEN}\nlogin: jane.doe\n")
    store.insert("git/http/git.example.com/jane", "word\n")
    store.insert("git/https/a.example.com", "word\nusername: jane\n")
    gopass = f"word\nlogin: jane\npassword_expiry_utc: {soon}\noauth_refresh_token: refresh\n"
    store.insert("git/localhost_8443/jane", gopass)
    store.insert("github.com/octo", "the password of the web site\n")
    store.scrub()
    assert scopes(store.program) == [
        ("http://git.example.com", "jane"),
        ("https://a.example.com", "jane"),
        ("https://dev.azure.com", "jane.doe"),
        ("https://github.com", "octo"),
        ("https://localhost:8443", "jane"),
    ]
    asked = attributes("protocol=https", "host=localhost:8443")
    answer = store.program.run("get", stdin=asked).stdout.decode()
    said = f"username=jane\npassword=word\npassword_expiry_utc={soon}\noauth_refresh_token=refresh\n"
    assert answer == said
    assert store.names() == ["git/dev.azure.com", "github.com/octo"], "the organization is not known"


@pytest.mark.parametrize(
    "name", ["git/github.com/acme/web", "git/personal/github.com", "git/github/octo", "git/https"]
)
def test_a_name_that_may_mean_anything_is_reported(store: Pass, name: str) -> None:
    store.insert(name, "word\njane\n")
    assert store.scrub() == [Row(None, None, "not-taken", NO_HOST)]
    assert store.names() == [name]


def test_a_folder_of_hosts_may_be_named(store: Pass) -> None:
    store.insert("work/github.com/octo", GITHUB_TOKEN)
    store.import_(str(store.store / "work"), "--scrub", "--yes")
    assert (scopes(store.program), store.names()) == ([("https://github.com", "octo")], [])


def test_entries_of_git_credential_manager_are_left_to_its_own_source(store: Pass) -> None:
    store.insert("git/https/github.com/octo", f"{GITHUB_TOKEN}\nservice=https://github.com\naccount=octo\n")
    assert store.scrub() == [Row(None, None, "not-taken", "Git Credential Manager made it; import gcm")]


@pytest.mark.parametrize("mapped", [True, False])
def test_an_entry_with_anything_else_in_it_is_taken_but_stays(store: Pass, *, mapped: bool) -> None:
    store.insert("git/github.com/octo", f"{GITHUB_TOKEN}\nocto\notpauth://totp/x?secret=y\n")
    if mapped:
        store.map("[github.com]\ntarget=git/github.com/octo\n")
    assert [row.outcome for row in store.scrub()] == ["added"]
    assert store.names() == ["git/github.com/octo"]


def test_nothing_is_put_over_another_token_and_a_dry_run_changes_nothing(store: Pass) -> None:
    keep(store.program, "https://github.com", token=OTHER_GITHUB_TOKEN, username="octo")
    store.insert("git/github.com/octo", GITHUB_TOKEN)
    store.insert("git/a.example.com/jane", "word")
    store.import_("--dry-run", "--scrub", "--yes")
    assert scopes(store.program) == [("https://github.com", "octo")]
    assert sorted(row.reason for row in store.scrub()) == ["", "another token is stored"]
    assert store.names() == ["git/github.com/octo"]
    assert token(store.program, "https://github.com/x") == OTHER_GITHUB_TOKEN


def test_what_is_deleted_in_a_store_that_is_a_repository_is_committed(store: Pass) -> None:
    store.insert("git/github.com/octo", GITHUB_TOKEN)
    store.program.git("config", "--global", "user.email", "jane@example.com")
    store.program.git("config", "--global", "user.name", "Jane")
    store.run("git", "init")
    store.scrub()
    assert "Remove git/github.com/octo from store." in store.run("git", "log", "-1")
    assert store.run("git", "status", "--porcelain") == ""
    assert store.names() == []


def test_without_the_program_pass_its_files_are_deleted(store: Pass, tmp_path: Path) -> None:
    store.insert("git/github.com/octo", GITHUB_TOKEN)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("gpg", "git", "python3"):
        (programs / name).symlink_to(shutil.which(name) or "")
    found = {"PATH": f"{store.program.launcher.parent}:{programs}"}
    rows = import_(store.program, "pass", "--scrub", "--yes", environment={**store.environment, **found})
    assert [row.outcome for row in rows] == ["added"]
    assert store.names() == []


@pytest.mark.parametrize("gnupg", ["a passphrase"], indirect=True)
def test_an_entry_that_does_not_decrypt_is_reported_and_hinders_nothing(store: Pass) -> None:
    store.insert("git/github.com/octo", GITHUB_TOKEN)
    asks_by(store.environment, "/bin/false")
    assert store.scrub() == [Row(None, None, "not-taken", "gpg cannot decrypt it")]
    write(store.store / "git/a.example.com/jane.gpg", "rubbish")
    assert [row.reason for row in store.scrub()] == ["gpg cannot decrypt it"] * 2
    assert store.names() == ["git/a.example.com/jane", "git/github.com/octo"]


def test_where_there_is_nothing_that_is_said(store: Pass) -> None:
    said = refusal(store.program.run("import", "pass"), 1)
    assert said == f"pass has nothing for Git in {store.store / 'git'}; give a mapping's file"
    missing = store.program.home / "missing"
    said = refusal(store.program.run("import", "pass", str(missing)), 1)
    assert said == f"there is no {missing}; give a mapping's file or a folder of the store"
