"""The agent: whether one that runs answers, and whether its folder is the user's alone."""

import os
import stat
from collections.abc import Iterator

from git_credential_pat.agent import identity
from git_credential_pat.agent.control import status_of
from git_credential_pat.agent.identity import is_private
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.model.finding import Finding, ok, problem
from git_credential_pat.system.homes import anothers_home
from git_credential_pat.system.users import is_own
from git_credential_pat.text import quoted


def check_agent(around: Surroundings) -> Iterator[Finding]:
    """Report faults of the agent and its folders; no agent is started."""
    for folder in identity.folders(around.environment):
        is_anothers = anothers_home(os.fsdecode(folder)) is not None  # which another check reports
        if os.path.lexists(folder) and not is_private(folder) and not is_anothers:
            yield _open_folder(os.fsdecode(folder))
    status = status_of(around.environment)
    if status is not None:
        state = "locked" if status.locked else "unlocked"
        yield ok(f"the agent answers (process {status.pid}, version {status.version}, {state})")
    elif around.settings.uses_agent:
        yield ok("the agent is not running; the next call that needs it starts it")
    else:
        yield ok("the agent is not running, because pat.agent is never")


def _open_folder(folder: str) -> Finding:
    """Report how a folder that no agent uses becomes the user's alone."""
    path = quoted(folder)
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode):
        return problem(
            f"{path} is not a folder, so the agent cannot use it", f"mv {path} {quoted(folder + '.aside')}"
        )
    if not is_own(status):
        return problem(
            f"{path} belongs to another user, so the agent does not use it", f'sudo chown "$(id -un)" {path}'
        )
    return problem(f"other users can reach {path}, so the agent does not use it", f"chmod 700 {path}")
