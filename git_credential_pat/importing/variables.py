"""Environment variables in which tools are given tokens. They last no longer than the process.

A token goes to the server that the tools' own variables name, and to no usual one in their place: a tool may
have another in its own configuration, and a token that is sent to a host which is not its own is lost.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from git_credential_pat.errors import PatError
from git_credential_pat.hosts import family_of
from git_credential_pat.hosts.azure_devops_server import is_server_path
from git_credential_pat.hosts.tools import FEED_ENDPOINTS, is_hosted_by_github
from git_credential_pat.importing.support.found import (
    NO_ORGANIZATION,
    Around,
    Found,
    Reading,
    found_at,
    request_of,
)
from git_credential_pat.model.scope import Scope, split_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


_AZURE = "azure-devops-server"


class _Variable(NamedTuple):
    """A variable with a token, those that may name its server or organization, and what runs there."""

    name: str
    beside: tuple[str, ...] = ()
    provider: str = _AZURE
    is_for: Mapping[str, Callable[[bytes], bool]] = {}
    """For which hosts alone a tool takes the token that these variables name."""


def _is_enterprise(host: bytes) -> bool:
    return not is_hosted_by_github(host)


_GITHUB = ("GH_HOST", "GITHUB_SERVER_URL")
_GITLAB = ("GITLAB_HOST", "GL_HOST", "GITLAB_URI", "CI_SERVER_URL")
_GITEA = ("GITEA_SERVER_URL", "GITEA_INSTANCE_URL")
_VARIABLES = (
    _Variable("AZURE_DEVOPS_EXT_PAT"),
    _Variable("AZURE_DEVOPS_PAT"),
    _Variable("AZDO_PERSONAL_ACCESS_TOKEN", ("AZDO_ORG_SERVICE_URL",)),
    _Variable("AZP_TOKEN", ("AZP_URL",)),
    _Variable("GH_TOKEN", _GITHUB, "github", {"GH_HOST": is_hosted_by_github}),
    _Variable("GITHUB_TOKEN", _GITHUB, "github", {"GH_HOST": is_hosted_by_github}),
    _Variable("GH_ENTERPRISE_TOKEN", _GITHUB, "github", dict.fromkeys(_GITHUB, _is_enterprise)),
    _Variable("GITHUB_ENTERPRISE_TOKEN", _GITHUB, "github", dict.fromkeys(_GITHUB, _is_enterprise)),
    _Variable("GITLAB_TOKEN", _GITLAB, "gitlab"),
    _Variable("GITLAB_ACCESS_TOKEN", _GITLAB, "gitlab"),
    _Variable("GITEA_TOKEN", _GITEA, "gitea"),
    _Variable("GITEA_SERVER_TOKEN", _GITEA, "gitea"),
)
_SUBFOLDER = {"GITLAB_HOST": "GITLAB_SUBFOLDER", "GL_HOST": "GITLAB_SUBFOLDER"}
"""Variables that name a host alone, and those with the path on it that the server stands at."""
_JOB = "SYSTEM_ACCESSTOKEN"
_JOBS = {"GITEA_ACTIONS": ("GITHUB_TOKEN", "GITEA_TOKEN"), "FORGEJO_ACTIONS": ("GITHUB_TOKEN", "GITEA_TOKEN")}
"""Variables that say that a job runs, and those that then have its token."""
_OF_A_JOB = "a job's token lasts for minutes"
_MALFORMED = "it is not the JSON that the Azure Artifacts credential provider reads"
_ROWS_FOR = {"azure-devops": _AZURE}
"""The provider of the variables above by that of a public host, where they differ."""


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the tokens in the environment; a place is the URL for those whose own is not named."""
    found = (*_found(around.environment, places[0] if places else ""), *_feeds(around.environment))
    if not found:
        names = ", ".join([*(variable.name for variable in _VARIABLES), *FEED_ENDPOINTS])
        raise PatError(f"no variable holds a token; known are {names}")
    return Reading(found)


def _found(environment: Mapping[str, str], place: str) -> Iterator[Found]:
    of_jobs = {name for job, names in _JOBS.items() if environment.get(job) for name in names}
    there = [variable for variable in _VARIABLES if environment.get(variable.name, "").strip()]
    named = {variable.name: _servers(variable, environment) for variable in there}
    unnamed = {variable.provider for variable in there if not named[variable.name]}
    for variable in there:
        servers = named[variable.name] or ([place] if _is_place_for(variable, place, unnamed) else [])
        if variable.name in of_jobs:
            yield Found(variable.name, reason=_OF_A_JOB)
        elif len(servers) == 1:
            yield found_at(
                variable.name,
                os.fsencode(servers[0]),
                password=os.fsencode(environment[variable.name].strip()),
                provider=variable.provider,
                is_server=variable.provider != _AZURE,
            )
        else:
            yield Found(variable.name, reason=_why_nowhere(variable, servers, place))
    if environment.get(_JOB):
        yield Found(_JOB, reason=_OF_A_JOB)


def _servers(variable: _Variable, environment: Mapping[str, str]) -> list[str]:
    """Return the URLs of the different servers that the variables beside a token name for it."""
    servers: dict[object, str] = {}
    for name in variable.beside:
        value = environment.get(name, "").strip()
        if not value:
            continue
        below = environment.get(_SUBFOLDER.get(name, ""), "").strip("/")
        url = (value if "://" in value else f"https://{value}") + (f"/{below}" if below else "")
        try:
            request = request_of(os.fsencode(url))
        except PatError:
            servers[url] = url
            continue
        if variable.is_for.get(name, bool)(request.host):
            servers[request[:3]] = url
    return [*servers.values()]


def _is_place_for(variable: _Variable, place: str, unnamed: set[str]) -> bool:
    """Tell whether the user's URL is a variable's token's: by its host, else if it can be no other's."""
    if not place:
        return False
    request = request_of(os.fsencode(place))
    family = family_of(Scope(request.protocol, request.host))
    if is_server_path(split_path(request.path or b"") or ()):
        return variable.provider == _AZURE
    if family.name == "generic":
        return len(unnamed) == 1
    return _ROWS_FOR.get(family.name, family.name) == variable.provider


def _why_nowhere(variable: _Variable, servers: Sequence[str], place: str) -> str:
    names = ", ".join(variable.beside)
    if place:
        return f"it may not be for {place}; run: git credential-pat seed URL --from-env {variable.name}"
    if servers:
        return f"{names} name different servers; run: git credential-pat seed URL --from-env {variable.name}"
    if variable.provider == _AZURE:
        return NO_ORGANIZATION
    return f"no variable names a host for it ({names}); run: git credential-pat import environment URL"


def _feeds(environment: Mapping[str, str]) -> Iterator[Found]:
    for name in FEED_ENDPOINTS:
        if not environment.get(name):
            continue
        try:
            rows = json.loads(environment[name])["endpointCredentials"]
            feeds = [(str(row["endpoint"]), row.get("username"), str(row["password"])) for row in rows]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            yield Found(name, reason=_MALFORMED)
            continue
        for number, (endpoint, username, password) in enumerate(feeds, 1):
            yield found_at(
                f"{name}[{number}]",
                os.fsencode(endpoint),
                username=os.fsencode(username) if isinstance(username, str) else None,
                password=os.fsencode(password),
            )
