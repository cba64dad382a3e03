"""What Python's tools need: our backend of the `keyring` library, and a program of that name on PATH."""

import os

from git_credential_pat import __file__ as package
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change
from git_credential_pat.tools.support.files import Link
from git_credential_pat.tools.support.ini import Ini

PROGRAM = "keyring"
_BACKEND = "git_credential_pat_keyring.Keyring"
_FOLDER = "keyring_path"


def backend(around: Around, *, is_wanted: bool = True) -> Change:
    """Return what has every tool's library use our backend, which hands on what is not ours."""
    folder = os.path.join(os.path.dirname(os.path.abspath(package)), _FOLDER)
    values = {"default-keyring": _BACKEND, "keyring-path": folder} if is_wanted else {}
    return Ini(around.config("python_keyring", "keyringrc.cfg"), PROGRAM, "backend", values)


def program(around: Around) -> list[Change]:
    """Return what puts our program on PATH, unless another of its name is there: then that gets the backend.

    One that came to stand behind ours is asked by ours, and so in no one's way.
    """
    first, others = around.found(PROGRAM), around.others(PROGRAM)
    is_wanted = not others or (first is not None and around.is_own(first))
    link = Link(around.own(PROGRAM), around.launcher, is_wanted=is_wanted)
    return [
        link.unless(around.lost if is_wanted else "", around.reaching),
        backend(around, is_wanted=not is_wanted),
    ]
