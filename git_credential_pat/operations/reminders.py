"""Which tokens that expire soon the user was told of today: one line a day for each is enough.

A note is an empty file beside the vault, made exclusively, so that of many calls at once one tells. Its name
holds the day and a hash under the token itself as the key, which says nothing to who does not have the token.
"""

import os

from git_credential_pat.git.settings import DAY, Settings
from git_credential_pat.model.entry import SECOND, Entry

_PREFIX = "told-"
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_HASH_DIGITS = 32


def is_due(entry: Entry, settings: Settings, now: int) -> bool:
    """Tell whether the user is to be told of this token now, and note that; `now` is nanoseconds since 1970.

    Where nothing can be noted, on a full disk say, it is better told again than never.
    """
    day = f"{_PREFIX}{now // SECOND // DAY}-"
    path = os.path.join(settings.data_folder, day + _mark(entry))
    try:
        os.makedirs(settings.data_folder, mode=0o700, exist_ok=True)
        os.close(os.open(path, _MAKE, 0o600))
        for name in os.listdir(settings.data_folder):
            if name.startswith(_PREFIX) and not name.startswith(day):
                os.unlink(os.path.join(settings.data_folder, name))
    except FileExistsError as error:
        return bool(error.filename != path)  # else something else lies where the folder belongs
    except OSError:
        return True
    return True


def _mark(entry: Entry) -> str:
    import hmac  # few calls have something to tell

    return hmac.digest(entry.secret, entry.scope.text.encode(), "sha256").hex()[:_HASH_DIGITS]
