"""Whatever a verifier wants to ask, a token goes to its own server alone: its host, below its path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_credential_pat.hosts import family_named
from git_credential_pat.hosts.github import GitHub
from git_credential_pat.hosts.support.verdict import Subject
from git_credential_pat.hosts.support.verification import verify
from git_credential_pat.model.scope import parse_url
from git_credential_pat.web import Question, Reply

if TYPE_CHECKING:
    from git_credential_pat.hosts.support.verdict import Asking


@pytest.mark.parametrize(
    ("scope", "base", "asked"),
    [
        ("https://github.com/octo", (), "https://elsewhere.example.com/user"),
        ("https://github.com/octo", (), "https://api.github.com.example.com/user"),
        ("https://github.com/octo", (), "https://github.com@elsewhere.example.com/user"),
        ("https://github.com/octo", (), "https://pages.github.com/user"),
        ("https://github.com/octo", (), "http://github.com/user"),
        ("https://github.com/octo", (), "http://api.github.com/user"),
        ("https://github.com/octo", (), "https://api.github.com:8443/user"),
        ("https://github.com:8443/octo", (), "https://github.com/user"),
        ("https://github.com:8443/octo", (), "https://api.github.com/user"),
        ("https://github.com/octo", (), "https://api.bitbucket.org/2.0/user"),
        ("https://github.example.com/octo", (), "https://api.github.com/user"),
        ("https://github.example.com/octo", (), "https://github.com/user"),
        ("https://x.example.com/git/octo", (b"git",), "https://x.example.com/api/v3/user"),
        ("https://x.example.com/git/octo", (b"git",), "https://x.example.com/gitlab/api/v3/user"),
        ("https://github.com/octo", (b"octo",), "https://api.github.com/user"),
        ("https://octo.ghe.com/web", (), "https://api.github.com/user"),
        ("https://octo.ghe.com/web", (), "https://api.hexa.ghe.com/user"),
        ("https://octo.ghe.com:8443/web", (), "https://api.octo.ghe.com/user"),
        ("https://ghe.com/web", (), "https://api.ghe.com/user"),
        ("https://gist.github.com/octo", (), "https://api.gist.github.com/user"),
    ],
)
def test_a_verifier_that_asks_another_server_is_stopped_before_it_is_asked(
    monkeypatch: pytest.MonkeyPatch, scope: str, base: tuple[bytes, ...], asked: str
) -> None:
    def straying(family: GitHub, subject: Subject) -> Asking:
        del family
        reply = yield Question(asked, {"Authorization": f"token {subject.text}"})
        raise AssertionError(reply)

    def ask(question: Question, deadline: float) -> Reply:
        raise AssertionError(question, deadline)

    monkeypatch.setattr(GitHub, "verify", straying)
    subject = Subject(parse_url(scope).scope, b"", b"token")
    with pytest.raises(ValueError, match="a verifier asks a server that is not the token's"):
        verify(subject, family_named("github", base), ask)
