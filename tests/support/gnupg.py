"""A throw-away key of GnuPG and a store of pass for it, as a fixture, and files that the key opens."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.importing import write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.program import Program


@pytest.fixture
def gnupg(program: Program, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Give the environment of a throw-away key and make a store for it; a parameter is its passphrase."""
    passphrase = getattr(request, "param", "")
    with tempfile.TemporaryDirectory(prefix="gcp-") as folder:  # an agent's socket needs a short path
        environment = {**program.environment, "GNUPGHOME": folder, "GPG_TTY": "/dev/null"}
        options = ["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", passphrase]
        make = ["gpg", *options, "--quick-gen-key", "jane@example.com", "future-default", "default", "never"]
        subprocess.run(make, env=environment, check=True, capture_output=True, timeout=60)
        write(program.home / ".password-store/.gpg-id", "jane@example.com\n")
        try:
            yield environment
        finally:
            subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=environment, check=True, timeout=60)


def asks_by(environment: dict[str, str], pinentry: str) -> None:
    """Let gpg's agent forget the passphrase, and ask for it by this program."""
    write(Path(environment["GNUPGHOME"]) / "gpg-agent.conf", f"pinentry-program {pinentry}\n")
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=environment, check=True, timeout=60)


def encrypted(program: Program, environment: dict[str, str], path: str, text: str) -> Path:
    target = program.home / ".password-store" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    command = ["gpg", "--batch", "--quiet", "-e", "-r", "jane@example.com", "-o", str(target)]
    subprocess.run(command, input=text.encode(), env=environment, check=True, timeout=60)
    return target
