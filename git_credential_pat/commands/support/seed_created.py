"""`seed --create`: has the host make the token, and keeps it."""

from time import monotonic

from git_credential_pat import suggest
from git_credential_pat.commands.support.seed_place import Options, Place
from git_credential_pat.commands.support.session import Session
from git_credential_pat.commands.support.signing_in import signing_in
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.hosts.support.lifecycle import (
    Facts,
    Lifecycle,
    SignInRefusedError,
    UnableError,
    Wanted,
)
from git_credential_pat.hosts.support.verdict import Subject
from git_credential_pat.hosts.support.verification import with_base
from git_credential_pat.model.entry import DAY, SECOND, Entry, Seconds
from git_credential_pat.renewal import Around
from git_credential_pat.renewal.asking import TIME_LIMIT, carried_out
from git_credential_pat.renewal.beside import day_of, short_of, usual_name
from git_credential_pat.renewal.creating import create
from git_credential_pat.renewal.rotating import USUAL_DAYS
from git_credential_pat.stdio import notice, say, stdin_is_terminal
from git_credential_pat.system.printing import progress
from git_credential_pat.system.terminal import ask
from git_credential_pat.text import shown


def created_at(place: Place, expires: Seconds | None, options: Options, session: Session) -> Entry:
    """Have a place's host make a token; return its entry, which is kept. Raises PatError if there is none."""
    kind = place.family.lifecycle(b"")
    if not kind.creates:
        raise _unable(place)
    if kind.endless and expires is not None:
        raise UsageError(f"the tokens of {place.family.title} have no end; leave out --days and --expires")
    sign_in = signing_in(session, from_stdin=options.entra_token_stdin)
    around = Around(session.backend, session.settings, session.now, session.web.ask, sign_in)
    lifecycle = _signed_in(place, kind, options, around)
    usual = (*kind.usual_permissions, *(kind.package_permissions if options.purpose else ()))
    wanted = Wanted(
        options.label or usual_name(),
        options.permission or usual,
        expires or Seconds(session.now // SECOND + min(USUAL_DAYS, kind.longest) * DAY),
    )
    entry = Entry(
        place.scope,
        b"",
        b"",
        created=session.now,
        updated=session.now,
        label=options.label,
        pinned=options.pinned,
    )
    with progress(f"Asking {shown(place.scope.host)}", 1):
        made = create(entry, wanted, lifecycle, around, tries=options.verify)
    ends = f"; it ends on {day_of(made.expires)}" if made.expires is not None else ""
    say(f'{place.family.title} made the token "{wanted.name}"{ends}.')
    for clause in short_of(wanted, Facts(permissions=made.permissions, expires=made.expires)):
        notice(f"warning: {clause}")
    return made


def _signed_in(place: Place, kind: type[Lifecycle], options: Options, around: Around) -> Lifecycle:
    """Return the lifecycle of what is to be made, with what its host wants of who has it made."""
    username, password, key = b"", b"", ""
    if kind.creating == "entra":
        key = around.sign_in(place.family.organization(place.scope))
    else:
        username, password = _login(place, options, around)
    subject = Subject(place.scope, username, password)
    subject = with_base(subject, place.family, around.ask, monotonic() + TIME_LIMIT)
    lifecycle = kind(place.family, subject, key=key)
    if kind.creating != "password":
        return lifecycle
    try:
        carried_out(lifecycle.clock(), lifecycle, around)
    except SignInRefusedError as error:
        code = ask("Code of the second factor (Enter if there is none): ", hidden=True).strip()
        if not (code.isascii() and code.isalnum()):
            raise error from None
        return kind(place.family, subject, key=code)
    return lifecycle


def _login(place: Place, options: Options, around: Around) -> tuple[bytes, bytes]:
    """Ask for the username and the password, which is not kept."""
    if not stdin_is_terminal():
        raise UsageError(f"{place.family.title} wants the password; run this on a terminal")
    around.settings.require_prompts("create the token on its page")
    server = place.family.server(place.scope).text
    name = options.username or ask(f"Username at {server}: ").strip()
    password = ask(f"Password at {server} (hidden, and not kept): ", hidden=True)
    if not name or not password:
        raise PatError("no username or no password was given; nothing was changed")
    return name.encode("utf-8", "surrogateescape"), password.encode("utf-8", "surrogateescape")


def _unable(place: Place) -> UnableError:
    page = place.family.token_page(place.scope)
    make = f"create one at {page}, then" if page else "create one, then"
    return UnableError(
        f"{place.family.title} does not let a program make tokens; {make} "
        f"run: {suggest.seed(place.scope.text)}"
    )
