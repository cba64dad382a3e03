"""Lines that the user sees once a day, whichever process prints them.

A note is an empty file, made exclusively, so that of many calls at once one prints. Its name holds the day
and a mark, which reveals nothing.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_credential_pat.model.entry import DAY, SECOND
from git_credential_pat.system.homes import anothers_home

if TYPE_CHECKING:
    from git_credential_pat.model.entry import Nanoseconds

_PREFIX = "told-"
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def note_today(folder: str, mark: str, now: Nanoseconds) -> bool:
    """Note in a folder that a line is printed today; return False if that was noted before.

    `now` is nanoseconds since 1970. Where nothing can be noted, on a full disk or in another user's home say,
    a line that comes again is better than none.
    """
    if anothers_home(folder) is not None:
        return True
    day = f"{_PREFIX}{now // SECOND // DAY}-"
    path = os.path.join(folder, day + mark)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        os.close(os.open(path, _MAKE, 0o600))
        for name in os.listdir(folder):
            if name.startswith(_PREFIX) and not name.startswith(day):
                os.unlink(os.path.join(folder, name))
    except FileExistsError as error:
        return bool(error.filename != path)  # else something else lies where the folder belongs
    except OSError:
        return True
    return True
