"""Homes: root in another user's, what root once made in the user's own, and read-only configuration."""

from collections.abc import Iterator

from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.git.settings import user_config_file, user_config_files
from git_credential_pat.model.finding import Finding, note, problem, refused
from git_credential_pat.system.homes import anothers_home, denied, foreign_part
from git_credential_pat.system.users import is_root
from git_credential_pat.text import quoted


def check_homes(around: Surroundings) -> Iterator[Finding]:
    """Report another user's home that root would change, and what another user owns in the user's own."""
    folders = around.settings.data_folder, around.settings.config_folder
    paths = [*folders, *user_config_files(around.variables)]
    for home in dict.fromkeys(map(anothers_home, paths)):
        if home is not None:
            yield problem(str(home.refusal()), home.way_out())
    parts = () if is_root() else dict.fromkeys(map(foreign_part, paths))
    for part in parts:
        refusal = None if part is None else denied(part)
        if refusal is not None:
            yield refused(refusal)


def check_read_only(around: Surroundings) -> Iterator[Finding]:
    """Note that Git's configuration is made elsewhere, and where what it lacks belongs then."""
    if around.read_only:
        path = quoted(user_config_file(around.variables))
        yield note(f"{path} cannot be changed ({around.read_only}); seed prints the lines that it lacks")
