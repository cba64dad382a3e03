"""uv: the program `keyring`, which it asks only where a URL has a username.

With a cold lock file uv asks for the address of a file, without the organization's name, and gives one
organization's token to another on the same host. An explicit index for each organization, with its name as
the username, keeps them apart; the feeds in projects need none then.
"""

from typing import ClassVar

from git_credential_pat.model.scope import parse_url
from git_credential_pat.tools.support import keyring
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.toml import Toml, quoted
from git_credential_pat.tools.support.tool import Tool


class Uv(Tool):
    """uv and uvx."""

    name: ClassVar[str] = "uv"
    title: ClassVar[str] = "uv"
    programs: ClassVar[tuple[str, ...]] = ("uv",)
    least: ClassVar[tuple[int, ...]] = (0, 4, 23)
    follows_tokens: ClassVar[bool] = True
    before_us: ClassVar[str] = r"UV_INDEX_\w+_PASSWORD|UV_KEYRING_PROVIDER|UV_NO_CONFIG"
    reads_netrc: ClassVar[bool] = True

    def changes(self, around: Around) -> list[Change]:
        """Write the user's `uv.toml`, and have a `keyring` on PATH."""
        path = around.named("UV_CONFIG_FILE", around.config("uv", "uv.toml"))
        keys = {"keyring-provider": "subprocess"}
        return [Toml(path, self.name, keys, tables=_indexes(around)), *keyring.program(around)]


def _indexes(around: Around) -> list[str]:
    lines: list[str] = []
    for url in around.indexes:
        name = parse_url(url).username.decode("ascii", "replace")
        lines += ["[[index]]", f"name = {quoted(f'pat-{name}')}", f"url = {quoted(url)}", "explicit = true"]
    return lines
