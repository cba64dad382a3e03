"""docker, skopeo and podman, which run `docker-credential-pat`: they name a host and no owner."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from support.packages.clients import served
from support.packages.fixtures import TOKENS

if TYPE_CHECKING:
    from support.packages.customers import Customer

pytestmark = pytest.mark.needs("strace")

GITHUB, GITLAB = "ghcr.io/octo", "registry.gitlab.com/group"
OWNERS = {GITHUB: "github.com/octo", GITLAB: "gitlab.com/group"}
BOTH = {(owner, "docker") for owner in OWNERS.values()}


@pytest.fixture
def owner(customer: Customer) -> Customer:
    """A user who keeps a token of GitHub and one of GitLab, too."""
    customer.seed("https://github.com/octo", TOKENS["github.com/octo"], "--no-configure")
    customer.seed("https://gitlab.com/group", TOKENS["gitlab.com/group"], "--no-configure")
    return customer


@pytest.fixture
def configured(owner: Customer) -> Customer:
    owner.configure("docker")
    return owner


@pytest.fixture(params=["docker", "podman"])
def either(request: pytest.FixtureRequest, owner: Customer) -> Customer:
    """Each way in which podman and skopeo find helpers: docker's configuration and their own."""
    owner.configure(request.param)
    return owner


@pytest.mark.needs("docker")
@pytest.mark.parametrize("image", [GITHUB, GITLAB])
def test_docker_reads_a_manifest(configured: Customer, image: str) -> None:
    shown = configured.use("docker", "manifest", "inspect", f"{image}/tool:1.0")
    assert configured.faults(shown) == []
    assert served(configured.server) == {(OWNERS[image], "docker")}


@pytest.mark.needs("docker")
def test_of_two_owners_on_one_registry_docker_is_given_neither_token(configured: Customer) -> None:
    configured.seed("https://github.com/other", f"ghp_{'c' * 36}", "--no-configure")
    shown = configured.use("docker", "manifest", "inspect", f"{GITHUB}/tool:1.0")
    assert shown.status == 1
    assert served(configured.server) == set()
    assert configured.faults() == []


@pytest.mark.needs("docker")
def test_docker_logs_out_of_a_registry_and_the_token_stays(configured: Customer) -> None:
    out = configured.use("docker", "logout", "ghcr.io")
    shown = configured.use("docker", "manifest", "inspect", f"{GITHUB}/tool:1.0")
    assert configured.faults(out, shown) == []


@pytest.mark.needs("docker")
def test_docker_stores_no_login(configured: Customer) -> None:
    token = TOKENS["github.com/octo"]
    login = configured.use("docker", "login", "ghcr.io", "--username", "me", "--password-stdin", given=token)
    assert login.status == 1
    assert "run: git credential-pat seed" in login.output
    assert configured.faults() == []


@pytest.mark.needs("skopeo")
def test_skopeo_copies_an_image_from_one_registry_to_another(either: Customer) -> None:
    copied = either.use("skopeo", "copy", f"docker://{GITHUB}/tool:1.0", f"docker://{GITLAB}/copy:1.0")
    assert either.faults(copied) == []
    assert served(either.server) >= BOTH


@pytest.mark.needs("podman")
def test_podman_pulls_from_both_registries(either: Customer) -> None:
    with TemporaryDirectory() as run:  # podman takes no long path there
        storage = ("--storage-driver", "vfs", "--root", either.home / "images", "--runroot", run)
        pulled = either.use("podman", *storage, "pull", f"{GITHUB}/tool:1.0", f"{GITLAB}/tool:1.0")
    assert either.faults(pulled) == []
    assert served(either.server) >= BOTH
