"""A user's statement of what runs at a server that goes by a name of its own."""

from typing import NamedTuple

from git_credential_pat.model.scope import Scope


class Provider(NamedTuple):
    """A server of the family `name` stands at `base`, which keeps its capitals."""

    base: Scope
    name: str

    @property
    def scope(self) -> Scope:
        """The base as it is compared: paths of known families have no capitals."""
        return self.base.folded
