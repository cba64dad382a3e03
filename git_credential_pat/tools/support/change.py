"""Changes: what a tool's configuration is to have of ours. Each kind is a class, all with the same face.

A change is the whole of what is ours in one place, so it also takes out what is no longer wanted. It is
made only if it can be undone exactly, and never where a setting of the user's own stands in the way: then
an `Obstacle` has what to paste. What was made that was not there before (files, folders) is noted in `Made`,
and goes again with the last of ours.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress

from git_credential_pat.errors import PatError
from git_credential_pat.git import block
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.files import change_foreign
from git_credential_pat.system.homes import denied, require_own_home
from git_credential_pat.text import quoted

Made = set[str]
"""The paths of files and folders that were not there before."""


class Obstacle(NamedTuple):
    """Why something is not written to a place; what the user may write there, or the command that helps."""

    place: str
    reason: str
    text: str = ""
    fix: str = ""


class Change:
    """The face of all kinds, and what is true of most: it concerns the file at `path`.

    Tools that want the same thing have changes of the same path.
    """

    def __init__(self, path: str) -> None:
        """Take the absolute path that is changed."""
        self.path = path
        self._useless: Obstacle | None = None

    def unless(self, reason: str, fix: str) -> "Change":
        """Return this change, not to be made if there is a reason: it would be of no use before the fix."""
        self._useless = Obstacle(self.path, reason, fix=fix) if reason else None
        return self

    def obstacles(self) -> list[Obstacle]:
        """Return what keeps it from being made whole."""
        return [self._useless] if self._useless else self.hindrances()

    def make(self, made: Made) -> bool:
        """Make it as far as nothing is in the way; return whether anything changed."""
        return not self._useless and self.write(made)

    def shown(self) -> str:
        """Return what is to stand there, for a person to read; empty if nothing is."""
        raise NotImplementedError

    def is_made(self) -> bool:
        """Return whether all that is wanted is there, and nothing else of ours."""
        raise NotImplementedError

    def is_there(self) -> bool:
        """Return whether anything of ours is there."""
        raise NotImplementedError

    def hindrances(self) -> list[Obstacle]:
        """Return what is in the way at the place itself."""
        raise NotImplementedError

    def write(self, made: Made) -> bool:
        """Make it, as `make` says."""
        raise NotImplementedError

    def undo(self, made: Made) -> bool:
        """Take out all that is ours; return whether anything changed."""
        raise NotImplementedError

    def unwritable(self) -> list[Obstacle]:
        """Return the obstacle of a place that cannot be changed at all, if it cannot."""
        reason = block.obstacle(self.path)
        return [Obstacle(self.path, f"it cannot be changed ({reason})", self.shown())] if reason else []


class Text(Change):
    """A change of a text file, which each kind says as functions of the text, without input or output."""

    def added(self, text: str) -> tuple[str, list[Obstacle]]:
        """Return a text that has nothing of ours with all that can be added, and what is in the way."""
        raise NotImplementedError

    def removed(self, text: str) -> str:
        """Return a text without what is ours; raise PatError if that cannot be known."""
        raise NotImplementedError

    def ours(self, text: str) -> object:
        """Return what is ours in a text, to be compared."""
        raise NotImplementedError

    def is_same(self, one: str, other: str) -> bool:
        """Return whether two texts are the same as the tool reads them."""
        return one == other

    def is_empty(self, text: str) -> bool:
        """Return whether a text holds nothing, so that a file of ours may go."""
        return not text

    def planned(self, text: str) -> tuple[str, list[Obstacle]]:
        """Return a text as it is to be, unchanged if it has what is wanted, and what is in the way."""
        base = self.removed(text)
        after, obstacles = self.added(base)
        if self.ours(after) == self.ours(text):
            return text, obstacles
        if self.is_same(self.removed(after), base):
            return after, obstacles
        return base, [*obstacles, self.obstacle("it is written in a way that is not understood")]

    def obstacle(self, reason: str) -> Obstacle:
        """Return the obstacle of the whole file."""
        return Obstacle(self.path, reason, self.shown())

    def is_made(self) -> bool:
        """Compare what is there with what is planned."""
        text = _text(read(self.path))
        after, obstacles = self.planned(text)
        return not obstacles and after == text

    def is_there(self) -> bool:
        """Look whether anything would be taken out."""
        text = _text(read(self.path))
        return self.removed(text) != text

    def hindrances(self) -> list[Obstacle]:
        """Name the lines in the way, or the file if it is read-only."""
        text = _text(read(self.path))
        after, obstacles = self.planned(text)
        return obstacles or (self.unwritable() if after != text else [])

    def write(self, made: Made) -> bool:
        """Write what is planned, unless the file is read-only."""
        if self.is_made() or self.unwritable():
            return False
        return change_file(self.path, lambda text: self.planned(text)[0], self, made)

    def undo(self, made: Made) -> bool:
        """Write the file without what is ours, and remove it if it was made for that."""
        return os.path.exists(self.path) and change_file(self.path, self.removed, self, made)


def change_file(path: str, change: Callable[[str], str], kind: Text, made: Made) -> bool:
    """Change a file by a function of its text; the user's own link is followed. Return whether it changed.

    A file in `made` that holds nothing any more is removed. Raises PatError.
    """
    real = os.path.realpath(path)
    require_own_home(real)
    before, after = read(real), b""

    def change_bytes(data: bytes | None) -> bytes | None:
        nonlocal before, after
        before = data
        text = change(_text(data))
        after = text.encode("utf-8", "surrogateescape")
        is_over = kind.is_empty(text) and (data is None or path in made)
        return None if is_over else after

    if change_bytes(before) == before:
        return False
    try:
        make_folders(os.path.dirname(real), made)
        change_foreign(real, change_bytes)
    except OSError as error:
        raise unchanged(real, error) from None
    finally:
        if before is None and os.path.exists(real):
            made.add(path)
        elif not os.path.exists(real):
            made.discard(path)
            remove_folders(os.path.dirname(real), made)
    return True


def read(path: str) -> bytes | None:
    """Return a file's bytes, None if there is none; raise PatError for what is no file."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise PatError(f"{quoted(path)} is not a regular file; move it away")
    return block.contents(path)


def make_folders(folder: str, made: Made) -> None:
    """Make a folder and those above it, and note those that were not there."""
    if os.path.isdir(folder):
        return
    make_folders(os.path.dirname(folder), made)
    with suppress(FileExistsError):
        os.mkdir(folder)
        made.add(folder)


def remove_folders(folder: str, made: Made) -> None:
    """Remove a folder that was made, and those above it, if they are empty."""
    while folder in made:
        try:
            os.rmdir(folder)
        except OSError as error:
            if error.errno != errno.ENOENT:
                return
        made.discard(folder)
        folder = os.path.dirname(folder)


def unchanged(path: str, error: OSError) -> PatError:
    """Return the message about a place that could not be changed."""
    refusal = denied(path) if isinstance(error, PermissionError) else None
    return refusal or PatError(f"cannot change {quoted(path)}: {os.strerror(error.errno or 0)}")


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "surrogateescape")
