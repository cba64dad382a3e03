"""From what a user writes for a place to the entries there: a URL, or the name of a known organization."""

from collections.abc import Iterable, Sequence

from git_credential_pat import suggest
from git_credential_pat.commands.support.session import Session
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.hosts import OWNER, Family, family_of, holds_secret
from git_credential_pat.hosts.support import repository
from git_credential_pat.model.entry import ACTIVE, EXPIRED, Entry
from git_credential_pat.model.request import Request, request_at
from git_credential_pat.model.scope import Scope, Url, parse_url
from git_credential_pat.operations import notices
from git_credential_pat.operations.answering import choose
from git_credential_pat.operations.matching import AMBIGUOUS, Match, Target, kept_at, locate, resolve
from git_credential_pat.operations.sign_in_cache import is_cache
from git_credential_pat.operations.usernames import is_named, stored_username
from git_credential_pat.suggest import EXAMPLE
from git_credential_pat.text import shown

_LONGEST_NAME = 50  # of an organization of Azure DevOps; a longer word may be a token, so it is not repeated


def url_of(text: str, session: Session) -> Url:
    """Take a URL apart, or find the organization of that name; refuse a URL that holds a secret."""
    if "://" not in text:
        return _image(text, session) or Url(_known_organization(text, session), None)
    url = _parsed(text, session)
    if holds_secret(url):
        raise UsageError(
            "the URL contains a password or token, which others may see; give the URL without it, "
            "and revoke that one"
        )
    return url._replace(scope=family_of(url.scope, session.settings.providers).meant(url.scope))


def _image(text: str, session: Session) -> Url | None:
    """Return the URL of an image, which people name without a protocol, as ghcr.io/OWNER/NAME; else None."""
    try:
        url = parse_url(f"https://{text}")
    except PatError:
        return None
    owner = family_of(url.scope, session.settings.providers).owner_of_packages(url.scope)
    return url if owner and url.userinfo is None else None


def _parsed(text: str, session: Session) -> Url:
    """Take a URL apart; the address of packages may name a project or a package with an encoded slash."""
    try:
        return parse_url(text)
    except PatError:
        url = parse_url(text, encoded_slashes=True)
        if family_of(url.scope, session.settings.providers).owner_of_packages(url.scope) is None:
            raise
        return url


def repository_at(text: str, session: Session) -> Scope | None:
    """Return the repository that a URL names, under the host of its token; None if it names none."""
    scope = url_of(text, session).scope
    return repository.named_by(scope, family_of(scope, session.settings.providers))


def token_at(text: str, username: str | None, session: Session) -> tuple[Entry, Family]:
    """Return the entry that would answer for a place, with its token; raise PatError if none would.

    A sign-in has the token that its way leads to.
    """
    scope = url_of(text, session).scope
    name = None if username is None else username.encode("utf-8", "surrogateescape")
    request = request_at(scope, name)
    target = _target(request, session)
    match = resolve(target, request.username, _entries(target, session))
    entry = choose(match, request, session.settings, session.now)
    if entry is None or entry.is_sign_on:
        raise PatError(_why_none(scope, name, match, session))
    if username is not None and not is_named(entry, request.username, target.family, session.settings):
        names = usernames(match.entries, target.family, session)
        raise PatError(
            f"no token with that username is stored for {scope.text}; the stored ones have {names}"
        )
    return session.signed_in(entry), target.family


def bare_token(entry: Entry) -> bytes:
    """Return the token alone, also of an entry that is a ready header; raise PatError if that has none."""
    if entry.login is None:
        raise PatError(
            f"what is stored for {entry.scope.text} is a ready header without a token; "
            f"run: {suggest.own('header', entry.scope.text)}"
        )
    return entry.login[1]


def entries_at(
    text: str, username: str | None, session: Session, *, with_sign_ins: bool = False
) -> tuple[list[Entry], Family]:
    """Return every entry of the narrowest scope that covers a place, in whatever state, newest first.

    A URL without an organization means only entries without one: what a user wants removed or restored
    is never inferred. A URL as `list` prints it means that entry, even where no request does any more.
    The cache of a sign-in is no token, so only `with_sign_ins` finds it.
    """
    scope = url_of(text, session).scope
    family = family_of(scope, session.settings.providers)
    here = [entry for entry in session.backend.find(scope.protocol, scope.host) if entry.scope == scope]
    here = here or _covering(_target(request_at(scope), session), session)
    if not with_sign_ins:
        here = [entry for entry in here if not is_cache(entry)]
    if username is not None:
        wanted = username.encode("utf-8", "surrogateescape")
        here = [entry for entry in here if stored_username(entry, family, session.settings) == wanted]
    if not here:
        raise PatError(f'no token is stored for {scope.text}; see "{suggest.own("list")}"')
    return sorted(here, key=lambda entry: -entry.updated), family


def none_in_use(found: Sequence[Entry]) -> PatError:
    """Return the error for a place where entries are stored, but no token is in use."""
    is_sign_in = any(entry.sign_in and entry.state == ACTIVE for entry in found)
    stored = "a sign-in is stored, and no token," if is_sign_in else "no token in use is stored"
    return PatError(f'{stored} for {found[0].scope.text}; see "{suggest.own("list")}"')


def _covering(target: Target, session: Session) -> list[Entry]:
    """Return the entries of the narrowest scope that covers a place; of an open one those without a path."""
    entries = _entries(target, session)
    if target.place.names != OWNER:
        return [entry for entry in entries if entry.scope == target.place.scope]
    covering = resolve(target, None, entries).entries
    return [entry for entry in covering if entry.scope == covering[0].scope]


def usernames(entries: Iterable[Entry], family: Family, session: Session) -> str:
    """Return the usernames of entries as a list for a message."""
    names = {shown(stored_username(entry, family, session.settings)) or '""' for entry in entries}
    return ", ".join(sorted(names))


def _target(request: Request, session: Session) -> Target:
    target = locate(request, session.settings.providers)
    if target is None:
        raise PatError(
            f"no tokens are stored for this address; give the organization's https URL, such as {EXAMPLE}"
        )
    return target


def _entries(target: Target, session: Session) -> tuple[Entry, ...]:
    return kept_at(target.place, session.backend.find)


def is_place(text: str, session: Session) -> bool:
    """Return whether a word is a URL, or the name of a known organization."""
    return "://" in text or bool(_organizations(text, session))


def _organizations(name: str, session: Session) -> set[Scope]:
    """Return the known organizations of a name."""
    return {
        organization
        for entry in session.backend.entries()
        for organization in [family_of(entry.scope, session.settings.providers).organization(entry.scope)]
        if organization.path and organization.path[-1] == name.lower().encode("utf-8", "surrogateescape")
    }


def _known_organization(name: str, session: Session) -> Scope:
    if "@" in name and ":" in name:
        raise UsageError(
            f"that is an SSH address, which needs no token; give the https URL, such as {EXAMPLE}"
        )
    if not name or "/" in name or "." in name or len(name) > _LONGEST_NAME:
        raise UsageError(f"that is not a URL; give one with its protocol, such as {EXAMPLE}")
    found = _organizations(name, session)
    if len(found) > 1:
        places = " or ".join(sorted(scope.text for scope in found))
        raise UsageError(f'"{shown(name)}" could be {places}; give the URL')
    if not found:
        raise PatError(
            f'no organization "{shown(name)}" is known; to store a token for it, run: '
            f"{suggest.seed(f'https://dev.azure.com/{shown(name)}')}"
        )
    return found.pop()


def _why_none(scope: Scope, username: bytes | None, match: Match, session: Session) -> str:
    if match.how == AMBIGUOUS:
        return f"the tokens for {scope.text} are each for one organization; give the organization's URL"
    expired = next((entry for entry in match.entries if entry.status(session.now) == EXPIRED), None)
    if expired is not None:
        return notices.expired(expired, match.target.family)
    others = [entry for entry in match.entries if not (entry.is_replaced or is_cache(entry))]
    aside = next((entry for entry in others if entry.state != ACTIVE), None)
    if aside is not None:
        return notices.rejected(aside)
    seed = notices.seed_first(scope, match.target.family, username)
    return f"there is no token for {scope.text}; run: {seed}"
