"""What Entra's refusals mean, in a few words.

Their codes stand at learn.microsoft.com/entra/identity-platform/reference-error-codes; others come as Entra
words them.
"""

import re
from collections.abc import Mapping

from git_credential_pat.text import SHOWN_LIMIT, printable

CONDITIONAL_ACCESS = "Conditional Access of the tenant forbids it here; its administrator can allow it"
SECOND_FACTOR = "the tenant wants another factor, so sign in again"
DEVICE_CODE_BLOCKED = "the tenant blocks sign-in by device code; sign in with a browser"
ADMIN_APPROVAL = 'the app "needs admin approval": an administrator of the tenant has to consent to it'

_MEANINGS = (
    (CONDITIONAL_ACCESS, (50005, 50097, 50131, 53000, 53001, 53002, 53003, 53004, 53011, 530032, 530034)),
    (SECOND_FACTOR, (50072, 50074, 50076, 50078, 50079, 50158)),
    (DEVICE_CODE_BLOCKED, (530033, 530035, 530036)),
    (ADMIN_APPROVAL, (65001, 90008, 90094, 90095, 90099, 650056)),
    ("the app has no permission for Azure DevOps in its registration", (65005, 650057)),
    ("you declined it", (65004,)),
    ("it was not confirmed that this app is meant; sign in again", (50199,)),
    ("the tenant has no app of that id, see pat.entraClientId", (700016, 70001, 700011)),
    ('the app\'s registration does not "allow public client flows"', (7000218,)),
    ("the app's registration lacks the redirect URI http://localhost", (50011,)),
    ("the app's registration is for one tenant, and not for this one", (50194,)),
    ("the secret or the assertion of the app is wrong", (70002, 7000215, 700027)),
    ("no federated credential of the app fits where this runs", (70021, 700213, 7002131)),
    ("the assertion is not valid at this time; is the clock right?", (700024,)),
    ("this account is not in the organization's tenant", (50014, 50020, 50034, 51004, 90072, 500208)),
    ("there is no such tenant", (90002, 90023, 900021)),
    ("the account is disabled", (50057,)),
    ("the tenant has no Azure DevOps", (500011, 650052)),
    ("the sign-in has ended, so sign in again", (50089, 50132, 50133, 50173, 70008, 70043, 700082, 700084)),
    ("the code was not entered in time", (70019, 70020)),
)
_BY_CODE = {code: meaning for meaning, codes in _MEANINGS for code in codes}
_BY_ERROR = {
    "authorization_declined": "it was declined",
    "access_denied": "it was declined",
    "expired_token": "the code was not entered in time",
    "authorization_pending": "the code was not entered in time",
    "invalid_client": "the app's registration does not fit, see pat.entraClientId",
}
_CODE = re.compile(r"AADSTS([0-9]{5,9})")
_LONG_WORD = re.compile(r"[^\s:,;'\"()<>]{48,}")
"""What may be a token."""


def why(answer: Mapping[str, object]) -> str:
    """Return what a refusal means that came as JSON (RFC 6749, 5.2)."""
    description, error = answer.get("error_description"), answer.get("error")
    text = description if isinstance(description, str) else ""
    found = meaning(text)
    if found:
        return found
    name = error if isinstance(error, str) else ""
    return _BY_ERROR.get(name) or one_line(text) or one_line(name) or "it says nothing of the reason"


def meaning(text: str) -> str:
    """Return what the code of Entra's in a text means, with the code; empty if there is none."""
    match = _CODE.search(text)
    if match is None:
        return ""
    known = _BY_CODE.get(int(match[1]))
    return f"{known} ({match[0]})" if known else one_line(text[match.start() :])


def one_line(text: str) -> str:
    """Return the first line of what another program or host says, cut, and without what may be a token."""
    lines = (line.strip() for line in text.splitlines())
    first = printable(_LONG_WORD.sub("[hidden]", next(filter(None, lines), "")))
    first = first.partition(" Trace ID:")[0].rstrip(". ")
    return first if len(first) <= SHOWN_LIMIT else first[: SHOWN_LIMIT - 3] + "..."
