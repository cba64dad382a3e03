"""Whether requests carry the path, without which they name no organization, group or owner (useHttpPath)."""

from collections.abc import Iterator

from git_credential_pat.diagnosis.helpers import is_asked
from git_credential_pat.diagnosis.support.config import Row
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.hosts import configured_urls, family_of
from git_credential_pat.model.finding import Finding, note, ok, problem


def path_rows(url: str, around: Surroundings) -> list[Row]:
    """Return the rows that say for a URL whether requests carry the path; the last one holds."""
    return around.config.matching("credential", url, "usehttppath")


def check_paths(around: Surroundings) -> Iterator[Finding]:
    """Report for which hosts of stored tokens requests do not say which organization they are for."""
    urls = [url for url in _urls(around) if is_asked(url, around.config)]
    missing = [url for url in urls if not _carries(url, around)]
    own = {entry.scope.server.text for entry in around.known_entries} | {*configured_urls()}
    for url in missing:
        # A host beside it, as that of gists, may be one that nobody uses.
        find = problem if url in own else note
        yield find(f"Git does not send the organization to {url}", path_command(url, around))
    if urls and not missing:
        yield ok("Git sends the organization")


def _urls(around: Surroundings) -> list[str]:
    with_path = [
        url for entry in around.known_entries for url in family_of(entry.scope).needing_path(entry.scope)
    ]
    always = () if around.needs_others else (url for url in configured_urls() if "*" not in url)
    return [*dict.fromkeys((*always, *with_path))]


def _carries(url: str, around: Surroundings) -> bool:
    rows = path_rows(url, around)
    return bool(rows) and rows[-1].is_true


def path_command(url: str, around: Surroundings) -> str:
    """Return the command after which requests for the host of a URL carry the path."""
    key = f"credential.{url}.useHttpPath"
    setting = around.setting(key, "true")
    rows = path_rows(url, around)
    if not rows:
        return setting
    last = rows[-1]
    if last.key == key.lower() and last.is_protected and last.path:
        return last.command(
            "--replace-all", last.key, "true", "!^true$"
        )  # there may be another, of `configure`
    return f"{last.unset()} && {setting}"
