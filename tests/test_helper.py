"""The operations themselves: answers, times, notices, and what an approval or a rejection costs the vault.

Which entry is meant is told by the vectors of test_resolve.py.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from support.conversations import NOW
from support.memory_backend import MemoryBackend

from git_credential_pat.backends import Backend, Change, ConflictError, open_backend
from git_credential_pat.entry import ACTIVE, DOUBTFUL, REJECTED, SECOND, Entry
from git_credential_pat.errors import PatError
from git_credential_pat.helper import OPERATIONS, Answer, answer
from git_credential_pat.hosts import Provider
from git_credential_pat.protocol import parse
from git_credential_pat.scope import Scope
from git_credential_pat.settings import DAY, Settings

FABRIKAM = Scope(b"https", b"dev.azure.com", (b"fabrikam",))
GENERIC = Scope(b"https", b"git.example.com")
REQUEST = b"protocol=https\nhost=dev.azure.com\npath=fabrikam/web/_git/web\n"
INFERRING = b"protocol=https\nhost=dev.azure.com\n"
TOKEN = b"canary-token"
SETTINGS = Settings("/nowhere/data", "/nowhere/config")
ENTRY = Entry(FABRIKAM, b"jane", TOKEN, created=NOW - DAY * SECOND, updated=NOW - DAY * SECOND)


def ask(
    operation: str, message: bytes, backend: Backend, settings: Settings = SETTINGS, now: int = NOW
) -> Answer:
    return answer(operation, parse(message), backend, settings, now)


def only(backend: Backend) -> Entry:
    (entry,) = backend.entries()
    return entry


def test_the_operations_of_git_are_get_store_and_erase() -> None:
    assert set(OPERATIONS) == {"get", "store", "erase"}


def test_get_answers_username_and_password_and_nothing_else() -> None:
    assert ask("get", REQUEST, MemoryBackend([ENTRY])) == Answer(b"username=jane\npassword=canary-token\n")


def test_a_miss_is_no_bytes_and_no_word_and_names_what_is_lacking() -> None:
    assert ask("get", REQUEST, MemoryBackend()) == Answer(b"", (), Entry(FABRIKAM, b"", b""))


def test_a_miss_lacks_nothing_that_the_user_could_be_asked_for_where_questions_are_forbidden() -> None:
    silent = SETTINGS._replace(against_prompts=frozenset(("pat.prompt",)))
    assert ask("get", REQUEST, MemoryBackend(), silent) == Answer(b"", (), None)


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
    assert given == Answer(b"", (), None)


def test_where_several_organizations_could_be_meant_none_is_lacking() -> None:
    other = ENTRY._replace(scope=Scope(b"https", b"dev.azure.com", (b"contoso",)))
    given = ask("get", INFERRING, MemoryBackend([ENTRY, other]))
    assert (given.output, given.lack) == (b"", None)
    assert "credential.https://dev.azure.com.useHttpPath" in given.notices[0]


@pytest.mark.parametrize("fields", [{"expires": 1}, {"state": REJECTED}])
def test_what_is_lacking_has_scope_and_username_of_what_it_will_replace(fields: dict[str, Any]) -> None:
    project = ENTRY._replace(scope=FABRIKAM._replace(path=(b"fabrikam", b"web")), **fields)
    backend = MemoryBackend([project, ENTRY._replace(username=b"bob", **fields)])
    assert ask("get", REQUEST, backend).lack == Entry(project.scope, b"jane", b"")


def test_a_deploy_token_s_username_is_not_taken_for_the_next_token() -> None:
    group = Scope(b"https", b"gitlab.com", (b"group",))
    old = Entry(group, b"deployer", b"gldt-" + b"x" * 20, expires=1)
    given = ask("get", b"protocol=https\nhost=gitlab.com\npath=group/x.git\n", MemoryBackend([old]))
    assert given.lack == Entry(group, b"", b"")


def test_an_answer_shows_no_token_when_it_is_printed() -> None:
    given = ask("get", REQUEST, MemoryBackend([ENTRY]))
    assert TOKEN in given.output
    assert "canary" not in f"{given} {given!r} {ENTRY} {ENTRY!r}"


@pytest.mark.parametrize("operation", ["store", "erase"])
def test_store_and_erase_print_nothing(operation: str) -> None:
    assert ask(operation, REQUEST + b"username=x\npassword=canary-token\n", MemoryBackend([ENTRY])) == Answer(
        b"", ()
    )


def test_a_token_is_answered_until_the_second_of_its_expiry() -> None:
    backend = MemoryBackend([ENTRY._replace(expires=NOW // SECOND + 10)])
    assert ask("get", REQUEST, backend, now=NOW + 10 * SECOND - 1).output
    assert not ask("get", REQUEST, backend, now=NOW + 10 * SECOND).output
    assert not ask("get", REQUEST, backend, now=NOW + 3650 * DAY * SECOND).output


def test_of_an_expired_token_the_user_is_told_once_with_the_way_to_the_next() -> None:
    given = ask("get", REQUEST, MemoryBackend([ENTRY._replace(expires=1_893_369_600)]))
    assert given.output == b""
    (line,) = given.notices
    assert "https://dev.azure.com/fabrikam" in line
    assert "expired on 2029-12-31" in line
    assert "https://dev.azure.com/fabrikam/_usersSettings/tokens" in line
    assert "git credential-pat seed https://dev.azure.com/fabrikam" in line
    assert "canary" not in line
    assert line.isprintable()


def test_of_a_rejected_token_the_user_is_told_each_time_with_the_ways_on() -> None:
    backend = MemoryBackend([ENTRY._replace(state=REJECTED, put_aside=NOW)])
    for _ in range(2):
        given = ask("get", REQUEST, backend)
        assert given.output == b""
        (line,) = given.notices
        assert line == (
            "the token for https://dev.azure.com/fabrikam was rejected by its host; to use it again: "
            "git credential-pat restore https://dev.azure.com/fabrikam; to replace it: "
            "git credential-pat seed https://dev.azure.com/fabrikam"
        )


def test_a_token_both_rejected_and_expired_is_called_rejected() -> None:
    backend = MemoryBackend([ENTRY._replace(state=REJECTED, put_aside=NOW, expires=1)])
    (line,) = ask("get", REQUEST, backend).notices
    assert "was rejected by its host" in line


def test_a_token_that_is_answered_is_not_told_of() -> None:
    older = ENTRY._replace(username=b"old", state=REJECTED, put_aside=NOW)
    assert ask("get", REQUEST, MemoryBackend([ENTRY, older])).notices == ()


def test_a_damaged_secret_is_refused_rather_than_printed() -> None:
    backend = MemoryBackend([ENTRY._replace(secret=b"canary-token\nhost=evil.example")])
    with pytest.raises(PatError) as refusal:
        ask("get", REQUEST, backend)
    assert "canary" not in str(refusal.value)


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

    assert ask(operation, message, Untouchable()) == Answer(b"", ())


def test_store_notes_when_an_entry_was_made() -> None:
    backend = MemoryBackend()
    ask("store", REQUEST + b"username=jane\npassword=t\npassword_expiry_utc=4102444800\n", backend)
    made = Entry(FABRIKAM, b"jane", b"t", created=NOW, updated=NOW, expires=4102444800, approved=NOW)
    assert only(backend) == made
    assert made.is_approved


def test_what_git_approved_stays_marked_so_when_it_is_approved_again() -> None:
    backend = MemoryBackend([ENTRY._replace(state=REJECTED, approved=ENTRY.updated)])
    ask("store", REQUEST + b"username=jane\npassword=canary-token\n", backend)
    assert only(backend).approved == only(backend).updated == NOW


def test_a_mark_of_approval_counts_no_more_after_a_change_by_an_older_version() -> None:
    assert not ENTRY._replace(approved=ENTRY.updated - 1).is_approved


def test_an_unchanged_store_does_not_make_an_entry_newer() -> None:
    backend = MemoryBackend([ENTRY])
    ask("store", REQUEST + b"username=bob\npassword=canary-token\n", backend)
    assert only(backend) == ENTRY


def test_a_changing_store_makes_an_entry_the_newest() -> None:
    backend = MemoryBackend([ENTRY])
    ask("store", REQUEST + b"username=jane\npassword=other\n", backend)
    assert (only(backend).secret, only(backend).updated) == (b"other", NOW)


@pytest.mark.parametrize("state", [REJECTED, DOUBTFUL])
def test_a_success_makes_a_put_aside_entry_active_and_the_newest(state: str) -> None:
    backend = MemoryBackend([ENTRY._replace(state=state, put_aside=NOW - 1 if state == REJECTED else None)])
    ask("store", REQUEST + b"username=jane\npassword=canary-token\n", backend)
    assert only(backend) == ENTRY._replace(state=ACTIVE, put_aside=None, updated=NOW)


def test_erase_notes_when_an_entry_was_put_aside_and_keeps_all_else() -> None:
    entry = ENTRY._replace(label="laptop", permissions=("vso.code",), expires=4102444800, refresh_token=b"r")
    backend = MemoryBackend([entry])
    ask("erase", REQUEST + b"username=jane\npassword=canary-token\n", backend)
    assert only(backend) == entry._replace(state=REJECTED, put_aside=NOW)


def test_a_rejection_after_an_inference_marks_the_entry_doubtful_and_keeps_all_else() -> None:
    backend = MemoryBackend([ENTRY])
    ask("erase", INFERRING + b"username=jane\npassword=canary-token\n", backend)
    assert only(backend) == ENTRY._replace(state=DOUBTFUL)


def test_a_rejected_entry_is_kept_for_thirty_days_to_the_second() -> None:
    other = Entry(FABRIKAM, b"bob", b"b", updated=NOW)
    kept = ENTRY._replace(state=REJECTED, put_aside=NOW - 30 * DAY * SECOND)
    overdue = kept._replace(put_aside=NOW - 30 * DAY * SECOND - 1)
    for entry, remaining in [(kept, 2), (overdue, 1)]:
        backend = MemoryBackend([entry, other])
        ask("erase", REQUEST + b"username=bob\npassword=b\n", backend)
        assert len(backend.entries()) == remaining


def test_a_basic_credential_that_holds_no_known_token_is_kept_in_its_own_form() -> None:
    backend = MemoryBackend([ENTRY])
    ask("store", b"capability[]=authtype\n" + REQUEST + b"authtype=Basic\ncredential=bm90IGhlbGQ=\n", backend)
    assert {(entry.authtype, entry.secret) for entry in backend.entries()} == {
        (b"", TOKEN),
        (b"Basic", b"bm90IGhlbGQ="),
    }


@pytest.mark.parametrize("credential", [b"!", b"cGF0", b"=", b"\xff"])
def test_a_basic_credential_that_cannot_be_decoded_matches_no_token(credential: bytes) -> None:
    backend = MemoryBackend([ENTRY])
    message = b"capability[]=authtype\n" + REQUEST + b"authtype=Basic\ncredential=" + credential + b"\n"
    assert ask("erase", message, backend) == Answer(b"", ())
    assert only(backend) == ENTRY


def test_of_a_ready_header_and_a_token_an_older_git_gets_the_token() -> None:
    header = Entry(GENERIC, b"", b"BBDC-x", authtype=b"Bearer", updated=NOW)
    token = Entry(GENERIC, b"jane", TOKEN, updated=NOW - 1)
    backend = MemoryBackend([header, token])
    message = b"protocol=https\nhost=git.example.com\n"
    assert ask("get", message, backend).output == b"username=jane\npassword=canary-token\n"
    assert ask("get", b"capability[]=authtype\n" + message, backend).output == (
        b"capability[]=authtype\nauthtype=Bearer\ncredential=BBDC-x\n"
    )


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
    ask("erase", REQUEST + b"username=jane\npassword=canary-token\n", backend)
    assert only(backend) == ENTRY._replace(state=REJECTED, put_aside=NOW, label="changed 0")


def test_when_others_are_quicker_without_end_the_user_is_told_and_the_token_is_left_alone() -> None:
    backend = Overtaken([ENTRY], times=10_000)
    with pytest.raises(ConflictError):
        ask("erase", REQUEST + b"username=jane\npassword=canary-token\n", backend)
    assert only(backend).state == ACTIVE


class Vault:
    """A real vault on the disk, and what can be told of it without opening it."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(str(folder / "data"), str(folder / "config"))
        self.data = folder / "data"

    def ask(self, operation: str, message: bytes) -> Answer:
        return ask(operation, message, open_backend(self.settings), self.settings)

    def look(self) -> dict[str, tuple[int, int, bytes]]:
        return {
            path.name: (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
            for path in self.data.iterdir()
        }


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    vault = Vault(tmp_path)
    vault.ask("store", REQUEST + b"username=jane\npassword=canary-token\n")
    return vault


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get", b""),
        ("store", b"username=jane\npassword=canary-token\n"),
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
    vault: Vault, operation: str, more: bytes
) -> None:
    (vault.data / "vault.lock").unlink()
    before = vault.look()
    vault.ask(operation, REQUEST + more)
    assert vault.look() == before  # the lock file would be there again


def test_a_change_is_seen_by_the_next_process(vault: Vault) -> None:
    vault.ask("store", REQUEST + b"username=jane\npassword=new\n")
    assert vault.ask("get", REQUEST).output == b"username=jane\npassword=new\n"
    vault.ask("erase", REQUEST + b"username=jane\npassword=new\n")
    assert vault.ask("get", REQUEST).output == b""


def test_the_vault_holds_no_token_and_no_name_in_the_clear(vault: Vault) -> None:
    sealed = (vault.data / "vault").read_bytes()
    for word in (TOKEN, b"jane", b"fabrikam", b"dev.azure.com"):
        assert word not in sealed
