"""`seed URL`: one-time token seeding."""

from collections.abc import Sequence
from dataclasses import replace

import click

from git_credential_pat.backends import Change
from git_credential_pat.commands.support.expiry import LONGEST, ask_expiry, date_of, expiry_of
from git_credential_pat.commands.support.git_lines import configure_git
from git_credential_pat.commands.support.global_warning import warn_of_stored
from git_credential_pat.commands.support.places import url_of
from git_credential_pat.commands.support.renewing import renewal_line
from git_credential_pat.commands.support.seed_created import created_at
from git_credential_pat.commands.support.seed_place import Options, Place, or_provider, place_of, recognized
from git_credential_pat.commands.support.seed_sign_in import sign_in_at
from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.commands.support.token_input import read_token, token_from_environment
from git_credential_pat.commands.support.tool_setup import updated_tools
from git_credential_pat.commands.support.verifying import checked, with_answer
from git_credential_pat.entra import SIGN_INS
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.git.config import takes_headers
from git_credential_pat.git.settings import user_config_file
from git_credential_pat.hosts import Family, looks_like_any_token
from git_credential_pat.hosts.support import repository
from git_credential_pat.hosts.support.verdict import VALID
from git_credential_pat.model.entry import BEARER, REJECTED, Entry
from git_credential_pat.model.scope import Scope, Url
from git_credential_pat.operations import notices
from git_credential_pat.operations.answering import commit
from git_credential_pat.operations.changes import overdue, seed_changes
from git_credential_pat.operations.usernames import (
    USERNAME_LIMIT,
    default_username,
    needs_own_name,
    stored_username,
)
from git_credential_pat.stdio import notice, say, stdin_is_terminal
from git_credential_pat.system.terminal import ask
from git_credential_pat.text import has_controls, shown


@click.command("seed")
@click.argument("url")
@click.option("--username", metavar="NAME", help="Username for the token; most hosts need none.")
@click.option("--expires", metavar="YYYY-MM-DD", help="Last day (UTC) on which the token is valid.")
@click.option("--days", type=click.IntRange(1, LONGEST), metavar="N", help="Valid for so many days from now.")
@click.option("--label", default="", metavar="TEXT", help="A note for `list`.")
@click.option("--permission", multiple=True, metavar="P", hidden=True)  # most hosts report it
@click.option("--pinned", is_flag=True, help="Keep using it even if the host rejects it.")
@click.option("--exact", is_flag=True, help="Store it only for the repository that URL names.")
@click.option("--replace", is_flag=True, hidden=True)  # the message that needs it names it
@click.option("--from-env", metavar="VAR", help="Read the token from this environment variable.")
@click.option(
    "--no-verify", "verify", flag_value=False, default=True, help="Do not check the token with the host."
)
@click.option(
    "--no-configure", "configure", flag_value=False, default=True, help="Do not change Git's configuration."
)
@click.option("--allow-http", is_flag=True, hidden=True)  # as --replace
@click.option("--provider", metavar="NAME", help="What the host runs, such as azure-devops-server.")
@click.option("--for", "purpose", type=click.Choice(["packages"]), help="Name what packages need, too.")
@click.option("--sign-in", type=click.Choice(SIGN_INS), hidden=True)  # for Azure DevOps alone
@click.option("--create", is_flag=True, hidden=True)  # for Azure DevOps alone
@click.option("--entra-token-stdin", is_flag=True, hidden=True)  # az needs none
@click.option("--authtype", type=click.Choice(["bearer"]), hidden=True)  # most hosts say so themselves
@pass_session
def command(session: Session, /, url: str, **options: object) -> None:
    """Store a token for URL and have Git use it.

    Asks for the token, or reads it; more options: --allow-http, --authtype,
    --create, --entra-token-stdin, --permission, --replace, --sign-in.

    \b
    Examples:
      git credential-pat seed https://dev.azure.com/fabrikam
      printf '%s\\n' "$TOKEN" | git credential-pat seed URL
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    _seed(session, url, Options(**options))  # type: ignore[arg-type]  # click made each of its declared type


def _seed(session: Session, text: str, options: Options) -> None:
    _check_options(options)
    token = None if options.from_env is None else token_from_environment(options.from_env, session)
    if text.endswith("/ORGANIZATION"):  # as the commands have it that are printed
        raise UsageError("put the organization's name in place of ORGANIZATION")
    url = url_of(text, session)
    session.require_own_home(*([user_config_file()] if options.configure else []))
    place = recognized(place_of(url, options, session), url, b"", options, session)
    packages = _is_for_packages(place, options)
    expires = expiry_of(options.expires, options.days, session.now)
    session.backend.find(place.scope.protocol, place.scope.host)  # fails before anything is asked
    if options.sign_in is not None:
        _keep(sign_in_at(place, options.sign_in, options, session), place, options, session)
        return
    if options.create:
        place = replace(place, scope=_scope(place, b"", options, session, may_ask=False))
        _keep(created_at(place, expires, options, session), place, options, session)
        return
    may_ask = token is None and stdin_is_terminal()
    username = _username(place, url, options, session) if may_ask else b""
    if token is None:
        token = read_token(place.scope, place.family, session, packages=packages)
    place = recognized(place, url, token, options, session)
    username = username or _username(place, url, options, session, token)
    place = replace(place, scope=_scope(place, token, options, session, may_ask=may_ask))
    entry = _entry(place, username, token, options, session)._replace(expires=expires)
    entry, is_known = _verified(entry, place, url, options, session)
    if not is_known and not place.family.expects_token(token):
        notice(f"warning: this does not look like a token of {place.family.title}; it will be stored anyway")
    if may_ask and entry.expires is None:
        entry = entry._replace(expires=ask_expiry(session.now))
    _keep(entry, place, options, session)


def _keep(entry: Entry, place: Place, options: Options, session: Session) -> None:
    """Store an entry, have Git ask for it, and say what came of both."""
    found = [old for old in _on_host(entry, session) if old != entry]  # one that was just made is kept
    here, moved = _here(entry, place.family, found), _moved(entry, found)
    commit(session.backend, lambda: _changes(entry, place.family, session))
    say(f"Stored the {notices.noun(entry)} for {place.scope.text}{_instead(entry, here)}")
    if moved:
        say("Removed the copy without an organization.")
    warn_of_stored([entry.scope], session)
    if options.purpose is not None and (unfit := notices.unfit_for_packages(entry, place.family)):
        notice(f"warning: {unfit}")
    if news := session.backend.news():
        say(news)
    if line := renewal_line(entry, session):
        say(line)
    if entry.authtype and not takes_headers():
        notice(f"warning: {notices.unsendable(entry)}")
    _configure(place, options, session)
    if updated := updated_tools(session):
        say(updated)


def _scope(place: Place, token: bytes, options: Options, session: Session, *, may_ask: bool) -> Scope:
    """Return where the token is kept: usually for its owner.

    One that may be for a single repository does not take the place of the owner's without a word of the user.
    """
    usual, exact = place.family.seeds_at(place.named, token), place.family.exact_at(place.named)
    found = session.backend.find(usual.protocol, usual.host)
    if options.replace:
        return usual
    if options.exact or any(old.scope == exact for old in found):
        return exact
    others = (old for old in found if old.scope == usual and old.secret != token)
    is_taken = any(old.may_answer(session.now) for old in others)
    if not is_taken or not token.startswith(place.family.selective_tokens):
        return usual
    if may_ask:
        answer = ask(
            f"Another token for {usual.text} is stored. Keep both, this one for {exact.text} alone (k), "
            "or replace the other (r)? "
        )
        if answer.strip().lower() in ("k", "r"):
            return exact if answer.strip().lower() == "k" else usual
        raise PatError("that is neither k nor r; nothing was stored")
    raise PatError(
        f"another token for {usual.text} is stored; give --exact to keep this one for {exact.text} alone, "
        "or --replace"
    )


def _instead(entry: Entry, here: Sequence[Entry]) -> str:
    """Return what to say of the tokens that were kept in the same place, none of which goes in silence."""
    replaced = [old for old in here if old.state != REJECTED or old.secret == entry.secret]
    if not replaced:
        return "."
    since = date_of(min(old.updated for old in replaced))
    what = f"the one stored on {since}" if len(replaced) == 1 else f"{len(replaced)} stored since {since}"
    other = next((old for old in replaced if old.secret != entry.secret), None)
    back = f"; to go back, run: {notices.restore(other)}" if other else "."
    return f", in place of {what}{back}"


def _entry(place: Place, username: bytes, token: bytes, options: Options, session: Session) -> Entry:
    """Return what is to be stored, as far as the user says it."""
    default = default_username(place.scope, token, place.family, session.settings)
    return Entry(
        place.scope,
        b"" if username == default and place.family.rule != "exact" else username,
        token,
        BEARER if options.authtype else b"",
        created=session.now,
        updated=session.now,
        label=options.label,
        permissions=options.permission,
        pinned=options.pinned,
    )


def _verified(entry: Entry, place: Place, url: Url, options: Options, session: Session) -> tuple[Entry, bool]:
    """Return an entry with what its host says of it, and whether the host knows the token."""
    if not (options.verify and place.family.says_username):
        entry = _with_username(entry, place, url, session)
    is_known = False
    if options.verify and place.doubt:
        notice(f"warning: the token could not be verified ({place.doubt}); it will be stored anyway")
    elif options.verify:
        verdict = checked(entry, place.family, repository.named_by(place.named, place.family), session)
        entry, is_known = with_answer(entry, verdict), verdict.outcome == VALID
    return _with_username(entry, place, url, session), is_known


def _username(place: Place, url: Url, options: Options, session: Session, token: bytes = b"") -> bytes:
    """Return the username to keep, or an empty one where the family or the settings have a default."""
    if options.username is not None:
        given = options.username.encode("utf-8", "surrogateescape")
        _check_username(given, place)
        return given
    if place.family.rule != "exact" or options.authtype:
        return b""
    named = url.username or session.settings.username_for(place.scope)
    if not named and stdin_is_terminal():
        session.settings.require_prompts("give --username")
        named = ask(f"Username at {place.scope.text}: ").strip().encode("utf-8", "surrogateescape")
    if not named or has_controls(named):
        other = or_provider(place, url, token, options, session)
        raise UsageError(f"this host needs a username too; give --username NAME{other}")
    return named


def _with_username(entry: Entry, place: Place, url: Url, session: Session) -> Entry:
    """Return an entry with the username that its token needs, if it has none; it is never guessed."""
    if entry.authtype or stored_username(entry, place.family, session.settings):
        return entry
    named = url.username or b""
    if not named and stdin_is_terminal():
        session.settings.require_prompts("give --username")
        named = ask(f"Username at {place.scope.text}: ").strip().encode("utf-8", "surrogateescape")
    if not named:
        bearer = ", or --authtype bearer for a project's" if place.family.says_username else ""
        raise UsageError(f"this token works only with its own username; give --username NAME{bearer}")
    _check_username(named, place)
    return entry._replace(username=named)


def _check_username(given: bytes, place: Place) -> None:
    if not given or len(given) > USERNAME_LIMIT or has_controls(given):
        raise UsageError("that is not a username: it is empty, too long or has control characters")
    if looks_like_any_token(given.partition(b"@")[0]):
        raise UsageError("the username looks like a token; revoke it, and give a new one on standard input")
    if b"@" in given and not needs_own_name(place.scope, b"", place.family):
        before = shown(given.partition(b"@")[0])
        raise UsageError(f'{place.family.title} takes no "@" in a username; give --username {before}')


def _check_options(options: Options) -> None:
    notes = (options.label, *options.permission)
    if not all(map(str.isprintable, notes)):  # nor are the surrogates that stand for bytes beyond UTF-8
        raise UsageError("a label or permission has characters that cannot be shown; leave them out")
    if options.exact and options.replace:
        raise UsageError("--exact and --replace exclude each other; give one of them")
    if options.create and options.sign_in is None and (options.from_env is not None or options.authtype):
        raise UsageError("--create makes the token itself; leave out --from-env and --authtype")
    if options.entra_token_stdin and not options.create and options.sign_in is None:
        raise UsageError("--entra-token-stdin is for --create; leave it out, or give both")


def _is_for_packages(place: Place, options: Options) -> bool:
    if options.purpose is not None and not place.family.package_permissions:
        title = place.family.title
        raise UsageError(f"it is not known which permissions packages need at {title}; leave out --for")
    return options.purpose is not None


def _changes(entry: Entry, family: Family, session: Session) -> list[Change]:
    """Return the changes that keep `entry`."""
    found = _on_host(entry, session)
    here, moved = _here(entry, family, found), _moved(entry, found)
    others = [old for old in found if old not in here and old not in moved]
    return [
        *seed_changes(entry, here, session.settings, session.now),
        *(Change(old, None) for old in moved),
        *overdue(others, session.settings, session.now),
    ]


def _here(entry: Entry, family: Family, found: Sequence[Entry]) -> list[Entry]:
    """Return what `entry` is to answer instead of: all of its scope where usernames do not matter.

    Where they are stored, the same token under another username, or none, is one.
    """

    def gives_way(old: Entry) -> bool:
        is_same = family.rule != "exact" and old.secret == entry.secret
        return old.is_beside(entry) or is_same or (family.rule == "any" and not entry.username)

    here = [old for old in found if old.scope == entry.scope and gives_way(old)]
    return sorted(here, key=lambda old: -old.updated)


def _moved(entry: Entry, found: Sequence[Entry]) -> list[Entry]:
    """Return the copies of the token that are without an organization."""
    unplaced = notices.unplaced_among(found)
    return [old for old in unplaced if old.secret == entry.secret and old.scope != entry.scope]


def _on_host(entry: Entry, session: Session) -> tuple[Entry, ...]:
    return session.backend.find(entry.scope.protocol, entry.scope.host)


def _configure(place: Place, options: Options, session: Session) -> None:
    """Write what Git must know into its configuration."""
    server = place.family.server(place.scope).text
    providers = {} if place.provider is None else {server: place.provider}
    said = configure_git([place.scope], providers, session, configure=options.configure)
    if said:
        say(said)
