"""What git-credential-libsecret keeps in the Secret Service, and git-credential-gnome-keyring before it.

An item's attributes are `user`, `protocol`, `server`, `port` and `object`, which is the path. Later versions
have a schema of their own, earlier ones that of all network passwords, which other programs use too: an item
with an attribute that Git's helpers never write, as `domain`, is not theirs. gnome-keyring's helper wrote the
host before the path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.errors import LockedError, PatError, UsageError
from git_credential_pat.importing.support.found import Around, Found, Reading
from git_credential_pat.importing.support.parts import found_with_lines, url_of
from git_credential_pat.importing.support.scrubbing import Item
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from git_credential_pat.oskeyring.keyring import Keyring

_SCHEMA = "xdg:schema"
_OLDER = "org.gnome.keyring.NetworkPassword"
_SEARCHES = (
    {_SCHEMA: "org.git.Password"},
    {_SCHEMA: _OLDER, "protocol": "https"},
    {_SCHEMA: _OLDER, "protocol": "http"},
)
_WRITTEN = frozenset((_SCHEMA, "user", "protocol", "server", "port", "object"))
_OF_KEYRING = "gkr:"
"""How the names of gnome-keyring's own attributes begin."""


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the logins in the Secret Service; there is no other place."""
    if places:
        raise UsageError("libsecret is read from the Secret Service; give no PLACE")
    found: list[Found] = []
    if around.keyring:
        try:
            found += _in_keyring(around.keyring)
        except LockedError as error:
            raise PatError(f"the keyring was not read: {error}") from None
    if not found:
        raise PatError(
            "git-credential-libsecret has nothing in the Secret Service; log in at the desktop that has it"
        )
    return Reading(tuple(found))


def _in_keyring(keyring: Keyring) -> Iterator[Found]:
    for search in _SEARCHES:
        for attributes, secret in keyring.items(search):
            if all(name in _WRITTEN or name.startswith(_OF_KEYRING) for name in attributes):
                yield _found(keyring, attributes, secret)


def _found(keyring: Keyring, attributes: Mapping[str, str], secret: bytes) -> Found:
    protocol, port = attributes.get("protocol", ""), attributes.get("port")
    host = attributes.get("server", "") + (f":{port}" if port else "")
    path = attributes.get("object", "")
    if attributes[_SCHEMA] == _OLDER:
        path = path.removeprefix(f"{host}/")
    where = f"{keyring.title}, {quoted(f'{protocol}://{host}/{path}')}"
    trace = Item(keyring, tuple(sorted(attributes.items())))
    return found_with_lines(where, url_of(protocol, host, path), attributes.get("user"), secret, trace)
