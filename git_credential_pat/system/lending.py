"""Files that another program has for as long as it runs.

A secret lies in memory, behind a descriptor that the program inherits, and is gone with it. What needs a path
of its own, and a secret where the system has no such memory, lies in a folder that only the user can enter:
then this program stays the other's parent, and removes the folder at its end. It passes on what signals it
gets, stops when the other does, and ends as it does.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import NoReturn

from git_credential_pat.errors import PatError
from git_credential_pat.model import NamedTuple
from git_credential_pat.system.background import out_of_the_way
from git_credential_pat.system.users import is_own
from git_credential_pat.text import quoted

_OF_TERMINAL = frozenset((signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGWINCH))
"""What a terminal sends to all processes in its foreground, the other program too."""
_PASSED_ON = _OF_TERMINAL | {signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT}
_WAITED_FOR = _PASSED_ON | {signal.SIGCHLD}


class Lent(NamedTuple):
    """What a program is to have: secrets by any names, files and links by their paths in the folder."""

    folder: str
    secrets: Mapping[str, bytes]
    files: Mapping[str, bytes]
    links: Mapping[str, str]


def new_folder(runtime: str) -> str:
    """Return the path of a folder that is not there yet, below that of the user's session if there is one."""
    from tempfile import gettempdir  # only `exec` needs it

    is_usable = runtime.startswith("/") and os.path.isdir(runtime) and is_own(os.stat(runtime))
    return os.path.join(runtime if is_usable else gettempdir(), f"git-credential-pat-{os.urandom(8).hex()}")


def lend(lent: Lent, become: Callable[[Mapping[str, str]], NoReturn]) -> NoReturn:
    """Become a program that has these files, or its parent; `become` takes the paths of the secrets."""
    descriptors = {name: _in_memory(data) for name, data in lent.secrets.items()}
    paths = {name: f"/dev/fd/{descriptor}" for name, descriptor in descriptors.items() if descriptor}
    on_disk = {name: data for name, data in lent.secrets.items() if name not in paths}
    if not on_disk and not lent.files and not lent.links:
        become(paths)
    paths |= {name: os.path.join(lent.folder, name) for name in on_disk}
    try:
        _fill(lent.folder, {**lent.files, **on_disk}, lent.links)
        _stand_by(lambda: become(paths), lent.folder)
    except OSError as error:
        _remove(lent.folder)
        reason = os.strerror(error.errno or 0)
        raise PatError(f"cannot make {quoted(lent.folder)} for the command: {reason}") from None


def _in_memory(data: bytes) -> int | None:
    """Return a descriptor that a started program inherits, with this to read; None where there is none."""
    if sys.platform != "linux" or not os.path.isdir("/dev/fd"):
        return None
    descriptor = out_of_the_way(os.memfd_create("git-credential-pat"))
    os.set_inheritable(descriptor, True)  # noqa: FBT003  # the only form that it has
    os.write(descriptor, data)
    return descriptor


def _fill(folder: str, files: Mapping[str, bytes], links: Mapping[str, str]) -> None:
    os.mkdir(folder, 0o700)
    for name, data in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(data)
    for name, target in links.items():
        os.symlink(target, os.path.join(folder, name))


def _remove(folder: str) -> None:
    from shutil import rmtree  # few commands are given files

    rmtree(folder, ignore_errors=True)


def _stand_by(become: Callable[[], NoReturn], folder: str) -> NoReturn:
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR)
    of_children = signal.signal(signal.SIGCHLD, lambda *_: None)  # what is ignored cannot be waited for
    child = os.fork()
    if not child:
        signal.signal(signal.SIGCHLD, of_children)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        become()
    try:
        status = _accompany(child)
    finally:
        _remove(folder)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [-code])
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


def _accompany(child: int) -> int:
    """Pass on signals to a child until it ends, and stop whenever it does; return the status of its end."""
    while True:
        number, is_terminals = _next_signal()
        if number != signal.SIGCHLD:
            if not is_terminals:
                os.kill(child, number)
            continue
        ended, status = os.waitpid(child, os.WNOHANG | os.WUNTRACED)
        if ended and not os.WIFSTOPPED(status):
            return status
        if ended:
            os.kill(os.getpid(), signal.SIGSTOP)
            os.kill(child, signal.SIGCONT)


def _next_signal() -> tuple[int, bool]:
    """Return the next signal, and whether it came from the terminal, so that the child has it already."""
    if sys.platform == "darwin":  # it does not say where a signal is from
        number = signal.sigwait(_WAITED_FOR)
        return number, number in _OF_TERMINAL
    found = signal.sigwaitinfo(_WAITED_FOR)
    return found.si_signo, found.si_code > 0
