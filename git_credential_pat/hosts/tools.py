"""The environment variables from which the tools of a host read a token.

`_READERS` is the table of them, by family. A token stands only in variables that send it to its own
host: where a tool takes the address from another variable, that one is set too, or neither. Nothing of
this is loaded on Git's path.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from git_credential_pat.errors import UsageError
from git_credential_pat.hosts import Family
from git_credential_pat.model.scope import Scope, parse_url
from git_credential_pat.text import shown

_GITHUB = b"github.com"
_GITHUB_TENANT = b".ghe.com"
_COLLECTION = ("SYSTEM_COLLECTIONURI", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI")
FEED_ENDPOINTS = (
    "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS",
    "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS",
)
"""What NuGet's credential provider reads, by the name of today and that of before."""


class Variables(NamedTuple):
    """The names of the variables that hold a token, and the variables that hold something else.

    `steering` are those by which some tools find the host: a job's own may name another, to which the token
    would go. They are set where they are there.
    """

    token: tuple[str, ...] = ()
    others: Mapping[str, str] = {}
    steering: Mapping[str, str] = {}


def variables_for(family: Family, organization: Scope) -> Variables:
    """Return what the tools of a family read, for a token of `organization`; nothing for an unknown one."""
    reader = _READERS.get(family.name)
    return reader(family, organization) if reader else Variables()


def feed_variables(
    feeds: Iterable[str], family: Family, organization: Scope, username: str, token: str
) -> dict[str, str]:
    """Return what NuGet's credential provider reads, for feeds given by URL or by name.

    Raises UsageError for one that is not the organization's, which must not get its token.
    """
    import json  # not at the top: this package is on Git's path

    endpoints = [_endpoint(feed, family, organization) for feed in feeds]
    if not endpoints:
        return {}
    credentials = [{"endpoint": endpoint, "username": username, "password": token} for endpoint in endpoints]
    value = json.dumps({"endpointCredentials": credentials}, separators=(",", ":"))
    return dict.fromkeys(FEED_ENDPOINTS, value)


def _endpoint(feed: str, family: Family, organization: Scope) -> str:
    if family.name != "azure-devops" or not organization.path:
        raise UsageError("--feed is for an organization of Azure DevOps; leave it out")
    if "://" in feed:
        _check_feed(feed, family, organization)
        return feed
    if not feed.strip(".") or not feed.isprintable() or any(character in feed for character in "/\\:?#%"):
        raise UsageError(f'"{shown(feed)}" is no name of a feed; give its URL or its name')
    name = organization.path[0].decode("ascii")
    return f"https://pkgs.dev.azure.com/{name}/_packaging/{quote(feed, safe='@')}/nuget/v3/index.json"


def _check_feed(feed: str, family: Family, organization: Scope) -> None:
    """Refuse a feed elsewhere, and a URL that another program could read otherwise than this one."""
    scope, userinfo = parse_url(feed)
    if (
        userinfo is not None
        or not feed.isascii()
        or any(not "!" <= mark <= "~" or mark in '\\"<>^`{|}' for mark in feed)
    ):
        raise UsageError(
            "the feed's URL holds a username or an odd character; give it as the feed's page shows it"
        )
    place = family.locate(scope.protocol, scope.host, scope.path)
    if place is None or family.organization(place.scope) != organization:
        raise UsageError(
            f"the feed {shown(feed)} is not of {organization.text}, and must not get its token; "
            "give one of that organization"
        )


def is_hosted_by_github(host: bytes) -> bool:
    """Tell whether gh takes the token for a host from GH_TOKEN, and not from GH_ENTERPRISE_TOKEN."""
    return host == _GITHUB or host.endswith(_GITHUB_TENANT)


def _azure_devops(family: Family, organization: Scope) -> Variables:
    del family
    token = ("AZURE_DEVOPS_EXT_PAT", "AZURE_DEVOPS_PAT", "SYSTEM_ACCESSTOKEN")
    if not organization.path:  # then Terraform could send the token to another one
        return Variables(token)
    steering = dict.fromkeys(_COLLECTION, f"{organization.text}/")
    others = {"AZDO_ORG_SERVICE_URL": organization.text}
    return Variables((*token, "AZDO_PERSONAL_ACCESS_TOKEN"), others, steering)


def _azure_devops_server(family: Family, server: Scope) -> Variables:
    steering = dict.fromkeys(_COLLECTION, f"{server.text}/") if len(server.path) > len(family.base) else {}
    return Variables(("AZURE_DEVOPS_EXT_PAT", "AZURE_DEVOPS_PAT", "SYSTEM_ACCESSTOKEN"), {}, steering)


def _github(family: Family, owner: Scope) -> Variables:
    server = family.server(owner).text
    host = owner.host.decode("ascii")
    is_hosted = is_hosted_by_github(owner.host)
    api = f"https://api.{host}" if is_hosted else f"{server}/api/v3"
    graph = f"{api}/graphql" if is_hosted else f"{server}/api/graphql"
    steering = {"GITHUB_SERVER_URL": server, "GITHUB_API_URL": api, "GITHUB_GRAPHQL_URL": graph}
    token = ("GH_TOKEN", "GITHUB_TOKEN") if is_hosted else ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
    return Variables(token, {"GH_HOST": host}, steering)


def _gitlab(family: Family, group: Scope) -> Variables:
    server = family.server(group)
    below = server.text.removeprefix(server._replace(path=()).text).strip("/")
    host = {"GITLAB_HOST": server._replace(path=()).text}
    steering = {
        **dict.fromkeys(("CI_SERVER_URL", "GITLAB_URI", "GITLAB_URL", "GL_URL"), server.text),
        "CI_API_V4_URL": f"{server.text}/api/v4",
        "GL_HOST": server.text,
        "GITLAB_SUBFOLDER": below,
    }
    return Variables(("GITLAB_TOKEN",), {**host, "GITLAB_SUBFOLDER": below} if below else host, steering)


def _gitea(family: Family, owner: Scope) -> Variables:
    server = family.server(owner).text
    return Variables(
        ("GITEA_TOKEN", "GITEA_SERVER_TOKEN"), {"GITEA_INSTANCE_URL": server, "GITEA_SERVER_URL": server}
    )


_READERS: dict[str, Callable[[Family, Scope], Variables]] = {
    "azure-devops": _azure_devops,
    "azure-devops-server": _azure_devops_server,
    "github": _github,
    "gitlab": _gitlab,
    "gitea": _gitea,
}
