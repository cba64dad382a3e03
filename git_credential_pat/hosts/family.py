"""What is true of a host family: where a request points, which usernames and tokens fit, what its tools read.

Git waits for this module: what only commands of the user need is imported where they need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_credential_pat.hosts.support.lifecycle import Lifecycle
    from git_credential_pat.hosts.support.packages import Packages
    from git_credential_pat.hosts.support.variables import Source, Variables
    from git_credential_pat.hosts.support.verdict import Asking, Subject
    from git_credential_pat.web import Reply

UsernameRule = Literal["any", "stored", "exact"]
"""How usernames matter.

`any`: the host ignores them, so the request's own is echoed where that is safe.
`stored`: the entry's own is answered; a request's picks an entry if one has it.
`exact`: a request's username must be the entry's, and is answered byte for byte.
"""

Path = tuple[bytes, ...]

_DEEPEST = 3
"""The most segments of a path that a server is looked for at."""


# What a request names of the organization or owner that its host may want:
#
# OWNER  It names one, or the host has none. The entries that cover the request answer.
# HOST   It names the host of owners alone. What is stored for all of the host answers, else the only owner's.
# OPEN   It names none, though the host needs one. A username may name it, else the only one is inferred.
OWNER, HOST, OPEN = "owner", "host", "open"


class Place(NamedTuple):
    """Where a request points.

    `scope` is the canonical scope of the whole request. `own` is where this family keeps a token that
    Git approved and nothing narrower holds. A stored scope covers the request if it covers `scope` and
    has at least `least` segments. `names` is one of the states above. `repository` is the one that the
    request is for, if `scope` lies below it.
    """

    scope: Scope
    own: Scope
    least: int = 0
    names: str = OWNER
    repository: Scope | None = None
    asked: bytes = b""
    """The request's host, where the scope is at another: earlier versions kept entries there."""

    @property
    def open(self) -> bool:
        """Whether the request names no organization, though its host needs one."""
        return self.names == OPEN

    @property
    def exact(self) -> Scope:
        """The repository that the request is for, else all that it names."""
        return self.repository or self.scope


class Family:
    """The generic family, and the base of the others: every path a scope, every username exact."""

    name: ClassVar[str]
    """What `pat.<url>.provider` calls it."""
    title: ClassVar[str]
    """What people call it."""
    rule: ClassVar[UsernameRule] = "exact"
    is_known: ClassVar[bool] = True
    """Whether its hosts are known to take tokens."""
    is_self_hosted: ClassVar[bool] = False
    """Whether people run servers of it, which `is_own` knows by a reply, and which `--provider` is for."""
    usual_names: ClassVar[frozenset[bytes]] = frozenset()
    """The words by which people name its servers, at the start of a label: they suggest it."""
    needs_token: ClassVar[bool] = False
    """Whether its hosts let nobody in without a token."""
    servers: ClassVar[str] = ""
    """The provider of the servers that its tools have the same variables for; empty: its own."""
    configured: ClassVar[tuple[str, ...]] = ()
    """The URLs at which Git is always to ask this helper alone, and to name the path."""
    job_variables: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Variables that are there in its jobs, and those that then have the job's own token."""
    permissions: ClassVar[str] = ""
    """What a token needs for clone and push, in the words of the host's own page."""
    package_permissions: ClassVar[str] = ""
    """What it needs beside them for packages; empty where tokens are not for packages, or nobody knows."""
    forces_basic: ClassVar[bool] = False
    """Whether NTLM or Negotiate beside Basic would swallow the token (RFC 7617 is what we need)."""
    takes_bearer: ClassVar[bool] = False
    """Whether its registries of packages want a token after the word Bearer, and not as a password."""
    nix_format: ClassVar[str] = ""
    """How Nix wants a token of it, with braces in the token's place; empty: Nix does not know its hosts."""
    erases_below: ClassVar[bool] = False
    """Whether a rejection without path and password is for every path, as with Git's own helpers."""
    says_username: ClassVar[bool] = False
    """Whether a host says, when it verifies a token, with which username it works."""
    host_covers: ClassVar[bool] = True
    """Whether an entry of the bare host is for every organization of it."""
    short_lived: ClassVar[Mapping[bytes, str]] = {}
    """How tokens begin that end so soon that none is worth importing, and what they are."""
    signs_in: ClassVar[bool] = False
    """Whether its hosts also take tokens of Entra's, to which `seed --sign-in` stores the way."""
    global_end: ClassVar[str] = ""
    """The day from which tokens for several organizations fail, `YYYY-MM-DD`; empty: they do not."""
    repository_tokens: ClassVar[tuple[bytes, ...]] = ()
    """How tokens begin that may be good for one repository alone."""
    selective_tokens: ClassVar[tuple[bytes, ...]] = ()
    """How tokens begin that their owner may have made for some of his repositories, or for all."""

    def __init__(self, base: Path = ()) -> None:
        """Take the path on its host that the server stands at, in the capitals that it was given in."""
        self.base = base

    def is_named(self, provider: str) -> bool:
        """Return whether this is what a `pat.<url>.provider` names."""
        return self.name == provider

    def is_read_for(self, provider: str) -> bool:
        """Return whether its tokens stand in the variables of the servers that a provider names."""
        return (self.servers or self.name) == provider

    def locate(self, protocol: bytes, host: bytes, path: Path | None) -> Place | None:
        """Return where a request points, or None where nothing may be answered, stored or erased."""
        scope = Scope(protocol, host, path or ())
        return Place(scope, own=scope)

    def counts_as(self, stored: Scope) -> Scope:
        """Return the scope that a stored one counts as: earlier versions knew less of some hosts."""
        return stored

    def owner_of_packages(self, url: Scope) -> Scope | None:
        """Return whose packages an address is of, at the host of the owner's token; None for other addresses.

        It is the server where the address names no owner, and the clone address where it names a repository.
        Only a family with owners in its paths has such addresses; those of others are as their other ones.
        """
        del url
        return None

    def meant(self, url: Scope) -> Scope:
        """Return what a URL means that a person copied: the address of an owner's page means the owner.

        Raises PatError for a page that is no owner's.
        """
        return url

    def seed_scope(self, protocol: bytes, host: bytes, path: Path) -> Scope:
        """Return the scope that `seed URL` means; raise PatError if the URL names none."""
        place = self.locate(protocol, host, path)
        if place is None:
            raise PatError(
                f"{self.title} has no tokens for this address; give an https URL of the organization"
            )
        return place.own

    def seeds_at(self, url: Scope, token: bytes) -> Scope:
        """Return where `seed URL` keeps a token; raise PatError if the URL names no place."""
        place = self.locate(*url) if self.is_for_repository(token) else None
        return self.kept_at(place, token) if place else self.seed_scope(*url)

    def exact_at(self, url: Scope) -> Scope:
        """Return exactly what `seed --exact URL` names: the repository, else what its path means."""
        place = self.locate(*url._replace(path=self.repository_at(url) or url.path))
        return place.exact if place and not place.open else self.seed_scope(*url)

    def kept_at(self, place: Place, token: bytes) -> Scope:
        """Return where this family keeps a token that is accepted at a place and held nowhere yet."""
        if place.open or not self.is_for_repository(token):
            return place.own
        return place.exact

    def is_for_repository(self, token: bytes) -> bool:
        """Return whether a token may be good for one repository alone, so that it is none of its owner's."""
        return token.startswith(self.repository_tokens)

    def base_of(self, path: Path) -> Path:
        """Return the path that a server stands at, as far as the path of an address below it says."""
        del path
        return ()

    def bases(self, path: Path) -> Iterable[Path]:
        """Give the paths at which a server may stand that an address is of, the likeliest first."""
        below = (path[:length] for length in range(min(len(path), _DEEPEST) + 1))
        return dict.fromkeys((self.base_of(path), *below))

    def has_path(self, path: Path) -> bool:
        """Return whether a path is of a kind that only servers of this family have."""
        del path
        return False

    def repository_in(self, path: Path) -> Path:
        """Return the path of the repository that a URL's path names, or nothing."""
        return path

    def repository_at(self, url: Scope) -> Path:
        """Return the path of the repository that a URL names, or nothing: that of packages names none."""
        return () if self.owner_of_packages(url) else self.repository_in(url.path)

    def needing_path(self, scope: Scope) -> tuple[str, ...]:
        """Return the URLs of hosts whose requests must name their path, or no entry of `scope` answers."""
        return (scope.server.text,) if scope.path and not self.configured else ()

    def configured_for(self, scope: Scope) -> tuple[str, ...]:
        """Return what `configured` is where Git is to ask this helper alone for one organization."""
        if not scope.path:
            return ()
        name = scope.path[0].decode("ascii")
        return tuple(f"{url}/{name}" for url in self.configured if "*" not in url)

    def server(self, scope: Scope) -> Scope:
        """Return the address of the server that a scope is at: its interface and pages lie below it."""
        return scope._replace(path=self.base)

    def organization(self, scope: Scope) -> Scope:
        """Return the scope that counts as one candidate when an organization must be inferred."""
        return scope

    def named_by(self, username: bytes) -> Scope | None:
        """Return the organization's scope that a username may name, or None if it cannot name one."""
        del username
        return None

    def default_username(self, token: bytes) -> bytes:
        """Return the username for an entry that was stored without one."""
        del token
        return b""

    def username_at(self, scope: Scope, token: bytes) -> bytes:
        """Return the username for a token that has none; empty where only its owner's own will do."""
        del scope
        return self.default_username(token)

    def looks_like_token(self, value: bytes) -> bool:
        """Return whether a value has the shape of one of this host's tokens."""
        del value
        return False

    def expects_token(self, value: bytes) -> bool:
        """Return whether a token may well be one of this host's; only a warning hangs on it."""
        return self.looks_like_token(value)

    def may_be_global(self, token: bytes) -> bool:
        """Return whether a token that is stored for several organizations is one that `global_end` is for."""
        return bool(token) and not token.startswith(tuple(self.short_lived))

    def token_page(self, scope: Scope) -> str | None:
        """Return the page where the user makes a token for `scope`, if it is known."""
        del scope
        return None

    def renewal_page(self, scope: Scope, token: bytes, name: str, permissions: Iterable[str]) -> str | None:
        """Return the page where the user makes the next token in the place of one; nothing of it is in there.

        What the page takes in its link is filled in: the name at the host, and the permissions.
        """
        del token, name, permissions
        return self.token_page(scope)

    def user_in(self, owner: str) -> str:
        """Return whose token it is, of what the host says of a token's owner; empty if it does not say."""
        return owner

    def lacking(self, permissions: Iterable[str], before: Iterable[str]) -> list[str]:
        """Return the permissions of a token that its successor has neither by name nor by a wider one."""
        known = {*permissions}
        return [one for one in before if not known & {one, *_wider(one)}]

    def package_token_page(self, scope: Scope) -> str | None:
        """Return the page where the user makes a token that packages take, if it is known."""
        return self.token_page(scope)

    def package_obstacle(self, token: bytes, permissions: Iterable[str] = ()) -> str:
        """Return, as half a sentence, why a token cannot read packages; nothing if it can, or nobody knows.

        `permissions` are those that the host reports, if it does.
        """
        del token, permissions
        return ""

    def verify(self, subject: Subject) -> Asking:
        """Ask the host whether a token works; without an interface, as Git would ask a repository."""
        from git_credential_pat.hosts.support import repository

        return (yield from repository.verify(subject))

    def lifecycle(self, token: bytes) -> type[Lifecycle]:
        """Return what its hosts let a program do with such a token; by default a person does everything."""
        from git_credential_pat.hosts.support.lifecycle import Lifecycle

        del token
        return Lifecycle

    def is_own(self, reply: Reply) -> bool:
        """Return whether a refusal is that of a server of this family, and of no other application."""
        del reply
        return False

    def also_asked(self, server: Scope) -> str:
        """Return the only other server that a token of a server goes to, its interface; or nothing."""
        del server
        return ""

    def probe(self, scope: Scope) -> str:
        """Return the URL by which it is tried, without a token, whether a server answers."""
        return f"{scope.server.text}/"

    def obstacle(self, scope: Scope, reply: Reply) -> str:
        """Return what stands before a server and takes its tokens, by its reply to a request without one."""
        del scope, reply
        return ""

    def sources(self) -> tuple[Source, ...]:
        """Return the variables in which its tools are given tokens, for `import`."""
        return ()

    def variables(self, organization: Scope) -> Variables:
        """Return the variables that its tools read, for `exec` with a token of `organization`."""
        from git_credential_pat.hosts.support.variables import Variables

        del organization
        return Variables()

    def packages(self, organization: Scope) -> Packages:
        """Return where the packages of an organization lie, for tools that are configured by places."""
        from git_credential_pat.hosts.support.packages import Packages

        return Packages((organization.host.decode("ascii", "backslashreplace"),))

    def feed(self, feed: str, organization: Scope) -> str:
        """Return the URL of a feed of packages that is given by URL or by name.

        Raises UsageError for one that is not the organization's, which must not get its token.
        """
        del feed, organization
        raise UsageError("--feed works only for an organization of Azure DevOps; leave it out")


def _wider(permission: str) -> Iterable[str]:
    """Give the names of permissions that have another in them, as most hosts name them: write has read."""
    levels = ("read", "write", "admin")
    for at, level in enumerate(levels):
        if level in permission:
            yield from (permission.replace(level, wider, 1) for wider in levels[at + 1 :])


class OwnedPaths(Family):
    """The base of the code hosts whose first path segment owns what lies below it, in any case of letters."""

    is_self_hosted: ClassVar[bool] = True
    owner_pages: ClassVar[frozenset[bytes]] = frozenset()
    """How the paths of pages begin that go on with an owner; no owner has such a name."""
    other_pages: ClassVar[frozenset[bytes]] = frozenset()
    """How the paths of pages begin that are no owner's, such as a user's settings."""

    def at_packages(self, protocol: bytes, host: bytes, path: Path | None) -> Place | None:
        """Return the place of an address of packages, or None for any other."""
        owner = self.owner_of_packages(Scope(protocol, host, path or ()))
        if owner is None:
            return None
        return self.owned(*owner)._replace(asked=host if host != owner.host else b"")

    def counts_as(self, stored: Scope) -> Scope:
        """Know the scopes of versions to which the hosts of packages were any other host."""
        place = self.at_packages(*stored)
        return place.scope if place and place.asked else stored

    def seed_scope(self, protocol: bytes, host: bytes, path: Path) -> Scope:
        """Take an address of packages for their owner's; refuse one that says nothing of the owner."""
        owner = self.owner_of_packages(Scope(protocol, host, path))
        if owner is None:
            return super().seed_scope(protocol, host, path)
        if path and len(owner.path) == len(self.base):
            raise self.without_owner(Scope(protocol, host))
        return self.seed_scope(*owner)

    def meant(self, url: Scope) -> Scope:
        """Take what is before the owner off the address of a page."""
        start = len(self.base)
        before, below = url.path[:start], url.path[start:]
        first = below[0].lower() if below else b""
        if first in self.owner_pages and len(below) > 1:
            return url._replace(path=before + self.owner_in(below[1:]))
        if first in self.owner_pages or first in self.other_pages:
            raise self.without_owner(url)
        return url

    def without_owner(self, url: Scope) -> PatError:
        """Return the message about a page that is no owner's."""
        example = f"{self.server(url.server).text}/OWNER"
        return PatError(f"that page of {self.title} is no owner's; give an owner's URL, such as {example}")

    def owner_in(self, path: Path) -> Path:
        """Return the owner in the rest of a page's path, which begins with it."""
        return path[:1]

    def locate(self, protocol: bytes, host: bytes, path: Path | None) -> Place | None:
        """Return the place below the owner."""
        return self.at_packages(protocol, host, path) or self.owned(protocol, host, path)

    def owned(self, protocol: bytes, host: bytes, path: Path | None) -> Place:
        """Return the place of a path below its first segment, the owner."""
        start = len(self.base)
        scope = Scope(protocol, host, _folded(path or ()))
        depth = start + self.repository_depth((path or ())[start:])
        return Place(
            scope,
            own=scope._replace(path=scope.path[: start + 1]),
            names=OWNER if len(scope.path) > start else HOST,
            repository=scope._replace(path=scope.path[:depth]),
        )

    def organization(self, scope: Scope) -> Scope:
        """Return the owner's scope."""
        return scope._replace(path=scope.path[: len(self.base) + 1])

    def repository_depth(self, path: Path) -> int:
        """Return how many segments of a path below the server name a repository: its owner and itself."""
        del path
        return 2

    def repository_in(self, path: Path) -> Path:
        """Return what is before the pages of a repository: up to `.git`, else its owner and itself."""
        ends = [at for at, segment in enumerate(path, 1) if segment.endswith(b".git")]
        depth = len(self.base) + 2
        end = ends[0] if ends else depth
        return path[:end] if len(path) >= max(end, depth) else ()


def without_registry(path: Path) -> Path:
    """Return the name in a path of a registry of containers, whose interface has `v2` before it (OCI)."""
    return path[1:] if path[:1] == (b"v2",) else path


def _folded(path: Path) -> Path:
    """Return a path without capitals; `.git` at a segment's end is no part of a name."""
    return tuple(segment.lower().removesuffix(b".git") or segment for segment in path)
