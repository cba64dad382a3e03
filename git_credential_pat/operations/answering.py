"""The operations that front ends ask for. `answer` is their only implementation.

It is pure but for the backend and `note_today`: the call, the settings and the time come in, the credential
and the lines for the user go out. Where a sign-in is stored and no token, its way goes out: the caller walks
it, and `signed_in` makes the credential of what it found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.backends import Backend, Change, ConflictError
from git_credential_pat.hosts import family_of
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.credential import Answer, Credential, SignIn
from git_credential_pat.model.entry import ACTIVE, BEARER, DOUBTFUL, EXPIRED, REJECTED, Entry
from git_credential_pat.model.request import LIST, spend_password
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations.matching import AMBIGUOUS, NAMED, Match, Target, kept_at, locate, resolve
from git_credential_pat.operations.usernames import answered_username, is_named, of_user, stored_username

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from git_credential_pat.git.settings import Settings
    from git_credential_pat.hosts import Family
    from git_credential_pat.model.entry import Nanoseconds, Seconds
    from git_credential_pat.model.request import Call, Request

_ATTEMPTS = 50
_SWALLOWING = frozenset((b"ntlm", b"negotiate"))


class Around(NamedTuple):
    """What is around a call."""

    backend: Backend
    settings: Settings
    now: Nanoseconds
    """In nanoseconds since 1970."""
    note_today: Callable[[str, str, Nanoseconds], bool]
    """Notes in a folder that a line with this mark is printed today; False if it was already."""


def unnoted(folder: str, mark: str, now: Nanoseconds) -> bool:
    """Stand for `Around.note_today` where nobody would read the line: it stays for whoever does today."""
    del folder, mark, now
    return False


def answer(call: Call, around: Around) -> Answer:
    """Carry out `get`, `store`, `erase` or `LIST`.

    Raises PatError if the backend refuses; then nothing was changed.
    """
    if call is LIST:
        return _hosts_of_images(around)
    target = locate(call.request, around.settings.providers)
    return OPERATIONS[call.operation](target, call.request, around) if target else Answer()


def _hosts_of_images(around: Around) -> Answer:
    scopes = {entry.scope for entry in around.backend.entries() if entry.status(around.now) == ACTIVE}
    families = [(scope, family_of(scope, around.settings.providers)) for scope in sorted(scopes)]
    found = [family.packages(family.organization(scope)).images for scope, family in families]
    return Answer(hosts=tuple(dict.fromkeys(host for images in found for host in images)))


def get(target: Target, request: Request, around: Around) -> Answer:
    """Answer with the first fitting token of the narrowest scope that has one."""
    match = resolve(target, request.username, kept_at(target.place, around.backend.find))
    entry = choose(match, request, around.settings, around.now)
    if entry is not None and entry.sign_in:
        return Answer(sign_in=way_of(entry, request, target.family, around.settings))
    if entry is not None:
        credential = _credential(entry, target.family, request, around.settings)
        return Answer(credential, _remarks(entry, target.family, request, around))
    lapsed = _refreshable(match, request, around.settings, around.now)
    lack = None if _of_newer_git(match, request, around.now) else _lack(match, request, around.settings)
    if lapsed is not None:
        return Answer(_refresh(lapsed, target.family, request, around.settings), lack=lack)
    return Answer(notices=_excuse(match, request, around.now), lack=lack)


def store(target: Target, request: Request, around: Around) -> Answer:
    """Keep what the server accepted; what is held already costs no write and no lock."""
    from git_credential_pat.operations.changes import (  # no get needs it
        store_changes,
        users_own_beside,
        without_repository,
    )

    spared: list[Entry] = []
    first: list[Entry] = []

    def decide() -> list[Change]:
        match = resolve(target, request.username, kept_at(target.place, around.backend.find))
        spared[:] = without_repository(match, request, around.settings)
        changes = [] if spared else store_changes(match, request, around.settings, around.now)
        first[:] = users_own_beside(changes, match, around.now)
        return changes

    commit(around.backend, decide)
    if not spared and not first:
        return Answer()
    from git_credential_pat.operations import notices  # few approvals need a word

    return Answer(
        notices=(notices.unnamed_repository(spared[0]) if spared else notices.kept_beside(first[0]),)
    )


def erase(target: Target, request: Request, around: Around) -> Answer:
    """Set aside what the server refused: entries with that very token, or all that the request names."""
    from git_credential_pat.operations.changes import erase_changes, lent_by  # no get needs it

    doubted: list[Change] = []
    lent: list[Entry] = []

    def decide() -> list[Change]:
        match = resolve(target, request.username, kept_at(target.place, around.backend.find))
        changes = erase_changes(match, request, around.settings, around.now)
        doubted[:] = changes if match.how == AMBIGUOUS else []
        lent[:] = lent_by(match, request, around.settings, around.now)
        return changes

    commit(around.backend, decide)
    ways = [way_of(entry, request, target.family, around.settings) for entry in lent]
    if not doubted:
        return Answer(sign_in=next(iter(ways), None))
    from git_credential_pat.operations import notices  # few rejections need a word

    return Answer(notices=(notices.unnamed_organization(Scope(request.protocol, request.host)),))


OPERATIONS: dict[str, Callable[[Target, Request, Around], Answer]] = {
    "get": get,
    "store": store,
    "erase": erase,
}


def choose(match: Match, request: Request, settings: Settings, now: Nanoseconds) -> Entry | None:
    """Return the entry that answers a request, or None.

    Rejected and expired entries are passed over, doubtful ones too where no organization is named, so
    that an older or a wider one can answer. So are those without any username: Git would send nothing.
    """
    entries = [entry for entry in match.entries if _is_usable(entry, match, request, now)]
    return _best(entries, match, request, settings)


def _refreshable(match: Match, request: Request, settings: Settings, now: Nanoseconds) -> Entry | None:
    """Return the expired entry whose refresh token answers a request that no token does, or None."""
    entries = [entry for entry in match.entries if _is_refreshable(entry, match, now)]
    return _best(entries, match, request, settings)


def _best(entries: Sequence[Entry], match: Match, request: Request, settings: Settings) -> Entry | None:
    """Return the newest of the narrowest scope that fits the username, of entries that could answer."""
    family = match.target.family
    usable = [
        entry
        for entry in entries
        if entry.authtype or entry.is_sign_on or stored_username(entry, family, settings)
    ]
    same = [entry for entry in usable if is_named(entry, request.username, family, settings)]
    if family.rule == "exact" and request.username is not None:
        usable = same
    if not usable:
        return None
    here = [entry for entry in usable if entry.scope == usable[0].scope]
    return first_of([entry for entry in here if entry in same] or here)


def first_of(entries: Iterable[Entry]) -> Entry:
    """Return which of several entries answers: the newest that the user brought, else that Git approved."""
    return max(entries, key=lambda entry: (not entry.is_approved, entry.updated))


def given(entry: Entry, family: Family, request: Request, settings: Settings) -> Credential:
    """Return the answer to `get` with what was lacking, whose token the user has just given."""
    credential = _credential(entry, family, request, settings)
    return credential._replace(username=credential.username or None)  # else Git asks for it


def way_of(entry: Entry, request: Request, family: Family, settings: Settings) -> SignIn:
    """Return the way to the token that answers a request, of an entry that has no other."""
    username = answered_username(entry, request.username, family, settings)
    return SignIn(entry.sign_in, family.organization(entry.scope), username)


def signed_in(sign_in: SignIn, request: Request, token: bytes, expires: Seconds) -> Credential:
    """Return the answer to `get` with the token that its way led to, which nobody is to keep."""
    if request.takes_header:
        return Credential(authtype=BEARER, credential=token, expires=expires, is_ephemeral=True)
    return Credential(sign_in.username, token, expires=expires)


def spends_on_ntlm(family: Family, request: Request) -> bool:
    """Return whether Git would spend a token on NTLM or Negotiate, and cannot be given it as a header."""
    return family.forces_basic and not request.takes_header and spend_password(request.schemes)


def commit(backend: Backend, decide: Callable[[], Sequence[Change]]) -> None:
    """Apply what `decide` finds right, deciding again when another process was quicker."""
    for _ in range(_ATTEMPTS):
        try:
            return backend.apply(decide())
        except ConflictError:  # noqa: PERF203  # a retry needs its try inside the loop
            continue
    raise ConflictError("other processes keep changing the same entry; try again")


def _remarks(entry: Entry, family: Family, request: Request, around: Around) -> tuple[str, ...]:
    """Return the message beside an answer: that the token ends soon, that this Git cannot use it."""
    is_spent = spends_on_ntlm(family, request)
    warning = around.settings.expiry_warning
    is_ending = (
        entry.expires_soon(around.now, warning) and is_users_own(entry, family) and not entry.is_fleeting
    )
    if not is_spent and not is_ending:
        return ()
    from git_credential_pat.operations import notices  # few answers need a word

    remarks = []
    if is_ending and around.note_today(around.settings.data_folder, notices.mark_of(entry), around.now):
        remarks.append(notices.expiring(entry, family, around.now))
    if is_spent:
        remarks.append(notices.spent_on_ntlm(entry.scope))
    return tuple(remarks)


def _excuse(match: Match, request: Request, now: Nanoseconds) -> tuple[str, ...]:
    """Return the line that says why none of the entries that are meant is answered, if there are any."""
    family = match.target.family
    meant = [
        entry
        for entry in of_user(match.entries, request.username, family)
        if not entry.is_sign_on and is_users_own(entry, family)
    ]
    meant = [entry for entry in meant if not (entry.is_fleeting and entry.status(now) == EXPIRED)]
    if not meant and match.how != AMBIGUOUS:
        return ()
    from git_credential_pat.operations import notices  # few misses need a word

    waiting = [entry for entry in meant if entry in _of_newer_git(match, request, now)]
    if waiting:
        return (notices.unsendable(waiting[0], request.tool),)
    states = {entry.status(now): entry for entry in reversed(meant)}  # the narrowest of each
    if EXPIRED in states:
        return (notices.expired(states[EXPIRED], family),)
    if match.how == AMBIGUOUS or (DOUBTFUL in states and match.how != NAMED):
        return (notices.unnamed_organization(Scope(request.protocol, request.host), request.tool),)
    if ACTIVE in states and family.says_username:
        return (notices.nameless(states[ACTIVE]),)
    return (notices.rejected(states[REJECTED]),) if REJECTED in states else ()


def _of_newer_git(match: Match, request: Request, now: Nanoseconds) -> list[Entry]:
    """Return the ready headers that would answer, if Git took any."""
    able = request._replace(takes_header=True)
    headers = [entry for entry in match.entries if entry.authtype and not request.takes_header]
    return [entry for entry in headers if _is_usable(entry, match, able, now)]


def is_users_own(entry: Entry, family: Family) -> bool:
    """Return whether a user may have seeded it: for a host of no known kind, Git's approval keeps all."""
    return family.is_known or not entry.is_approved


def _lack(match: Match, request: Request, settings: Settings) -> Entry | None:
    """Return what the user may be asked for: a token of a host that is known to take them.

    It is for where `store` will keep it, and takes the username of what it is to replace where any will do.
    """
    family, place = match.target
    is_known = family.is_known and request.protocol == b"https"
    if not is_known or match.how == AMBIGUOUS or settings.no_prompt:
        return None
    if match.how == NAMED and match.entries:
        scope = match.entries[0].scope
        here = [entry for entry in match.entries if entry.scope == scope and not entry.authtype]
        newest = max(here, key=lambda entry: entry.updated, default=None)
        return Entry(scope, newest.username if newest and family.rule == "any" else b"", b"")
    named = family.named_by(request.username or b"") if place.open else None
    return Entry(named or match.own, b"", b"")


def _is_usable(entry: Entry, match: Match, request: Request, now: Nanoseconds) -> bool:
    return (
        not entry.is_expired(now)
        and _is_accepted(entry, match)
        and (not entry.authtype or request.takes_header)
    )


def _is_refreshable(entry: Entry, match: Match, now: Nanoseconds) -> bool:
    return bool(entry.refresh_token) and entry.is_expired(now) and _is_accepted(entry, match)


def _is_accepted(entry: Entry, match: Match) -> bool:
    return entry.state == ACTIVE or (entry.state == DOUBTFUL and match.how == NAMED)


def _is_swallowed(family: Family, request: Request) -> bool:
    """Return whether Git might spend username and password on NTLM or Negotiate, which take no token."""
    return family.forces_basic and request.takes_header and bool(request.schemes & _SWALLOWING)


def _credential(entry: Entry, family: Family, request: Request, settings: Settings) -> Credential:
    username = answered_username(entry, request.username, family, settings)
    if entry.authtype:
        credential = Credential(authtype=entry.authtype, credential=entry.secret)
    elif not entry.is_sign_on and _is_swallowed(family, request):
        from binascii import b2a_base64  # a shared library, which most calls need not load

        basic = b2a_base64(username + b":" + entry.secret, newline=False)
        credential = Credential(authtype=b"Basic", credential=basic)
    elif not entry.is_sign_on and request.at_registry and family.takes_bearer:
        credential = Credential(authtype=b"Bearer", credential=entry.secret)
    else:
        credential = Credential(username, entry.secret)
    return credential._replace(expires=entry.expires, refresh_token=entry.refresh_token)


def _refresh(entry: Entry, family: Family, request: Request, settings: Settings) -> Credential:
    """Return what is left of an expired entry: by it, a helper that follows gets the next token.

    git-credential-cache answers the same, and Git before 2.41 ignores the line.
    """
    name = answered_username(entry, request.username, family, settings)
    return Credential((entry.username if entry.authtype else name) or None, refresh_token=entry.refresh_token)
