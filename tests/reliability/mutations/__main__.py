"""Break the program in each of the named ways, and see that every test named for it fails.

    python -m reliability.mutations [--jobs N] [--part K --parts N] [WORD ...]

WORDs pick the mutations that have one of them in their name, file or tests, and a part every Nth of these.
First all tests must pass on the program as it is. The last line is `mutations=N caught=N survivors=N`; the
exit status is 1 if one survives or is out of date.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from reliability.mutations import all_mutations
from reliability.mutations.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from reliability.mutations.mutation import Mutation

T = TypeVar("T")
_SHARE = 20


def main() -> int:
    """Try the mutations; tell whether all were caught."""
    options = _parsed()
    wanted = [mutation for mutation in all_mutations() if _is_wanted(mutation, options.words)]
    wanted = wanted[options.part % options.parts :: options.parts]
    if not wanted:
        print("no mutation has one of these words in its name, file or tests", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        crew = Crew(Path(folder), options.jobs)
        broken = "".join(crew.each(_broken, _shares(wanted)))
        if broken:
            print(f"these fail on the program as it is:{broken}", file=sys.stderr)
            return 1
        survivals = crew.each(_survival, wanted)
        survivors = [_told(mutation, survival) for mutation, survival in zip(wanted, survivals, strict=True)]
    print(f"mutations={len(wanted)} caught={survivors.count(False)} survivors={survivors.count(True)}")
    return 1 if any(survivors) else 0


class Crew:
    """Workshops that work at the same time."""

    def __init__(self, folder: Path, size: int) -> None:
        self._size = size
        self._free: SimpleQueue[Workshop] = SimpleQueue()
        for number in range(size):
            self._free.put(Workshop(folder / str(number)))

    def each(self, work: Callable[[Workshop, T], str], items: Iterable[T]) -> Iterator[str]:
        """Give what becomes of each item in a workshop, in their order."""

        def done(item: T) -> str:
            workshop = self._free.get()
            try:
                return work(workshop, item)
            finally:
                self._free.put(workshop)

        with ThreadPoolExecutor(self._size) as threads:
            yield from threads.map(done, items)


def _shares(wanted: Iterable[Mutation]) -> list[list[str]]:
    """Return all tests, a few at a time, so that each share ends in time."""
    tests = sorted({test for mutation in wanted for test in mutation.tests})
    return [tests[start : start + _SHARE] for start in range(0, len(tests), _SHARE)]


def _broken(workshop: Workshop, tests: Sequence[str]) -> str:
    """Return those of the tests that fail without a mutation, or what else is wrong."""
    try:
        return "".join(f" {test}" for test in sorted(workshop.failing(tests)))
    except (ValueError, subprocess.TimeoutExpired) as error:
        return f" {error}"


def _survival(workshop: Workshop, mutation: Mutation) -> str:
    """Return what did not notice the mutation, empty if every test did."""
    try:
        with workshop.broken(mutation):
            passing = set(mutation.tests) - workshop.failing(mutation.tests)
    except ValueError as error:
        return str(error)
    except subprocess.TimeoutExpired:
        return "its tests do not end"
    return ", ".join(sorted(passing))


def _told(mutation: Mutation, survival: str) -> bool:
    """Print what came of a mutation; return whether it survived."""
    print(f"{'SURVIVED' if survival else 'caught':<9} {mutation.file}: {mutation.name}", flush=True)
    if survival:
        print(f"          not noticed by: {survival}", flush=True)
    return bool(survival)


def _is_wanted(mutation: Mutation, words: Sequence[str]) -> bool:
    return not words or any(word in str(mutation) for word in words)


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
