"""What a call of the helper costs beside other helpers, as a ratio to starting Python, in one run.

    python tests/reliability/bench.py [--rivals FOLDER] [--plot docs/performance.svg] [--markdown]

All commands take turns, so that a busy moment of the machine meets all of them. Times are medians of all
rounds of all attempts, because those of one attempt swing by some percent. The floor is `python -I -S -c
pass` of the interpreter that runs this script, whose environment must have the program installed. Every
answer is checked. A helper that is not installed is left out, and a line says so; `sh
tests/reliability/speed/rivals.sh FOLDER` makes two that distributions do not package. Exits with 1 if a
target is missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reliability.speed import backend, report
from reliability.speed.agents import Fact, facts, medians
from reliability.speed.contender import FLOOR, Contender, Home, NotHereError
from reliability.speed.measure import Figure, figures, take_turns
from reliability.speed.ours import OURS, floor
from reliability.speed.rivals import RIVALS
from reliability.speed.targets import gated
from support.program import LAUNCHER

ROWS = {FLOOR: floor, **OURS, **RIVALS}
FORMATS = {"text": report.text, "markdown": report.markdown, "json": report.as_json}


def main() -> int:
    """Measure, print a table, and report whether every target is met."""
    options = parsed_options()
    names = [name for name in ROWS if is_wanted(name, options)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        contenders = prepared(names, Path(folder), search_path(options.rivals), ends)
        seconds: dict[str, list[float]] = {name: [] for name in contenders}
        found: list[list[Fact]] = []
        for _ in range(options.attempts):
            take_turns(contenders, options.rounds, seconds)
            found.append([*facts(contenders), *backend.facts(contenders)])
            taken, more = figures(contenders, seconds), medians(found)
            missed = report.missed(taken, more)
            print(FORMATS[options.format](taken, more))
            print("".join(f"missed: {sentence}\n" for sentence in missed), end="", file=sys.stderr)
            if not missed:
                break
    if options.plot:
        draw(taken, options.plot)
    return 1 if missed else 0


def parsed_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=25, help="how often each command runs (25)")
    parser.add_argument(
        "--attempts", type=int, default=1, help="how often to add as many rounds, until targets are met (1)"
    )
    parser.add_argument("--gated", action="store_true", help="only rows that a target is about")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="only rows with one of these in their name")
    parser.add_argument("--rivals", type=Path, metavar="FOLDER", help="look for other helpers here too")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the figures as SVG")
    parser.add_argument("--markdown", action="store_const", dest="format", const="markdown", default="text")
    parser.add_argument("--json", action="store_const", dest="format", const="json")
    return parser.parse_args()


def is_wanted(name: str, options: argparse.Namespace) -> bool:
    """Return whether a row is to be measured; the floor always is."""
    if name == FLOOR:
        return True
    if options.gated and name not in gated():
        return False
    return not options.only or any(word in name for word in options.only)


def prepared(names: Iterable[str], folder: Path, path: str, ends: ExitStack) -> dict[str, Contender]:
    """Set up each of the rows in a home of its own; those that cannot be here are left out, with a line."""
    contenders = {}
    for number, name in enumerate(names):
        home = Home(folder / str(number), path, ends)
        try:
            contenders[name] = ROWS[name](home)
        except NotHereError as reason:
            print(f"not here: {name}: {reason}", file=sys.stderr)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            if name in OURS:
                raise
            print(f"not here: {name}: {error}", file=sys.stderr)
    return contenders


def search_path(rivals: Path | None) -> str:
    """Return where programs are looked for: the rivals' folder, git's own, and PATH."""
    git = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    folders = [str(rivals.resolve())] if rivals else []
    return os.pathsep.join([str(LAUNCHER.parent), *folders, git, os.environ["PATH"]])


def draw(taken: list[Figure], file: Path) -> None:
    """Draw the chart; matplotlib is loaded only now, and writes its caches nowhere else."""
    with tempfile.TemporaryDirectory() as caches:
        os.environ["MPLCONFIGDIR"] = caches
        from reliability.speed.chart import draw_chart

        draw_chart(taken, file)


if __name__ == "__main__":
    sys.exit(main())
