"""Git's settings for stored tokens: this helper, and the hosts whose requests must name a path."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.commands.support.session import Session
from git_credential_pat.errors import PatError, UnreadableConfigError
from git_credential_pat.git import block, boolean, config
from git_credential_pat.git.settings import launcher_path, user_config_file
from git_credential_pat.hosts import configured_urls, family_of
from git_credential_pat.importing.support.elsewhere import is_stored_elsewhere
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations import notices
from git_credential_pat.system.users import is_root

_MOST_LINES = 5

if TYPE_CHECKING:
    from git_credential_pat.diagnosis.support.config import Config


class LinesToPasteError(PatError):
    """Git's configuration is read-only; `text` is what it lacks, or has too much, for the user to paste."""

    def __init__(self, message: str, text: str) -> None:
        """Take the message, and the text that is printed before it."""
        super().__init__(message)
        self.text = text


def lines_for(
    scopes: Iterable[Scope], kept: Sequence[Entry], session: Session, *, needs_source: bool = False
) -> list[block.Line]:
    """Return the lines for these scopes beside all that is stored.

    As long as a token needs its organization, or only git-credential-store has one, Git goes on asking its
    other helpers for Azure DevOps, but for the organizations of these scopes; so it does where `needs_source`
    says that they have more.
    """
    scopes = list(scopes)
    alone = configured_urls()
    if needs_source or notices.unplaced_among(kept) or is_stored_elsewhere(kept, _variables(session)):
        places = (url for scope in scopes for url in family_of(scope).configured_for(scope))
        alone = tuple(dict.fromkeys(places))
    lines = block.helper_lines(block.helper_command(launcher_path()), alone)
    hosts = dict.fromkeys(scope._replace(path=scope.path[:1]) for scope in scopes)
    urls = dict.fromkeys(url for host in hosts for url in family_of(host).needing_path(host))
    return [*lines, *map(block.path_line, urls)]


def add_lines(path: str, lines: Sequence[block.Line], *, system: bool = False) -> bool:
    """Add lines to the file of the user, or of the system; return whether it changed.

    A file that is read-only may stay as it is if Git has the lines from elsewhere. Raises LinesToPasteError
    if it has not.
    """
    try:
        return block.add(path, lines)
    except block.UnwritableError as error:
        if system:
            raise _for_root(error, "configure", f"put the lines above {_there(error)}") from None
        missing = block.not_in_force(lines)
        if not missing:
            return False
        raise LinesToPasteError(
            f"{error}; put the lines above {_there(error)} (seed and import: --no-configure)"
            f"{_or_for_all(missing)}",
            block.text_of(missing),
        ) from None


def remove_lines(path: str, *, system: bool) -> list[block.Line]:
    """Take our block out of the file of the user, or of the system; return what was taken out.

    Raises LinesToPasteError if it is read-only.
    """
    try:
        return block.remove(path)
    except block.UnwritableError as error:
        advice = f"take the lines above out {_there(error)}"
        if system:
            raise _for_root(error, "unconfigure", advice) from None
        raise LinesToPasteError(f"{error}; {advice}", block.text_of(error.lines)) from None


def _for_root(error: block.UnwritableError, command: str, advice: str) -> LinesToPasteError:
    """Return what to say of the system's file: another user than root is to run the command as root."""
    if is_root():
        return LinesToPasteError(f"{error}; {advice}", block.text_of(error.lines))
    return LinesToPasteError(f"{error}; run: {_as_root(command)}", "")


def _there(error: block.UnwritableError) -> str:
    return "into another file" if error.path == os.devnull else "where that file is made"


def _or_for_all(missing: Sequence[block.Line]) -> str:
    """Return the command for all users of the machine, if Git then has what it lacks, or some of it."""
    theirs = block.helper_lines(block.helper_command(launcher_path()), configured_urls())
    is_read = not boolean(os.environ.get("GIT_CONFIG_NOSYSTEM", ""))
    helps = [line for line in missing if line in theirs]
    if not (is_read and helps and block.hold_from_below(helps)):
        return ""
    return f", or run: {_as_root('configure')}{'' if helps == [*missing] else ', then this again'}"


def _as_root(command: str) -> str:
    launcher = launcher_path()
    program = "pat" if block.helper_command(launcher) == "pat" else launcher
    return suggest.as_root(program, command, "--system", sudo=not is_root())


def others_are_asked(lines: Iterable[block.Line]) -> str:
    """Return what to add where these lines let Git ask other helpers for Azure DevOps, too; or nothing."""
    if not _are_asked(lines):
        return ""
    return (
        " For Azure DevOps, Git also asks your other helpers: they have tokens whose organization is not "
        "known yet."
    )


def obstacles(scopes: Iterable[Scope], lines: Iterable[block.Line], session: Session) -> list[str]:
    """Return a line for each thing that keeps Git from asking this helper first for these scopes."""
    from git_credential_pat.diagnosis import helpers  # 80 ms that only commands need which configure Git
    from git_credential_pat.diagnosis.support.fixes import Fixes

    fixes = Fixes(_variables(session))
    try:
        found = [*helpers.obstacles([*scopes], _config(session), fixes, waits=_are_asked(lines))]
    except UnreadableConfigError:  # or git takes too long: `doctor` reports it, and the lines are written
        found = []
    shown = [
        f"{finding.text}; to change that, run: {finding.fix}" if finding.fix else f"{finding.text}."
        for finding in found[:_MOST_LINES]
    ]
    left = len(found) - len(shown)
    more = f"{left} more such lines; to see them, run: {suggest.own('doctor')}"
    return [*shown, more] if left else shown


def asked_elsewhere(session: Session) -> list[str]:
    """Return a line about the helper that Git asks first for hosts without lines of their own, if any."""
    from git_credential_pat.diagnosis import helpers  # as above

    first = helpers.first_elsewhere(_config(session))
    text = (
        f"For hosts other than Azure DevOps, Git asks the helper {first} before this one; "
        "`seed` and `doctor` print the command that changes that."
    )
    return [text] if first else []


def configure_git(
    scopes: Sequence[Scope],
    providers: Mapping[str, str],
    session: Session,
    *,
    configure: bool,
    needs_source: bool = False,
) -> str:
    """Write the lines for these scopes, and what runs at hosts by their URL; return a line that reports it.

    Without `configure` only providers are noted. The line is empty if nothing had to be written. Where
    Git does not ask this helper first, more lines say so. The tokens are already stored and stay so if this
    fails; PatError says so.
    """
    try:
        lines: list[block.Line] = []
        if configure:
            lines += lines_for(scopes, session.backend.entries(), session, needs_source=needs_source)
        beside = others_are_asked(lines) if configure else ""
        providing = [block.Line("pat", url, "provider", name) for url, name in providers.items()]
        path = user_config_file()
        is_changed = bool(lines or providing) and add_lines(path, [*lines, *providing])
        others = obstacles(scopes, lines, session) if configure else []
    except PatError as error:
        text = error.text if isinstance(error, LinesToPasteError) else ""
        kept = "the token is stored" if len(set(scopes)) == 1 else "the tokens are stored"
        raise LinesToPasteError(f"{kept}, but Git does not use this helper yet: {error}", text) from None
    if not is_changed:
        return "\n".join(others)
    uses = "This helper is in Git's configuration" if others else "Git uses this helper"
    what = uses if configure else f"Stored what runs at {' '.join(providers)}"
    return "\n".join([f"{what} ({path}).{beside}", *others])


def _are_asked(lines: Iterable[block.Line]) -> bool:
    """Return whether these lines let Git ask other helpers for Azure DevOps, too."""
    return not any(line.url in configured_urls() for line in lines)


def _config(session: Session) -> "Config":
    """Return protected configuration: what a repository's own says is for `doctor` to report."""
    from git_credential_pat.diagnosis.support.config import Config  # as above

    return Config(config.git_environment(_variables(session)), "/")


def _variables(session: Session) -> dict[str, str]:
    return {os.fsdecode(name): os.fsdecode(value) for name, value in session.environment.items()}
