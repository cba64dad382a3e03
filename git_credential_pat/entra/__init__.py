"""Sign-in to Microsoft Entra, for what Azure DevOps lets no personal access token do. One file a way.

Who signs in is a person, in this order:

1. `az`: the Azure CLI, where it is installed and signed in.
2. `tokens`: a token that is given on standard input. Where one is given, no other way is tried.
3. `own`: an app registration of the user's own (`pat.entraClientId`), by the library msal: in the browser,
   or by a code that is entered on another device. Its cache lies where the caller says, in the vault.

Without a person it is a workload, which can read and push but cannot make tokens: `federated` takes the
word of another service, of GitHub or Azure Pipelines say, and `managed` that of the machine's own platform.

Rules: Only the organization's own host (`tenant`) and Entra's fixed hosts are asked, or what the platform
provides on this machine. No redirect is followed. No token is in a command line, in another program's
environment, or in a message; what others say is shown printable, in one line, and without what looks like
a token. No id of Microsoft's own apps is used. Git's operations load nothing of this.
"""

from collections.abc import Callable, Mapping
from math import inf
from os import fsdecode, fsencode
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from git_credential_pat import suggest
from git_credential_pat.errors import PatError, UnreachableError
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.scope import parse_url
from git_credential_pat.stdio import notice
from git_credential_pat.text import printable, shown
from git_credential_pat.web import Question, Reply

if TYPE_CHECKING:
    from git_credential_pat.git.settings import Settings
    from git_credential_pat.model.entry import Seconds

RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"
"""What Entra calls Azure DevOps, in every tenant."""
SCOPE = f"{RESOURCE}/.default"
"""All that the signed-in app may do there."""

Ask = Callable[[Question, float], Reply]
"""Asks a host, until a moment of `time.monotonic`; raises UnreachableError."""


class SignInError(PatError):
    """A way to sign in failed: why, and what to do about it."""

    def __init__(self, why: str, fix: str = "") -> None:
        """Take two clauses, of which the second may be empty."""
        super().__init__(f"{why}; {fix}" if fix else why)
        self.why = why
        self.fix = fix


class AbsentError(SignInError):
    """This way is not there at all, so that its fix is the last to suggest."""


class EntraToken(NamedTuple):
    """A token of Entra's for Azure DevOps, which lives for about an hour."""

    value: str
    """The secret; its text form does not have it."""
    expires: "Seconds"

    def __repr__(self) -> str:
        """Return a text without the token."""
        return f"EntraToken(expires={self.expires})"


class Cache(Protocol):
    """Where the sign-in by an own app registration is kept, from which the next one needs no person."""

    def load(self) -> str:
        """Return what was saved, or an empty text."""

    def save(self, text: str) -> None:
        """Keep a text; may raise PatError."""


class Around(NamedTuple):
    """What the ways need from their caller."""

    environment: Mapping[bytes, bytes]
    settings: "Settings"
    ask: Ask
    ask_directly: Ask
    """The same without any proxy, for what answers on this machine alone."""
    may_ask: bool = False
    """Whether a person is there, who can use a browser or enter a code."""
    cache: Cache | None = None
    say: Callable[[str], None] = notice
    """Shows the person a line."""
    again: str = ""
    """The command by which a person signs in where one is needed; empty: `rotate`."""
    deadline: float = inf
    """The moment of `time.monotonic` at which all must be done, whatever one step may take."""

    def seconds(self, limit: float) -> float:
        """Return the seconds that a step of so many may take, which may be none."""
        return max(0.0, min(limit, self.deadline - monotonic()))

    def variable(self, name: str) -> str:
        """Return a variable of the environment, or an empty text."""
        return fsdecode(self.environment.get(fsencode(name), b""))


def sign_in(organization_url: str, around: Around, tenant: str | None = None) -> EntraToken:
    """Return a token for an organization by the first way that gives one: az, then an own app registration.

    Its host is asked for its tenant where that is not known yet. Raises UnreachableError if the host cannot
    be asked, and SignInError with what was tried.
    """
    from git_credential_pat.entra import az, own
    from git_credential_pat.entra.tenant import tenant_of

    tenant = tenant_of(organization_url, around.ask) if tenant is None else tenant
    client_id = around.settings.entra_client_for(parse_url(organization_url).scope)
    try:
        return az.token(tenant, around)
    except SignInError as error:
        by_az = error
    try:
        return own.token(organization_url, tenant, client_id, around)
    except SignInError as error:
        by_own = error
    nearer = by_own if isinstance(by_az, AbsentError) and not isinstance(by_own, AbsentError) else by_az
    raise SignInError(
        f"cannot sign in to {printable(organization_url)}: {by_az.why}, and {by_own.why}",
        nearer.fix or by_az.fix,
    )


def sign_in_by(way: str, organization_url: str, around: Around, tenant: str | None = None) -> EntraToken:
    """Return a token by a way of `SIGN_INS`; raises as `sign_in` does."""
    from git_credential_pat.entra import federated, managed

    organization = printable(organization_url)
    try:
        if way == PERSON:
            return sign_in(organization_url, around, tenant)
        if way == FEDERATED:
            return federated.token(organization_url, around)
        if way == MANAGED:
            return managed.token(around)
    except SignInError as error:
        if way == PERSON:  # which says all of it
            raise
        raise SignInError(f"cannot sign in to {organization} ({way}): {error.why}", error.fix) from None
    except UnreachableError as error:
        raise UnreachableError(f"cannot sign in to {organization} ({way}): {error}") from None
    raise SignInError(f"this version knows no sign-in {shown(way)} for {organization}", "install a later one")


PERSON, FEDERATED, MANAGED = SIGN_INS = ("entra", "federated", "managed")
"""Who signs in: a person, a workload that another service vouches for, this machine."""

LIMIT = 10.0
"""Seconds for all of a sign-in that Git or another tool waits for."""


def walk(way: str, organization_url: str, around: Around, cache_of: Callable[[str], Cache]) -> EntraToken:
    """Return a token by a way of `SIGN_INS`; `cache_of` gives the cache for a tenant, where one is of use."""
    from git_credential_pat.entra.tenant import tenant_of

    tenant = None
    if way == PERSON and around.settings.entra_client_for(parse_url(organization_url).scope):
        tenant = tenant_of(organization_url, around.ask)
        around = around._replace(cache=cache_of(tenant))
    again = suggest.seed(organization_url, "--sign-in", way)
    return sign_in_by(way, organization_url, around._replace(again=again), tenant)


def from_call(environment: Mapping[bytes, bytes], folder: str, settings: "Settings") -> Around:
    """Return surroundings for a call that Git or another tool waits for: within the limit."""
    return from_web(environment, folder, settings, monotonic() + LIMIT)


def from_web(
    environment: Mapping[bytes, bytes], folder: str, settings: "Settings", deadline: float = inf
) -> Around:
    """Return surroundings that ask hosts as Git would, with paths from `folder`; nobody is there."""
    from git_credential_pat.web.asking import Web  # 100 ms that few commands need

    def until(web: Web) -> Ask:
        return lambda question, end: web.ask(question, min(end, deadline))

    directly = Web({**environment, b"no_proxy": b"*"}, folder)
    ask = until(Web(environment, folder))
    return Around(environment, settings, ask, until(directly), deadline=deadline)


def login(tenant: str) -> str:
    """Return the command that signs az in to a tenant, also where the account has no subscription."""
    of_tenant = ("--tenant", tenant) if tenant else ()
    return suggest.az("login", "--allow-no-subscriptions", *of_tenant, "--scope", SCOPE)
