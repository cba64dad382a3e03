"""What the launcher runs, by path and under `python -I -S`: find the package's own folder, then start.

Kept short, because a file that is run by path is compiled anew each time. The process lives for a
moment, so it neither collects garbage nor tidies up at its end: that saves a tenth of Git's waiting.
"""

import gc
import sys
from posix import _exit, environ, write


def _end(kind: type[BaseException], *_: object) -> None:
    """A traceback could show a token."""
    if kind is KeyboardInterrupt:  # before `cli`, which reports it in the same way
        write(2, b"git-credential-pat: interrupted\n")
        _exit(130)
    write(2, b"git-credential-pat: internal error; nothing was printed; please install it again\n")
    _exit(1)


gc.disable()
sys.excepthook = _end
if not __package__:
    sys.path.append(__file__.rpartition("/git_credential_pat/")[0])

from git_credential_pat.agent.client import call  # noqa: E402  # the path must be known first

status, messages, outcome = call(sys.argv[1:], environ)
if status is None:
    from git_credential_pat.cli import main

    status = main(sys.argv[1:], messages, outcome)
_exit(status)
