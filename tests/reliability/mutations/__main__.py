"""Break the program in each of the named ways, and see that every test named for it fails.

    python -m reliability.mutations [--jobs N] [--part K --parts N] [WORD ...]

WORDs pick the mutations that have one of them in their name, file or tests, and a part every Nth of these.
The tests must pass on the program as it is. The last line is `mutations=N caught=N survivors=N`; the exit
status is 1 if one survives or is out of date.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from reliability.mutations import all_mutations
from reliability.mutations.workshop import Workshop

if TYPE_CHECKING:
    from reliability.mutations import Mutation


def main() -> int:
    """Try the mutations; report whether all were caught."""
    options = _parsed()
    words = options.words or [""]
    wanted = [mutation for mutation in all_mutations() if any(word in str(mutation) for word in words)]
    wanted = wanted[options.part % options.parts :: options.parts]
    if not wanted:
        print("no mutation has one of these words in its name, file or tests", file=sys.stderr)
        return 2
    survivors = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as threads:
        free: SimpleQueue[Workshop] = SimpleQueue()
        for number in range(options.jobs):
            free.put(Workshop(Path(folder) / str(number)))

        def survival(mutation: Mutation) -> str:
            workshop = free.get()
            try:
                return _survival(workshop, mutation)
            finally:
                free.put(workshop)

        for mutation, why in zip(wanted, threads.map(survival, wanted), strict=True):
            print(f"{'SURVIVED' if why else 'caught':<9} {mutation.file}: {mutation.name}", flush=True)
            if why:
                survivors += 1
                print(f"          {why}", flush=True)
    print(f"mutations={len(wanted)} caught={len(wanted) - survivors} survivors={survivors}")
    return 1 if survivors else 0


def _survival(workshop: Workshop, mutation: Mutation) -> str:
    """Return why a mutation is not known to be noticed, empty if every test noticed it."""
    try:
        failing = workshop.failing(mutation.tests)
        if failing:
            return f"fails on the program as it is: {', '.join(sorted(failing))}"
        with workshop.broken(mutation):
            passing = set(mutation.tests) - workshop.failing(mutation.tests)
    except (ValueError, subprocess.TimeoutExpired) as error:
        return str(error)
    return f"not noticed by: {', '.join(sorted(passing))}" if passing else ""


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m reliability.mutations",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="only mutations with one of these words")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    parser.add_argument("--part", type=int, default=0, help="which of the parts, counted round")
    parser.add_argument("--parts", type=int, default=1, help="how many parts there are (1)")
    options = parser.parse_args()
    if options.jobs < 1 or options.parts < 1:
        parser.error("there is at least one job and one part")
    return options


if __name__ == "__main__":
    sys.exit(main())
