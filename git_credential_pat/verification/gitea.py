"""Gitea and Forgejo: `GET /user` tells whose a token is, if it has the permission to tell."""

from git_credential_pat.verification.verdict import Asking, Subject, member, not_verified, refused, valid
from git_credential_pat.web import Question, Reply

_OK = 200


def verify(subject: Subject) -> Asking:
    """Ask for the token's user."""
    headers = {"Accept": "application/json", "Authorization": f"token {subject.text}"}
    reply = yield Question(f"{subject.server}/api/v1/user", headers)
    if reply.status != _OK:
        return refused(reply, stranger="" if is_own(reply) else "Gitea or Forgejo")
    login = member(reply.json(), "login")
    return (
        valid(login) if isinstance(login, str) else not_verified("the answer is not that of Gitea or Forgejo")
    )


def is_own(reply: Reply) -> bool:
    """Tell whether a refusal is Gitea's or Forgejo's: each names the description of the interface."""
    url = member(reply.json(), "url")
    return isinstance(url, str) and url.endswith("/api/swagger")
