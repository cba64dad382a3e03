"""Nix: `access-tokens` in NIX_CONFIG, for each organization; the lines that the user has there stay."""

from git_credential_pat.variables.support.around import Around

_NAME = "NIX_CONFIG"


def give(around: Around) -> None:
    """Give the organizations of hosts that Nix knows their tokens."""
    tokens = [token for token in around.tokens if token.family.nix_format]
    words = [
        f"{token.organization.text.partition('://')[2]}={token.family.nix_format.format(token.text)}"
        for token in tokens
    ]
    if words and not any(character.isspace() for word in words for character in word):
        own = around.environment.get(_NAME, "").splitlines()
        line = f"extra-access-tokens = {' '.join(words)}"
        around.given.give_merged(_NAME, "\n".join([*own, line]), tokens)
