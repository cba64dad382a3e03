"""What commonly goes wrong, and the command that fixes it: `CHECKS` names every check, a file a topic.

A check takes the `Surroundings` and gives findings. It stands alone: it never asks anybody, never starts an
agent, changes nothing, and if it fails itself, that is one more problem. A fault
that two checks find is reported once. To add one, add a function and a row.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from git_credential_pat.diagnosis import (
    agent,
    clock,
    headers,
    helpers,
    homes,
    hosts,
    keyring,
    own_settings,
    paths,
    plaintext,
    programs,
    proxy,
    questions,
    remotes,
    renewal,
    sign_ins,
    tls,
    tokens,
    tools,
    vault,
)
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import without_tokens
from git_credential_pat.model.finding import Finding, problem, refused
from git_credential_pat.text import printable

__all__ = ["CHECKS", "Finding", "Surroundings", "diagnose", "named"]

_USERINFO = re.compile(r"(?<=://)[^/\s]*@")

CHECKS: dict[str, Callable[[Surroundings], Iterable[Finding]]] = {
    "git": programs.check_git,
    "program": programs.check_program,
    "repository": programs.check_repository,
    "settings": own_settings.check_settings,
    "setting-names": own_settings.check_names,
    "questions": questions.check_questions,
    "helper": helpers.check_asked,
    "helper-found": helpers.check_found,
    "other-helpers": helpers.check_first,
    "copies": helpers.check_copies,
    "paths": paths.check_paths,
    "read-only": homes.check_read_only,
    "homes": homes.check_homes,
    "permissions": vault.check_permissions,
    "keyring": keyring.check_keyring,
    "vault": vault.check_vault,
    "slots": vault.check_slots,
    "agent": agent.check_agent,
    "tokens": tokens.check_tokens,
    "global-tokens": tokens.check_global,
    "renewal": renewal.check_renewal,
    "sign-ins": sign_ins.check_sign_ins,
    "clock": clock.check_clock,
    "remotes": remotes.check_remotes,
    "secrets": remotes.check_secrets,
    "left-over-headers": headers.check_headers,
    "plaintext": plaintext.check_plaintext,
    "tools": tools.check_tools,
    "before-tools-ask": tools.check_first,
    "package-tokens": tools.check_tokens,
    "tls": tls.check_tls,
    "proxy": proxy.check_proxies,
    "hosts": hosts.check_hosts,
}


def diagnose(around: Surroundings) -> Iterator[Finding]:
    """Run every check and give what it finds, as soon as it does."""
    reported: set[str] = set()
    for name, check in CHECKS.items():
        for finding in _run(check, around):
            if finding.text not in reported:
                reported.add(finding.text)
                yield named(finding, name)


def named(finding: Finding, check: str) -> Finding:
    """Return the finding of the check of this name, without anything that could be a secret."""
    text = _USERINFO.sub("", without_tokens(finding.text))
    fix = finding.fix and without_tokens(finding.fix)
    if fix and (fix != finding.fix or _USERINFO.search(fix) or not fix.isprintable()):
        fix = None  # half a command is worse than none
    return finding._replace(check=check, text=printable(text), fix=fix)


def _run(check: Callable[[Surroundings], Iterable[Finding]], around: Surroundings) -> Iterator[Finding]:
    try:
        yield from check(around)
    except PatError as error:
        yield refused(error, own_settings.fix_of(error, around))
    except Exception as error:  # noqa: BLE001  # one check that fails must not hide the others; no traceback
        yield problem(f"this check failed itself ({type(error).__name__}); please report it", None)
