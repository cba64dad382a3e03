"""The mapping of pass-git-helper: sections named by patterns of HOST or HOST/PATH, each with a `target`.

The first section whose pattern fits a request names the entry of pass that answers it. A pattern with a
wildcard in its host names no host, unless the target has `${host}`: then the names of the entries do. The
path of a pattern counts up to its first wildcard.
"""

from __future__ import annotations

import configparser
import os
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.importing.support.found import Found
from git_credential_pat.importing.support.parts import url_of
from git_credential_pat.model import NamedTuple
from git_credential_pat.text import quoted, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_ANY_HOST = 'its pattern is for any host; give the token to "seed" for its own'
_ANY_ENTRY = 'its target is any entry at all; give the token to "seed" for its host'
_NEVER = "an earlier pattern answers for its host"
_WILD = re.compile(r"[*?\[]")
_VARIABLE = re.compile(r"\$\{(host|username|path|protocol)\}")
_HOST = "${host}"
_FORMS = {"path": ".+", "protocol": "https?"}
_LINES = {"password": 0, "username": 1}
"""The line of an entry, from 0, where nothing else is said."""


class Use(NamedTuple):
    """What an entry of a store is used for, or the reason why that is not known."""

    store: str
    name: str
    url: bytes = b""
    reason: str = ""
    username: str | None = None
    """The username that is a part of the entry's name."""
    section: configparser.SectionProxy | None = None
    """What the mapping says of the entry's text; None without a mapping."""
    is_whole: bool = True
    """Whether the URL covers all that the entry answers."""

    @property
    def path(self) -> str:
        """The entry's file."""
        return f"{self.store}/{self.name}.gpg"


def uses(
    path: str, data: bytes, store: str, home: str, names_in: Callable[[str], Sequence[str]]
) -> Iterator[Use | Found]:
    """Give each use of an entry, and the reason for each section without any.

    `store` is for sections that name no other; `names_in` returns the names of a store's entries.
    """
    parser = configparser.ConfigParser()
    try:
        parser.read_string(data.decode("utf-8"))
    except (configparser.Error, UnicodeDecodeError):
        raise PatError(f"{quoted(path)} is no mapping of pass-git-helper; give its file") from None
    patterns = parser.sections()
    for at, pattern in enumerate(patterns):
        section, where = parser[pattern], f"{quoted(path)}: [{shown(pattern)}]"
        try:
            target = section["target"].strip("/")
            folder = section.get("password_store_dir") or store
        except (configparser.Error, KeyError):
            yield Found(where, reason="it names no target")
            continue
        folder = os.path.join(home, folder.removeprefix("~/"))
        if _VARIABLE.match(target) and not (target.startswith(_HOST) and named_host(pattern)):
            yield Found(where, reason=_ANY_ENTRY)
            continue
        fitting = [match for name in names_in(folder) if (match := _form(target).fullmatch(name))]
        if not (fitting or _VARIABLE.search(target)):
            yield Found(where, reason=f"there is no entry {quoted(target)}")
        for match in fitting:
            use = _use(pattern, patterns[:at], Use(folder, match.string, section=section), match.groupdict())
            if use:
                yield use


def login_in(text: bytes, use: Use, section: configparser.SectionProxy) -> tuple[str | None, str]:
    """Return username and token in an entry's text; raise PatError if the settings do not fit it."""
    try:
        lines = text.decode(section.get("encoding") or "utf-8").splitlines()
        username = use.username or _extracted("username", use, section, lines)
        return username or None, _extracted("password", use, section, lines) or ""
    except (configparser.Error, LookupError, ValueError, re.error):
        raise PatError("the mapping's settings do not fit it") from None


def is_host(name: str) -> bool:
    """Whether a part of an entry's name is the name of a host, and not of anything else."""
    return "." in name.strip(".") or ":" in name or name == "localhost"


def named_host(pattern: str) -> str:
    """Return the host that a pattern names, also by `github.com*` for all paths; empty if for several."""
    whole = pattern.partition("/")[0]
    host = whole.rstrip("*")
    is_open = host != whole and (host.endswith(".") or not is_host(host))
    return "" if is_open or _WILD.search(host) else host


def _form(target: str) -> re.Pattern[str]:
    """Return what fits the names of all entries that a target with variables can mean."""
    form, seen, at = "", set(), 0
    for variable in _VARIABLE.finditer(target):
        name = variable[1]
        form += re.escape(target[at : variable.start()])
        form += f"(?P={name})" if name in seen else f"(?P<{name}>{_FORMS.get(name, '[^/]+')})"
        seen.add(name)
        at = variable.end()
    return re.compile(form + re.escape(target[at:]))


def _use(pattern: str, earlier: Sequence[str], use: Use, parts: dict[str, str]) -> Use | None:
    """Return what a section uses an entry for; None if its name means something else."""
    host_pattern, _, path_pattern = pattern.partition("/")
    given = parts.get("host", "")
    if given and not (is_host(given) and fnmatchcase(given, host_pattern)):
        return None
    host, path = given or named_host(pattern), _WILD.split(path_pattern, 1)[0]
    if not host:
        return use._replace(reason=_ANY_HOST)
    request = "/".join(filter(None, (host, parts.get("path") or path_pattern.replace("*", ""))))
    if any(fnmatchcase(request, other) for other in earlier):
        return None if given else use._replace(reason=_NEVER)
    return use._replace(
        url=url_of(parts.get("protocol", "https"), host, parts.get("path", path)),
        username=parts.get("username"),
        is_whole=path in ("", path_pattern) or path.endswith("/"),
    )


def _extracted(what: str, use: Use, section: configparser.SectionProxy, lines: Sequence[str]) -> str | None:
    """Return a value as the helper extracts it; raise ValueError if it would not know how."""
    way = section.get(f"{what}_extractor") or "specific_line"
    if way == "specific_line":
        number = section.getint(f"line_{what}", _LINES[what])
        return lines[number][section.getint(f"skip_{what}", 0) :] if number < len(lines) else None
    if way == "regex_search":
        form = re.compile(section.get(f"regex_{what}", rf"^{what}: +(.*)$"))
        matches = (form.match(line) for line in lines)
        return next((match.group(1) for match in matches if match), None)
    if (what, way) == ("username", "entry_name"):
        return use.name.rpartition("/")[2]
    if (what, way) == ("username", "static"):
        return section.get("username")
    raise ValueError
