"""What puts another token in the place of a stored one, as far as that is known without asking its host."""

from git_credential_pat.git.settings import Settings
from git_credential_pat.hosts import family_of
from git_credential_pat.hosts.support.lifecycle import Authority, Facts
from git_credential_pat.hosts.support.verdict import Subject
from git_credential_pat.model.entry import REJECTED, Entry, Nanoseconds
from git_credential_pat.system.processes import find_program


def is_renewable(entry: Entry, settings: Settings) -> bool:
    """Return whether an entry has a token that a person has made, and no program makes again."""
    family = family_of(entry.scope, settings.providers)
    is_token = entry.login is not None and not (entry.is_sign_on or entry.sign_in or entry.is_fleeting)
    return is_token and entry.state != REJECTED and not entry.secret.startswith(tuple(family.short_lived))


def way_of(entry: Entry, settings: Settings, now: Nanoseconds) -> Authority:
    """Return with what a program renews an entry's token; empty if only a person does.

    A token renews itself only while it is valid, and with the permission for that, as far as that is known.
    """
    if not is_renewable(entry, settings) or entry.login is None:
        return ""
    family = family_of(entry.scope, settings.providers)
    lifecycle = family.lifecycle(entry.login[1])(family, Subject(entry.scope, *entry.login))
    known = Facts(permissions=entry.permissions)
    is_dead = lifecycle.authority == "token" and entry.is_expired(now)
    is_placed = entry.scope.path or family.host_covers
    is_able = is_placed and not (is_dead or (known.permissions and lifecycle.obstacle(known)))
    return lifecycle.authority if is_able else ""


def renewer(entry: Entry, settings: Settings, now: Nanoseconds, path: str) -> str:
    """Return, as a clause, what could renew an entry's token on this machine; empty if nothing could.

    `path` is where programs are looked for.
    """
    way = way_of(entry, settings, now)
    if way == "token":
        return "it can renew itself"
    if way == "entra" and find_program("az", path):
        return "the program az can renew it"
    if way == "entra" and settings.entra_client_for(entry.scope):
        return "the sign-in by pat.entraClientId can renew it"
    return ""
