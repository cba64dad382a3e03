"""terraform-credentials-pat: Terraform's credentials helper, `get HOST`; it sends the token as Bearer.

See "Credentials Helpers" in Terraform's internals. A login cannot be stored, for a token is seeded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat import suggest
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.frontends.support.asking import ask
from git_credential_pat.frontends.support.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_credential_pat.frontends import Talk

_OPERATION_AND_HOST = 2


def talk(words: list[str], read: Callable[[int], bytes]) -> Talk:
    """Carry out one of Terraform's operations."""
    del read
    operation, host = words if len(words) == _OPERATION_AND_HOST else ("", "")
    if operation in ("store", "forget"):
        url = f"https://{host}"
        command = suggest.seed(url) if operation == "store" else suggest.own("remove", url)
        raise PatError(f"Terraform cannot {operation} a token here; run: {command}")
    if operation != "get":
        raise UsageError("terraform-credentials-pat takes get and a host")
    login = yield from ask("terraform", f"https://{host}", takes_header=True)
    yield line_of({} if login is None else {"token": login.token})
    return 0
