"""The system's clock: the time, where it is one that an entry can be given.

The vault has no times before 1970, and Python has none after 2262.
"""

from __future__ import annotations

import sys
from time import time_ns

from git_credential_pat.errors import PatError
from git_credential_pat.model.entry import Nanoseconds

SET_CLOCK = "sudo sntp -sS time.apple.com" if sys.platform == "darwin" else "sudo timedatectl set-ntp true"
"""The command that sets it."""

_LAST = (1 << 63) - 1


def now() -> Nanoseconds:
    """Return nanoseconds since 1970; raise PatError if the clock cannot be right."""
    moment = nearest()
    if not 0 < moment < _LAST:
        raise PatError(f"the clock is set before 1970 or after 2262; run: {SET_CLOCK}")
    return moment


def nearest() -> Nanoseconds:
    """Return nanoseconds since 1970, or the nearest that there are, for what only reads."""
    try:
        return Nanoseconds(max(0, time_ns()))
    except OverflowError:
        return Nanoseconds(_LAST)
