"""The settings `pat.*`: whether each is understood, and whether it is one at all."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from git_credential_pat.backends import open_backend
from git_credential_pat.diagnosis.support.config import Row
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import PatError, UnreadableConfigError
from git_credential_pat.hosts import family_named
from git_credential_pat.model.finding import Finding, note, ok, refused
from git_credential_pat.text import shown

NAMES = (
    "pat.agent",
    "pat.agentTimeout",
    "pat.backend",
    "pat.entraClientId",
    "pat.expiryWarning",
    "pat.keepRejected",
    "pat.keyringBackend",
    "pat.prompt",
    "pat.renew",
    "pat.renewWithin",
)
URL_NAMES = ("entraclientid", "provider", "renew", "username")
"""What there is as `pat.<url>.NAME`, in small letters."""
_KNOWN = {name.lower(): name for name in NAMES}


def check_settings(around: Surroundings) -> Iterator[Finding]:
    """Read the settings as the program does, and see that what they name is there."""
    settings = around.settings
    open_backend(settings)
    unknown = [
        refused(error, _provider_fix(provider.name, around))
        for provider in settings.providers
        for error in [_error_of(provider.name)]
        if error is not None
    ]
    yield from unknown
    if not unknown:
        yield ok("the settings are understood")


def check_names(around: Surroundings) -> Iterator[Finding]:
    """Name each `pat.*` row that does nothing: a misspelt one, or one of a repository."""
    for row in _rows(around):
        if not _is_known(row):
            near = get_close_matches(row.key, _KNOWN, n=1)
            advice = f"; did you mean {_KNOWN[near[0]]}?" if near else ""
            yield note(f"{_named(row)} is not a setting and does nothing{advice}", row.unset())
        elif not row.is_protected:
            yield note(f"{_named(row)} of a repository does nothing; set it with --global", row.unset())


def fix_of(error: PatError, around: Surroundings) -> str | None:
    """Return the command that takes out the setting that an error's message names, if it names one."""
    message = str(error).lower()
    try:
        if isinstance(error, UnreadableConfigError):
            return around.config.editing()
        rows = [row for row in _rows(around) if row.is_protected and _named(row).lower() in message]
    except PatError:  # another one, which its own check reports
        return None
    return max(reversed(rows), key=lambda row: len(row.key)).unset() if rows else None


def _rows(around: Surroundings) -> Iterable[Row]:
    return [row for row in around.config.rows if row.section == "pat"]


def _named(row: Row) -> str:
    """Name a row by its key, without what stands before an "@": it may be a password."""
    return "pat." + shown(row.key.removeprefix("pat.").rpartition("@")[2])


def _is_known(row: Row) -> bool:
    return row.name in URL_NAMES if row.url else row.key in _KNOWN


def _error_of(provider: str) -> PatError | None:
    try:
        family_named(provider)
    except PatError as error:
        return error
    return None


def _provider_fix(provider: str, around: Surroundings) -> str | None:
    rows = [row for row in _rows(around) if row.url and row.name == "provider" and row.value == provider]
    return rows[-1].unset() if rows else None
