"""Draw the figures as a bar chart in SVG that is read well on a light page and on a dark one."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Patch
from reliability.speed.contender import FLOOR
from reliability.speed.measure import Figure
from reliability.speed.ours import OURS
from reliability.speed.rivals import RIVALS

_OURS, _OTHER, _TEXT = "#2f81f7", "#8b949e", "#6f7b88"
"""Colours with enough contrast to white and to near-black alike; the page shows through behind them."""
_LONGEST = 24
"""The ratio at which a longer bar is cut off."""
_INCHES_PER_BAR = 0.3


def draw_chart(figures: Sequence[Figure], file: Path) -> None:
    """Write the chart of every `get`; the same figures make the same bytes with one matplotlib."""
    bars = sorted((figure for figure in figures if _is_shown(figure.name)), key=lambda bar: -bar.ratio)
    with mpl.rc_context({"svg.hashsalt": "git-credential-pat", "svg.fonttype": "none"}):
        canvas = Canvas(figsize=(8.2, 0.6 + _INCHES_PER_BAR * len(bars)), layout="constrained")
        _draw(canvas.add_subplot(), bars)
        canvas.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})


def _is_shown(name: str) -> bool:
    return name == FLOOR or name in RIVALS or name.startswith("get ")


def _draw(axes: Axes, bars: Sequence[Figure]) -> None:
    drawn = axes.barh(
        [bar.name for bar in bars],
        [min(bar.ratio, _LONGEST) for bar in bars],
        color=[_OURS if bar.name in OURS else _OTHER for bar in bars],
        height=0.7,
    )
    axes.bar_label(drawn, [_label(bar.ratio) for bar in bars], padding=4, color=_TEXT)
    axes.set_title("Time of one get; starting Python is 1", color=_TEXT, fontsize=11, loc="left")
    axes.tick_params(colors=_TEXT, length=0)
    axes.set_xlim(0, _LONGEST * 1.08)
    axes.margins(y=0.01)
    axes.xaxis.set_visible(False)
    axes.spines[:].set_visible(False)
    colours = [Patch(color=_OURS, label="git-credential-pat"), Patch(color=_OTHER, label="others")]
    axes.legend(handles=colours, loc="upper right", frameon=False, labelcolor=_TEXT)


def _label(ratio: float) -> str:
    if ratio > _LONGEST:
        return f"{ratio:.0f} →"
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:.1f}"
