"""The operating system's keyring, where the vault or the settings need it."""

import os
from collections.abc import Iterator

from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import LockedError, PatError
from git_credential_pat.model.finding import Finding, ok, refused
from git_credential_pat.oskeyring.keyring import SERVICE
from git_credential_pat.system.users import session_folder

_NO_ITEM = "none"


def check_keyring(around: Surroundings) -> Iterator[Finding]:
    """Report whether the keyring answers without a question, if anything that is stored depends on it."""
    try:
        keyring = around.backend.keyring()  # its own one, so that it is waited for once
    except PatError:  # which the check of the vault reports
        return
    if keyring is None:
        return
    try:
        keyring.get(SERVICE, _NO_ITEM)
    except LockedError as error:
        yield refused(error, _session(around))
        return
    yield ok(f"{keyring.title} answers")


def _session(around: Surroundings) -> str | None:
    """Return the command that finds the session again, which `su` and `sudo` lose."""
    folder = session_folder()
    if around.settings.session_bus or not os.path.exists(f"{folder}/bus"):
        return None
    return f"export XDG_RUNTIME_DIR={folder}"
