"""Bitbucket, Cloud and Data Center: a token's shape decides which username goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from git_credential_pat.hosts.family import OwnedPaths, Path, Place, UsernameRule
from git_credential_pat.model.entry import BEARER
from git_credential_pat.model.scope import Scope, ascii_folded

if TYPE_CHECKING:
    from git_credential_pat.hosts.support.verdict import Asking, Subject, Verdict
    from git_credential_pat.web import Reply

_API = b"ATATT3"
_ACCESS = b"ATCTT3"
_APP_PASSWORD = b"ATBB"
_DATA_CENTER = b"BBDC-"
_CLOUD = b"bitbucket.org"
_CLONES = b"scm"
"""What stands before the project in the clone addresses of a Data Center."""
_CLONE = 3
"""How many segments a clone address has: `scm`, the project and the repository."""
_PAGES = {b"projects": b"", b"users": b"~"}
"""What stands before a project or a user in the addresses of its pages, and the mark of a user's project."""

_OK = 200
_REFUSED = (401, 403)


class Bitbucket(OwnedPaths):
    """bitbucket.org, and Bitbucket Data Center by `pat.<url>.provider`."""

    name: ClassVar[str] = "bitbucket"
    title: ClassVar[str] = "Bitbucket"
    usual_names: ClassVar[frozenset[bytes]] = frozenset((b"bitbucket", b"stash"))
    rule: ClassVar[UsernameRule] = "stored"
    says_username: ClassVar[bool] = True
    permissions: ClassVar[str] = "read:repository:bitbucket and write:repository:bitbucket"
    owner_pages: ClassVar[frozenset[bytes]] = frozenset((b"workspace", b"workspaces"))
    other_pages: ClassVar[frozenset[bytes]] = frozenset(
        b"account admin dashboard plugins profile repo site".split()
    )
    repository_tokens: ClassVar[tuple[bytes, ...]] = (_ACCESS,)
    selective_tokens: ClassVar[tuple[bytes, ...]] = (_DATA_CENTER,)  # a repository's has the same form

    def locate(self, protocol: bytes, host: bytes, path: Path | None) -> Place | None:
        """Return the place below the workspace; on a Data Center below the project, which `scm` is before."""
        below = _clone_path(ascii_folded(path or ())[len(self.base) :])
        if host == _CLOUD or below[:1] != (_CLONES,):
            return self.owned(protocol, host, path)
        clones = OwnedPaths((*self.base, _CLONES))
        return clones.owned(protocol, host, self.base + below)

    def meant(self, url: Scope) -> Scope:
        """Refuse the pages of all projects and of all users, too."""
        below = ascii_folded(url.path[len(self.base) :])
        if url.host != _CLOUD and len(below) == 1 and below[0] in _PAGES:
            raise self.without_owner(url)
        return super().meant(url)

    def base_of(self, path: Path) -> Path:
        """Return what is before the part of a Data Center's address that its every address has."""
        folded = ascii_folded(path)
        marks = [folded.index(mark) for mark in (_CLONES, *_PAGES) if mark in folded]
        return path[: min(marks, default=0)]

    def default_username(self, token: bytes) -> bytes:
        """Return bitbucket.org's username for API tokens, or for those of repositories and workspaces."""
        return b"x-bitbucket-api-token-auth" if token.startswith(_API) else b"x-token-auth"

    def username_at(self, scope: Scope, token: bytes) -> bytes:
        """Return nothing for a Data Center, which takes a token with its owner's own username alone."""
        return self.default_username(token) if scope.host == _CLOUD else b""

    def looks_like_token(self, value: bytes) -> bool:
        """Know the tokens of both; app passwords (`ATBB`) no longer work anywhere."""
        return value.startswith((_API, _ACCESS, _DATA_CENTER))

    def repository_in(self, path: Path) -> Path:
        """Return the clone address of a Data Center's page, too, without what is below it."""
        start = len(self.base or self.base_of(path))
        below = path[start:]
        if below[:1] and below[0].lower() in _PAGES:
            below = _clone_path((below[0].lower(), *below[1:]))
        elif below[:1] != (_CLONES,):
            return super().repository_in(path)
        return path[:start] + below[:_CLONE] if len(below) >= _CLONE else ()

    def token_page(self, scope: Scope) -> str | None:
        """Return the page of the user's account."""
        if scope.host == _CLOUD:
            return "https://id.atlassian.com/manage-profile/security/api-tokens"
        return f"{self.server(scope).text}/plugins/servlet/access-tokens/manage"

    def also_asked(self, server: Scope) -> str:
        """Return the interface of bitbucket.org."""
        is_there = server.protocol == b"https" and server.host == _CLOUD
        return server._replace(host=b"api." + _CLOUD, path=()).text if is_there else ""

    def verify(self, subject: Subject) -> Asking:
        """Ask as the host and the token's prefix say."""
        from git_credential_pat.hosts.support import repository
        from git_credential_pat.hosts.support.verdict import invalid, member, not_verified, refused, valid
        from git_credential_pat.web import Question

        if subject.scope.host != _CLOUD:
            return (yield from self._verify_at_data_center(subject))
        if subject.token.startswith(_APP_PASSWORD):
            return invalid(
                "it is an app password, which Bitbucket rejects since 2026-07-28; create an API token"
            )
        if subject.token.startswith(_API):
            if subject.remote is not None:
                return (yield from repository.verify(subject))
            why = "Bitbucket checks API tokens only with the account's e-mail address"
            return not_verified(f"{why}{repository.GIVE_CLONE_URL}")
        url = f"{self.also_asked(subject.scope)}/2.0/user"
        reply = yield Question(url, subject.bearer())
        if reply.status != _OK:
            return refused(reply)
        return valid(member(reply.json(), "display_name"))

    def is_own(self, reply: Reply) -> bool:
        """Return whether a reply is a Data Center's: a page of its kind, or a fault of its own name.

        Its headers are those of all of Atlassian's servers, of which several may share a host.
        """
        from git_credential_pat.hosts.support.verdict import member

        facts = reply.json()
        errors = member(facts, "errors")
        faults = [member(error, "exceptionName") for error in errors] if isinstance(errors, list) else []
        is_page = isinstance(facts, dict) and {"isLastPage", "values"} <= facts.keys()
        return is_page or any("bitbucket" in fault for fault in faults if isinstance(fault, str))

    def _verify_at_data_center(self, subject: Subject) -> Asking:
        """Ask by Bearer, which each token works by, whose it is; then whether that name goes with it."""
        from urllib.parse import unquote

        from git_credential_pat.hosts.support.verdict import not_verified, printable, refused, valid
        from git_credential_pat.web import Question

        url = f"{subject.server}/rest/api/1.0/projects?limit=1"
        reply = yield Question(url, subject.bearer())
        if reply.status != _OK:
            return refused(reply, stranger="" if self.is_own(reply) else "Bitbucket")
        if not isinstance(reply.json(), dict):
            return not_verified("the answer is not that of Bitbucket")
        name = unquote(reply.value("x-ausername"))
        if not name or name != printable(name):
            return not_verified("the host does not say whose it is, and answers anyone")
        if subject.authtype:  # this is how Git sends it
            return valid(name)
        by_name = yield Question(url, subject.as_git(name.encode()))
        return _by_name(subject, name, by_name)


def _by_name(subject: Subject, name: str, reply: Reply) -> Verdict:
    """Return the verdict on a token by the reply to it as the password of its own user.

    That works for people alone. The user of a project's or a repository's token cannot sign in: Git needs to
    send such a token by Bearer.
    """
    from dataclasses import replace

    from git_credential_pat import suggest
    from git_credential_pat.hosts.support.verdict import invalid, refused, valid

    given, place = subject.username.decode("utf-8", "replace"), subject.scope.text
    if reply.status not in (_OK, *_REFUSED):
        return refused(reply)
    is_person = reply.status == _OK
    if not given:
        known = valid(name)
        return replace(known, username=name.encode()) if is_person else replace(known, authtype=BEARER)
    if not is_person:
        again = suggest.seed(place, "--authtype", "bearer")
        return invalid(f"the host takes it by Bearer alone, as that of a project; run: {again}")
    if given.lower() != name.lower():
        again = suggest.seed(place, "--username", name)
        return invalid(f"it works only with its owner's username; run: {again}")
    return valid(name)


def _clone_path(below: Path) -> Path:
    """Return the path of a clone address for that of a page: `projects/P/repos/R` is `scm/P/R`."""
    if below[:1] and below[0] in _PAGES and len(below) > 1:
        return (_CLONES, _PAGES[below[0]] + below[1], *below[3:])
    return below
