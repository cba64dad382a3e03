"""Someone who answers questions for passphrases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.model.unlocking import Unlocking
from git_credential_pat.vault.keyslots import passphrase

if TYPE_CHECKING:
    import pytest


class Person:
    """Gives these answers in their order and then empty ones; chooses one passphrase, if there is one."""

    def __init__(self, *answers: str, chooses: str = "") -> None:
        """Be asked nothing yet."""
        self._answers = [*answers]
        self._chosen = chooses
        self.questions: list[str] = []

    @property
    def unlocking(self) -> Unlocking:
        """The ways to open a vault with this person there."""
        return Unlocking(passphrase=self._answer, choose=self._choose)

    def _answer(self, question: str) -> bytes:
        self.questions.append(question)
        return self._answers.pop(0).encode() if self._answers else b""

    def _choose(self) -> bytes:
        return self._chosen.encode()


def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have passphrase slots written at the least cost that is allowed, to save time."""
    monkeypatch.setattr(passphrase, "RFC_9106_SECOND", passphrase.Cost(1, 19 * 1024, 1))
