"""NuGet: a plugin on PATH, which every restore starts. So it is there only if the user wants it."""

from typing import ClassVar

from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.files import Link
from git_credential_pat.tools.support.probe import HOST, Probe
from git_credential_pat.tools.support.tool import Tool

_PROGRAM = "nuget-plugin-pat"


class NuGet(Tool):
    """dotnet and nuget."""

    name: ClassVar[str] = "nuget"
    title: ClassVar[str] = "NuGet"
    programs: ClassVar[tuple[str, ...]] = ("dotnet",)
    least: ClassVar[tuple[int, ...]] = (9, 0, 200)
    before_us: ClassVar[str] = (
        r"NuGetPackageSourceCredentials_\w+|(?:VSS_NUGET|ARTIFACTS_CREDENTIALPROVIDER)_\w+"
    )

    def changes(self, around: Around) -> list[Change]:
        """Link the launcher beside itself under the plugin's name."""
        return [Link(around.own(_PROGRAM), around.launcher).unless(around.lost, around.reaching)]

    def probe(self, around: Around) -> Probe:
        """Ask as artifacts-keyring does: NuGet's own conversation is longer, and its miss the same."""
        return Probe((around.own(_PROGRAM), "-U", f"https://{HOST}/", "-I", "-F", "Json"), status=2)
