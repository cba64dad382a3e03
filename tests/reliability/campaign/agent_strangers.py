"""Other users: their connections get nothing of the agent, and their agents are not believed."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.agents import FOUND, REQUEST, AgentProgram, agent_program, asked
from support.checks import keep
from support.frame_garbage import garbage, good_frames
from support.program import FABRIKAM
from support.strangers import listening_as_nobody, open_up, speak
from support.users import as_nobody

from git_credential_pat.agent.frames import pack

if TYPE_CHECKING:
    from collections.abc import Iterable

AT_ONCE = 25
"""Messages that one process of another user sends, each by a connection of its own."""


def said_to(program: AgentProgram, messages: Iterable[bytes]) -> bytes:
    """Return all that the agent says to messages of this process's user."""

    def answer(message: bytes) -> bytes:
        try:
            return speak(program.socket, message)
        except (BrokenPipeError, ConnectionResetError):
            return b""

    return b"".join(map(answer, messages))


def attack(trial: Trial) -> None:
    """Speak to the agent as another user, whom nothing keeps from its socket; then listen in its place."""
    with agent_program() as program:
        keep(program, FABRIKAM)
        pid = program.start()
        frames = [
            *good_frames(program),
            pack(b"stop"),
            b"git-credential-pat agent 9.8.7\n",
        ]
        open_up(program)
        while trial.figures["connections"] < trial.size:
            messages = [trial.chance.choice((*frames, garbage(trial.chance, frames))) for _ in range(AT_ONCE)]
            said = as_nobody(partial(said_to, program, messages))
            trial.require(not said, "answers", f"one of {messages} got an answer")
            trial.count("connections", len(messages))
        program.folder.chmod(0o700)
        trial.require(program.pid() == pid, "ended_agents", "another user ended it")
    for _ in range(max(1, trial.size // 100)):
        with agent_program() as program:
            keep(program, FABRIKAM)
            program.folder.mkdir(0o700, parents=True)
            with listening_as_nobody(program.socket):
                run = program.run("get", stdin=REQUEST)
                trial.count("lies")
                trial.require(run == FOUND, "believed_lies", f"{run}")
                trial.require(asked(program, b"status") == [b"silent"], "believed_lies", "a status was")


ROW = Row(
    promise="another user gets nothing of the agent, and nobody believes that user's own",
    attack=attack,
    ci=200,
    full=2000,
    tried=("connections", "lies"),
    breaches=("answers", "ended_agents", "believed_lies"),
    needs=("root",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))
