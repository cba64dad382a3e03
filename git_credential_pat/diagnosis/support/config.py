"""Git's configuration as it holds in the current folder: which rows there are, and which are for a URL.

A repository's own rows are somebody else's text. Git only lists and matches them here, which runs
nothing that they name, and a limit keeps whatever they include from holding it up.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property

from git_credential_pat.errors import PatError
from git_credential_pat.git import boolean, config
from git_credential_pat.git.helpers import fits_partly
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.request import request_at
from git_credential_pat.model.scope import parse_url
from git_credential_pat.system.processes import DEFAULT_PATH, Ended
from git_credential_pat.text import has_controls, quoted

_LIMIT = 3.0
"""Seconds for one call of git."""
_PROTECTED = ("system", "global", "command")
_HOST = re.compile(r"[^/]*://(?:[^/@]*@)?(?P<host>[^/:]*)")
_BAD_FILE = re.compile(r"bad config line \d+ in file (?P<path>.+)")


class Row(NamedTuple):
    """One row of the configuration: its scope and file, its full key in Git's canonical form, its value.

    `path` is empty for what comes from the command line or the environment.
    """

    scope: str
    path: str
    key: str
    value: str

    def __repr__(self) -> str:
        """Name the row without its value, which may be a secret."""
        return f"Row({self.path!r}, {self.key!r})"

    @property
    def section(self) -> str:
        """The part before the first dot."""
        return self.key.partition(".")[0]

    @property
    def url(self) -> str:
        """The part between the first dot and the last; empty if there is none."""
        return self.key.partition(".")[2].rpartition(".")[0]

    @property
    def name(self) -> str:
        """The part after the last dot."""
        return self.key.rpartition(".")[2]

    @property
    def is_protected(self) -> bool:
        """Whether it is no repository's."""
        return self.scope in _PROTECTED

    @property
    def is_true(self) -> bool:
        """The value as a truth value."""
        return boolean(self.value) is True

    def command(self, *arguments: str) -> str:
        """Return a `git config` command on the row's file; what is not in a file leaves the environment."""
        if not self.path:
            return "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS"
        if "@" in self.url:  # it may hold a secret, which no command is to repeat
            return f"${{EDITOR:-vi}} {quoted(self.path)}"
        sudo = "" if os.access(self.path, os.W_OK) else "sudo "
        return " ".join([f"{sudo}git config --file", *(quoted(word) for word in (self.path, *arguments))])

    def unset(self, *pattern: str) -> str:
        """Return the command that takes the row out, with all of its key or those of a pattern."""
        return self.command("--unset-all", self.key, *pattern)


class Config:
    """All rows in Git's order: system, global, the repository's, the command line's."""

    def __init__(self, variables: Mapping[str, str], folder: str) -> None:
        """Take the environment and the current folder; raises PatError if there is no git."""
        config.git_path(variables)
        self._path = variables.get("PATH", DEFAULT_PATH)
        self._variables = dict(variables)
        self.folder = folder
        self._matched: dict[tuple[str, str, str], list[Row]] = {}
        self._hosts: dict[tuple[str, str], tuple[set[str], list[str]]] = {}
        self._named: dict[tuple[str, str], list[Row]] = {}

    @cached_property
    def top(self) -> str | None:
        """The repository's top folder; None outside of one."""
        way = self._run(["rev-parse", "--show-cdup"], self._variables)
        return None if way is None else os.path.normpath(os.path.join(self.folder, way.removesuffix("\n")))

    @cached_property
    def is_whole(self) -> bool:
        """Whether git could read the configuration of this folder's repository too."""
        return self._listing.status == 0

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every row; where the repository's cannot be read, the others. Raises PatError if none can."""
        protected = config.git_environment(self._variables)
        listing = self._listing if self.is_whole else self._list(protected)
        return tuple(map(self._row, config.rows(listing, before=2)))

    def matching(self, section: str, url: str, name: str = "") -> list[Row]:
        """Return the rows of a section that Git applies to a URL, in its order: all, or those of a name.

        Git itself matches them, but for partial URLs, as only `credential` may have.
        """
        rows = self._of(section, name)
        # Hosts that no row names have the same rows.
        key = section, name, url if self.names_host(section, name, _host_of(url)) else ""
        if key not in self._matched:
            self._matched[key] = self._matching(section, url, rows)
        return self._matched[key]

    def names_host(self, section: str, name: str, host: str) -> bool:
        """Return whether a row of a section, or of a name there, may be for this host and not for each."""
        named, patterns = self._hosts_of(section, name)
        return host in named or any(fnmatchcase(host, pattern) for pattern in patterns)

    def _hosts_of(self, section: str, name: str) -> tuple[set[str], list[str]]:
        """Return the hosts that such rows name, and the patterns of hosts; one that names none is for all."""
        if (section, name) not in self._hosts:
            hosts = {_host_of(row.url) or "*" for row in self._of(section, name) if row.url}
            patterns = [host for host in hosts if "*" in host]
            self._hosts[section, name] = hosts, patterns
        return self._hosts[section, name]

    def _of(self, section: str, name: str) -> list[Row]:
        """Return the rows of a section, or those of a name, whose URL can be written down."""
        if (section, name) not in self._named:
            self._named[section, name] = [
                row
                for row in self.rows
                if row.section == section
                and name in ("", row.name)
                and not has_controls(os.fsencode(row.url))
            ]
        return self._named[section, name]

    def _matching(self, section: str, url: str, rows: list[Row]) -> list[Row]:
        text = "".join(f"{_header(row)}\n\trow{number}\n" for number, row in enumerate(rows))
        found = self._read(
            ["--file", "-", "--get-urlmatch", section, url], config.git_environment(self._variables), text
        )
        names = {row.key.partition(".row")[2] for row in found}
        request = request_at(parse_url(url).scope) if section == "credential" else None
        return [
            row
            for number, row in enumerate(rows)
            if str(number) in names or (request and fits_partly(row.url, request))
        ]

    def collected(self, key: str, url: str) -> list[Row]:
        """Return the rows of a setting with many values that Git uses for a URL, as in the section `http`.

        Git passes over a row that is less close to the URL than one before it. An empty value drops those
        before it. Each row is looked up together with those before it, all in one call.
        """
        section, _, name = key.lower().partition(".")
        rows = self.matching(section, url, name)
        text = "".join(
            f"{_header(row)}\n\trow{last} = {number}\n"
            for number, row in enumerate(rows)
            for last in range(number, len(rows))
        )
        found = self._read(
            ["--file", "-", "--get-urlmatch", section, url], config.git_environment(self._variables), text
        )
        closest = {row.key.rpartition(".row")[2]: row.value for row in found}
        return in_use(row for number, row in enumerate(rows) if closest.get(str(number)) == str(number))

    def effective(self, key: str, url: str) -> str | None:
        """Return the value that holds for a URL where the closest row wins, as in the section `http`."""
        rows = self._read(["--get-urlmatch", key.partition(".")[0], url], self._variables)
        return next((row.value for row in rows if row.key == key.lower()), None)

    def version(self) -> str:
        """Return the number that `git --version` says; some builds say more after it."""
        output = self._run(["--version"], {"PATH": self._path, "GIT_CONFIG_NOSYSTEM": "1"}) or ""
        return output.removeprefix("git version ").strip().partition(" ")[0]

    def editing(self) -> str | None:
        """Return the command that opens the file which git cannot read, where git says which it is.

        It is no `git config --edit`, for that reads the file as well.
        """
        named = _BAD_FILE.search(self._listing.complaint.decode("utf-8", "surrogateescape"))
        if named is None:
            return None
        folders = [self.folder, *_parents(self.folder)]  # a repository's file is named from its top folder
        paths = (os.path.normpath(os.path.join(folder, named["path"])) for folder in folders)
        path = next((path for path in paths if os.path.isfile(path)), None)
        return f"${{EDITOR:-vi}} {quoted(path)}" if path else None

    @cached_property
    def _listing(self) -> Ended:
        """What listing everything gave."""
        return self._list(self._variables)

    def _list(self, variables: Mapping[str, str]) -> Ended:
        return config.list_in(self.folder, {**variables, "LC_ALL": "C"}, _LIMIT)

    def _row(self, row: config.Row) -> Row:
        kind, _, path = row.origin.partition(":")
        if kind != "file":
            path = ""
        elif not os.path.isabs(path):
            path = os.path.normpath(os.path.join(self.top or self.folder, path))
        return Row(row.scope, path, row.key, row.value)

    def _read(
        self, arguments: Sequence[str], variables: Mapping[str, str], given: str = ""
    ) -> list[config.Row]:
        """Return what `git config` prints in the folder; nothing if it fails or takes too long."""
        try:
            return config.read_in(self.folder, arguments, variables, _LIMIT, given=given)
        except PatError:
            return []

    def _run(self, arguments: Sequence[str], variables: Mapping[str, str]) -> str | None:
        """Run git in the folder and return what it prints, or None if it fails or takes too long."""
        try:
            ended = config.run_in(self.folder, arguments, variables, _LIMIT)
        except PatError:
            return None
        return None if ended.status else ended.output.decode("utf-8", "surrogateescape")


def _host_of(url: str) -> str:
    """Return the host of a URL, or of a pattern of some, in lower case; empty if it names none."""
    found = _HOST.match(url)
    return found["host"].lower() if found else ""


def in_use(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of a setting with many values that count: what follows the last empty one."""
    left: list[Row] = []
    for row in rows:
        left = [*left, row] if row.value else []
    return left


def distinct(rows: Iterable[Row]) -> list[Row]:
    """Return the rows, each file, key and value once."""
    return [*dict.fromkeys(rows)]


def _parents(folder: str) -> list[str]:
    parent = os.path.dirname(folder)
    return [] if parent == folder else [parent, *_parents(parent)]


def _header(row: Row) -> str:
    if not row.url:
        return f"[{row.section}]"
    url = row.url.replace("\\", "\\\\").replace('"', '\\"')
    return f'[{row.section} "{url}"]'
