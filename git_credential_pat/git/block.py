"""Our lines in git's configuration file: one block at its end, which can be taken out without a trace.

The block is ours to rewrite; everything else in the file stays as it is, byte for byte. Its first line
notes what must be known to restore the file: whether it existed, and whether it ended in a line end.
"""

import errno
import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from git_credential_pat.errors import PatError
from git_credential_pat.git import config
from git_credential_pat.git.settings import NAME
from git_credential_pat.model import NamedTuple
from git_credential_pat.suggest import configure, own
from git_credential_pat.system.files import change_foreign
from git_credential_pat.system.homes import denied, require_own_home
from git_credential_pat.system.processes import find_program
from git_credential_pat.text import has_controls

_BEGIN = f"# git-credential-pat: begin; this block is written by `{configure()}` and `seed`"
_END = f"# git-credential-pat: end; `{own('unconfigure')}` removes it"
_NO_FILE = " (there was no file)"
_NO_LINE_END = " (there was no line end)"
_NO_FILE_AT_ALL = "it keeps nothing"
_HEADER = re.compile(r'\[(credential|pat)(?: "((?:[^"\\]|\\.)*)")?\]')
_BARE_PATH = "/usr/local/bin:/usr/bin:/bin"
_UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY)
"""How a file fails that is not to be changed; the last is that of a file that is mounted by itself."""


class Line(NamedTuple):
    """One setting: `[section "url"] name = value`."""

    section: str
    url: str
    name: str
    value: str


class UnwritableError(PatError):
    """The file is read-only: another program or user makes it. `lines` are those that it concerns."""

    def __init__(self, path: str, reason: str, lines: Sequence[Line] = ()) -> None:
        """Take the path, why it cannot be changed, and the lines."""
        super().__init__(f"cannot change {path}: {reason}")
        self.path = path
        self.reason = reason
        self.lines = lines


def helper_command(launcher: str) -> str:
    """Return what `credential.helper` must be: `pat` if git always finds it, else the launcher's path.

    `launcher` is the absolute path by which this program was started.
    """
    if find_program(NAME, _BARE_PATH):
        return "pat"
    from shlex import quote  # only here

    if has_controls(os.fsencode(launcher)):
        raise PatError("the program lies in a folder whose name git cannot take; install it elsewhere")
    return launcher if quote(launcher) == launcher else f"!{quote(launcher)}"


def helper_lines(command: str, urls: Iterable[str]) -> list[Line]:
    """Return what `configure` writes; at the URLs Git asks this helper alone, and names the path.

    An empty `helper` keeps neighbours from copying the tokens there.
    """
    lines = [Line("credential", "", "helper", command)]
    for url in urls:
        lines += [Line("credential", url, "helper", ""), Line("credential", url, "helper", command)]
        if "*" not in url:
            lines.append(path_line(url))
    return lines


def path_line(url: str) -> Line:
    """Return what has requests for a URL name their path."""
    return Line("credential", url, "useHttpPath", "true")


def check_file(path: str) -> None:
    """Raise PatError if something other than a file stands at a configuration file's path.

    /dev/null may stand there: it is an empty file that cannot be changed.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not _is_null(path):
        raise PatError(f"{path} is not a regular file; git's settings cannot be kept there")


def add(path: str, lines: Iterable[Line]) -> bool:
    """Add to our block the lines that the file does not have yet; return whether the file changed.

    The block is last wherever somebody's helper would follow it: only what stands behind it could undo
    what it says. What others put into it goes before it.
    """
    lines = [*lines]
    has_changed = False

    def change(text: str, *, is_missing: bool) -> str:
        nonlocal has_changed
        has_changed = False
        parts = _divided(text)
        theirs = _effective(parts.rest)
        merged = _merged(parts.ours, [line for line in lines if not _is_set(line, theirs)])
        is_last = not any(line.name == "helper" for line in _effective(parts.after))
        if merged == parts.ours and (is_last or not merged):
            return text
        has_changed = True
        unended = bool(parts.rest) and not parts.rest.endswith("\n")
        flag = _NO_LINE_END if unended else _NO_FILE if is_missing or parts.is_alone else ""
        block = f"{_BEGIN}{flag}\n{_rendered(merged)}{_END}\n"
        return parts.rest + ("\n" if unended else "") + block

    _change(path, change, lines)
    return has_changed


def not_in_force(lines: Iterable[Line]) -> list[Line]:
    """Return the lines that Git has nowhere in its protected configuration, or that others there undo."""
    rows = _effective()
    return [line for line in lines if not _is_in_force(line, rows)]


def hold_from_below(lines: Iterable[Line]) -> bool:
    """Return whether lines that are not in force would be in the system configuration, which comes first."""
    rows = _effective()
    return not any(
        row[:3] == line[:3] and (line.name != "helper" or not row.value) for line in lines for row in rows
    )


def text_of(lines: Iterable[Line]) -> str:
    """Return lines as they stand in a file of Git's configuration."""
    return _rendered(lines).removesuffix("\n")


def obstacle(path: str) -> str:
    """Return why a configuration file cannot be changed, by what can be seen; empty if it can."""
    real = os.path.realpath(path)
    if _is_null(real):
        return _NO_FILE_AT_ALL
    folder = os.path.dirname(real)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return os.strerror(errno.EROFS)
    if not os.access(folder, os.W_OK | os.X_OK):
        return os.strerror(errno.EACCES)
    return os.strerror(errno.EBUSY) if _is_mounted(real) else ""


def present(path: str) -> list[Line]:
    """Return the lines of our block in a configuration file."""
    check_file(path)
    return _divided((contents(path) or b"").decode("utf-8", "surrogateescape")).ours


def remove(path: str) -> list[Line]:
    """Take our block out; lines that others put into it stay. Return what was taken out."""
    ours: list[Line] = []

    def change(text: str, *, is_missing: bool) -> str | None:
        del is_missing
        parts = _divided(text)
        ours[:] = parts.ours
        return None if parts.is_alone else parts.rest if parts.has_block else text

    _change(path, change, ours)
    return ours


class _Change(Protocol):
    def __call__(self, text: str, *, is_missing: bool) -> str | None: ...


def _change(path: str, change: _Change, lines: Sequence[Line]) -> None:
    """Change a configuration file under git's own lock; links are followed, as git follows them.

    A file that is to stay as it is may be read-only. Raises UnwritableError, about `lines`, if another is.
    """
    check_file(path)
    real = os.path.realpath(path)

    def change_bytes(data: bytes | None) -> bytes | None:
        text = change((data or b"").decode("utf-8", "surrogateescape"), is_missing=data is None)
        if data is None and not text:
            return None
        return None if text is None else text.encode("utf-8", "surrogateescape")

    require_own_home(real)
    reason = _NO_FILE_AT_ALL if _is_null(real) else _changed(real, change_bytes)
    if reason and change_bytes(before := contents(real)) != before:
        raise UnwritableError(real, reason, lines)


def _changed(path: str, change: Callable[[bytes | None], bytes | None]) -> str:
    """Change a file; return why that cannot be if the file is read-only."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        change_foreign(path, change)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        if error.errno not in _UNWRITABLE:
            raise PatError(f"cannot change {path}: {reason}") from None
        refusal = denied(path) if isinstance(error, PermissionError) else None
        if refusal is not None:
            raise refusal from None
        return reason
    return ""


def contents(path: str) -> bytes | None:
    """Return a file's bytes, None if there is none; raise PatError if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise PatError(f"cannot read {path}: {os.strerror(error.errno or 0)}") from None


def _is_mounted(path: str) -> bool:
    """Return whether a file is mounted by itself, as into a container; no other can take its place."""
    try:
        with open("/proc/self/mountinfo", "rb") as file:  # proc(5): a blank in a path is written as \\040
            return any(line.split()[4] == os.fsencode(path).replace(b" ", b"\\040") for line in file)
    except OSError:  # not Linux
        return os.path.ismount(path)


def _is_null(path: str) -> bool:
    return os.path.exists(path) and os.path.samefile(path, os.devnull)


class _Parts(NamedTuple):
    """A file's text around and in our block; `flag` is what the block's first line notes."""

    before: str
    ours: list[Line]
    foreign: str
    after: str
    flag: str
    has_block: bool

    @property
    def rest(self) -> str:
        """The file without our block, as it was before us if nobody else changed it since."""
        others = self.foreign + self.after
        if not others:
            return self.before
        ended = self.before + ("\n" if self.flag == _NO_LINE_END else "")
        is_joining = re.search(r"\\\r?\n\Z", ended)  # git reads CR LF as a line end too
        return ended + ("\n" if is_joining else "") + others

    @property
    def is_alone(self) -> bool:
        """Whether the file was made for our block and holds nothing else."""
        return self.flag == _NO_FILE and not self.rest


def _divided(text: str) -> _Parts:
    found = re.search(
        rf"^{re.escape(_BEGIN)}([^\r\n]*)\r?\n(?s:.*?)^{re.escape(_END)}\r?(?:\n|\Z)", text, re.MULTILINE
    )
    if found is None:
        if _BEGIN in text:
            raise PatError(f'our block in git\'s configuration has no end; put this line below it: "{_END}"')
        return _Parts(text, [], "", "", "", has_block=False)
    flag = found.group(1)
    before = text[: found.start()]
    return _Parts(
        before.removesuffix("\n") if flag == _NO_LINE_END else before,
        [line for line, _ in _lines(found.group()) if line is not None],
        _foreign(found.group()),
        text[found.end() :],
        flag,
        has_block=True,
    )


def _lines(block: str) -> list[tuple[Line | None, str]]:
    """Return each line of the block with what it sets, or None where that is nothing of ours."""
    section, url = "", ""
    found: list[tuple[Line | None, str]] = []
    for raw in re.findall(r"[^\n]*\n|[^\n]+\Z", block):
        text = raw.rstrip("\r\n")
        if text.lstrip().startswith("["):
            header = _HEADER.fullmatch(text)
            section, url = (header.group(1), _unquoted(header.group(2) or "")) if header else ("", "")
        name, equals, value = text.strip().partition(" =")
        line = Line(section, url, name, _unquoted(value.strip().strip('"')))
        ours = bool(equals) and text + "\n" == _rendered_line(line) and _is_ours(line)
        found.append((line if ours else None, raw))
    return found


def _is_ours(line: Line) -> bool:
    if line.section == "pat":
        return line.name == "provider"
    is_our_helper = line.value in ("", "pat") or line.value.rstrip("'").endswith(f"/{NAME}")
    is_our_name = line.name == "helper" and is_our_helper
    return line.section == "credential" and (is_our_name or line[2:] == ("useHttpPath", "true"))


def _foreign(block: str) -> str:
    """Return the lines of the block that are not ours, each under its header."""
    kept: list[str] = []
    header = ""
    for line, raw in _lines(block):
        if raw.lstrip().startswith("["):
            header = raw
        elif line is None and not raw.startswith((_BEGIN, _END)):
            kept += [header, raw]
            header = ""
    return "".join(kept)


def _effective(text: str | None = None) -> list[Line]:
    """Return our kind of settings in a piece of configuration, or in all of it, as git itself reads it.

    Files that it includes count, but for those of relative names: by "-" git would refuse the piece for them.
    """
    source = [] if text is None else ["--file", "/dev/stdin", "--includes"]
    lines: list[Line] = []
    for row in config.read([*source, "--get-regexp", r"^(credential|pat)\."], given=text or ""):
        section, _, rest = row.key.partition(".")
        url, _, name = rest.rpartition(".")
        lines.append(Line(section, url, "useHttpPath" if name == "usehttppath" else name, row.value))
    return lines


def _is_set(line: Line, theirs: Sequence[Line]) -> bool:
    """Return whether the user's own lines say this already; for a URL, the reset and the helper both."""
    if line.name != "helper":
        return line in theirs
    helpers = [old.value for old in theirs if old[:3] == line[:3] and _is_ours(old)]
    return any(helpers) and (not line.url or "" in helpers)


def _is_in_force(line: Line, rows: Sequence[Line]) -> bool:
    """Return whether Git does what a line says: the last value holds, and what follows the last reset."""
    values = [row.value for row in rows if row[:3] == line[:3]]
    if line.name != "helper":
        return values[-1:] == [line.value]
    resets = [at for at, value in enumerate(values) if not value]
    after = values[resets[-1] + 1 :] if resets else values
    ours = any(_is_ours(line._replace(value=value)) for value in after)
    return ours and (not line.url or bool(resets))


def _merged(ours: Sequence[Line], wanted: Iterable[Line]) -> list[Line]:
    """Return our lines with the wanted ones: a changed value in its old place, the others at the end."""
    merged = list(ours)
    places: dict[tuple[str, str, str, bool], int] = {}
    for at, line in enumerate(merged):
        places.setdefault((*line[:3], bool(line.value)), at)
    for line in wanted:
        at = places.setdefault((*line[:3], bool(line.value)), len(merged))
        merged[at : at + 1] = [line]
    return merged


def _rendered(lines: Iterable[Line]) -> str:
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.section, line.url), []).append(line)
    parts: list[str] = []
    for (section, url), group in groups.items():
        parts.append(f'[{section} "{_escaped(url)}"]\n' if url else f"[{section}]\n")
        parts += [_rendered_line(line) for line in group]
    return "".join(parts)


def _rendered_line(line: Line) -> str:
    plain = re.fullmatch(r"[\w/.:@+-]*", line.value)
    value = line.value if plain else f'"{_escaped(line.value)}"'
    return f"\t{line.name} = {value}".rstrip() + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)
