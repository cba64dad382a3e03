"""A keyring that knows secrets by service and account only, as those of macOS, Windows and KDE do."""

from typing import ClassVar

from keyring.backend import KeyringBackend


class AccountKeyring(KeyringBackend):
    """A class of the keyring library, of which all instances share what they hold."""

    priority: ClassVar[float] = 1
    secrets: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[service, username]
