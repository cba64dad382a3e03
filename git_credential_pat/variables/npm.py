"""npm and pnpm: a key for each registry of .npmrc and package.json, as a variable that begins `npm_config_`.

One of the organization is enough to install, for tarballs lie below it too; `npm publish` takes that of the
registry's own URL alone. A shell drops variables of such names, and programs that it starts do not get them.
"""

import base64
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from git_credential_pat.text import quoted
from git_credential_pat.variables.support.around import Around, Token
from git_credential_pat.variables.support.structured import member, read_json

_REGISTRY = re.compile(r"^\s*(?:@[^\s=:]+:)?registry\s*=\s*[\"']?([^\s\"']+)", re.MULTILINE)
_LOGIN = re.compile(r"^\s*(//[^\s=]+):(?:_password|_authToken|_auth)\s*=", re.MULTILINE)


def give(around: Around) -> None:
    """Give the registries their tokens."""
    for key, value, token in keys(around):
        around.given.give({f"npm_config_{key}": value}, token)


def keys(around: Around) -> Iterator[tuple[str, str, Token]]:
    """Give each key with its value, as .npmrc has it, and its token."""
    found = {url: token for url in _registries(around) if (token := around.token_for(url))}
    urls = {place: token for url, token in found.items() for place in (around.above(url), _exact(url))}
    for url, token in urls.items():
        place = url.removeprefix("https:")
        if token.family.takes_bearer:
            yield f"{place}:_authToken", token.text, token
        else:
            yield f"{place}:username", token.username, token
            yield f"{place}:_password", base64.b64encode(token.secret).decode(), token


def _exact(url: str) -> str:
    """Return a registry's own URL as npm writes it before a key; with a slash it covers nothing beside it."""
    parts = urlsplit(url)
    return f"https://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}/"


def _registries(around: Around) -> Iterator[str]:
    for file, data in around.files(".npmrc"):
        text = data.decode("utf-8", "replace")
        yield from _REGISTRY.findall(text)
        for place in _LOGIN.findall(text):
            if around.fitting(f"https:{place}"):
                around.given.say(
                    f"{quoted(file)} has a login of its own for {quoted(place)}, which npm uses; delete it"
                )
    for file, data in around.files("package.json"):
        publish = member(read_json(around, file, data), "publishConfig")
        for name, url in publish.items() if isinstance(publish, dict) else ():
            if name.endswith("registry") and isinstance(url, str):
                yield url
    if around.is_asked:
        yield from (url for token in around.tokens for url in token.packages.registries)
