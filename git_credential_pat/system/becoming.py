"""Becoming another program, which gets back of its process whatever this one has changed.

That is the working folder, the umask, the signals that Python ignores, and the variables that the launcher
and Python have set or taken away. Core dumps stay off, for the program's variables hold a token; it may
switch them on itself.
"""

import errno
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from git_credential_pat.errors import PatError
from git_credential_pat.text import shown

_MARK = b"GIT_CREDENTIAL_PAT_"
_LAUNCHER = _MARK + b"LAUNCHER"
_CHANGED = (b"OPENSSL_CONF", b"OPENSSL_MODULES", b"OPENSSL_ENGINES", b"LC_CTYPE")
"""Taken away by the launcher, which keeps each under its name after `_MARK`, or set by Python."""
_IGNORED_BY_PYTHON = ("SIGPIPE", "SIGXFZ", "SIGXFSZ")
_SHELL = b"/bin/sh"


class NotRunnableError(PatError):
    """The program is there, but cannot be run; the status is that of env(1) and of shells."""

    status = 126


class NotFoundError(PatError):
    """There is no such program."""

    status = 127


def users_environment(environment: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the environment as it was before the launcher."""
    ours = {_LAUNCHER, *_CHANGED, *(_MARK + name for name in _CHANGED)}
    users = {name: value for name, value in environment.items() if name not in ours}
    kept = {name: environment[_MARK + name] for name in _CHANGED if _MARK + name in environment}
    return users | kept


def become(command: Sequence[str], environment: Mapping[bytes, bytes], folder: str, umask: int) -> NoReturn:
    """Become a program, found on the environment's PATH as shells do.

    Raises NotFoundError or NotRunnableError if that cannot be.
    """
    try:
        os.chdir(folder)
    except OSError as error:
        raise PatError(f"the working folder cannot be entered ({os.strerror(error.errno or 0)})") from None
    os.umask(umask)
    for name in _IGNORED_BY_PYTHON:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    arguments = [os.fsencode(word) for word in command]
    _run(arguments, environment)


def _run(arguments: Sequence[bytes], environment: Mapping[bytes, bytes]) -> NoReturn:
    failure: OSError | None = None
    for path in _paths(arguments[0], environment):
        try:
            _execute(path, arguments, environment)
        except OSError as error:  # noqa: PERF203  # each folder of the PATH is tried
            is_said = error.errno in (errno.ENOENT, errno.ENOTDIR)
            may_be_hidden = b"/" not in arguments[0]  # a folder of PATH may not be looked into
            is_missing = (is_said or may_be_hidden) and not os.path.exists(path)
            failure = failure if is_missing else error
            if not is_missing and error.errno != errno.EACCES:
                break  # of what may not be run there may be another on the PATH, as execvp(3) has it
    name = shown(arguments[0])
    if failure is None:
        raise NotFoundError(f'there is no program "{name}"; install it, or give its path')
    if failure.errno == errno.ENOENT:
        raise NotRunnableError(f'"{name}" cannot be run: the program that is to run it is missing')
    raise NotRunnableError(f'"{name}" cannot be run: {os.strerror(failure.errno or 0)}')


def _paths(name: bytes, environment: Mapping[bytes, bytes]) -> Iterator[bytes]:
    if b"/" in name:
        yield name
        return
    for folder in environment.get(b"PATH", os.fsencode(os.defpath)).split(b":"):
        yield os.path.join(folder, name)  # an empty folder is the working folder


def _execute(path: bytes, arguments: Sequence[bytes], environment: Mapping[bytes, bytes]) -> NoReturn:
    try:
        os.execve(path, [*arguments], environment)  # noqa: S606  # no shell is wanted
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    os.execve(_SHELL, [_SHELL, path, *arguments[1:]], environment)  # noqa: S606  # a script without #!
