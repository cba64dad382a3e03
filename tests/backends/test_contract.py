"""What every backend keeps to: those of the table, and the one that tests use."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from support import secret_service
from support.memory_backend import MemoryBackend
from support.secret_service import SecretService

from git_credential_pat.backends import BACKENDS, Backend, Change, ConflictError, open_backend
from git_credential_pat.errors import LockedError, UsageError
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import ACTIVE, DOUBTFUL, REJECTED, Entry, Nanoseconds, Seconds
from git_credential_pat.model.scope import Scope
from git_credential_pat.model.unlocking import SILENT, Unlocking


class Opener(Protocol):
    """Opens one and the same store; by default it asks nobody."""

    def __call__(self, unlocking: Unlocking = SILENT, /) -> Backend: ...


AZURE, HOST = Scope(b"https", b"dev.azure.com"), Scope(b"https", b"git.example.com")
FABRIKAM = Entry(AZURE._replace(path=(b"fabrikam",)), b"", b"F", updated=Nanoseconds(1))
CONTOSO = Entry(AZURE._replace(path=(b"contoso",)), b"jane", b"C", updated=Nanoseconds(2))
SERVER = Entry(Scope(b"http", b"tfs.example.com:8080"), b"pat", b"S", updated=Nanoseconds(3))
FULL = Entry(
    HOST._replace(path=(b"My Proj", b"\xff\xfe", b"a.b")),
    b"\xffjane@corp\x07 ",
    b"\x80secret\x00\n ",
    b"Bearer",
    REJECTED,
    created=Nanoseconds(1_893_456_000_000_000_001),
    updated=Nanoseconds(1_893_456_000_000_000_002),
    expires=Seconds(2**63 - 1),
    put_aside=Nanoseconds(1_893_456_000_000_000_003),
    label="Jane's laptop \N{SNOWMAN}",
    permissions=("vso.code_write", "vso.build"),
    pinned=True,
    refresh_token=b"r\xff",
    owner="Jane",
    approved=Nanoseconds(5),
    renewal=b"\xffnoted",
    unknown=((200, b"later"), (201, b"")),
)


NEEDS = {"keyring": pytest.mark.needs("gnome-keyring", "dbus")}
"""What a backend needs of the machine."""
MANY = {"keyring": 50}
"""How many entries are many where each takes 40 ms; else 500."""


@pytest.fixture(scope="module")
def keyring() -> Iterator[SecretService]:
    with secret_service.running() as service:
        yield service


@pytest.fixture(params=[pytest.param(name, marks=NEEDS.get(name, ())) for name in (*BACKENDS, "memory")])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Return what opens one and the same store, again and again."""
    if request.param == "memory":
        only = MemoryBackend()
        return lambda _unlocking=SILENT: only
    settings = Settings(str(tmp_path / "data"), str(tmp_path / "config"), backend=request.param)
    if request.param == "keyring":
        service: SecretService = request.getfixturevalue("keyring")
        service.clear()
        settings = settings._replace(session_bus=service.address)
    return lambda unlocking=SILENT: open_backend(settings, unlocking)


@pytest.fixture
def backend(opener: Opener) -> Backend:
    return opener()


def lending(key: bytes) -> Unlocking:
    """Return how a backend opens by a key that another process lends, and in no other way."""
    return Unlocking(by_slots=False, borrow=lambda _path: key)


def made(*entries: Entry) -> list[Change]:
    return [Change(None, entry) for entry in entries]


def test_a_store_is_empty_until_something_is_changed(opener: Opener, tmp_path: Path) -> None:
    opener().apply([])
    assert opener().entries() == opener().find(b"https", b"dev.azure.com") == ()
    assert list(tmp_path.iterdir()) == []


def test_an_entry_comes_back_whole(opener: Opener) -> None:
    states = [FULL._replace(state=state, username=state.encode()) for state in (ACTIVE, REJECTED, DOUBTFUL)]
    way = FABRIKAM._replace(secret=b"", sign_in="managed")
    entries = {FULL, CONTOSO._replace(secret=b""), way, *states}
    opener().apply(change for change in made(*entries))
    assert set(opener().entries()) == entries
    assert FULL in opener().find(b"https", b"git.example.com")


def test_entries_are_found_by_exactly_their_protocol_and_host(backend: Backend) -> None:
    backend.apply(made(FABRIKAM, CONTOSO, SERVER))
    assert set(backend.find(b"https", b"dev.azure.com")) == {FABRIKAM, CONTOSO}
    assert backend.find(b"http", b"tfs.example.com:8080") == (SERVER,)
    for protocol, host in [
        (b"http", b"dev.azure.com"),
        (b"HTTPS", b"dev.azure.com"),
        (b"https", b"azure.com"),
        (b"https", b"dev.azure.co"),
        (b"https", b"dev.azure.com:443"),
        (b"https", b"tfs.example.com:8080"),
        (b"http", b"tfs.example.com"),
        (b"", b""),
        (b"https", b"*"),
    ]:
        assert backend.find(protocol, host) == ()


def test_scope_username_and_authtype_together_distinguish_entries(backend: Backend) -> None:
    entries = [
        Entry(HOST, b"", b"1"),
        Entry(HOST, b"a", b"2"),
        Entry(HOST, b"a", b"3", authtype=b"Bearer"),
        Entry(HOST, b"a/b", b"4"),
        Entry(HOST._replace(path=(b"a",)), b"b", b"5"),
        Entry(HOST._replace(path=(b"a", b"b")), b"", b"6"),
        Entry(HOST._replace(path=(b"a/b",)), b"", b"7"),
        Entry(HOST._replace(path=(b"b",)), b"a", b"8"),
        Entry(HOST._replace(protocol=b"http"), b"", b"9"),
        SERVER,
        FULL,
    ]
    backend.apply(made(*entries))
    assert len(backend.entries()) == len(entries)
    assert set(backend.entries()) == set(entries)


def test_entries_are_made_replaced_and_removed_together(opener: Opener) -> None:
    newer = FABRIKAM._replace(secret=b"F2", updated=Nanoseconds(9))
    opener().apply(made(FABRIKAM, CONTOSO))
    opener().apply([Change(FABRIKAM, newer), Change(CONTOSO, None), Change(None, SERVER)])
    assert set(opener().entries()) == {newer, SERVER}
    opener().apply([Change(newer, None), Change(SERVER, None)])
    assert opener().entries() == ()
    opener().apply(made(FABRIKAM))
    assert opener().entries() == (FABRIKAM,)


def test_entries_are_ordered_by_their_keys_whenever_they_were_made(opener: Opener) -> None:
    scopes = [
        Scope(b"https", b"aa.example.com"),
        Scope(b"https", b"b.example.com"),
        Scope(b"https", b"b.example.com", (b"long",)),
        Scope(b"https", b"b.example.com", (b"short", b"deep")),
    ]
    entries = [Entry(scope, username, b"x") for scope in scopes for username in (b"", b"jane", b"zoe")]
    opener().apply(made(*reversed(entries)))
    assert list(opener().entries()) == entries
    opener().apply([Change(entries[0], None)])
    opener().apply(made(entries[0]))
    assert list(opener().entries()) == entries


def test_tokens_of_one_key_are_numbered_from_0_without_gaps(opener: Opener) -> None:
    older, newer = (
        FULL._replace(secret=b"older", label="", renewal=b""),
        FABRIKAM._replace(secret=b"F2", approved=Nanoseconds(1)),
    )
    opener().apply(made(FABRIKAM, newer._replace(number=1), FULL, older._replace(number=7)))
    kept = [FABRIKAM, newer._replace(number=1), FULL, older._replace(number=1)]
    assert list(opener().entries()) == kept
    assert set(opener().find(b"https", b"dev.azure.com")) == set(kept[:2])
    opener().apply([Change(FABRIKAM, None), Change(kept[3], older._replace(number=1, pinned=False))])
    assert list(opener().entries()) == [newer, FULL, older._replace(number=1, pinned=False)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(Change(None, FABRIKAM._replace(secret=b"x")), id="made, but there already"),
        pytest.param(Change(None, FABRIKAM), id="made, but the very same is there already"),
        pytest.param(
            Change(FABRIKAM._replace(updated=Nanoseconds(0)), FABRIKAM._replace(secret=b"x")),
            id="replaced, but changed",
        ),
        pytest.param(Change(SERVER, SERVER._replace(secret=b"x")), id="replaced, but not there"),
        pytest.param(Change(FABRIKAM._replace(secret=b"x"), None), id="removed, but changed"),
        pytest.param(Change(SERVER, None), id="removed, but not there"),
    ],
)
def test_a_change_of_what_is_not_there_any_more_is_a_conflict_and_nothing_is_changed(
    opener: Opener, change: Change
) -> None:
    opener().apply(made(FABRIKAM))
    with pytest.raises(ConflictError):
        opener().apply([Change(None, CONTOSO), change, Change(None, FULL)])
    assert opener().entries() == (FABRIKAM,)


def test_two_who_read_the_same_cannot_both_change_it(opener: Opener) -> None:
    first, second = opener(), opener()
    first.apply(made(FABRIKAM))
    (seen,) = second.entries()
    first.apply([Change(FABRIKAM, FABRIKAM._replace(secret=b"first"))])
    with pytest.raises(ConflictError):
        second.apply([Change(seen, seen._replace(secret=b"second"))])
    assert [entry.secret for entry in second.entries()] == [b"first"]


def test_many_entries_are_kept(opener: Opener, request: pytest.FixtureRequest) -> None:
    many = MANY.get(request.node.callspec.params["opener"], 500)
    entries = {Entry(Scope(b"https", b"h%d.example.com" % n), b"u", b"t%d" % n) for n in range(many)}
    opener().apply(made(*entries))
    assert set(opener().entries()) == entries


def test_an_unknown_backend_is_a_usage_error_that_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r'"no%1Bsuch".*vault'):
        open_backend(Settings(str(tmp_path), str(tmp_path), backend="no\x1bsuch"))


def test_it_says_what_it_is_called_and_whether_it_shares_a_key(backend: Backend) -> None:
    assert backend.title
    backend.apply(made(FABRIKAM))
    shared = backend.shareable_key()
    assert (shared is not None) == backend.shares_key
    assert shared is None or (shared.path and shared.key and repr(shared.key) not in repr(shared))


def test_a_key_that_is_lent_opens_what_shares_it(opener: Opener) -> None:
    opener().apply(made(FABRIKAM))
    owner = opener()
    owner.unlock()
    shared = owner.shareable_key()
    if shared is None or shared.key is None:
        assert not owner.shares_key
        return
    lent = opener(lending(shared.key))
    lent.unlock()
    assert (lent.entries(), lent.shareable_key()) == ((FABRIKAM,), shared)
    other = opener(lending(bytes(len(shared.key))))
    assert other.shareable_key() == shared._replace(key=None)
    with pytest.raises(LockedError):
        other.unlock()


def test_its_diagnosis_is_well_and_counts_what_it_holds(opener: Opener) -> None:
    opener().apply(made(FABRIKAM, CONTOSO))
    backend = opener()
    (finding,) = backend.diagnose(backend.entries, lambda: "seed")
    assert finding.state == "ok"
    assert finding.text.endswith("holds 2 tokens")
    assert {finding.state for finding in backend.diagnose_slots()} <= {"ok"}
