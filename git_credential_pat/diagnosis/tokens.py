"""The tokens that are stored: which of them cannot answer, or soon will not."""

from collections.abc import Iterable, Iterator
from time import gmtime, strftime

from git_credential_pat import suggest
from git_credential_pat.diagnosis.programs import AUTHTYPE_GIT, git_version, install_git
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.hosts import Family, family_of, looks_like_any_token
from git_credential_pat.model.entry import ACTIVE, DOUBTFUL, SECOND, Entry, Nanoseconds
from git_credential_pat.model.finding import Finding, ok, problem
from git_credential_pat.model.renewal import is_placeholder
from git_credential_pat.operations import notices
from git_credential_pat.operations.answering import is_users_own
from git_credential_pat.operations.global_tokens import global_among, has_ended, what_ends
from git_credential_pat.operations.usernames import stored_username
from git_credential_pat.text import shown


def check_tokens(around: Surroundings) -> Iterator[Finding]:
    """Report tokens that do not answer, or soon will not: for their time, their state, or what they lack."""
    entries = around.entries
    ended = [entry for entry in global_among(entries) if has_ended(entry, around.now)]  # for `check_global`
    found = [finding for entry in entries if entry not in ended for finding in _about(entry, entries, around)]
    yield from found
    if entries and not (found or ended):
        yield ok("no token is expired, rejected or about to expire")


def check_global(around: Surroundings) -> Iterator[Finding]:
    """Report each organization whose token is another one's too, and where it gets a token of its own."""
    for entry in global_among(around.entries):
        page = family_of(entry.scope).token_page(entry.scope)
        yield problem(
            f"the token for {entry.scope.text} is stored for other organizations too, so it is "
            f"{what_ends(entry, around.now)}; "
            f"create one for this organization alone at {page}",
            notices.seed_again(entry),
        )


def _about(entry: Entry, entries: Iterable[Entry], around: Surroundings) -> Iterator[Finding]:
    family = family_of(entry.scope, around.settings.providers)
    if (
        entry.is_sign_on
        or entry.is_replaced
        or is_placeholder(entry)
        or not is_users_own(entry, family)
        or _has_successor(entry, entries, family, around.now)
    ):
        return
    scope, page = entry.scope.text, family.token_page(entry.scope)
    another = f"create a new one at {page}" if page else "create a new one at its host"
    if not (entry.scope.path or family.host_covers):
        yield _without_organization(entry, around)
    elif entry.is_fleeting and entry.state == ACTIVE:
        return  # a helper gets the next one
    elif entry.status(around.now) == "expired":
        yield problem(f"the token for {scope} expired on {_day(entry)}; {another}", notices.seed_again(entry))
    elif entry.state == DOUBTFUL:
        yield problem(
            f"the token for {scope} was rejected for a request without an organization; it may be valid",
            notices.restore(entry),
        )
    elif entry.state != ACTIVE:
        yield problem(
            f"the token for {scope} was rejected; if it no longer works, {another}",
            notices.restore(entry),
        )
    elif entry.authtype and git_version(around) < AUTHTYPE_GIT:
        yield problem(notices.unsendable(entry), install_git(around.variables.get("PATH", "")))
    elif family.says_username and not (entry.authtype or stored_username(entry, family, around.settings)):
        yield problem(
            f"the token for {scope} has no username, which its host needs", suggest.own("verify", scope)
        )
    elif entry.is_expired(Nanoseconds(around.now + around.settings.expiry_warning * SECOND)):
        renews = around.renewer(entry)
        rotate = suggest.rotate(scope, *notices.username_option(entry.username))
        fix = rotate if renews else notices.seed_again(entry)
        yield problem(f"the token for {scope} expires on {_day(entry)}; {renews or another}", fix)


def _has_successor(entry: Entry, entries: Iterable[Entry], family: Family, now: Nanoseconds) -> bool:
    """Whether another entry answers in the place of one that does not."""
    return not _answers(entry, now) and any(
        _answers(other, now)
        and other.scope == entry.scope
        and (family.rule == "any" or other.username == entry.username)
        for other in entries
    )


def _answers(entry: Entry, now: Nanoseconds) -> bool:
    return entry.state == ACTIVE and not entry.is_expired(now)


def _without_organization(entry: Entry, around: Surroundings) -> Finding:
    """Report how a token that Git approved without a path gets its organization."""
    remotes = (remote.url.scope for remote in around.remotes if remote.url)
    places = {
        family_of(scope).organization(scope).text for scope in remotes if scope.host == entry.scope.host
    }
    taken = {family_of(other.scope).organization(other.scope).text for other in around.entries}
    place = f"{entry.scope.text}/ORGANIZATION"
    if len(places) == 1 and not places & taken:
        place = places.pop()
    name = entry.username
    whose = f' of "{shown(name)}"' if name and not looks_like_any_token(name) else ""
    return problem(
        f"the token for {entry.scope.text}{whose} has no organization, so Git gets it only "
        "for requests without one",
        notices.placing(entry, family_of(entry.scope), place),
    )


def _day(entry: Entry) -> str:
    try:
        return strftime("%Y-%m-%d", gmtime(entry.expires or 0))
    except (OverflowError, ValueError):
        return "a day beyond the calendar"
