"""A keyring of the `keyring` library in one file, which several processes can share in a test."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend

FILE = "FILE_KEYRING"
"""The variable that names the file, which a process may change."""
CLASS = f"{__name__}.FileKeyring"


class FileKeyring(KeyringBackend):
    """Secrets by service and account. Whoever writes holds a lock of the program's own."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return _items().get(_name(service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        _write({**_items(), _name(service, username): password})

    def delete_password(self, service: str, username: str) -> None:
        _write({name: secret for name, secret in _items().items() if name != _name(service, username)})


def _name(service: str, username: str) -> str:
    return json.dumps([service, username])


def _items() -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads(Path(os.environ[FILE]).read_bytes())
    except FileNotFoundError:
        return {}
    return found


def _write(items: dict[str, str]) -> None:
    path = Path(os.environ[FILE])
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(items), "utf-8")
    temporary.replace(path)
