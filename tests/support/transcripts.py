"""Transcripts: commands as a user types them, and word for word what they say. They lie in tests/transcripts.

    == a token from a script                        begins a scenario, in a home of its own
    # A line for the reader.
    $ echo $TOKEN | git credential-pat seed $FABRIKAM --no-verify
    Stored the token for $FABRIKAM.                 standard output; an empty line of it is a dot
    ! git-credential-pat: a line                    standard error
    [3]                                             the exit status, where it is not 0

Values that differ each time, or that no file should hold, stand in both directions under the names in
`VALUES`; what is counted or dated today under `<days>`, `<today>` and `<time>`. A command may be fed by what
a shell prints before a `|`; a line without `git credential-pat` is a shell's.

    python -m support.transcripts [FILE ...]        writes down what the commands say; read the difference
"""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[1] / "transcripts"
PROMPT = "$ "
VALUES = {
    "TOKEN": AZURE_TOKEN,
    "OTHER_TOKEN": OTHER_AZURE_TOKEN,
    "GITHUB_TOKEN": f"ghp_{'g' * 36}",
    "FABRIKAM": FABRIKAM,
    "CONTOSO": CONTOSO,
}

_OURS = "git credential-pat"
_VARYING = (
    (re.compile(r"(?:20\d\d-\d\d-\d\d|<today>)T\d\d:\d\d:\d\dZ"), "<time>"),
    (re.compile(r'-?\d+ days?\b|(?<="days_left": )-?\d+'), "<days>"),
    (re.compile(r"(\bFROM|\$HOME\S*(?: \(\S+\))?) {2,}"), r"\1  "),  # a column as wide as the home's path
)


class Scenario(NamedTuple):
    """One scenario of a file, with its lines."""

    file: str
    name: str
    lines: tuple[str, ...]


def scenarios(path: Path) -> Iterator[Scenario]:
    """Give the scenarios of a file."""
    for part in re.split(r"^== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        name, *lines = part.splitlines()
        yield Scenario(path.stem, name, tuple(lines))


ALL = [scenario for path in sorted(FOLDER.glob("*.txt")) for scenario in scenarios(path)]


def played(scenario: Scenario, home: Path) -> tuple[str, ...]:
    """Return the scenario's lines with what its commands say in this home."""
    program = Program(home)
    lines: list[str] = []
    for line in scenario.lines:
        if line.startswith(PROMPT):
            lines += [line, *_said(ended(program, line), home)]
        elif not line or line.startswith("#"):
            lines.append(line)
    return tuple(lines)


def ended(program: Program, line: str) -> Run:
    """Run the command of a line, behind its prompt."""
    line = line.removeprefix(PROMPT)
    environment = {name: value for name, value in VALUES.items() if f"${name}" in line}
    fed, pipe, command = line.rpartition(" | ")
    if not command.startswith(_OURS):
        return program.shell(line, environment=environment)
    stdin = program.shell(fed, environment=environment).stdout if pipe else b""
    words = [_filled(word, program.home) for word in shlex.split(command.removeprefix(_OURS))]
    return program.run(*words, stdin=stdin)


def _filled(word: str, home: Path) -> str:
    values = {**VALUES, "HOME": str(home)}
    return re.sub(r"\$(\w+)", lambda found: values.get(found[1], found[0]), word)


def _said(run: Run, home: Path) -> Iterator[str]:
    for line in _general(run.stdout.decode("utf-8", "backslashreplace"), home).splitlines():
        yield line or "."
    yield from (f"! {line}" for line in _general(run.stderr, home).splitlines())
    if run.status:
        yield f"[{run.status}]"


def _general(text: str, home: Path) -> str:
    for name, value in {"HOME": str(home), **VALUES}.items():
        text = text.replace(value, f"${name}")
    text = text.replace(f"{datetime.now(timezone.utc):%Y-%m-%d}", "<today>")
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return text


def main() -> None:
    for path in [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.txt")):
        text = path.read_text("utf-8").partition("== ")[0]
        for scenario in scenarios(path):
            with tempfile.TemporaryDirectory() as folder:
                lines = played(scenario, Path(folder) / "home")
            text += "\n".join([f"== {scenario.name}", *lines, ""])
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
