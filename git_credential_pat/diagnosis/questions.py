"""What keeps Git or this program from asking on the terminal, or asks in its place."""

from collections.abc import Iterator

from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.model.finding import Finding, note

_VARIABLES = ("GIT_ASKPASS", "SSH_ASKPASS")


def check_questions(around: Surroundings) -> Iterator[Finding]:
    """Note the variables and settings by which users are asked elsewhere, or not at all."""
    asking = [name for name in _VARIABLES if around.variables.get(name)]
    for name in asking:
        yield note(f"where no token is stored, Git asks with the program in {name}", f"unset {name}")
    rows = [row for row in around.config.rows if row.key == "core.askpass" and row.value]
    if rows:
        yield note("where no token is stored, Git asks with the program in core.askPass", rows[-1].unset())
    for name in sorted(around.settings.against_prompts):
        row = next((row for row in reversed(around.config.rows) if row.key == name.lower()), None)
        yield note(f"{name} turns off questions on the terminal", row.unset() if row else f"unset {name}")
