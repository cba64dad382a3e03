"""Terraform and OpenTofu: a variable for each host of modules and workspaces; the token is sent as Bearer."""

import re
from collections.abc import Iterator

from git_credential_pat.variables.support.around import Around

_ADDRESS = re.compile(rb'"([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[^"\s]*)?)"')
"""What a file has in quotes that begins with a host's name."""


def give(around: Around) -> None:
    """Give the hosts their tokens."""
    for host, tokens in around.by_host([*_addresses(around), *around.asked_for()]).items():
        name = "TF_TOKEN_" + host.replace("-", "__").replace(".", "_")
        around.given.give_one(name, ((token.text, token) for token in tokens))


def _addresses(around: Around) -> Iterator[str]:
    for _, data in around.files("*.tf", "*.tofu"):
        yield from (f"https://{address.decode('ascii', 'replace')}" for address in _ADDRESS.findall(data))
