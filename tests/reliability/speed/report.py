"""The figures as a table for people, as a Markdown table for the documentation, or as JSON."""

import json
import os
import platform
from collections.abc import Sequence

from reliability.speed.agents import Fact
from reliability.speed.contender import FLOOR
from reliability.speed.measure import Figure
from reliability.speed.ours import OURS
from reliability.speed.targets import MEMORY, TIMES, Target

from git_credential_pat import __version__


def missed(figures: Sequence[Figure], facts: Sequence[Fact]) -> list[str]:
    """Return a sentence for every target that is missed; one whose other row is not here is not."""
    ratios = {figure.name: figure.ratio for figure in figures}
    late = [
        f"{figure.name}: {figure.ratio:.2f}; the target is {_said(target)}"
        for figure in figures
        for target in TIMES.get(figure.name, ())
        if target.than in ratios and figure.ratio > target.factor * ratios[target.than]
    ]
    large = [
        f"{figure.name}: {figure.mebibytes:.1f} MiB; the target is ≤ {MEMORY[figure.name]} MiB"
        for figure in figures
        if figure.mebibytes > MEMORY.get(figure.name, figure.mebibytes)
    ]
    above = [
        f"{fact.name}: {fact.value:.1f} {fact.unit}; the target is ≤ {fact.limit} {fact.unit}"
        for fact in facts
        if fact.value > fact.limit
    ]
    return late + large + above


def text(figures: Sequence[Figure], facts: Sequence[Fact]) -> str:
    """Return a table for a terminal."""
    width = max(len(figure.name) for figure in figures) + 2
    rows = [
        f"{figure.name:<{width}}{figure.milliseconds:>8.1f}{figure.ratio:>8.2f}{figure.mebibytes:>7.0f}"
        f"  {_targets(figure.name)}".rstrip()
        for figure in figures
    ]
    return "\n".join([f"{'':<{width}}{'ms':>8}{'ratio':>8}{'MiB':>7}  targets", *rows, *_sentences(facts)])


def markdown(figures: Sequence[Figure], facts: Sequence[Fact]) -> str:
    """Return for docs/performance.md what was measured on what, a table and a list."""
    measured = (
        f"git-credential-pat {__version__} on {platform.python_implementation()} "
        f"{platform.python_version()}, {platform.system()}, {os.cpu_count()} cores:"
    )
    rows = [
        f"| {_emphasized(figure.name)} | {figure.milliseconds:.1f} | {figure.ratio:.2f} "
        f"| {figure.mebibytes:.0f} | {_targets(figure.name)} |"
        for figure in figures
    ]
    head = ["| command | ms | ratio | MiB | targets |", "|---|---|---|---|---|"]
    return "\n".join([measured, "", *head, *rows, "", *[f"- {sentence}" for sentence in _sentences(facts)]])


def as_json(figures: Sequence[Figure], facts: Sequence[Fact]) -> str:
    """Return everything as JSON."""
    rows = [figure._asdict() for figure in figures]
    return json.dumps({"rows": rows, "facts": [fact._asdict() for fact in facts]}, indent=2)


def _targets(name: str) -> str:
    times = [_said(target) for target in TIMES.get(name, ())]
    return "; ".join([*times, *([f"≤ {MEMORY[name]} MiB"] if name in MEMORY else [])])


def _said(target: Target) -> str:
    return f"≤ {target.factor:.2f}" + ("" if target.than == FLOOR else f" of {target.than}")


def _sentences(facts: Sequence[Fact]) -> list[str]:
    return [f"{fact.name}: {fact.value:.2f} {fact.unit} (≤ {fact.limit} {fact.unit})" for fact in facts]


def _emphasized(name: str) -> str:
    return f"**{name}**" if name in OURS else name
