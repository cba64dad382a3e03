"""docker, and what reads its configuration: buildx, helm, oras. It knows a helper by a name on PATH alone."""

import json
import os
from collections.abc import Iterator, Sequence
from typing import ClassVar

from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.json_keys import JsonKeys
from git_credential_pat.tools.support.probe import HOST, Probe
from git_credential_pat.tools.support.tool import Rival, Tool

PROGRAM = "docker-credential-pat"
HELPER = "pat"


class Docker(Tool):
    """docker."""

    name: ClassVar[str] = "docker"
    title: ClassVar[str] = "Docker"
    programs: ClassVar[tuple[str, ...]] = ("docker",)
    least: ClassVar[tuple[int, ...]] = (1, 13)
    follows_tokens: ClassVar[bool] = True

    def changes(self, around: Around) -> list[Change]:
        """Write a helper for each host of images whose token is stored."""
        helpers = JsonKeys(_file(around), "credHelpers", around.images, HELPER)
        return [helpers.unless(around.without(PROGRAM), around.reaching)]

    def probe(self, around: Around) -> Probe:
        """Ask as docker does."""
        return docker_probe(around)

    def logins(self, around: Around) -> Iterator[Rival]:
        """Give the logins that lie in its own file beside the helpers."""
        for host in plain_logins(_file(around), around.images):
            yield Rival(f"the login for {host} in {_file(around)} is in plain text", f"docker logout {host}")


def docker_probe(around: Around) -> Probe:
    """Return the question of docker, podman and skopeo."""
    program = around.found(PROGRAM) or around.own(PROGRAM)
    return Probe((program, "get"), HOST.encode(), 1, b"credentials not found in native keychain\n")


def plain_logins(path: str, hosts: Sequence[str]) -> list[str]:
    """Return those of some hosts for which a file in docker's form has a login."""
    try:
        with open(path, encoding="utf-8") as file:
            logins = json.load(file)["auths"]
            return [host for host in hosts if logins.get(host, {}).get("auth")]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _file(around: Around) -> str:
    return os.path.join(around.named("DOCKER_CONFIG", around.below_home(".docker")), "config.json")
