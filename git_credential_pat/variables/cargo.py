"""Cargo: a token for each registry of .cargo/config.toml; its value is a whole header."""

import base64

from git_credential_pat.variables.support.around import Around, Token
from git_credential_pat.variables.support.structured import member, read_toml

_FILES = (".cargo/config.toml", ".cargo/config")
_PROVIDER = "cargo:token"
"""What reads the variable; a registry that wants a login needs one that is named."""


def give(around: Around) -> None:
    """Give the registries their tokens."""
    found = []
    for file, data in around.files(*_FILES):
        registries = member(read_toml(around, file, data), "registries")
        for name, registry in registries.items() if isinstance(registries, dict) else ():
            url = member(registry, "index")
            if isinstance(url, str):
                variable = f"CARGO_REGISTRIES_{name.upper().replace('-', '_')}"
                found.append((file, variable, url.removeprefix("sparse+")))
    for variable, token in around.give_each(found):
        if not around.environment.get(f"{variable}_INDEX"):  # which may be another host's
            values = {f"{variable}_TOKEN": _header(token), f"{variable}_CREDENTIAL_PROVIDER": _PROVIDER}
            around.given.give(values, token)


def _header(token: Token) -> str:
    if token.family.takes_bearer:
        return f"Bearer {token.text}"
    return "Basic " + base64.b64encode(f"{token.username}:".encode() + token.secret).decode()
