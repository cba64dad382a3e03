"""Terraform: a helper in its folder of plugins, and the block that names it, of which there may be one."""

from collections.abc import Mapping
from typing import ClassVar

from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.files import Link
from git_credential_pat.tools.support.lines import Lines
from git_credential_pat.tools.support.probe import HOST, Probe
from git_credential_pat.tools.support.tool import Tool

_HELPER = "pat"


class Terraform(Tool):
    """Terraform."""

    name: ClassVar[str] = "terraform"
    title: ClassVar[str] = "Terraform"
    programs: ClassVar[tuple[str, ...]] = ("terraform",)
    quietly: ClassVar[Mapping[str, str]] = {"CHECKPOINT_DISABLE": "1"}
    least: ClassVar[tuple[int, ...]] = (0, 12)
    before_us: ClassVar[str] = r"TF_TOKEN_\w+"

    def changes(self, around: Around) -> list[Change]:
        """Link the launcher into the folder of plugins, and write the block."""
        path = around.named("TF_CLI_CONFIG_FILE", around.below_home(".terraformrc"))
        block = [f'credentials_helper "{_HELPER}" {{}}']
        return [
            Link(_plugin(around), around.launcher),
            Lines(path, self.name, block, in_the_way=r"[ \t]*\"?credentials_helper\b.*"),
        ]

    def probe(self, around: Around) -> Probe:
        """Ask as Terraform does, by the link in its folder."""
        return Probe((_plugin(around), "get", HOST), output=b"{}\n")


def _plugin(around: Around) -> str:
    return around.below_home(".terraform.d", "plugins", f"terraform-credentials-{_HELPER}")
