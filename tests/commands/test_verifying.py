"""What hosts said is kept only of entries that are still as they were when the hosts were asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from support.memory_backend import MemoryBackend

from git_credential_pat.commands.support.verifying import store_answers
from git_credential_pat.hosts.support.verdict import VALID, Verdict
from git_credential_pat.model.entry import REJECTED, Entry
from git_credential_pat.model.scope import Scope

if TYPE_CHECKING:
    from git_credential_pat.commands.support.session import Session

FABRIKAM = Entry(Scope(b"https", b"dev.azure.com", (b"fabrikam",)), b"", b"token")
CONTOSO = Entry(Scope(b"https", b"dev.azure.com", (b"contoso",)), b"", b"other")
JANE = Verdict(VALID, owner="Jane Doe")


def test_what_another_process_changed_or_removed_meanwhile_is_left_as_it_is() -> None:
    rejected = FABRIKAM._replace(state=REJECTED)
    backend = MemoryBackend([rejected, CONTOSO])
    removed = FABRIKAM._replace(username=b"jane")
    session = cast("Session", SimpleNamespace(backend=backend))
    store_answers([(FABRIKAM, JANE), (removed, JANE), (CONTOSO, JANE)], session)
    assert backend.entries() == (CONTOSO._replace(owner="Jane Doe"), rejected)
