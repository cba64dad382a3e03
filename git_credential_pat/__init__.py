"""git-credential-pat: a Git credential helper for personal access tokens."""

__version__ = "0.5.0"
