"""`doctor`: checks what commonly goes wrong, and names the command that fixes it."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from git_credential_pat.commands.support.session import Session, pass_session
from git_credential_pat.stdio import say
from git_credential_pat.system.printing import Mark, print_marked

if TYPE_CHECKING:
    from git_credential_pat.diagnosis import Finding

_STYLES = {"ok": "green", "problem": "bold red", "note": "yellow"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object.")
@click.option("--offline", is_flag=True, help="Contact no host.")
@pass_session
def command(session: Session, *, as_json: bool, offline: bool) -> int:
    """Check for common problems.

    Prints the command that fixes a problem, if there is one. Asks nothing, changes nothing, shows no token.
    Status 1 if there is a problem.

    \b
    Examples:
      git credential-pat doctor
      git credential-pat doctor --offline --json
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    now = session.now  # first, for at impossible times not even the libraries that ask hosts can be loaded
    from git_credential_pat.diagnosis import Surroundings, diagnose  # 200 ms that no other command needs

    around = Surroundings(
        session.environment,
        session.folder,
        backend=session.backend_name,
        now=now,
        is_offline=offline,
    )
    findings: list[Finding] = []
    if as_json:
        findings += diagnose(around)
        say(json.dumps({"findings": [_as_json(finding) for finding in findings]}, indent=2))
    else:
        print_marked(_lines(_noted(diagnose(around), findings)))
        say(_summary(findings))
    return 1 if _problems(findings) else 0


def _as_json(finding: "Finding") -> dict[str, str | None]:
    """Return a finding under the keys that scripts know; the fix is `mend` there."""
    return {"check": finding.check, "state": finding.state, "text": finding.text, "mend": finding.fix}


def _noted(given: "Iterable[Finding]", findings: "list[Finding]") -> "Iterator[Finding]":
    """Give the findings on, and keep each."""
    for finding in given:
        findings.append(finding)
        yield finding


def _lines(findings: "Iterable[Finding]") -> Iterator[Mark]:
    for finding in findings:
        yield Mark(finding.state, _STYLES[finding.state], finding.text)
        if finding.fix:
            yield Mark("", "", finding.fix)


def _problems(findings: "Iterable[Finding]") -> int:
    return sum(finding.state == "problem" for finding in findings)


def _summary(findings: "Iterable[Finding]") -> str:
    count = _problems(findings)
    return f"{count} problem{'' if count == 1 else 's'}" if count else "no problems"
