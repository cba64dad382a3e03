"""A Python environment of another tool: the `keyring` library and no other package but what a test adds."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class OtherEnvironment:
    """One below `folder`, whose packages are links to those of the tests' own."""

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        self.folder = folder
        self.bin = folder / "bin"
        self.packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
        for found in _with_requirements("keyring", set()):
            for path in {Path(str(file)).parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
                if not (self.packages / path).exists():
                    (self.packages / path).symlink_to(str(found.locate_file(path)))

    def add_backend(self, name: str, module: str, source: str = "") -> None:
        """Add a backend with an entry point; its module is made of `source`, if that is given."""
        if source:
            (self.packages / f"{module}.py").write_text(source, "utf-8")
        about = self.packages / f"{name}-1.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n", "utf-8")
        (about / "entry_points.txt").write_text(f"[keyring.backends]\n{name} = {module}\n", "utf-8")

    def run(
        self, program: str, environment: Mapping[str, str], *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in Python there, as a tool does."""
        return subprocess.run(
            [str(self.bin / "python"), "-c", program, *arguments],
            env=dict(environment),
            cwd=self.folder,  # Python finds modules in the working folder
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def _with_requirements(name: str, seen: set[str]) -> Iterator[Distribution]:
    """Give a package and all that it needs here."""
    if name in seen:
        return
    seen.add(name)
    try:
        found = distribution(name)
    except PackageNotFoundError:  # of another system or Python
        return
    yield found
    for requirement in found.requires or ():
        if "extra ==" not in requirement:
            yield from _with_requirements(re.split(r"[^\w.-]", requirement)[0], seen)
