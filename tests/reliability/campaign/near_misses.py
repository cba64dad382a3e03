"""Hosts that nearly are a stored one: mutated letters, suffixes, ports and encodings; none gets a token.

What does mean a stored host, and so is no near miss, is written here by its own rule: the same letters in
either case, with or without the protocol's own port.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from reliability.campaign.row import Row, Trial, main
from support.memory_backend import MemoryBackend
from support.vaults import entry_at

from git_credential_pat.errors import PatError
from git_credential_pat.helper import answer
from git_credential_pat.protocol import parse
from git_credential_pat.settings import Settings

if TYPE_CHECKING:
    import random

SETTINGS = Settings("/nonexistent", "/nonexistent")
NOW = 1_893_456_000 * 10**9
STORED = {
    b"dev.azure.com": b"fabrikam/web/_git/web",
    b"fabrikam.visualstudio.com": b"web/_git/web",
    b"fabrikam.pkgs.visualstudio.com": b"web/_git/web",
    b"github.com": b"fabrikam/web.git",
    b"gitlab.com": b"fabrikam/web.git",
    b"git.example.com:8443": b"fabrikam/web.git",
    b"[2001:db8::1]": b"fabrikam/web.git",
}
"""Hosts that get a token, each with a path that does."""

BACKEND = MemoryBackend(
    [
        entry_at("https://dev.azure.com/fabrikam", b"canary-azure"),
        entry_at("https://github.com/fabrikam", b"canary-github"),
        entry_at("https://gitlab.com/fabrikam", b"canary-gitlab"),
        entry_at("https://git.example.com:8443", b"canary-server", b"build"),
        entry_at("https://[2001:db8::1]", b"canary-address", b"build"),
    ]
)
SAME = re.compile(
    rb"((pkgs\.|vssps\.)?dev\.azure\.com|fabrikam\.((pkgs|vssps)\.)?visualstudio\.com|github\.com|gitlab\.com"
    rb"|\[2001:(db8:|0db8:)[0:]*:0{0,3}1\])(:443)?|git\.example\.com:8443",
    re.IGNORECASE,
)
"""All ways to write a host that means one of the stored."""

PIECES = (
    b".", b":", b":443", b":0443", b":8443", b":80", b"@", b"a@", b"\\", b"/", b"%2e", b"*", b"*.", b"[",
    b"]", b"-", b"_", b"\0", b"\r", b"\x85", b"\xc5\xbf", b"\xe3\x80\x82", b"\xef\xbc\x8e", b"evil",
    b"evil.com",
    b".evil.com", b"dev.azure.com", b"visualstudio.com", b" ", b"\t", b"?", b"#", b"0", b"::", b"x",
)  # fmt: skip


def request(host: bytes, path: bytes) -> bytes:
    """Return what Git would send for a host."""
    return b"protocol=https\nhost=" + host + b"\npath=" + path + b"\n\n"


def answered(message: bytes) -> bytes:
    """Return what the helper answers, empty if it refuses."""
    try:
        return answer("get", parse(message), BACKEND, SETTINGS, NOW).output
    except PatError:
        return b""


def mutated(host: bytes, chance: random.Random) -> bytes:
    """Return a host with one to three changes: bytes put in, taken out, replaced, turned or moved."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        start, end = sorted(chance.choices(range(len(host) + 1), k=2))
        host = chance.choice(CHANGES)(host, start, end, chance)
    return host


CHANGES = (
    lambda host, start, _end, chance: host[:start] + chance.choice(PIECES) + host[start:],
    lambda host, start, _end, chance: host[:start] + bytes([chance.randrange(256)]) + host[start + 1 :],
    lambda host, start, _end, _chance: host[:start] + host[start + 1 :],
    lambda host, start, end, _chance: host[:start] + host[end:],
    lambda host, start, end, _chance: host[:end] + host[start:],
    lambda host, start, end, _chance: host[:start] + host[start:end].upper() + host[end:],
    lambda host, _start, _end, chance: chance.choice(PIECES) + host,
    lambda host, _start, _end, chance: host + chance.choice(PIECES),
    lambda host, _start, _end, chance: chance.choice(list(STORED)) + chance.choice(PIECES) + host,
)


def attack(trial: Trial) -> None:
    """Ask for mutated hosts, each with the path of the host that it was made of."""
    for host, path in STORED.items():
        assert b"password=canary-" in answered(request(host, path)), "a stored host must get its token"
    hosts = list(STORED)
    while trial.figures["hosts"] < trial.size:
        origin = trial.chance.choice(hosts)
        host = mutated(origin, trial.chance)
        if b"\n" in host or SAME.fullmatch(host):
            continue
        trial.count("hosts")
        output = answered(request(host, STORED[origin]))
        trial.require(not output, "answers", f"{host!r}, made of {origin!r}, got an answer")


ROW = Row(
    promise="a host that nearly is a stored one gets no answer",
    attack=attack,
    ci=100_000,
    full=200_000,
    tried=("hosts",),
    breaches=("answers",),
)

if __name__ == "__main__":
    sys.exit(main(ROW))
