"""The hosts of kept tokens: whether they answer, what their clocks say, what a server of one's own asks for.

No token is sent. All hosts are asked at the same time, within one limit.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timezone
from email.utils import parsedate_to_datetime
from time import monotonic

from git_credential_pat.diagnosis.proxy import is_reachable, places_to_ask
from git_credential_pat.diagnosis.servers import about_challenge
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import UnreachableError
from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import SECOND, Nanoseconds
from git_credential_pat.model.finding import Finding, ok, problem
from git_credential_pat.model.scope import Scope
from git_credential_pat.system.clock import SET_CLOCK
from git_credential_pat.web import Question, Reply

_LIMIT = 7.0
"""Seconds for all hosts together."""
_AT_ONCE = 16
_TOLERANCE = 300
"""Seconds."""


def check_hosts(around: Surroundings) -> Iterator[Finding]:
    """Ask each host once and report its reply."""
    if around.is_offline:
        return
    places = {url: scope for url, scope in places_to_ask(around).items() if is_reachable(url, around)}
    deadline = monotonic() + _LIMIT

    def ask(url: str) -> Reply | UnreachableError:
        try:
            return around.web.ask(Question(url, {"Accept": "application/json"}), deadline)
        except UnreachableError as error:
            return error

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for scope, reply in zip(places.values(), pool.map(ask, places), strict=True):
            yield from _about(scope, reply, around)


def _about(scope: Scope, reply: Reply | UnreachableError, around: Surroundings) -> Iterator[Finding]:
    host = scope.server.text
    if isinstance(reply, UnreachableError):
        text, _, fix = str(reply).partition("; run: ")
        yield problem(text, fix or None)
        return
    off = _seconds_off(reply, around.now)
    if off is not None and abs(off) > _TOLERANCE:
        side = "behind" if off > 0 else "ahead of"
        yield problem(f"the clock is {abs(off) // 60} minutes {side} that of {host}", SET_CLOCK)
    family = family_of(scope, around.settings.providers)
    faults = about_challenge(scope, reply, family, around) if family.forces_basic else []
    yield from faults
    if not faults:
        yield ok(f"{host} answers")


def _seconds_off(reply: Reply, now: Nanoseconds) -> int | None:
    """Return how far a host's clock is ahead of ours, in seconds; None if it does not say."""
    try:
        date = parsedate_to_datetime(reply.value("date"))
        return int(date.replace(tzinfo=date.tzinfo or timezone.utc).timestamp()) - now // SECOND
    except (OverflowError, TypeError, ValueError):
        return None
