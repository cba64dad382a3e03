"""The picture in README is of a real session."""

import re
from pathlib import Path

import pytest
from support.session import drawn, held, said

PICTURE = Path(__file__).parents[1] / "docs" / "session.svg"
DAY = re.compile(r"\d{4}-\d\d-\d\d")

pytestmark = pytest.mark.slow


def test_the_picture_shows_what_a_new_user_sees(tmp_path: Path) -> None:
    """But for the day on which it was drawn."""
    shown = said(drawn(held(tmp_path)))
    assert DAY.sub("DAY", shown) == DAY.sub("DAY", said(PICTURE.read_text("utf-8")))
    assert "dev.azure.com accepted the token" in shown
