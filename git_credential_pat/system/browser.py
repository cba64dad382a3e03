"""The user's browser, where there is a desktop to show it on."""

import sys
from collections.abc import Mapping

from git_credential_pat.system.processes import DEFAULT_PATH, find_program
from git_credential_pat.system.users import is_root

_DESKTOPS = ("DISPLAY", "WAYLAND_DISPLAY")


def open_page(url: str, environment: Mapping[str, str], umask: int) -> bool:
    """Open a page, and return whether a program took it; root's browser is never started.

    The URL stands on a command line, so it holds no secret. Nobody waits for the program: some are the
    browser itself. `umask` is the user's own, for the files that it makes.
    """
    is_mac = sys.platform == "darwin"
    if is_root() or not url.startswith(("https://", "http://")):
        return False
    if not is_mac and not any(map(environment.get, _DESKTOPS)):
        return False
    program = find_program("open" if is_mac else "xdg-open", environment.get("PATH", DEFAULT_PATH))
    if program is None:
        return False
    import subprocess  # never while Git waits

    try:
        subprocess.Popen(
            [program, url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**environment},
            start_new_session=True,
            umask=umask,
        )
    except OSError:
        return False
    return True
