"""A hostile environment, home, working folder and repository: no call of any kind runs what they name.

Each bait is first taken by a program without protection, so that none is blind; then every call is made amid
all of them. Completion is made without what acts on the user's own shell.
"""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.agents import AgentProgram, agent_program
from support.baits import Baits
from support.program import NO_AGENT, attributes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOKEN = "canary-of-the-surroundings"
URL = "https://git.example.com"
ASKED = attributes("protocol=https", "host=git.example.com", "username=jane")
ANSWER = f"username=jane\npassword={TOKEN}\n"
REPORTED = ASKED[:-1] + f"password={TOKEN}\n\n".encode()
SEEDING = ("seed", URL, "--username", "jane", "--no-configure")
COMPLETION = Path(__file__).parents[3] / "install" / "completions" / "git-credential-pat.bash"
COMPLETING = f"""
. '{COMPLETION}'
COMP_WORDS=(git-credential-pat token "") COMP_CWORD=2
_git_credential_pat_alone
[[ " ${{COMPREPLY[*]}} " = *" {URL} "* ]]
"""

CALLS: tuple[tuple[Sequence[str], bytes, int], ...] = (
    (("capability",), b"", 0),
    ((*SEEDING, "--no-verify"), TOKEN.encode(), 0),
    (("get",), ASKED, 0),
    (("get",), ASKED, 0),
    (("store",), REPORTED, 0),
    (("erase",), ASKED, 0),
    (("restore", URL), b"", 0),
    (("get",), attributes("protocol=https", "host=elsewhere.example.com"), 0),
    (("list",), b"", 0),
    (("list", "--json"), b"", 0),
    (("token", URL), b"", 0),
    ((), b"", 0),
    (("header", URL), b"", 0),
    (SEEDING, TOKEN.encode(), 0),
    (("verify",), b"", 5),
    (("doctor", "--json"), b"", 1),
    (("doctor", "--offline"), b"", 1),
    (("import", "netrc", "--dry-run"), b"", 0),
    (("import", "remotes", "--no-configure"), b"", 0),
    (("import", "environment", "--dry-run"), b"", 0),
    (("import", "gcm", "--dry-run"), b"", 1),
    (("import", "az-devops", "--dry-run"), b"", 1),
    (("exec", URL, "--env", "X", "--", "/bin/true"), b"", 0),
    (("configure",), b"", 0),
    (("configure", "--system"), b"", 0),
    (("unconfigure", "--system"), b"", 0),
    (("unconfigure",), b"", 0),
    (("vault", "info"), b"", 0),
    (("vault", "add-slot", "keyring"), b"", 3),
    (("vault", "add-slot", "passphrase"), b"correct horse battery\n", 0),
    (("vault", "backup", "copy"), b"", 0),
    (("vault", "recover", "copy", "--yes"), b"", 0),
    (("vault", "remove-slot", "2"), b"", 0),
    (("vault", "rekey"), b"", 0),
    (("agent", "stop"), b"", 0),
    (("unlock",), b"", 0),
    (("agent", "status"), b"", 0),
    (("lock",), b"", 0),
    (("agent",), b"", 0),
    (("agent", "stop"), b"", 0),
    (("remove", URL, "--yes"), b"", 0),
    (("help",), b"", 0),
    (("--version",), b"", 0),
    (("seed", "--no-such"), b"", 2),
    (("no-such", "command"), b"", 2),
)
"""Every kind of call with its standard input and how it ends, in an order that makes sense of them.

Of no words is the call that the tabulator makes after `git-credential-pat token`.
"""
WITHOUT = ("PATH", "BASH_ENV", "ENV")


class Place:
    """A home and a repository full of baits, and the program that is called there, by a link."""

    def __init__(self, folder: Path, program: AgentProgram) -> None:
        self.program = program
        (folder / "hostile").mkdir()
        self.baits = Baits(program.home, folder / "hostile")
        (folder / "bin").mkdir()
        self.launcher = folder / "bin" / "git-credential-pat"
        self.launcher.symlink_to(program.launcher)
        netrc = program.home / ".netrc"
        netrc.write_text("machine netrc.example.com login jane password secret\n")
        netrc.chmod(0o600)
        remote = "https://pat:secret@remote.example.com/x"
        subprocess.run(["git", "-C", str(self.baits.repository), "remote", "add", "x", remote], check=True)
        self.surroundings = {
            **program.environment,
            "GIT_CONFIG_SYSTEM": str(folder / "gitconfig"),
            "GH_TOKEN": "secret",
            "XDG_RUNTIME_DIR": "",
            **self.baits.environment,
        }

    def call(
        self, words: Sequence[str], given: bytes, more: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        """Make a call, or the one of completion in a shell that is the user's own."""
        if words:
            return self._run([str(self.launcher), *words], given, {**self.surroundings, **more})
        kept = {name: value for name, value in self.surroundings.items() if name not in WITHOUT}
        path = f"{self.launcher.parent}:{os.environ['PATH']}"
        return self._run(["bash", "-c", COMPLETING], b"", {**kept, "PATH": path})

    def _run(
        self, command: list[str], given: bytes, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            input=given,
            env=dict(environment),
            cwd=self.baits.repository,
            capture_output=True,
            check=False,
            timeout=60,
        )


def rounds(place: Place) -> list[dict[str, str]]:
    """Return what the variables are in each round, beside those of the baits."""
    real = os.environ["PATH"]
    repository = str(place.baits.repository)
    hostile = {
        "GIT_DIR": f"{repository}/.git",
        "GIT_WORK_TREE": repository,
        "GIT_COMMON_DIR": f"{repository}/.git",
        "GIT_CONFIG": f"{repository}/.git/config",
    }
    return [
        hostile,
        {"PATH": f":{real}"},
        {**NO_AGENT, "PATH": f"..:./:{real}:"},
        {**hostile, **NO_AGENT},
        {"GIT_DIR": ".git", "GIT_TRACE": "1", "PAGER": "", "TERM": "xterm", "LANGUAGE": "../../.."},
    ]


def attack(trial: Trial) -> None:
    """Lay the baits, see each of them taken, and make all calls as many times as the size says."""
    with agent_program() as program:
        place = Place(program.home.parent, program)
        for bait in place.baits.all:
            trial.count("baits")
            assert place.baits.is_taken(bait), f"the bait {bait.name} is blind"
        for more in islice(cycle(rounds(place)), trial.size):
            for words, given, status in CALLS:
                ended = place.call(words, given, more)
                trial.count("calls")
                sprung, what = place.baits.sprung(), " ".join(words) or "completion"
                trial.require(not sprung, "executions", f"{what} runs {', '.join(sprung)}: {ended}")
                trial.require(ended.returncode == status, "steered", f"{what}: {ended}")
                if given == ASKED and words == ("get",):
                    trial.require(ended.stdout.decode() == ANSWER, "steered", f"get: {ended}")
            (place.baits.repository / "copy").unlink()


ROW = Row(
    promise="nothing that environment, home, working folder and repository name is run",
    attack=attack,
    ci=1,
    full=5,
    tried=("baits", "calls"),
    breaches=("executions", "steered"),
    needs=("gcc", "dbus", "script"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))
