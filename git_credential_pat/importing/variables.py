"""Environment variables in which tools are given tokens. They last no longer than the process."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

from git_credential_pat.errors import PatError
from git_credential_pat.hosts.tools import FEED_ENDPOINTS
from git_credential_pat.importing.found import NO_ORGANIZATION, Around, Found, Reading, found_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class _Variable(NamedTuple):
    """A variable with a token, those that may hold its URL, and the URL without them."""

    name: str
    beside: tuple[str, ...] = ()
    url: str = ""
    provider: str = "azure-devops-server"


_VARIABLES = (
    _Variable("AZURE_DEVOPS_EXT_PAT"),
    _Variable("AZURE_DEVOPS_PAT"),
    _Variable("AZDO_PERSONAL_ACCESS_TOKEN", ("AZDO_ORG_SERVICE_URL",)),
    _Variable("AZP_TOKEN", ("AZP_URL",)),
    _Variable("GH_TOKEN", (), "https://github.com"),
    _Variable("GITHUB_TOKEN", (), "https://github.com"),
    _Variable("GITLAB_TOKEN", ("CI_SERVER_URL", "GITLAB_HOST"), "https://gitlab.com", "gitlab"),
)
_JOB = "SYSTEM_ACCESSTOKEN"
_MALFORMED = "it is not the JSON that the Azure Artifacts credential provider reads"


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the tokens in the environment; a place is the URL for those that name no organization."""
    place = places[0] if places else ""
    found = (*_found(around.environment, place), *_feeds(around.environment))
    if not found:
        names = ", ".join([*(variable.name for variable in _VARIABLES), *FEED_ENDPOINTS])
        raise PatError(f"no variable holds a token; known are {names}")
    return Reading(found)


def _found(environment: Mapping[str, str], place: str) -> Iterator[Found]:
    for variable in _VARIABLES:
        token = environment.get(variable.name, "").strip()
        if not token:
            continue
        named = next((environment[name] for name in variable.beside if environment.get(name)), variable.url)
        url = named if "://" in named or not named else f"https://{named}"
        if not (url or place):
            yield Found(variable.name, reason=NO_ORGANIZATION)
            continue
        provider = variable.provider
        yield found_at(
            variable.name, os.fsencode(url or place), password=os.fsencode(token), provider=provider
        )
    if environment.get(_JOB):
        yield Found(_JOB, reason="a job's token lasts for minutes")


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
