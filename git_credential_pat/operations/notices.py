"""Lines about tokens for the user while Git works: what is wrong, and the command that fixes it."""

from __future__ import annotations

from time import gmtime, strftime
from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.hosts import Family, family_of, looks_like_any_token
from git_credential_pat.model.entry import ACTIVE, DAY, SECOND, Entry
from git_credential_pat.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_credential_pat.model.entry import Nanoseconds
    from git_credential_pat.model.scope import Scope

_HASH_DIGITS = 32
_GIT = "Git"


def expired(entry: Entry, family: Family) -> str:
    """Return the line about a token that is not answered any more because its time has come."""
    return f"the token for {entry.scope.text} expired on {_day(entry)}; {_renewal(entry, family)}"


def expiring(entry: Entry, family: Family, now: Nanoseconds) -> str:
    """Return the line about a token that will expire; `now` is nanoseconds since 1970."""
    days = (entry.expires or 0) // DAY - now // SECOND // DAY
    left = "today" if days < 1 else f"in {days} day{'s' if days > 1 else ''}"
    return f"the token for {entry.scope.text} expires {left}, on {_day(entry)}; {_renewal(entry, family)}"


def mark_of(entry: Entry) -> str:
    """Return a mark for a token: a hash under the token itself as the key, which says nothing to others."""
    import hmac  # few calls have something to say

    return hmac.digest(entry.secret, entry.scope.text.encode(), "sha256").hex()[:_HASH_DIGITS]


def rejected(entry: Entry) -> str:
    """Return the line about a token that its host rejected, or may never have made."""
    if entry.renewal and not entry.secret:  # as is_placeholder says, which a get does not load
        return unfinished(entry)
    return (
        f"the token for {entry.scope.text} was rejected by its host; "
        f"to use it again, run: {restore(entry)}; to replace it, run: {seed_again(entry)}"
    )


def unfinished(entry: Entry) -> str:
    """Return the line about an entry that stands for a token which was about to be made."""
    url = entry.scope.text
    return f"it is not known whether the token for {url} was made; run: {suggest.seed(url, '--create')}"


def unnamed_organization(host: Scope, tool: str = _GIT) -> str:
    """Return the line about a request without an organization; `host` is as the tool names it."""
    url = host.text
    if tool != _GIT:
        return (
            f"{tool} does not say which organization of {url} it means, and the stored tokens are each for "
            f"one; to see what can be done, run: {suggest.own('help', 'tools')}"
        )
    return (
        f"Git does not send the organization to {url}, and the stored tokens are each for one organization; "
        f"run: {_with_paths(url)}"
    )


def unplaced_among(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that would answer, but for want of the organization that their host needs."""
    found = (entry for entry in entries if entry.state == ACTIVE and not entry.is_sign_on)
    return [entry for entry in found if not (entry.scope.path or family_of(entry.scope).host_covers)]


def placing(entry: Entry, family: Family, organization: str) -> str:
    """Return the command that gives a token without an organization its own, whose URL is given."""
    name = entry.username or family.default_username(entry.secret)
    return suggest.placing(entry.scope.text, username_option(name), organization)


def unsendable(entry: Entry, tool: str = _GIT) -> str:
    """Return the line about a token that is sent as a header, which this tool or this Git cannot do."""
    url, scheme = entry.scope.text, shown(entry.authtype)
    if tool != _GIT:
        return f"the token for {url} is sent as {scheme}, which {tool} cannot do"
    return f"Git sends the token for {url} as {scheme}, which needs Git 2.46 or later; update Git"


def unfit_for_packages(entry: Entry, family: Family) -> str:
    """Return the line about a token that cannot read packages; nothing if it can, or nobody knows."""
    token = entry.login[1] if entry.login else b""
    obstacle = family.package_obstacle(token, entry.permissions)
    if not obstacle:
        return ""
    again = suggest.seed(entry.scope.text, "--for", "packages", *username_option(entry.username))
    return f"the token for {entry.scope.text} cannot read packages: {obstacle}; run: {again}"


def nameless(entry: Entry) -> str:
    """Return the line about a token that is stored without the username that its host needs."""
    url = entry.scope.text
    return f"the token for {url} has no username, which its host needs; run: {suggest.own('verify', url)}"


def noun(entry: Entry) -> str:
    """Return what is stored for a place, as messages call it."""
    return "sign-in" if entry.sign_in else "token"


def seed_again(entry: Entry) -> str:
    """Return the command that puts another token in the place of an entry's."""
    bearer = ("--authtype", "bearer") if entry.is_bearer else ()
    return suggest.seed(entry.scope.text, *username_option(entry.username), *bearer)


def restore(entry: Entry) -> str:
    """Return the command that has an entry's token answer again."""
    return suggest.restore(entry.scope.text, *username_option(entry.username))


def seed_first(scope: Scope, family: Family, username: bytes | None) -> str:
    """Return the command that stores a first token; a username that is needed and unknown is NAME."""
    if family.rule != "exact":
        return suggest.seed(scope.text)
    return suggest.seed(scope.text, *(username_option(username or b"") or ("--username", "NAME")))


def username_option(name: bytes) -> tuple[str, ...]:
    """Return the option for commands that names a user; nothing for none, and where it would show a token."""
    if not name or looks_like_any_token(name):
        return ()
    return "--username", name.decode("utf-8", "surrogateescape")


def kept_beside(entry: Entry) -> str:
    """Return the line about an approved token that is stored beside the user's own."""
    return (
        f"the {noun(entry)} that you stored for {entry.scope.text} still answers; Git used another one, "
        f"which is stored beside it; to see both, run: {suggest.own('list')}"
    )


def unnamed_repository(entry: Entry) -> str:
    """Return the line about an approved token that is not stored, to spare another repository's."""
    url = entry.scope.text
    return (
        f"a token for one repository of {url} is already stored, and Git does not say which repository this "
        "one is for; "
        f"to keep both, run: {_with_paths(url)}"
    )


def spent_on_ntlm(scope: Scope) -> str:
    """Return the line about a server where this Git spends the token on NTLM."""
    url = scope.server.text
    return (
        f"{url} offers NTLM or Negotiate, where Git before 2.46 wastes the token. A newer Git fixes this; "
        f"with this one only http.{url}/.extraHeader works, which puts the token into a config file"
    )


def _renewal(entry: Entry, family: Family) -> str:
    page = family.token_page(entry.scope)
    make = f"create a new one at {page}, then" if page else "create a new one, then"
    return f"{make} run: {seed_again(entry)}"


def _with_paths(url: str) -> str:
    return suggest.git_config(f"credential.{url}.useHttpPath", "true")


def _day(entry: Entry) -> str:
    return strftime("%Y-%m-%d", gmtime(entry.expires or 0))
