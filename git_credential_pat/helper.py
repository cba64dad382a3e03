"""The operations that Git asks of a helper. `answer` is their only implementation.

It is pure but for the backend: the request, the settings and the time come in, the answer's bytes and
the lines for the user go out.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from git_credential_pat.backends import Backend, Change, ConflictError
from git_credential_pat.changes import erase_changes, store_changes
from git_credential_pat.entry import ACTIVE, DOUBTFUL, Entry
from git_credential_pat.hosts import Family
from git_credential_pat.protocol import Credential, Request, serialize
from git_credential_pat.resolve import Match, Target, locate, resolve
from git_credential_pat.settings import Settings
from git_credential_pat.usernames import answered_username, is_named, stored_username

_ATTEMPTS = 50
_SWALLOWING = frozenset((b"ntlm", b"negotiate"))


class Answer(NamedTuple):
    """What one operation gives: bytes for Git, and lines for the user."""

    output: bytes = b""
    notices: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Leave out the output, which holds the token."""
        return f"Answer(notices={self.notices!r})"


def answer(operation: str, request: Request, backend: Backend, settings: Settings, now: int) -> Answer:
    """Carry out `get`, `store` or `erase`; `now` is in nanoseconds since 1970.

    Raises PatError if the backend refuses; then nothing was changed.
    """
    target = locate(request, settings.providers)
    return OPERATIONS[operation](target, request, backend, settings, now) if target else Answer()


def get(target: Target, request: Request, backend: Backend, settings: Settings, now: int) -> Answer:
    """Answer with the newest fitting token of the narrowest scope that has one."""
    match = resolve(target, request.username, _entries(target, backend))
    entry = choose(match, request, settings, now)
    if entry is not None:
        return Answer(serialize(_credential(entry, target.family, request, settings)))
    if match.ambiguous:
        return Answer(notices=(_ambiguity(request),))
    expired = next(
        (entry for entry in match.entries if entry.state == ACTIVE and entry.is_expired(now)), None
    )
    return Answer(notices=(expiry_notice(expired, target.family),) if expired else ())


def store(target: Target, request: Request, backend: Backend, settings: Settings, now: int) -> Answer:
    """Keep what the server accepted; what is held already costs no write and no lock."""

    def decide() -> list[Change]:
        match = resolve(target, request.username, _entries(target, backend))
        return store_changes(match, request, settings, now)

    commit(backend, decide)
    return Answer()


def erase(target: Target, request: Request, backend: Backend, settings: Settings, now: int) -> Answer:
    """Put aside what the server refused: entries with that very token, or all that the request names."""

    def decide() -> list[Change]:
        match = resolve(target, request.username, _entries(target, backend))
        return erase_changes(match, request, settings, now)

    commit(backend, decide)
    return Answer()


OPERATIONS: dict[str, Callable[[Target, Request, Backend, Settings, int], Answer]] = {
    "get": get,
    "store": store,
    "erase": erase,
}


def choose(match: Match, request: Request, settings: Settings, now: int) -> Entry | None:
    """Return the entry that answers a request, or None.

    Rejected and expired entries are passed over, doubtful ones too where no organization is named, so
    that an older or a wider one can answer. So are those without any username: Git would send nothing.
    """
    family = match.target.family
    usable = [
        entry
        for entry in match.entries
        if _is_usable(entry, match, request, now)
        and (entry.authtype or entry.is_sign_on or stored_username(entry, family, settings))
    ]
    same = [entry for entry in usable if is_named(entry, request.username, family, settings)]
    if family.rule == "exact" and request.username is not None:
        usable = same
    if not usable:
        return None
    here = [entry for entry in usable if entry.scope == usable[0].scope]
    return max([entry for entry in here if entry in same] or here, key=lambda entry: entry.updated)


def commit(backend: Backend, decide: Callable[[], Sequence[Change]]) -> None:
    """Apply what `decide` finds right, deciding again when another process was quicker."""
    for _ in range(_ATTEMPTS):
        try:
            return backend.apply(decide())
        except ConflictError:  # noqa: PERF203  # a retry needs its try inside the loop
            continue
    raise ConflictError("other processes keep changing the same entry; try again")


def expiry_notice(entry: Entry, family: Family) -> str:
    """Return the line that tells a user of an expired token, and the way to the next one."""
    from time import gmtime, strftime  # only this message needs it

    since = strftime("%Y-%m-%d", gmtime(entry.expires or 0))
    page = family.token_page(entry.scope)
    make = f"make another at {page}, then" if page else "make another, then"
    scope = entry.scope.text
    return f"the token for {scope} expired on {since}; {make} run: git credential-pat seed {scope}"


def _entries(target: Target, backend: Backend) -> tuple[Entry, ...]:
    scope = target.place.scope
    return backend.find(scope.protocol, scope.host)


def _is_usable(entry: Entry, match: Match, request: Request, now: int) -> bool:
    return (
        not entry.is_expired(now)
        and (entry.state == ACTIVE or (entry.state == DOUBTFUL and match.named))
        and (not entry.authtype or request.takes_authtype)
    )


def _is_swallowed(family: Family, request: Request) -> bool:
    """Tell whether Git would spend username and password on NTLM or Negotiate, which take no token."""
    return family.forces_basic and request.takes_authtype and bool(request.schemes & _SWALLOWING)


def _credential(entry: Entry, family: Family, request: Request, settings: Settings) -> Credential:
    username = answered_username(entry, request.username, family, settings)
    if entry.authtype:
        credential = Credential(authtype=entry.authtype, credential=entry.secret)
    elif not entry.is_sign_on and _is_swallowed(family, request):
        from binascii import b2a_base64  # a shared library, which most calls need not load

        basic = b2a_base64(username + b":" + entry.secret, newline=False)
        credential = Credential(authtype=b"Basic", credential=basic)
    else:
        credential = Credential(username, entry.secret)
    return credential._replace(password_expiry_utc=entry.expires, oauth_refresh_token=entry.refresh_token)


def _ambiguity(request: Request) -> str:
    url = f"{request.protocol.decode('ascii')}://{request.host.decode('ascii')}"
    return (
        f"Git names no organization of {url}, and the tokens that are kept are for certain ones; "
        f"run: git config --global credential.{url}.useHttpPath true"
    )
