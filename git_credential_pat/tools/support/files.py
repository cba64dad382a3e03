"""Changes that are whole files: a file of ours, a folder of them, a link to the launcher."""

import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress

from git_credential_pat import suggest
from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import NAME
from git_credential_pat.system.files import change_foreign
from git_credential_pat.system.homes import require_own_home
from git_credential_pat.text import quoted
from git_credential_pat.tools.support.change import (
    Change,
    Made,
    Obstacle,
    make_folders,
    read,
    remove_folders,
    unchanged,
)

_SIGN = f"written by `{suggest.configure()}"
_SIGN_WITHIN = 300
"""How many bytes of a file may stand before the sign that it is ours."""


def signed(tool: str, lines: Sequence[str], comment: str = "#", first: str = "") -> str:
    """Return the text of a file of ours, whose first lines say so."""
    before = [first] if first else []
    sign = f"{comment} {_SIGN} {tool}`; `{suggest.own('unconfigure', tool)}` removes it"
    return "\n".join([*before, sign, *lines, ""])


class _Whole(Change):
    """What is ours as a whole, with the folders that were made for it: a file or a link."""

    is_wanted: bool
    """Whether it is to be there."""

    def put(self) -> None:
        """Put it into its folder, which is there; raises OSError."""
        raise NotImplementedError

    def write(self, made: Made) -> bool:
        """Put it there, in place of an older one of ours, or take that away."""
        if self.is_made() or self.hindrances():
            return False
        if not self.is_wanted:
            return self.undo(made)
        require_own_home(self.path)
        try:
            make_folders(os.path.dirname(self.path), made)
            self.put()
        except OSError as error:
            raise unchanged(self.path, error) from None
        return True

    def undo(self, made: Made) -> bool:
        """Remove it if it is ours, and the folders that were made for it."""
        if not self.is_there():
            return False
        require_own_home(self.path)
        try:
            os.unlink(self.path)
        except OSError as error:
            raise unchanged(self.path, error) from None
        remove_folders(os.path.dirname(self.path), made)
        return True


class OwnFile(_Whole):
    """A file that is ours as a whole; an empty text is for none."""

    def __init__(self, path: str, text: str, *, is_program: bool = False) -> None:
        """Take the path, the text (see `signed`), and whether it is to be run."""
        super().__init__(path)
        self._text = text
        self.is_wanted = bool(text)
        self._mode = 0o755 if is_program else 0o644

    def shown(self) -> str:
        """Return the text."""
        return self._text.removesuffix("\n")

    def is_made(self) -> bool:
        """Compare the file, and whether it can be run."""
        if not self.is_wanted:
            return not self.is_there()
        try:
            mode = os.stat(self.path).st_mode
        except OSError:
            return False
        return stat.S_IMODE(mode) == self._mode and read(self.path) == self._text.encode()

    def hindrances(self) -> list[Obstacle]:
        """Name a file of the user's own, or a place that cannot be changed."""
        if self.is_wanted and os.path.lexists(self.path) and not self.is_there():
            return [Obstacle(self.path, "there is a file of your own", self.shown())]
        return [] if self.is_made() else self.unwritable()

    def put(self) -> None:
        """Write the file."""
        change_foreign(self.path, lambda _: self._text.encode())
        os.chmod(self.path, self._mode)

    def is_there(self) -> bool:
        """Look for the sign in the first lines."""
        if os.path.islink(self.path) or not os.path.isfile(self.path):
            return False
        return _SIGN.encode() in (read(self.path) or b"")[:_SIGN_WITHIN]


class OwnFolder(Change):
    """A folder of programs of ours, which has no others."""

    def __init__(self, path: str, texts: Mapping[str, str]) -> None:
        """Take the folder, and the text of each program by its name."""
        super().__init__(path)
        self._texts = texts

    def shown(self) -> str:
        """Return the programs' names, and the text of the first."""
        return next(iter(self._texts.values()), "").removesuffix("\n")

    def is_made(self) -> bool:
        """Compare each program."""
        return all(change.is_made() for change in self._changes())

    def is_there(self) -> bool:
        """Look for one of ours."""
        return any(change.is_there() for change in self._changes())

    def hindrances(self) -> list[Obstacle]:
        """Return what is in the way of any."""
        return [obstacle for change in self._changes() for obstacle in change.hindrances()][:1]

    def write(self, made: Made) -> bool:
        """Write those that are wanted, and remove the others."""
        written = [change.write(made) for change in self._changes()]
        return any(written)

    def undo(self, made: Made) -> bool:
        """Remove all."""
        removed = [change.undo(made) for change in self._changes()]
        return any(removed)

    def _changes(self) -> list[OwnFile]:
        there: list[str] = []
        with suppress(FileNotFoundError, NotADirectoryError):
            there = os.listdir(self.path)
        names = dict.fromkeys((*self._texts, *sorted(there)))
        return [
            OwnFile(os.path.join(self.path, name), self._texts.get(name, ""), is_program=True)
            for name in names
        ]


class Link(_Whole):
    """A symbolic link to a file of ours: mostly to the launcher, which so answers under the link's name."""

    def __init__(self, path: str, target: str, *, is_wanted: bool = True, name: str = NAME) -> None:
        """Take the path, the target's, whether the link is to be there, and what all targets are called."""
        super().__init__(path)
        self._target = target
        self._name = name
        self.is_wanted = is_wanted

    def shown(self) -> str:
        """Return the command that makes the link."""
        return f"ln -s {quoted(self._target)} {quoted(self.path)}" if self.is_wanted else ""

    def is_made(self) -> bool:
        """Return whether the link leads to its target."""
        if not self.is_wanted:
            return not self.is_there()
        return os.path.islink(self.path) and os.readlink(self.path) == self._target

    def hindrances(self) -> list[Obstacle]:
        """Name what stands there."""
        if self.is_wanted and os.path.lexists(self.path) and not self.is_there():
            return [Obstacle(self.path, "there is another program")]
        return [] if self.is_made() else self.unwritable()

    def put(self) -> None:
        """Make the link beside its place, then move it there."""
        beside = f"{self.path}.lock"
        try:
            os.symlink(self._target, beside)
        except FileExistsError:
            raise PatError(f"{beside} is in the way; if nothing else runs, remove it") from None
        os.replace(beside, self.path)

    def is_there(self) -> bool:
        """Return whether there is a link to a file of ours, wherever that lies."""
        return os.path.islink(self.path) and os.path.basename(os.readlink(self.path)) == self._name
