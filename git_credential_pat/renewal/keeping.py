"""What a renewal changes of entries that are kept, whatever other processes do to them meanwhile."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from git_credential_pat.backends import Change
from git_credential_pat.model.entry import REJECTED, Entry, Nanoseconds
from git_credential_pat.model.renewal import noting, renewal_of
from git_credential_pat.operations.answering import commit
from git_credential_pat.renewal import LOCK, Around
from git_credential_pat.system.files import Folder

_LOCK_TIMEOUT = 60.0


def alone(around: Around) -> AbstractContextManager[None]:
    """Hold off other processes that renew (rule 5); raises PatError if one takes too long.

    A dry run holds off nobody: it writes no file, not even that of the lock.
    """
    if around.dry_run:
        return nullcontext()
    return Folder(around.settings.data_folder, _LOCK_TIMEOUT).locked(LOCK)


def still_there(group: Sequence[Entry], around: Around) -> list[Entry]:
    """Return the entries of a group as they are now, without those that another process changed.

    In a dry run they are as given, with what its user says of them, which is noted nowhere.
    """
    if around.dry_run:
        return [*group]
    found = {(entry.key[:3], entry.secret): entry for entry in around.backend.entries()}
    here = [found.get((entry.key[:3], entry.secret)) for entry in group]
    return [entry for entry in here if entry is not None]


def still_meant(group: Sequence[Entry], around: Around) -> list[Entry]:
    """Return those still there in whose place nobody has put another token meanwhile.

    One that was put aside has its token still, beside the next one. One that its host rejected is meant: what
    comes next takes its place.
    """
    return [entry for entry in still_there(group, around) if not entry.is_replaced]


def changed(
    entries: Sequence[Entry],
    change: Callable[[Entry], Entry],
    around: Around,
    find: Callable[[Sequence[Entry], Around], list[Entry]] = still_there,
) -> list[Entry]:
    """Change entries that are kept, whatever else another process changed of them; return them as they are.

    One whose token is another by now stays as it is.
    """
    after: list[Entry] = []

    def decide() -> list[Change]:
        kept = find(entries, around)
        after[:] = [change(entry) for entry in kept]
        return [Change(before, new) for before, new in zip(kept, after, strict=True) if before != new]

    commit(around.backend, decide)
    return after


def follow(entries: Sequence[Entry], next_one: Callable[[Entry], Entry], around: Around) -> list[Entry]:
    """Put what a host gave in the place of entries; return what is there."""
    return changed(entries, next_one, around, partial(_followed, next_one=next_one))


def put_aside(
    entries: Sequence[Entry],
    next_one: Callable[[Entry], Entry],
    old_one: Callable[[Entry], Entry],
    around: Around,
) -> list[Entry]:
    """Put another token in the place of entries, and keep them beside it; return what is in their places."""
    after: list[Entry] = []

    def decide() -> list[Change]:
        kept = _followed(entries, around, next_one)
        after[:] = [next_one(entry) for entry in kept]
        number = 1 + max((entry.number for entry in around.backend.entries()), default=0)
        gone = [entry for entry in entries if not still_there([entry], around)]
        old = [*still_meant(entries, around), *(one for one in gone if any(map(one.is_beside, kept)))]
        beside = [old_one(entry)._replace(number=number + at) for at, entry in enumerate(old)]
        changes = [Change(before, new) for before, new in zip(kept, after, strict=True)]
        return [*changes, *(Change(None, old) for old in beside)]

    commit(around.backend, decide)
    return after


def in_use(entries: Sequence[Entry], next_one: Callable[[Entry], Entry], around: Around) -> list[Entry]:
    """Return what has the token that a host gave, in the place of entries: it must not be revoked.

    It may be there though the commit failed: a disk did not confirm it, or a keyring got no further.
    """
    return still_there([next_one(entry) for entry in entries], around)


def _followed(entries: Sequence[Entry], around: Around, next_one: Callable[[Entry], Entry]) -> list[Entry]:
    """Return what is to be followed, and what an attempt that got half the way has given its token."""
    return [*dict.fromkeys([*still_meant(entries, around), *in_use(entries, next_one, around)])]


def put_back(entries: Sequence[Entry], before: Sequence[Entry], around: Around) -> None:
    """Put what was in the places of entries back there, as it was before a rotation, without its intent."""
    successors = {entry.key[:3]: entry for entry in entries}

    def decide() -> list[Change]:
        changes = []
        for old in before:
            successor = [successors[old.key[:3]]] if old.key[:3] in successors else []
            for here in still_there(successor, around):
                noted = renewal_of(old)._replace(intent=None)
                changes.append(Change(here, noting(old, noted)._replace(number=here.number)))
                changes += [Change(aside, None) for aside in still_there([old], around)]
        return changes

    commit(around.backend, decide)


def aside(entry: Entry, moment: Nanoseconds) -> Entry:
    """Return an entry as one that another took the place of."""
    return entry._replace(state=REJECTED, put_aside=moment, updated=moment)
