"""The clock, which decides expiry and the newest of several tokens."""

from collections.abc import Iterator
from time import gmtime, strftime

from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.model.entry import SECOND, Nanoseconds
from git_credential_pat.model.finding import Finding, ok, problem
from git_credential_pat.operations import notices
from git_credential_pat.system.clock import SET_CLOCK

_RELEASED = 1_767_225_600
"""2026-01-01T00:00:00Z: this program is younger."""
_TOLERANCE = 300 * SECOND


def check_clock(around: Surroundings) -> Iterator[Finding]:
    """Report a clock that is far behind, and entries that were changed in the future."""
    if around.now < _RELEASED * SECOND:
        yield problem(f"the clock says {_day(around.now)}, which is too early", SET_CLOCK)
        return
    ahead = [entry for entry in around.entries if entry.updated > around.now + _TOLERANCE]
    for entry in ahead:
        yield problem(
            f"the token for {entry.scope.text} was stored on {_day(entry.updated)}, in the future: the "
            f"clock is slow ({SET_CLOCK}), or was fast then; if so, seed the token again",
            notices.seed_again(entry),
        )
    if not ahead:
        yield ok(f"the clock says {_day(around.now)}, and no token is from the future")


def _day(moment: Nanoseconds) -> str:
    return strftime("%Y-%m-%d", gmtime(moment // SECOND))
