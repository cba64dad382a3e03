"""What a call of the helper costs, as a ratio to starting Python, measured in one run.

    python tests/reliability/bench.py [--rounds N] [--attempts N] [--json]

All commands take turns, so that a busy moment of the machine meets all of them; the figures are medians.
The floor is `python -I -S -c pass` of the interpreter that runs this script, whose environment must have
the program installed. Exits with 1 if a target is missed; `--attempts` measures again, from the start, when
that happens, for a machine that is busy with something else.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.program import AZURE_TOKEN, LAUNCHER, Program, attributes

REQUEST = attributes(
    "protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web", "username=fabrikam"
)
APPROVAL = attributes(
    "protocol=https",
    "host=dev.azure.com",
    "path=fabrikam/web/_git/web",
    "username=pat",
    f"password={AZURE_TOKEN}",
)
FLOOR = "python -I -S -c pass"


@dataclass(frozen=True)
class Case:
    """One command: what it reads, what it must print, and the greatest ratio to the floor that is allowed."""

    name: str
    command: Sequence[str]
    stdin: bytes = b""
    expected: bytes = b""
    target: float | None = None


@dataclass(frozen=True)
class Figure:
    """What one command took."""

    name: str
    milliseconds: float
    ratio: float
    target: float | None

    @property
    def is_met(self) -> bool:
        """Whether the ratio is within the target, if there is one."""
        return self.target is None or self.ratio <= self.target


def cases(program: Program) -> list[Case]:
    """Return the commands to measure; everything of the home must be seeded already."""
    answer = attributes("username=fabrikam", f"password={AZURE_TOKEN}")[:-1]
    store_file = program.home / "plain"
    store_file.write_text(f"https://fabrikam:{AZURE_TOKEN}@dev.azure.com\n")
    store_file.chmod(0o600)
    stored = attributes("username=fabrikam", f"password={AZURE_TOKEN}")[:-1]
    rival = Path(
        subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    )
    return [
        Case(FLOOR, [sys.executable, "-I", "-S", "-c", "pass"]),
        Case("get", [str(LAUNCHER), "get"], REQUEST, answer, target=4.5),
        Case("store, unchanged", [str(LAUNCHER), "store"], APPROVAL),
        Case("capability", [str(LAUNCHER), "capability"], b"", b"version 0\ncapability authtype\n"),
        Case(
            "git-credential-store get (plaintext, C)",
            [str(rival / "git-credential-store"), "--file", str(store_file), "get"],
            attributes("protocol=https", "host=dev.azure.com", "username=fabrikam"),
            stored,
        ),
    ]


def measure(program: Program, chosen: Sequence[Case], rounds: int) -> list[Figure]:
    """Run every command `rounds` times in turns; fail if one prints anything but what it must."""
    seconds: dict[str, list[float]] = {case.name: [] for case in chosen}
    for _ in range(rounds + 1):
        for case in chosen:
            start = time.perf_counter()
            finished = subprocess.run(
                case.command, input=case.stdin, env=program.environment, capture_output=True, check=False
            )
            seconds[case.name].append(time.perf_counter() - start)
            if finished.returncode or finished.stdout != case.expected:
                raise SystemExit(f"{case.name}: status {finished.returncode}, {finished.stderr.decode()}")
    medians = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    floor = medians[FLOOR]
    return [
        Figure(case.name, medians[case.name] * 1000, medians[case.name] / floor, case.target)
        for case in chosen
    ]


def peak_memory(program: Program) -> float:
    """Return the peak memory of one `get` in MB (10^6 bytes)."""
    child = os.fork()
    if child == 0:
        subprocess.run(
            [str(LAUNCHER), "get"],
            input=REQUEST,
            env=program.environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
        os._exit(min(255, round(used)))
    return float(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def main() -> int:
    """Measure, print a table, and tell whether every target is met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=25, help="how often each command runs (25)")
    parser.add_argument(
        "--attempts", type=int, default=1, help="how often to measure until targets are met (1)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Path(folder) / "home")
        program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
        memory = peak_memory(program)
        for _ in range(options.attempts):
            figures = measure(program, cases(program), options.rounds)
            report(figures, memory, as_json=options.json)
            if all(figure.is_met for figure in figures):
                return 0
    return 1


def report(figures: Sequence[Figure], memory: float, *, as_json: bool) -> None:
    """Print the figures as a table or as JSON."""
    if as_json:
        print(
            json.dumps({"figures": [asdict(figure) for figure in figures], "get_peak_mb": memory}, indent=2)
        )
        return
    print(f"{'command':<42}{'ms':>8}{'ratio':>8}{'target':>8}")
    for figure in figures:
        target = "" if figure.target is None else f"{figure.target:.2f}"
        print(f"{figure.name:<42}{figure.milliseconds:>8.1f}{figure.ratio:>8.2f}{target:>8}")
    print(f"peak memory of a get: {memory:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
