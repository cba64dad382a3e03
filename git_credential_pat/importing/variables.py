"""Environment variables in which tools are given tokens. They last no longer than the process.

A token goes to the server that the tools' own variables name, and to no usual one in their place: a tool may
have another in its own configuration, and a token that is sent to a host which is not its own is lost.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import families, family_by_path, family_of
from git_credential_pat.hosts.support.variables import FEED_ENDPOINTS, Source
from git_credential_pat.importing.support.found import (
    NO_ORGANIZATION,
    Around,
    Found,
    Reading,
    found_at,
    request_of,
)
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.scope import Scope, split_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class _Variable(NamedTuple):
    """A variable with a token, and the provider of the servers whose tools read it."""

    source: Source
    provider: str


_OF_A_JOB = "a job's token lasts for minutes"
_MALFORMED = "it is not the JSON that the Azure Artifacts credential provider reads"


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the tokens in the environment; a place is the URL for those whose own is not named."""
    found = (*_found(around.environment, places[0] if places else ""), *_feeds(around.environment))
    if not found:
        names = ", ".join([*(variable.source.name for variable in _variables()), *FEED_ENDPOINTS])
        raise PatError(f"no variable has a token; known variables: {names}")
    return Reading(found)


def _variables() -> tuple[_Variable, ...]:
    """Return what the tools of all families read."""
    return tuple(_Variable(source, family.name) for family in families() for source in family.sources())


def _of_jobs(environment: Mapping[str, str]) -> list[str]:
    """Return the variables with the token of the job that runs."""
    rows = [row for family in families() for row in family.job_variables.items()]
    return [*dict.fromkeys(name for job, names in rows if environment.get(job) for name in names)]


def _found(environment: Mapping[str, str], place: str) -> Iterator[Found]:
    of_jobs, variables = _of_jobs(environment), _variables()
    there = [variable for variable in variables if environment.get(variable.source.name, "").strip()]
    named = {variable.source.name: _servers(variable.source, environment) for variable in there}
    unnamed = {variable.provider for variable in there if not named[variable.source.name]}
    for variable in there:
        name = variable.source.name
        servers = named[name] or ([place] if _is_place_for(variable, place, unnamed) else [])
        if name in of_jobs:
            yield Found(name, reason=_OF_A_JOB)
        elif len(servers) == 1:
            yield found_at(
                name,
                os.fsencode(servers[0]),
                password=os.fsencode(environment[name].strip()),
                provider=variable.provider,
                is_server=variable.source.names_server,
            )
        else:
            yield Found(name, reason=_why_nowhere(variable.source, servers, place))
    others = [name for name in of_jobs if name not in {variable.source.name for variable in variables}]
    yield from (Found(name, reason=_OF_A_JOB) for name in others if environment.get(name))


def _servers(source: Source, environment: Mapping[str, str]) -> list[str]:
    """Return the URLs of the different servers that the variables beside a token name for it."""
    servers: dict[object, str] = {}
    for name in source.beside:
        value = environment.get(name, "").strip()
        if not value:
            continue
        below = environment.get(source.below.get(name, ""), "").strip("/")
        url = (value if "://" in value else f"https://{value}") + (f"/{below}" if below else "")
        try:
            request = request_of(os.fsencode(url))
        except PatError:
            servers[url] = url
            continue
        if source.is_for.get(name, bool)(request.host):
            servers[request[:3]] = url
    return [*servers.values()]


def _is_place_for(variable: _Variable, place: str, unnamed: set[str]) -> bool:
    """Return whether the user's URL is a variable's token's: by its host, else if it can be no other's."""
    if not place:
        return False
    request = request_of(os.fsencode(place))
    family = family_of(Scope(request.protocol, request.host))
    by_path = family_by_path(split_path(request.path or b"") or ())
    if by_path is None and not family.is_known:
        return len(unnamed) == 1
    return (by_path or family).is_read_for(variable.provider)


def _why_nowhere(source: Source, servers: Sequence[str], place: str) -> str:
    names = ", ".join(source.beside)
    by_hand = suggest.seed("URL", "--from-env", source.name)
    if place:
        return f"it may not be for {place}; run: {by_hand}"
    if servers:
        return f"{names} name different servers; run: {by_hand}"
    if not source.names_server:
        return NO_ORGANIZATION
    return f"no variable names a host for it ({names}); run: {suggest.own('import', 'environment', 'URL')}"


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
