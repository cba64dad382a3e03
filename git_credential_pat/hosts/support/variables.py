"""The environment variables in which the tools of a host read a token, and what a family says of them."""

import json
from collections.abc import Callable, Iterable, Mapping

from git_credential_pat.hosts.family import Family
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.scope import Scope

FEED_ENDPOINTS = (
    "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS",
    "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS",
)
"""What NuGet's credential provider reads, by the name of today and that of before."""


class Variables(NamedTuple):
    """The names of the variables that hold a token, and the variables that hold something else.

    A token stands only in variables that send it to its own host: where a tool takes the address from another
    variable, that one is set too, or neither. `steering` are those by which some tools find the host: a job's
    own may name another, to which the token would go. They are set where they are there.
    """

    token: tuple[str, ...] = ()
    others: Mapping[str, str] = {}
    steering: Mapping[str, str] = {}


class Source(NamedTuple):
    """A variable in which a tool is given a token, and those that may name its server or organization."""

    name: str
    beside: tuple[str, ...] = ()
    below: Mapping[str, str] = {}
    """The variables with the path that a server stands at, by those that name its host alone."""
    is_for: Mapping[str, Callable[[bytes], bool]] = {}
    """For which hosts alone a tool accepts the token that these variables name."""
    names_server: bool = True
    """Whether the variables beside it name a server, and not an organization or collection."""


def feed_variables(
    feeds: Iterable[str], family: Family, organization: Scope, username: str, token: str
) -> dict[str, str]:
    """Return what NuGet's credential provider reads, for feeds given by URL or by name.

    Raises UsageError for one that is not the organization's, which must not get its token.
    """
    endpoints = [family.feed(feed, organization) for feed in feeds]
    if not endpoints:
        return {}
    credentials = [{"endpoint": endpoint, "username": username, "password": token} for endpoint in endpoints]
    value = json.dumps({"endpointCredentials": credentials}, separators=(",", ":"))
    return dict.fromkeys(FEED_ENDPOINTS, value)
