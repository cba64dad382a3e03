"""`configure`: sets Git and other tools up to use this helper."""

from collections.abc import Sequence

import click

from git_credential_pat.backends import open_backend
from git_credential_pat.commands.support.git_lines import (
    add_lines,
    asked_elsewhere,
    lines_for,
    obstacles,
    others_are_asked,
)
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.tool_setup import (
    GIT,
    RENEW,
    around,
    in_turn,
    indented,
    is_found,
    named,
    show_list,
    updated_tools,
    would_configure,
)
from git_credential_pat.commands.support.tool_setup import configure as configure_tools
from git_credential_pat.commands.support.unplaced import say_unplaced
from git_credential_pat.errors import DamagedError, LockedError, PatError, UsageError
from git_credential_pat.git import block
from git_credential_pat.git.config import system_file
from git_credential_pat.git.settings import user_config_file
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import Entry
from git_credential_pat.operations import notices
from git_credential_pat.operations.sign_in_cache import is_cache
from git_credential_pat.stdio import notice, say


class Options(NamedTuple):
    """The options of the command line."""

    system: bool
    is_list: bool
    as_json: bool
    dry_run: bool


@click.command("configure")
@click.argument("tools", nargs=-1, metavar="[TOOL]...")
@click.option("--system", is_flag=True, help="For every user of this machine (git config --system).")
@click.option("--list", "is_list", is_flag=True, help="Show the tools, and what is configured.")
@click.option("--json", "as_json", is_flag=True, help="With --list, for scripts: one JSON object.")
@click.option("--dry-run", is_flag=True, help="Only print what would be written.")
@pass_session
def command(session: Session, /, tools: Sequence[str], **options: bool) -> None:
    """Have Git, or the tools that are named, use this helper.

    Writes the user's own configuration of each, only what `unconfigure` can take out again. "all" means Git
    and all tools found. For Azure DevOps, Git then asks only this helper and sends the organization.
    "renew" is a timer, which renews tokens where pat.renew is auto; "all" leaves it out.

    \b
    Examples:
      git credential-pat configure
      git credential-pat configure pip uv docker
      sudo git credential-pat configure --system
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    _configure(session, tools, Options(**options))


def _configure(session: Session, words: Sequence[str], options: Options) -> None:
    from git_credential_pat.commands.support.timer_setup import (
        configure_timer,
        would_configure_timer,
    )  # it loads tools

    _check(words, options)
    if options.is_list:
        _show_list(session, as_json=options.as_json)
        return
    block.check_file(_file(options))  # before git reads it, which would wait for a pipe's writer
    place = around(session)
    chosen = named(words, is_found(place))
    if any(tool.follows_tokens for tool in chosen.tools):
        session.backend.entries()  # asks for a passphrase, or fails, before anything is written
    if options.dry_run:
        git = chosen.git and _would_configure_git(session, options)
        tools = would_configure(chosen.tools, place)
        timer = chosen.timer and would_configure_timer(session, place)
        if not (git or tools or timer):
            say("Nothing would be written.")
        return
    failed: list[str] = []
    if chosen.git:
        failed += in_turn(lambda: _configure_git(session, options), GIT, is_alone=chosen.is_alone)
    failed += configure_tools(chosen.tools, place)
    if chosen.timer:
        failed += in_turn(lambda: configure_timer(session, place), RENEW, is_alone=chosen.is_alone)
    if failed:
        raise PatError(f"not configured: {', '.join(failed)}; the lines above say why")


def _check(words: Sequence[str], options: Options) -> None:
    if options.as_json and not options.is_list:
        raise UsageError("--json needs --list")
    if options.is_list and (words or options.system or options.dry_run):
        raise UsageError("--list stands alone, or with --json")
    if options.system and words and [*words] != [GIT]:
        raise UsageError("--system is for Git alone")


def _file(options: Options) -> str:
    return system_file() if options.system else user_config_file()


def _configure_git(session: Session, options: Options) -> None:
    path = _file(options)
    kept, lines = _lines(session, options)
    entries = kept or ()
    uses = "uses" if add_lines(path, lines, system=options.system) else "already uses"
    others = obstacles([entry.scope for entry in entries], lines, session)
    start = "This helper is in Git's configuration" if others else f"Git {uses} this helper"
    beside = others_are_asked(lines)
    say(f"{start} ({path}).{beside}")
    for line in others or ([] if beside else asked_elsewhere(session)):
        say(line)
    say_unplaced(notices.unplaced_among(entries))
    if kept is not None and (updated := updated_tools(session, kept, every=True)):
        say(updated)


def _would_configure_git(session: Session, options: Options) -> bool:
    missing = block.not_in_force(_lines(session, options)[1])
    if missing:
        say(f"Git: would write {_file(options)}:")
        say(indented(block.text_of(missing)))
    return bool(missing)


def _show_list(session: Session, *, as_json: bool) -> None:
    kept = _kept(session) or []
    lines = lines_for([entry.scope for entry in kept], kept, session)
    show_list(around(session, kept), user_config_file(), lines, as_json=as_json)


def _lines(session: Session, options: Options) -> tuple[Sequence[Entry] | None, list[block.Line]]:
    """Return what is stored, None if that cannot be read, and the lines for it."""
    kept = None if options.system else _kept(session)
    entries, is_lacking = kept or (), kept is None and not options.system
    return kept, lines_for([entry.scope for entry in entries], entries, session, needs_source=is_lacking)


def _kept(session: Session) -> Sequence[Entry] | None:
    """Return the tokens that are stored, whose hosts `seed` configured; None if they cannot be read now."""
    try:
        entries = open_backend(session.settings, session.unlocking._replace(passphrase=None)).entries()
        return [entry for entry in entries if not is_cache(entry)]
    except (LockedError, DamagedError) as error:
        notice(f"warning: hosts of stored tokens are not configured: {error}")
        return None
