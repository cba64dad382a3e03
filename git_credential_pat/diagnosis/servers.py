"""What a server asks for that takes Windows logins too (RFC 9110, 11.6.1), and how tokens work there."""

from http import HTTPStatus

from git_credential_pat import suggest
from git_credential_pat.diagnosis.programs import AUTHTYPE_GIT, git_version
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.hosts import Family, family_of
from git_credential_pat.model.finding import Finding, problem
from git_credential_pat.model.request import schemes_of, spend_password
from git_credential_pat.model.scope import Scope
from git_credential_pat.web import Reply

"""The first Git that takes a ready header from a helper, so that NTLM does not get the token."""
_HEADER_ALONE = {"emptyAuth": "false", "proxyAuthMethod": "basic"}
"""What keeps Git and its curl from a Windows login of their own beside the header from a helper.

The second matters without a proxy too: curl that may use Negotiate for one logs in even without a
username, and so by NTLM where the server leaves nothing else.
"""


def about_challenge(scope: Scope, reply: Reply, family: Family, around: Surroundings) -> list[Finding]:
    """Return what is wrong with a server's reply to a request without any token."""
    if reply.status != HTTPStatus.UNAUTHORIZED:
        return []
    challenges = reply.values("www-authenticate")
    schemes = schemes_of(value.encode("utf-8", "replace") for value in challenges)
    has_basic = b"basic" in schemes
    found = []
    obstacle = family.obstacle(scope, reply) if has_basic else ""
    if obstacle:
        found.append(problem(f"possible: {obstacle}", None))
    if spend_password(schemes):
        found += _windows(scope, around, has_basic=has_basic)
    return found


def needs_header(scope: Scope, around: Surroundings) -> bool:
    """Return whether a header in the configuration may be the only way to a server with Windows logins."""
    return family_of(scope, around.settings.providers).forces_basic and git_version(around) < AUTHTYPE_GIT


def _windows(scope: Scope, around: Surroundings, *, has_basic: bool) -> list[Finding]:
    """Return what Git needs to send a token where it would try a Windows login first."""
    found = []
    unset = [] if has_basic else _unset(scope, around)
    if unset:
        found.append(
            problem(
                f"{scope.text} asks for Windows logins only (NTLM, Negotiate), which Git tries before tokens",
                " && ".join(unset),
            )
        )
    if git_version(around) < AUTHTYPE_GIT and not _is_set("extraHeader", "", scope, around):
        found.append(_old_git(scope, around))
    return found


def _unset(scope: Scope, around: Surroundings) -> list[str]:
    """Return the commands for those settings of `_HEADER_ALONE` that are not made."""
    return [
        around.setting(_key(name, scope), value)
        for name, value in _HEADER_ALONE.items()
        if not _is_set(name, value, scope, around)
    ]


def _old_git(scope: Scope, around: Surroundings) -> Finding:
    return problem(
        f"git {around.config.version()} spends tokens for {scope.text} on NTLM, where they fail. Git 2.46 or "
        "newer fixes this. With an older Git only a header works, and this command writes the token "
        "into a config file in plain text",
        suggest.header_into(_key("extraHeader", scope), scope.text),
    )


def _is_set(name: str, value: str, scope: Scope, around: Surroundings) -> bool:
    found = around.config.effective(f"http.{name}", scope.text)
    return found is not None and value in ("", found.lower())


def _key(name: str, scope: Scope) -> str:
    """Return the setting for the whole server: Git compares paths letter by letter, and scopes fold them."""
    return f"http.{scope.server.text}.{name}"
