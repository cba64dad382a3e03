"""Where the packages of an organization lie, as tools that ask for them name these places."""

from git_credential_pat.model import NamedTuple


class Packages(NamedTuple):
    """The places of an organization's packages; a family that says nothing of them has its own host alone."""

    hosts: tuple[str, ...] = ()
    """All hosts that take its token for packages and archives; a `*.` at the start stands for any label."""
    indexes: tuple[str, ...] = ()
    """URLs above Python's indexes, with the username that keeps organizations on one host apart."""
    registries: tuple[str, ...] = ()
    """URLs at or above npm's registries, each with a slash at its end."""
    images: tuple[str, ...] = ()
    """Hosts of container images."""
