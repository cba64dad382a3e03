"""What pass keeps for Git: the entries that the mapping of pass-git-helper names, else those below `git`.

Below `git` an entry is named HOST or HOST/USER, maybe behind its protocol, as git-credential-gopass and
others name it; `_8443` at the end of a host is its port. The first line is the token, and a line `login:`,
`user:` or `username:` has the username. An entry is deleted by `pass rm`, which commits that in a store that
is a repository, and only if nothing else stands in it: people keep recovery codes and more there.
"""

from __future__ import annotations

import os
import re
from functools import cache, partial
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.importing.support import gnupg
from git_credential_pat.importing.support.files import read_file
from git_credential_pat.importing.support.found import Around, Found, Reading, found_at
from git_credential_pat.importing.support.parts import url_of, with_values
from git_credential_pat.importing.support.pass_mapping import Use, is_host, login_in, uses
from git_credential_pat.importing.support.scrubbing import Elsewhere, WholeFile
from git_credential_pat.system.processes import find_program, run
from git_credential_pat.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from git_credential_pat.importing.support.scrubbing import Trace

    Names = Callable[[str], Sequence[str]]

_ENDING = ".gpg"
_USERS = (b"login", b"username", b"user")
_BESIDE = (b"password_expiry_utc", b"oauth_refresh_token")
_PROTOCOLS = ("https", "http")
_PORT = re.compile(r"(.+)_(\d{1,5})")
_OF_MANAGER = b"\nservice="
_NO_HOST = "its name is not HOST or HOST/USER; name it in a mapping of pass-git-helper"
_LABEL = rb"(?:[\w ]+[:=]\s*)?"
"""What may stand before a value in its line."""


def find(around: Around, places: Sequence[str]) -> Reading:
    """Return the logins of these mappings and folders of HOST/USER, else of the mapping, else below `git`."""
    store = around.environment.get("PASSWORD_STORE_DIR") or around.home_path(".password-store")
    base = around.environment.get("XDG_CONFIG_HOME") or around.home_path(".config")
    mapping, tree = f"{base}/pass-git-helper/git-pass-mapping.ini", f"{store}/git"
    usual = mapping if os.path.exists(mapping) else tree
    names_in: Names = cache(_names_in)
    used = [use for place in places or [usual] for use in _uses(place, tree, store, around, names_in)]
    found = [one for one in used if isinstance(one, Found)]
    found += [
        Found(quoted(use.path), reason=use.reason, trace=_trace(use, around))
        for use in used
        if isinstance(use, Use) and use.reason
    ]
    readable = [use for use in used if isinstance(use, Use) and not use.reason]
    staying = {use.path for use in readable if not use.is_whole}
    found += gnupg.each([(use.path, partial(_found, use, around, staying)) for use in readable], around)
    if not found:
        raise PatError(f"pass has nothing for Git in {quoted((places or [usual])[0])}; give a mapping's file")
    return Reading(tuple(found))


def _uses(place: str, tree: str, store: str, around: Around, names_in: Names) -> Iterable[Use | Found]:
    if place == tree or os.path.isdir(place):
        return _in_tree(place, names_in)
    data = read_file(place)
    if data is None:
        raise PatError(f"there is no {quoted(place)}; give a mapping's file or a folder of the store")
    return uses(place, data, store, around.home, names_in)


def _names_in(folder: str) -> list[str]:
    """Return the names of the entries below a folder, without links to folders and hidden ones."""
    names: list[str] = []
    for below, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (os.path.join(below, name) for name in files if name.endswith(_ENDING))
        names += [os.path.relpath(path, folder).removesuffix(_ENDING) for path in paths]
    return sorted(names)


def _store_of(folder: str) -> str:
    """Return the store of a folder, which is the outermost above it with pass's own file; else the folder."""
    store, below, above = folder, "", folder
    while above != below:
        store = above if os.path.exists(f"{above}/.gpg-id") else store
        below, above = above, os.path.dirname(above)
    return store


def _in_tree(folder: str, names_in: Names) -> Iterator[Use]:
    store = _store_of(folder)
    for name in names_in(folder):
        parts = name.split("/")
        protocol = parts.pop(0) if parts[0] in _PROTOCOLS and parts[1:] else "https"
        host, *rest = _PORT.sub(r"\1:\2", parts[0]), *parts[1:]
        in_store = os.path.relpath(f"{folder}/{name}", store)
        use = Use(store, in_store, url_of(protocol, host), username=rest[0] if rest else None)
        yield use if is_host(host) and len(rest) <= 1 else use._replace(reason=_NO_HOST)


def _found(
    use: Use, around: Around, staying: Collection[str], path: str, text: bytes, _whole_file: Trace
) -> Found:
    """Return the login in an entry's text."""
    if _OF_MANAGER in text:
        return Found(quoted(path), reason="Git Credential Manager made it; import gcm")
    try:
        username, token, beside = _in_text(use, text)
    except PatError as error:
        return Found(quoted(path), reason=str(error))
    is_all = _has_only(text, [token, username or b"", *beside.values()])
    trace = _trace(use, around) if is_all and path not in staying else None
    found = found_at(quoted(path), use.url, username=username, password=token, trace=trace)
    return with_values(found, beside)


def _in_text(use: Use, text: bytes) -> tuple[bytes | None, bytes, dict[bytes, bytes]]:
    """Return username and token, and what else is known by its name."""
    if use.section is not None:
        user, token = login_in(text, use, use.section)
        return _bytes(user), token.encode(), {}
    first, _, rest = text.partition(b"\n")
    rows = (line.partition(b":") for line in rest.split(b"\n"))
    values = {name.strip().lower(): value.strip() for name, _, value in rows}
    username = next((values[name] for name in _USERS if values.get(name)), _bytes(use.username))
    return username, first.rstrip(b"\r"), {name: values[name] for name in _BESIDE if name in values}


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogateescape")


def _has_only(text: bytes, values: Iterable[bytes]) -> bool:
    """Whether nothing but these values stands in a text, each in a line that may name it."""
    either = b"|".join(re.escape(value) for value in values if value)
    line = re.compile(_LABEL + b"(?:" + either + b")")
    return all(line.fullmatch(one.strip()) for one in text.split(b"\n") if one.strip())


def _trace(use: Use, around: Around) -> Trace:
    data = read_file(use.path) or b""
    program = find_program("pass", around.environment.get("PATH", ""))
    if program is None:
        return WholeFile(use.path, data)
    return Elsewhere(use.path, partial(_remove, program, use, data, around.environment))


def _remove(program: str, use: Use, data: bytes, environment: Mapping[str, str]) -> None:
    if read_file(use.path) != data:
        raise PatError(f"{quoted(use.path)} changed meanwhile; it was not deleted; try again")
    run([program, "rm", "--force", "--", use.name], {**environment, "PASSWORD_STORE_DIR": use.store})
    if os.path.lexists(use.path):
        raise PatError(f"pass cannot delete {quoted(use.path)}; run: pass rm {quoted(use.name)}")
