"""What holds a secret does not show it: a representation may come into a message, a trace or a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_credential_pat.agent.running import Calling
from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import Opened
from git_credential_pat.diagnosis.support.config import Row
from git_credential_pat.diagnosis.support.surroundings import Remote
from git_credential_pat.frontends import git
from git_credential_pat.hosts.support.verdict import Subject
from git_credential_pat.importing.support.files import lines_of
from git_credential_pat.importing.support.found import Around, Found, Reading, found_at
from git_credential_pat.importing.support.go_keyring import Held
from git_credential_pat.importing.support.plan import Guess, Outcome, Plan
from git_credential_pat.importing.support.scrubbing import Account, Login, Span, WholeFile
from git_credential_pat.importing.support.yaml import settings_of
from git_credential_pat.model.credential import Answer, Credential
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.request import Request
from git_credential_pat.model.scope import Scope, parse_url
from git_credential_pat.operations.changes import Secret
from git_credential_pat.oskeyring.keyring import Keyring
from git_credential_pat.system.files import Glance
from git_credential_pat.vault.format import Header
from git_credential_pat.web import Question, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "s3cret-of-jane"
SECRET = TEXT.encode()
URL = f"https://jane:{TEXT}@git.example.com/x"
SCOPE = Scope(b"https", b"git.example.com")
ENTRY = Entry(SCOPE, b"jane", SECRET, refresh_token=SECRET)
SPAN = Span("/home/jane/.netrc", 0, SECRET)
FOUND = found_at("~/.netrc:1", URL.encode(), trace=SPAN)

HOLDERS: dict[str, Callable[[], object]] = {
    "Message": lambda: git.parse(f"protocol=https\nhost=git.example.com\npassword={TEXT}\n".encode()),
    "Request": lambda: Request(b"https", b"git.example.com", password=SECRET),
    "Message with a header": lambda: git.parse(
        f"protocol=https\nhost=git.example.com\nauthtype=Bearer\ncredential={TEXT}\n".encode()
    ),
    "Credential": lambda: Credential(b"jane", SECRET, b"Bearer", SECRET, refresh_token=SECRET),
    "Answer": lambda: Answer(Credential(b"jane", SECRET), lack=ENTRY),
    "Secret": lambda: Secret(SECRET, b"Basic", (b"jane", SECRET)),
    "Entry": lambda: ENTRY,
    "Change": lambda: Change(ENTRY, ENTRY),
    "Opened": lambda: Opened(Header(bytes(16), 1, (), bytes(32)), SECRET, (ENTRY,)),
    "Glance": lambda: Glance((1, 2, 3), SECRET),
    "Url": lambda: parse_url(URL),
    "Calling": lambda: Calling({b"GH_TOKEN": SECRET}, ["--backend", "vault"], "vault", 900),
    "Row": lambda: Row("global", "/home/jane/.gitconfig", "http.extraheader", f"Authorization: {TEXT}"),
    "Remote": lambda: Remote("origin", URL, ""),
    "Line": lambda: list(lines_of(SECRET)),
    "Span": lambda: SPAN,
    "WholeFile": lambda: WholeFile("/home/jane/.tfx", SECRET),
    "Held": lambda: Held("jane", SECRET, Account(Keyring(), "gh:github.com", "jane")),
    "Setting": lambda: list(settings_of("/home/jane/hosts.yml", b"token: " + SECRET)),
    "Login": lambda: Login("/x/.git/config", URL.encode(), b"https://git.example.com/x"),
    "Guess": lambda: Guess(SCOPE, SECRET),
    "Found": lambda: FOUND,
    "Reading": lambda: Reading((FOUND, Found("~/.netrc:2"))),
    "Plan": lambda: Plan((Outcome(FOUND, "added", ENTRY),)),
    "Around": lambda: Around("/home/jane", "/", {"GH_TOKEN": TEXT}, Keyring(), may_ask=False),
    "Subject": lambda: Subject(SCOPE, b"jane", SECRET),
    "Question": lambda: Question("https://git.example.com/", Subject(SCOPE, b"jane", SECRET).as_git()),
    "Reply": lambda: Reply(200, (("x-token", TEXT),), SECRET),
}
"""One of each kind, by its name."""


@pytest.mark.parametrize("name", HOLDERS)
def test_a_representation_shows_no_secret(name: str) -> None:
    shown = repr(HOLDERS[name]())
    assert TEXT not in shown
    assert "amFuZTpzM2NyZXQtb2YtamFuZQ" not in shown  # jane and the secret in base64


def test_the_secrets_are_there_to_be_shown() -> None:
    assert (ENTRY.secret, SPAN.text, parse_url(URL).userinfo) == (SECRET, SECRET, b"jane:" + SECRET)
    assert FOUND.request is not None
    assert FOUND.request.password == SECRET
