"""Items of the keyring as programs written in Go make them (github.com/zalando/go-keyring).

They are found by service and account, which are `service` and `username` of the Secret Service. In the macOS
keychain the secret is encoded behind a word that says how.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from git_credential_pat.importing.support.scrubbing import Account
from git_credential_pat.model import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_credential_pat.oskeyring.keyring import Keyring

_ENCODINGS = {"go-keyring-base64:": binascii.a2b_base64, "go-keyring-encoded:": binascii.unhexlify}


class Held(NamedTuple):
    """A secret, its account, and what deletes it."""

    account: str
    secret: bytes
    trace: Account

    def __repr__(self) -> str:
        """Leave out the secret."""
        return f"Held({self.account!r})"


def held(keyring: Keyring, service: str, accounts: Iterable[str]) -> Iterator[Held]:
    """Give what is there of these accounts, and of others where the keyring can be searched."""
    others = (of.get("username", "") for of, _ in keyring.items({"service": service}))
    for account in dict.fromkeys([*accounts, *others]):
        secret = keyring.get(service, account)
        if secret is not None:
            yield Held(account, _decoded(secret), Account(keyring, service, account))


def _decoded(secret: str) -> bytes:
    """Return the secret itself; one that is encoded in no such way is returned as it is."""
    for word, decode in _ENCODINGS.items():
        if secret.startswith(word):
            try:
                return decode(secret.removeprefix(word).encode())
            except (binascii.Error, UnicodeEncodeError):
                break
    return secret.encode("utf-8", "surrogateescape")
