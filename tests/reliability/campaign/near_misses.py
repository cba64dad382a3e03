"""Requests that nearly mean a stored token: mutated hosts, paths and usernames; none gets or rejects one.

What does mean a stored token, and so is no near miss, is written here by rules of its own: `SAME_HOST`, and
a pattern beside each path and username.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from reliability.campaign.byte_changes import mutated
from reliability.campaign.row import Row, Trial, main
from support.core import ask
from support.memory_backend import MemoryBackend
from support.vaults import entry_at

from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import Nanoseconds
from git_credential_pat.model.scope import Provider, parse_url

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

SERVER = Provider(parse_url("https://tfs.example.com").scope, "azure-devops-server")
SETTINGS = Settings("/nonexistent", "/nonexistent", providers=(SERVER,))
NOW = Nanoseconds(1_893_456_000 * 10**9)
TOKEN = b"canary"

BACKEND = MemoryBackend(
    [
        entry_at("https://dev.azure.com/fabrikam", TOKEN),
        entry_at("https://dev.azure.com/contoso/web", TOKEN),
        entry_at("https://tfs.example.com/tfs/main", TOKEN),
        entry_at("https://tfs.example.com/tfs/tools", TOKEN),
        entry_at("https://github.com/fabrikam", TOKEN),
        entry_at("https://gitlab.com/fabrikam", TOKEN),
        entry_at("https://git.example.com:8443", TOKEN, b"build"),
        entry_at("https://files.example.com/Team/a", TOKEN, b"build"),
        entry_at("https://[2001:db8::1]", TOKEN, b"build"),
    ]
)
HOSTS = {
    b"dev.azure.com": b"fabrikam/web/_git/web",
    b"fabrikam.visualstudio.com": b"web/_git/web",
    b"fabrikam.pkgs.visualstudio.com": b"web/_git/web",
    b"tfs.example.com": b"tfs/main/web/_git/web",
    b"github.com": b"fabrikam/web.git",
    b"gitlab.com": b"fabrikam/web.git",
    b"ghcr.io": b"fabrikam/web",
    b"npm.pkg.github.com": b"@fabrikam/web",
    b"registry.gitlab.com": b"fabrikam/web",
    b"git.example.com:8443": b"fabrikam/web.git",
    b"[2001:db8::1]": b"fabrikam/web.git",
}
"""Hosts that get a token, each with a path that does."""

SAME_HOST = re.compile(
    rb"((pkgs\.|vssps\.)?dev\.azure\.com|fabrikam\.((pkgs|vssps)\.)?visualstudio\.com|github\.com|gitlab\.com"
    rb"|ghcr\.io|npm\.pkg\.github\.com|registry\.gitlab\.com"
    rb"|tfs\.example\.com|\[2001:(db8:|0db8:)[0:]*:0{0,3}1\])(:443)?|git\.example\.com:8443",
    re.IGNORECASE,
)
"""All ways to write a host that means one of the stored."""


SEGMENT = rb"(?!\.{1,2}(/|\Z))[^/]+"


def below(path: bytes, flags: int = re.IGNORECASE) -> re.Pattern[bytes]:
    """Return all ways to write a path (a pattern), or one below it without empty or dotted segments."""
    return re.compile(rb"/?%s(/%s)*/?" % (path, SEGMENT), flags)


def at_or_below_host(path: bytes) -> re.Pattern[bytes]:
    """Return the same and the ways to write no path: then what is meant is inferred, or the token says it."""
    return re.compile(rb"/{0,2}|" + below(path).pattern, re.IGNORECASE)


IMAGES = re.compile(rb"/?(v2|token)/?|" + at_or_below_host(rb"(v2/)?fabrikam(\.git)?").pattern, re.IGNORECASE)
"""The same for images, which an interface and a sign-in are beside."""
AZURE = at_or_below_host(rb"(fabrikam|contoso/(_git/(_full/|_optimized/)?)?web)")
PATHS = (
    (b"dev.azure.com", b"fabrikam/web/_git/web", AZURE),
    (b"dev.azure.com", b"contoso/web/_git/web", AZURE),
    (b"tfs.example.com", b"tfs/main/web/_git/web", at_or_below_host(rb"tfs/main")),
    (b"github.com", b"fabrikam/web.git", at_or_below_host(rb"fabrikam(\.git)?")),
    (b"gitlab.com", b"fabrikam/tools/web.git", at_or_below_host(rb"fabrikam(\.git)?")),
    (b"ghcr.io", b"v2/fabrikam/web/manifests/1", IMAGES),
    (b"git.example.com:8443", b"a/b", at_or_below_host(SEGMENT)),
    (b"files.example.com", b"Team/a/b", below(rb"Team/a", 0)),
)
"""Hosts, paths that get a token there, and all paths that do."""

USERNAMES = (
    (b"dev.azure.com", None, b"fabrikam", re.compile(rb"fabrikam", re.IGNORECASE)),
    (b"git.example.com:8443", b"x", b"build", re.compile(rb"build")),
    (b"files.example.com", b"Team/a", b"build", re.compile(rb"build")),
)
"""Hosts and paths, usernames that get a token there, and all that do."""

PIECES = (
    b".", b":", b":443", b":0443", b":8443", b":80", b"@", b"a@", b"\\", b"/", b"%2e", b"*", b"*.", b"[",
    b"]", b"-", b"_", b"\0", b"\r", b"\x85", b"\xc5\xbf", b"\xe3\x80\x82", b"\xef\xbc\x8e", b"evil",
    b"evil.com", b".evil.com", b"visualstudio.com", b" ", b"\t", b"?", b"#", b"0", b"::", b"x", b"2", b"//",
    b"..", b"/..", b"/../", b"/./", b"%2f", b"%2F..%2f", b"../fabrikam", b"fabrikam", b"contoso/", b".git",
    *HOSTS,
)  # fmt: skip

FOLDED = {b"s": b"\xc5\xbf", b"k": b"\xe2\x84\xaa", b".": b"\xe3\x80\x82", b"a": b"\xd0\xb0"}
"""A long s and the Kelvin sign, which fold to a letter; a full stop and a letter that only look like it."""


def request(host: bytes, path: bytes | None, username: bytes | None = None) -> bytes:
    """Return what Git would send."""
    lines = {b"protocol": b"https", b"host": host, b"path": path, b"username": username}
    return b"".join(key + b"=" + value + b"\n" for key, value in lines.items() if value is not None)


def answered(message: bytes) -> bytes:
    """Return what the helper answers, empty if it refuses."""
    try:
        return ask("get", message, BACKEND, SETTINGS, NOW).output
    except PatError:
        return b""


def rejects(message: bytes) -> bool:
    """Whether it changes anything that a server refused the token there."""
    backend = MemoryBackend(BACKEND.entries())
    try:
        ask("erase", message + b"password=" + TOKEN + b"\n", backend, SETTINGS, NOW)
    except PatError:
        return False
    return backend.writes > 0


def nearly(value: bytes, chance: random.Random) -> bytes:
    """Return a value with some changes, or with one character that looks like its own or folds to it."""
    if chance.randrange(4):
        return mutated(value, PIECES, chance)
    at = chance.randrange(len(value))
    wide = chr(value[at] - ord("!") + ord("\N{FULLWIDTH EXCLAMATION MARK}")).encode()
    return value[:at] + FOLDED.get(value[at : at + 1], wide) + value[at + 1 :]


def no_miss(value: bytes, same: re.Pattern[bytes]) -> bool:
    """Whether a value means what is stored, or is two lines."""
    return bool(same.fullmatch(value)) or b"\n" in value


def near_host(chance: random.Random) -> bytes | None:
    """Return a request for a mutated host with the path of the host that it was made of; None if it fits."""
    origin = chance.choice(tuple(HOSTS))
    host = nearly(origin, chance)
    return None if no_miss(host, SAME_HOST) else request(host, HOSTS[origin])


def near_path(chance: random.Random) -> bytes | None:
    """Return a request for a mutated path, or None if it is one that gets a token."""
    host, origin, same = chance.choice(PATHS)
    path = nearly(origin, chance)
    without_query = path.partition(b"?")[0]
    return None if no_miss(without_query, same) or b"\n" in path else request(host, path, b"build")


def near_username(chance: random.Random) -> bytes | None:
    """Return a request with a mutated username, or None if it is one that gets a token."""
    host, path, origin, same = chance.choice(USERNAMES)
    username = nearly(origin, chance)
    return None if no_miss(username, same) else request(host, path, username)


KINDS: tuple[tuple[str, Callable[[random.Random], bytes | None], int], ...] = (
    ("hosts", near_host, 1),
    ("paths", near_path, 2),
    ("usernames", near_username, 4),
)
"""What is mutated, and by how much the row's size is divided for it."""


def attack(trial: Trial) -> None:
    """Ask for near misses of each kind; of some say that their server refused the token, too."""
    _require_that_origins_get_and_reject_it()
    for name, near, part in KINDS:
        while trial.figures[name] < trial.size // part:
            message = near(trial.chance)
            if message is None:
                continue
            trial.count(name)
            trial.require(not answered(message), "answers", f"{message!r} got an answer")
            if trial.figures[name] % 8 == 0 and not says_it_by_token(message):
                trial.require(not rejects(message), "rejections", f"{message!r} rejected a token")


def says_it_by_token(message: bytes) -> bool:
    """Return whether a rejection names no organization: the very token then says which is doubtful."""
    return b"host=dev.azure.com\n" in message and b"\npath=" not in message


def _require_that_origins_get_and_reject_it() -> None:
    origins = [request(host, path, b"build") for host, path in HOSTS.items()]
    origins += [request(host, path, b"build") for host, path, _ in PATHS]
    origins += [request(host, path, username) for host, path, username, _ in USERNAMES]
    for origin in origins:
        assert b"password=" + TOKEN in answered(origin), f"{origin!r} must get its token"
        assert rejects(origin), f"{origin!r} must reject its token"


ROW = Row(
    promise="a request that nearly means a stored token gets no answer, and rejects none",
    attack=attack,
    ci=100_000,
    full=200_000,
    tried=("hosts", "paths", "usernames"),
    breaches=("answers", "rejections"),
)

if __name__ == "__main__":
    sys.exit(main(ROW))
