"""What `seed --sign-in` stores: no token but the way to one, which is walked once to see that it works."""

from git_credential_pat.commands.support.seed_place import Options, Place
from git_credential_pat.commands.support.session import Session
from git_credential_pat.commands.support.verifying import checked, with_answer
from git_credential_pat.errors import UsageError
from git_credential_pat.hosts.support import repository
from git_credential_pat.model.entry import Entry
from git_credential_pat.stdio import stdin_is_terminal


def sign_in_at(place: Place, way: str, options: Options, session: Session) -> Entry:
    """Return the entry of a sign-in; raise PatError if it leads to no token, or the host refuses that."""
    if not place.family.signs_in:
        raise UsageError("only Azure DevOps Services takes a sign-in to Entra; leave out --sign-in")
    _check_options(options)
    entry = Entry(
        place.scope,
        b"",
        b"",
        created=session.now,
        updated=session.now,
        label=options.label,
        permissions=options.permission,
        sign_in=way,
    )
    if not options.verify:
        return entry
    may_ask = stdin_is_terminal() and not session.settings.no_prompt
    signed_in = session.signed_in(entry, may_ask=may_ask)
    remote = repository.named_by(place.named, place.family)
    answered = with_answer(entry, checked(signed_in, place.family, remote, session))
    return answered._replace(username=b"", authtype=b"", expires=None)


def _check_options(options: Options) -> None:
    """Refuse what says something of a token."""
    given = {
        "--username": options.username,
        "--expires": options.expires,
        "--days": options.days,
        "--pinned": options.pinned,
        "--exact": options.exact,
        "--replace": options.replace,
        "--from-env": options.from_env,
        "--for": options.purpose,
        "--authtype": options.authtype,
        "--create": options.create,
        "--entra-token-stdin": options.entra_token_stdin,
    }
    named = next((name for name, value in given.items() if value not in (None, False)), None)
    if named is not None:
        raise UsageError(f"--sign-in stores no token; leave out {named}")
