"""pip: it is to run our `keyring`, first on PATH, which answers for each URL.

With several organizations on one host, the URLs of its indexes need the organization as their username.
"""

from git_credential_pat.variables.support.around import Around

_PROVIDER = "PIP_KEYRING_PROVIDER"


def give(around: Around) -> None:
    """Have pip ask this program."""
    if around.given.give({_PROVIDER: "subprocess"}, *around.tokens):
        folder = around.given.give_link("keyring")
        around.given.give_merged("PATH", f"{folder}:{around.environment.get('PATH', '')}", around.tokens)
