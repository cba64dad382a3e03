"""The program says word for word what the transcripts have; support/transcripts.py explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.transcripts import ALL, Scenario, played

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("scenario", ALL, ids=lambda scenario: f"{scenario.file}: {scenario.name}")
def test_commands_say_what_their_transcript_has(scenario: Scenario, tmp_path: Path) -> None:
    assert "\n".join(played(scenario, tmp_path / "home")) == "\n".join(scenario.lines)
