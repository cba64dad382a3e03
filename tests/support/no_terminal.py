"""Tests and rows ask nobody: they have no terminal but those that they make, also where a person runs them.

Without this a `get` that finds nothing would ask for a token on the terminal that they were started from.
"""

import fcntl
import os
import termios


def leave_terminal() -> None:
    """Give up the controlling terminal, if there is one, for this process and all that it starts.

    Ctrl-C still arrives: it goes to the process group. Whoever leads a session keeps its terminal, which
    would hang up the whole session.
    """
    if os.getsid(0) == os.getpid():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return
    try:
        fcntl.ioctl(terminal, termios.TIOCNOTTY)
    finally:
        os.close(terminal)
