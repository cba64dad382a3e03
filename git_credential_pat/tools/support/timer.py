"""The timer that renews tokens: systemd units of the user's own, or without systemd a line for cron.

systemd reads units from files. A timer starts with the user's session if there is a link to it among what
`timers.target` wants. So files and link are changes like those of a tool, and can be made and undone without
a manager of the user's services; only what runs at the moment needs one (`system.services`).
"""

import os
from collections.abc import Iterable, Iterator

from git_credential_pat import suggest
from git_credential_pat.text import quoted
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.files import Link, OwnFile, signed
from git_credential_pat.tools.support.tool import Tool

RENEW = "renew"
"""The word for `configure`."""
WORDS = "rotate --all --unattended"
"""The command that the timer runs."""

_NAME = "git-credential-pat-renew"
UNIT = f"{_NAME}.timer"
UNITS = (UNIT, f"{_NAME}.service")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_KEPT = (
    *("PATH", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"),
    *("GIT_CONFIG_NOSYSTEM", "AZURE_CONFIG_DIR", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_CERT", "GIT_SSL_KEY"),
    *(*_PROXIES, "no_proxy", "NO_PROXY"),
)
"""The variables that decide what is renewed, and how hosts are reached; services do not inherit them."""
_SPECIAL = {"\\": "\\\\", '"': '\\"', "%": "%%", "\n": "\\n"}
"""What has a meaning within quotes of a unit (systemd.syntax(7), systemd.unit(5))."""

TIMER = f"""\
# A systemd user unit: once a day, has the tokens renewed that end soon, if pat.renew allows it.
#   cp git-credential-pat-renew.[st]* ~/.config/systemd/user/
#   systemctl --user enable --now git-credential-pat-renew.timer
# The same, with the paths of this machine: {suggest.own("configure", RENEW)}

[Unit]
Description=Daily renewal of personal access tokens
Documentation=man:git-credential-pat(1)

[Timer]
OnCalendar=daily
RandomizedDelaySec=4h
Persistent=true

[Install]
WantedBy=timers.target
"""
SERVICE = f"""\
# The service of git-credential-pat-renew.timer. It asks nobody, and prints one line for each token.
# Status 6: a token waits for a person.

[Unit]
Description=Renewal of personal access tokens
Documentation=man:git-credential-pat(1)

[Service]
Type=oneshot
ExecStart={{launcher}} {WORDS}
SuccessExitStatus=6
TimeoutStartSec=30min
WorkingDirectory=/
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
"""
CRON = f"""\
# A line for crontab(5), where there is no systemd. To add it, run: crontab -e
17 11 * * * {{launcher}} {WORDS}
"""
"""The files as they lie in `install/`, but for the launcher's path."""


class Timer(Tool):
    """The timer, as `configure` writes it: like a tool that asks this program once a day."""

    name, title, programs = RENEW, "The timer", ("systemctl",)

    def changes(self, around: Around) -> list[Change]:
        """Want both units, and a link by which the timer starts with the session."""
        folder = around.config("systemd", "user")
        timer = os.path.join(folder, UNIT)
        return [
            OwnFile(timer, signed(RENEW, TIMER.splitlines())),
            OwnFile(os.path.join(folder, UNITS[1]), signed(RENEW, [*service_lines(around)])),
            Link(os.path.join(folder, "timers.target.wants", UNIT), timer, name=UNIT),
        ]


def service_lines(around: Around) -> Iterator[str]:
    """Give the lines of the service, with the launcher's path and the variables that it needs."""
    for line in SERVICE.splitlines():
        if line.startswith("ExecStart="):
            yield from (f"Environment={_word(f'{name}={value}')}" for name, value in _variables(around))
        yield line.replace("{launcher}", _command(around.launcher))


def cron_line(around: Around) -> str:
    """Return the line for crontab(5), where `%` ends a command."""
    kept = "".join(f"{name}={quoted(value)} " for name, value in _variables(around))
    launcher = (kept + quoted(around.launcher)).replace("%", "\\%")
    return CRON.splitlines()[-1].replace("{launcher}", launcher)


def is_in(crontab: Iterable[str]) -> bool:
    """Return whether a line of a crontab runs what the timer does."""
    return any(WORDS in line for line in crontab)


def _variables(around: Around) -> list[tuple[str, str]]:
    """Return the variables that are kept, without the password of a proxy."""
    found = [(name, around.variables.get(name, "")) for name in _KEPT]
    plain = [(name, _without_password(value) if name in _PROXIES else value) for name, value in found]
    return [(name, value) for name, value in plain if value and value.isprintable()]


def _without_password(proxy: str) -> str:
    """Return a proxy's address with the username alone, for which Git's helpers may have a password."""
    login, at, host = proxy.rpartition("@")
    scheme, separator, name = login.partition("://")
    if not separator or ":" in scheme:  # a password may have anything in it
        scheme, separator, name = "", "", login
    return f"{scheme}{separator}{name.partition(':')[0]}{at}{host}"


def _command(path: str) -> str:
    """Return the start of a command for a unit; systemd itself runs no path with a quote or a backslash."""
    if not {*path} & {*"\"'\\"}:
        return _word(path)
    argument = _word(path).replace("$", "$$")
    return f'/bin/sh -c \'exec "$$0" "$$@"\' {argument}'


def _word(text: str) -> str:
    """Return a word of a unit, in quotes."""
    return '"' + "".join(_SPECIAL.get(character, character) for character in text) + '"'
