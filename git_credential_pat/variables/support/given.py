"""What a program is given beside the user's own environment, and what is to be said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_credential_pat.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_credential_pat.model.scope import Scope
    from git_credential_pat.variables.support.around import Token


class Given:
    """Variables and files for a program.

    A variable of the user's stays as it is, unless a tool takes several values in it: then it gets `merged`.
    """

    def __init__(self, environment: Mapping[str, str], folder: str) -> None:
        """Take the user's environment, and a path for a folder that is made if anything is to be in it."""
        self._environment = environment
        self.folder = folder
        self._undecided: dict[str, set[str]] = {}
        self.lines: list[str] = []
        self.values: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        """What the file has that a variable names."""
        self.contents: dict[str, bytes] = {}
        """Files without secrets, by their paths below the folder."""
        self.links: set[str] = set()
        """The names of links to this program in the folder."""
        self.places: dict[str, str] = {}
        """For whom each variable is, as text."""

    def say(self, line: str) -> None:
        """Have a line said, once."""
        if line not in self.lines:
            self.lines.append(line)

    def put(self, name: str, value: bytes, *scopes: Scope) -> None:
        """Set a variable, whatever the user has in it."""
        self.values[name] = value
        self.places[name] = ", ".join(sorted({scope.text for scope in scopes}))

    def give(self, values: Mapping[str, str], *tokens: Token) -> bool:
        """Set variables that belong together, unless the user has one; return whether they are set."""
        for name in values:
            if not _is_possible(name):
                self.say(f'"{shown(name)}" cannot be the name of a variable, so no token is set in it')
                return False
            if self._environment.get(name):
                self.say(
                    f"{shown(name)} is set already and stays as it is; unset it to have the stored token"
                )
                return False
        for name, value in values.items():
            self.put(name, value.encode(), *(token.organization for token in tokens))
        return True

    def give_one(self, name: str, values: Iterable[tuple[str, Token]]) -> None:
        """Set a variable that holds one token, if only one fits."""
        rows = list(values)
        tokens = [token for _, token in rows]
        if len({value for value, _ in rows}) == 1:
            self.give({name: rows[0][0]}, *tokens)
        elif rows:
            self.leave_out([name], tokens)

    def give_merged(self, name: str, value: str, tokens: Iterable[Token]) -> None:
        """Set a variable in whose value the user's own is kept."""
        self.put(name, value.encode("utf-8", "surrogateescape"), *(token.organization for token in tokens))

    def give_file(self, name: str, data: bytes, tokens: Iterable[Token]) -> None:
        """Set a variable to the path of a file with these contents, which no other user can read."""
        self.put(name, b"", *(token.organization for token in tokens))
        self.files[name] = data

    def give_in_folder(self, path: str, data: bytes) -> str:
        """Have a file without a secret below the program's own folder, which is there while it runs."""
        self.contents[path] = data
        return self.folder

    def give_link(self, name: str) -> str:
        """Have this program found by another name, in the program's own folder."""
        self.links.add(name)
        return self.folder

    def leave_out(self, names: Iterable[str], tokens: Iterable[Token]) -> None:
        """Say later that several tokens fit variables that hold one."""
        places = {token.organization.text for token in tokens}
        for name in names:
            self._undecided.setdefault(name, set()).update(places)

    def count(self) -> int:
        """Return how much is set or said."""
        return len(self.values) + len(self._undecided) + len(self.lines)

    def all_lines(self) -> list[str]:
        """Return what is to be said, once all is given."""
        rows: dict[str, list[str]] = {}
        for name, scopes in self._undecided.items():
            rows.setdefault(", ".join(sorted(scopes)), []).append(name)
        undecided = [
            f"not set, because each holds one token: {', '.join(names)}; give only one of {places}"
            for places, names in rows.items()
        ]
        return [*undecided, *self.lines]


def _is_possible(name: str) -> bool:
    return bool(name) and name.isprintable() and "=" not in name
