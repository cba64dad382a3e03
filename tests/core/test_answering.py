"""The operations themselves: answers, times, notices, and what an approval or a rejection costs the vault.

The vectors of test_matching.py say which entry is meant.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from support import core
from support.conversations import NOW
from support.core import Given
from support.memory_backend import MemoryBackend

from git_credential_pat.backends import Backend, Change, ConflictError, open_backend
from git_credential_pat.frontends.git import parse, serialize
from git_credential_pat.git.settings import Settings
from git_credential_pat.hosts import family_named
from git_credential_pat.model.entry import (
    ACTIVE,
    DAY,
    DOUBTFUL,
    REJECTED,
    SECOND,
    Entry,
    Nanoseconds,
    Seconds,
)
from git_credential_pat.model.scope import Provider, Scope
from git_credential_pat.operations.answering import given

FABRIKAM = Scope(b"https", b"dev.azure.com", (b"fabrikam",))
URL = FABRIKAM.text
RESTORE, SEED = (f"git credential-pat {word} {URL} --username jane" for word in ("restore", "seed"))
GENERIC = Scope(b"https", b"git.example.com")
REQUEST = b"protocol=https\nhost=dev.azure.com\npath=fabrikam/web/_git/web\n"
INFERRING = b"protocol=https\nhost=dev.azure.com\n"
TOKEN = b"canary-token"
RIGHT = b"username=jane\npassword=canary-token\n"
SETTINGS = Settings("/dev/null/data", "/dev/null/config")
YESTERDAY = Nanoseconds(NOW - DAY * SECOND)
ENTRY = Entry(FABRIKAM, b"jane", TOKEN, created=YESTERDAY, updated=YESTERDAY)


def ask(operation: str, message: bytes, backend: Backend, settings: Settings = SETTINGS) -> Given:
    return core.ask(operation, message, backend, settings, NOW)


def only(backend: Backend) -> Entry:
    (entry,) = backend.entries()
    return entry


# Answers


def test_get_answers_username_and_password_and_nothing_else() -> None:
    assert ask("get", REQUEST, MemoryBackend([ENTRY])) == Given(b"username=jane\npassword=canary-token\n")


def test_of_a_ready_header_and_a_token_an_older_git_gets_the_token() -> None:
    header = Entry(GENERIC, b"", b"BBDC-x", authtype=b"Bearer", updated=NOW)
    token = Entry(GENERIC, b"jane", TOKEN, updated=Nanoseconds(NOW - 1))
    backend = MemoryBackend([header, token])
    message = b"protocol=https\nhost=git.example.com\n"
    assert ask("get", message, backend).output == RIGHT
    assert ask("get", b"capability[]=authtype\n" + message, backend).output == (
        b"capability[]=authtype\nauthtype=Bearer\ncredential=BBDC-x\n"
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"expires": 1_893_369_600},
            f"expired on 2029-12-31; create a new one at {URL}/_usersSettings/tokens, then run: {SEED}",
        ),
        (
            {"expires": 1, "state": REJECTED, "put_aside": NOW},
            f"was rejected by its host; to use it again, run: {RESTORE}; to replace it, run: {SEED}",
        ),
    ],
    ids=["expired", "rejected, and expired too"],
)
def test_of_a_token_that_works_no_more_the_user_hears_each_time_with_the_ways_on(
    fields: dict[str, Any], said: str
) -> None:
    backend = MemoryBackend([ENTRY._replace(**fields)])
    for _ in range(2):
        given = ask("get", REQUEST, backend)
        assert given.output == b""
        assert given.notices == (f"the token for {URL} {said}",)


# What a miss lacks, so that the user can be asked for it


def test_a_miss_is_no_bytes_and_no_word_and_names_what_is_lacking() -> None:
    assert ask("get", REQUEST, MemoryBackend()) == Given(b"", (), Entry(FABRIKAM, b"", b""))


def test_nothing_is_lacking_where_questions_are_forbidden() -> None:
    silent = SETTINGS._replace(against_prompts=frozenset(("pat.prompt",)))
    assert ask("get", REQUEST, MemoryBackend(), silent) == Given(b"", (), None)


@pytest.mark.parametrize(
    "message",
    [
        b"protocol=https\nhost=git.example.com\n",
        b"protocol=http\nhost=tfs.example.com\n",
        b"protocol=https\nhost=dev.azure.com\npath=a/../b\n",
    ],
)
def test_of_hosts_that_are_not_known_to_take_tokens_over_tls_nothing_is_lacking(message: bytes) -> None:
    server = Provider(Scope(b"http", b"tfs.example.com"), "azure-devops-server")
    given = ask("get", message, MemoryBackend(), SETTINGS._replace(providers=(server,)))
    assert given == Given(b"", (), None)


def test_where_several_organizations_could_be_meant_none_is_lacking() -> None:
    other = ENTRY._replace(scope=Scope(b"https", b"dev.azure.com", (b"contoso",)))
    given = ask("get", INFERRING, MemoryBackend([ENTRY, other]))
    assert (given.output, given.lack) == (b"", None)
    assert "credential.https://dev.azure.com.useHttpPath" in given.notices[0]


@pytest.mark.parametrize(
    ("message", "scope"),
    [
        (INFERRING, FABRIKAM.server),
        (INFERRING + b"username=Fabrikam\n", FABRIKAM),
        (REQUEST + b"username=contoso\n", FABRIKAM),
    ],
)
def test_what_was_never_kept_is_lacking_where_it_would_be_kept(message: bytes, scope: Scope) -> None:
    assert ask("get", message, MemoryBackend()).lack == Entry(scope, b"", b"")


@pytest.mark.parametrize("fields", [{"expires": 1}, {"state": REJECTED}])
def test_what_is_lacking_has_scope_and_username_of_what_it_will_replace(fields: dict[str, Any]) -> None:
    project = ENTRY._replace(scope=FABRIKAM._replace(path=(b"fabrikam", b"web")), **fields)
    older = [
        project._replace(username=name, updated=Nanoseconds(project.updated - 1)) for name in (b"ann", b"kim")
    ]
    backend = MemoryBackend([project, *older, ENTRY._replace(username=b"bob", updated=NOW, **fields)])
    assert ask("get", REQUEST, backend).lack == Entry(project.scope, b"jane", b"")


def test_a_ready_header_has_no_username_for_what_will_replace_it() -> None:
    header = ENTRY._replace(authtype=b"Bearer", state=REJECTED)
    assert ask("get", REQUEST, MemoryBackend([header])).lack == Entry(FABRIKAM, b"", b"")


def test_a_deploy_token_s_username_is_not_taken_for_the_next_token() -> None:
    group = Scope(b"https", b"gitlab.com", (b"group",))
    old = Entry(group, b"deployer", b"gldt-" + b"x" * 20, expires=Seconds(1))
    given = ask("get", b"protocol=https\nhost=gitlab.com\npath=group/x.git\n", MemoryBackend([old]))
    assert given.lack == Entry(group, b"", b"")


@pytest.mark.parametrize(
    ("family", "token", "answered"),
    [
        ("azure-devops", b"t", b"username=pat\npassword=t\n"),
        ("gitlab", b"gldt-x", b"password=gldt-x\n"),  # Git asks for the name of a deploy token
    ],
)
def test_what_the_user_gives_is_answered_with_its_username_if_one_is_known(
    family: str, token: bytes, answered: bytes
) -> None:
    lack = Entry(FABRIKAM, b"", token)
    assert serialize(given(lack, family_named(family), parse(REQUEST).request, SETTINGS)) == answered


# What an approval or a rejection makes of an entry


REJECTED_ENTRY = ENTRY._replace(state=REJECTED, put_aside=Nanoseconds(NOW - 1))
RICH = ENTRY._replace(
    label="laptop", permissions=("vso.code",), expires=Seconds(4102444800), refresh_token=b"r"
)
BASIC = b"capability[]=authtype\nauthtype=Basic\ncredential="


@pytest.mark.parametrize(
    ("before", "operation", "message", "after"),
    [
        (REJECTED_ENTRY, "store", REQUEST + RIGHT, ENTRY._replace(updated=NOW)),
        (ENTRY._replace(state=DOUBTFUL), "store", REQUEST + RIGHT, ENTRY._replace(updated=NOW)),
        (
            REJECTED_ENTRY._replace(approved=ENTRY.updated),
            "store",
            REQUEST + RIGHT,
            ENTRY._replace(updated=NOW, approved=NOW),
        ),
        (RICH, "erase", REQUEST + RIGHT, RICH._replace(state=REJECTED, put_aside=NOW)),
        (RICH, "erase", INFERRING + RIGHT, RICH._replace(state=DOUBTFUL)),
        (ENTRY, "erase", REQUEST + BASIC + b"cGF0\n", ENTRY),
        (ENTRY, "erase", REQUEST + BASIC + b"\xff\n", ENTRY),
    ],
    ids=[
        "a success makes a rejected entry active and the newest",
        "a success ends a doubt",
        "what git approved stays marked so when it is approved again",
        "a rejection notes when, and keeps all else",
        "a rejection after an inference makes it doubtful, and keeps all else",
        "a header without a colon matches no token",
        "a header that cannot be decoded matches no token",
    ],
)
def test_an_entry_becomes(before: Entry, operation: str, message: bytes, after: Entry) -> None:
    backend = MemoryBackend([before])
    assert ask(operation, message, backend) == Given(b"", ())
    assert only(backend) == after


def test_a_new_entry_notes_when_it_was_made_and_that_git_approved_it() -> None:
    backend = MemoryBackend()
    ask("store", REQUEST + b"username=jane\npassword=t\npassword_expiry_utc=4102444800\n", backend)
    made = Entry(
        FABRIKAM,
        b"jane",
        b"t",
        created=NOW,
        updated=NOW,
        expires=Seconds(4102444800),
        approved=NOW,
    )
    assert only(backend) == made
    assert made.is_approved


def test_a_mark_of_approval_counts_no_more_after_a_change_by_an_older_version() -> None:
    assert not ENTRY._replace(approved=Nanoseconds(ENTRY.updated - 1)).is_approved


def test_another_token_that_git_approves_follows_the_approved_one_and_keeps_what_was_said_of_that() -> None:
    approved = ENTRY._replace(approved=ENTRY.updated, unknown=((200, b"x"),))
    said = approved._replace(label="laptop", permissions=("vso.code",))
    backend = MemoryBackend([said])
    ask("store", REQUEST + b"username=jane\npassword=other\n", backend)
    assert only(backend) == said._replace(secret=b"other", created=NOW, updated=NOW, approved=NOW)


@pytest.mark.parametrize("approved", [None, Nanoseconds(ENTRY.updated - 1)], ids=["seeded", "restored"])
def test_another_token_that_git_approves_stands_beside_the_users_own(approved: Nanoseconds | None) -> None:
    backend = MemoryBackend([ENTRY._replace(approved=approved, label="laptop")])
    ask("store", REQUEST + b"username=jane\npassword=other\n", backend)
    own, beside = backend.entries()
    assert own == ENTRY._replace(approved=approved, label="laptop")
    assert beside == Entry(FABRIKAM, b"jane", b"other", created=NOW, updated=NOW, approved=NOW, number=1)


def test_a_replaced_token_that_git_approves_is_not_the_users_own_again() -> None:
    replaced = ENTRY._replace(state=REJECTED, put_aside=ENTRY.updated, secret=b"old", number=1)
    backend = MemoryBackend([ENTRY, replaced])
    ask("store", REQUEST + b"username=jane\npassword=old\n", backend)
    own, beside = backend.entries()
    assert (own, beside.state, beside.is_approved) == (ENTRY, ACTIVE, True)


def test_the_users_own_is_named_when_another_is_stored_beside_it_the_first_time() -> None:
    backend = MemoryBackend([ENTRY])
    lines = [
        ask("store", REQUEST + f"username=jane\npassword={token}\n".encode(), backend).notices
        for token in ("other", "other", "third")
    ]
    assert [len(found) for found in lines] == [1, 0, 0]


def test_a_rejected_entry_is_kept_for_thirty_days_to_the_second() -> None:
    other = Entry(FABRIKAM, b"bob", b"b", updated=NOW)
    kept = ENTRY._replace(state=REJECTED, put_aside=Nanoseconds(NOW - 30 * DAY * SECOND))
    overdue = kept._replace(put_aside=Nanoseconds(NOW - 30 * DAY * SECOND - 1))
    for entry, remaining in [(kept, 2), (overdue, 1)]:
        backend = MemoryBackend([entry, other])
        ask("erase", REQUEST + b"username=bob\npassword=b\n", backend)
        assert len(backend.entries()) == remaining


# Beside other processes


class Overtaken(MemoryBackend):
    """A store in which another process is quicker a number of times."""

    def __init__(self, entries: Iterable[Entry], times: int) -> None:
        super().__init__(entries)
        self.times = times

    def apply(self, changes: Iterable[Change]) -> None:
        wanted = tuple(changes)
        if self.times:
            self.times -= 1
            (entry,) = (entry for entry in self.entries() if entry.username == b"jane")
            super().apply([Change(entry, entry._replace(label=f"changed {self.times}"))])
        super().apply(wanted)


def test_when_another_process_was_quicker_the_operation_decides_again() -> None:
    backend = Overtaken([ENTRY], times=3)
    ask("erase", REQUEST + RIGHT, backend)
    assert only(backend) == ENTRY._replace(state=REJECTED, put_aside=NOW, label="changed 0")


def test_when_others_are_quicker_without_end_the_user_hears_it_and_the_token_is_left_alone() -> None:
    backend = Overtaken([ENTRY], times=10_000)
    with pytest.raises(ConflictError):
        ask("erase", REQUEST + RIGHT, backend)
    assert only(backend).state == ACTIVE


# What costs nothing


@pytest.mark.parametrize("operation", ["get", "store", "erase"])
@pytest.mark.parametrize(
    "message",
    [
        b"protocol=cert\nhost=\npath=/x\npassword=p\n",
        b"protocol=ssh\nhost=git.example.com\nusername=u\npassword=p\n",
        b"protocol=https\nhost=git.example.com\npath=a/../b\nusername=u\npassword=p\n",
        b"protocol=http\nhost=github.com\nusername=u\npassword=p\n",
    ],
)
def test_where_nothing_is_answered_the_backend_is_not_even_opened(operation: str, message: bytes) -> None:
    class Untouchable(MemoryBackend):
        def find(self, protocol: bytes, host: bytes) -> tuple[Entry, ...]:
            raise AssertionError((protocol, host))

        def apply(self, changes: Iterable[Change]) -> None:
            raise AssertionError(changes)

    assert ask(operation, message, Untouchable()) == Given(b"", ())


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get", b""),
        ("store", RIGHT),
        ("store", b"username=bob\npassword=canary-token\n"),
        ("store", b"authtype=Basic\ncredential=amFuZTpjYW5hcnktdG9rZW4=\n"),
        ("store", b"username=jane\npassword=new\nephemeral=1\n"),
        ("store", b"username=jane\npassword=new\npassword_expiry_utc=1\n"),
        ("store", b"username=jane\n"),
        ("erase", b"username=jane\npassword=stale\n"),
        ("erase", b"authtype=Basic\ncredential=c3RhbGU=\n"),
    ],
)
def test_what_changes_nothing_writes_nothing_and_takes_no_lock(
    tmp_path: Path, operation: str, more: bytes
) -> None:
    settings = Settings(str(tmp_path / "data"), str(tmp_path / "config"))

    def look() -> dict[str, tuple[int, int]]:
        paths = (tmp_path / "data").iterdir()
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}

    ask("store", REQUEST + RIGHT, open_backend(settings), settings)
    (tmp_path / "data/vault.lock").unlink()
    before = look()
    ask(operation, REQUEST + more, open_backend(settings), settings)
    assert look() == before  # the lock file would be there again
