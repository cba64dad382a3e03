"""docker: DOCKER_AUTH_CONFIG, an object with a login for each host; docker 28.3 and later reads it first."""

import base64

from git_credential_pat.variables.support.around import Around, Token


def give(around: Around) -> None:
    """Give the hosts of images their tokens."""
    hosts = around.by_own_host(lambda token: token.packages.images)
    around.give_logins("DOCKER_AUTH_CONFIG", "auths", hosts, _login)


def _login(token: Token) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{token.username}:".encode() + token.secret).decode()}
