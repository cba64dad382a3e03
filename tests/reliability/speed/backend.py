"""What the keyring library's backend costs in a process that has the library, beside the launcher it runs."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from reliability.speed.agents import Fact
from reliability.speed.contender import Contender
from reliability.speed.targets import BACKEND, tool_by_agent

import git_credential_pat

_FOLDER = Path(git_credential_pat.__file__).parent / "keyring_path"
_ROUNDS = 25
_FEED = "https://dev.azure.com/fabrikam/_packaging/web/x"
_MEASURES = """
import os, statistics, sys, time
folder, feed, rounds = sys.argv[1:]
sys.path.insert(0, folder)
import git_credential_pat_keyring as backend

launcher, ring = backend._launcher(), backend.Keyring()
command = [launcher, "answer", "keyring", "--mode", "creds", "--output", "json", "get", feed]

def by_backend():
    assert ring.get_credential(feed, None)

def by_launcher():
    end, start = os.pipe()
    process = os.posix_spawn(launcher, command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, start, 1)])
    os.close(start)
    while os.read(end, 4096):
        pass
    os.close(end)
    os.waitpid(process, 0)

def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start

taken = [(seconds(by_backend), seconds(by_launcher)) for _ in range(int(rounds) + 1)][1:]
print(statistics.median(backend for backend, _ in taken) / statistics.median(other for _, other in taken))
"""
"""Takes turns; the first turn, which loads what is left to load, does not count."""


def facts(contenders: Mapping[str, Contender]) -> list[Fact]:
    """Return what the backend costs, if the front end that it asks is among the contenders."""
    contender = contenders.get(tool_by_agent("keyring"))
    if contender is None:
        return []
    command = [sys.executable, "-c", _MEASURES, str(_FOLDER), _FEED, str(_ROUNDS)]
    done = subprocess.run(command, env=contender.environment, capture_output=True, check=True)
    name = "a question by the keyring library's backend, to the launcher that it runs"
    return [Fact(name, float(done.stdout), "times", BACKEND)]
