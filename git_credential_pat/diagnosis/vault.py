"""Where tokens are stored: which users can reach it, and what the backend says of itself."""

import os
from collections.abc import Iterator

from git_credential_pat import suggest
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import family_of
from git_credential_pat.model.finding import Finding, note, ok, problem, refused
from git_credential_pat.system.files import Folder
from git_credential_pat.text import quoted
from git_credential_pat.vault.format import FILE_NAME
from git_credential_pat.vault.keyslots.keyfile import NAME as KEY


def check_permissions(around: Surroundings) -> Iterator[Finding]:
    """Report what of the program's own folders and files others could reach, or the user cannot write."""
    found = 0
    for folder, name in ((around.settings.data_folder, FILE_NAME), (around.settings.config_folder, KEY)):
        try:
            Folder(folder).glance(name, 1)
        except PatError as error:
            found += 1
            yield refused(error)
            continue
        if os.path.isdir(folder) and not os.access(folder, os.W_OK):
            found += 1
            yield _unwritable(folder)
    if not found:
        yield ok("the program's folders are private")


def check_vault(around: Surroundings) -> Iterator[Finding]:
    """Report whether the backend opens without a question, and how much it holds."""
    return around.backend.diagnose(lambda: around.entries, lambda: _first_seed(around))


def check_slots(around: Surroundings) -> Iterator[Finding]:
    """Report for each way to open it whether it does; a passphrase is not asked for."""
    return around.backend.diagnose_slots()


def _first_seed(around: Surroundings) -> str:
    """Return the command that seeds the first token: for the current repository if that is known."""
    urls = (remote.url for remote in around.remotes)
    named = next((url.scope for url in urls if url and family_of(url.scope).needs_token), None)
    return suggest.seed(named.text) if named else suggest.first_seed()


def _unwritable(folder: str) -> Finding:
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return note(
            f"{quoted(folder)} is on a read-only file system: its tokens can be used, but not changed"
        )
    return problem(f"{quoted(folder)} cannot be written", f"chmod u+rwx {quoted(folder)}")
