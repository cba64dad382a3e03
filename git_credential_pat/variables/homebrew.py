"""Homebrew: a token for GitHub."""

from git_credential_pat.variables.support.around import Around


def give(around: Around) -> None:
    """Give it the token, if only one is for GitHub."""
    tokens = around.fitting("https://github.com")
    around.given.give_one("HOMEBREW_GITHUB_API_TOKEN", ((token.text, token) for token in tokens))
