"""Renovate: a rule for each address of an organization, in RENOVATE_HOST_RULES; the user's own rules stay."""

import json

from git_credential_pat.variables.support.around import Around, Token
from git_credential_pat.variables.support.structured import own_json

_NAME = "RENOVATE_HOST_RULES"


def give(around: Around) -> None:
    """Give the addresses their tokens; a host's name alone where one token is for it."""
    rows = [
        (place, token)
        for token in around.tokens
        for place in (f"{token.organization.text}/", *token.packages.registries)
    ]
    hosts = around.by_own_host(lambda token: token.packages.hosts)
    rows += [(host, tokens[0]) for host, tokens in hosts.items() if len(tokens) == 1]
    own = own_json(around, _NAME, [])
    if isinstance(own, list) and rows:
        rules = [{"matchHost": place, **_login(token)} for place, token in rows]
        around.given.give_merged(_NAME, json.dumps([*rules, *own]), (token for _, token in rows))


def _login(token: Token) -> dict[str, str]:
    if token.family.takes_bearer:
        return {"token": token.text}
    return {"username": token.username, "password": token.text}
