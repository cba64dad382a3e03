"""What `configure` and `unconfigure` do with the tools that are named, and what they say of it."""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from git_credential_pat.commands.support.git_lines import LinesToPasteError
from git_credential_pat.commands.support.session import Session
from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.git import block
from git_credential_pat.git.settings import launcher_path
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import Entry
from git_credential_pat.model.scope import Scope
from git_credential_pat.operations.sign_in_cache import is_cache
from git_credential_pat.stdio import notice, say
from git_credential_pat.system.printing import print_table
from git_credential_pat.text import printable

if TYPE_CHECKING:
    from git_credential_pat.tools import Around, Tool
    from git_credential_pat.tools.support.change import Change, Obstacle
    from git_credential_pat.tools.support.setup import Setup

GIT, ALL, RENEW = "git", "all", "renew"
RECORD = "tools.json"
_COLUMNS = ("TOOL", "VERSION", "STATE", "WHERE")


class Named(NamedTuple):
    """What the words of the command line mean."""

    git: bool
    tools: "tuple[Tool, ...]"
    timer: bool = False

    @property
    def is_alone(self) -> bool:
        """Whether one thing is named, whose error is that of the command."""
        return self.git + self.timer + len(self.tools) == 1


def around(session: Session, entries: Sequence[Entry] | None = None) -> "Around":
    """Return the surroundings of the tools; without entries, all are read when a tool depends on them."""
    from git_credential_pat.tools import Around

    def scopes() -> list[Scope]:
        stored = session.backend.entries() if entries is None else entries
        return [entry.scope for entry in stored if not is_cache(entry)]

    return Around(
        variables={os.fsdecode(name): os.fsdecode(value) for name, value in session.environment.items()},
        launcher=launcher_path(),
        data_folder=session.settings.data_folder,
        scopes=scopes,
        providers=session.settings.providers,
    )


def named(words: Sequence[str], every: "Callable[[Tool], bool]", *, timer_too: bool = False) -> Named:
    """Return the tools that are named; `all` means those of which `every` is true. No word means Git.

    The timer belongs to `all` if `timer_too` says so.
    """
    from git_credential_pat.tools import tool_named, tools

    if ALL not in words:
        chosen = tuple(tool_named(word) for word in dict.fromkeys(words) if word not in (GIT, RENEW))
        return Named(git=not words or GIT in words, tools=chosen, timer=RENEW in words)
    if len(words) > 1:
        raise UsageError('"all" stands alone; leave the other words out')
    return Named(git=True, tools=tuple(filter(every, tools())), timer=timer_too)


def is_found(place: "Around") -> "Callable[[Tool], bool]":
    """Return what says of a tool whether `configure all` takes it."""
    return lambda tool: not tool.instead and place.found(*tool.programs) is not None


def in_turn(step: Callable[[], None], name: str, *, is_alone: bool) -> list[str]:
    """Configure something that is no tool, or undo that; return its name if it fails.

    If it does not stand alone, the error is printed and keeps nothing else.
    """
    try:
        step()
    except PatError as error:
        if is_alone:
            raise
        if isinstance(error, LinesToPasteError) and error.text:
            say(error.text)
        notice(str(error))
        return [name]
    return []


def configure(tools: "Sequence[Tool]", place: "Around") -> list[str]:
    """Configure tools; return the names of those that something is in the way of, which is printed."""
    setup = _setup(place)
    setup.ask_versions(tools)
    return [tool.name for tool in tools if not _configured(tool, setup, place)]


def _configured(tool: "Tool", setup: "Setup", place: "Around") -> bool:
    if tool.instead:
        say(f"{tool.title} can ask no program for a token, so nothing is written; run: {tool.instead}")
        return True
    try:
        outcome = setup.configure(tool)
    except PatError as error:
        notice(f"{tool.title}: {error}")
        return False
    for obstacle in outcome.obstacles:
        say(text_of(tool, obstacle, place))
    if outcome.obstacles:
        return False
    if outcome.changed:
        say(f"{tool.title} uses this helper ({places_of(outcome.changed, place)}).{_remark(tool, place)}")
    elif setup.shown(tool):
        say(f"{tool.title} already uses this helper.{_remark(tool, place)}")
    else:
        say(f"{tool.title} uses this helper once a token for its packages is stored.{_remark(tool, place)}")
    return True


def unconfigure(tools: "Sequence[Tool]", place: "Around", *, is_all: bool) -> list[str]:
    """Undo what was configured; return the names of those of which that failed.

    With `is_all`, a tool that has nothing of ours is not mentioned.
    """
    setup, failed = _setup(place), []
    for tool in tools:
        try:
            changed = setup.unconfigure(tool).changed
        except PatError as error:
            notice(f"{tool.title}: {error}")
            failed.append(tool.name)
            continue
        if changed:
            say(f"{tool.title} no longer uses this helper ({places_of(changed, place)}).")
        elif not is_all:
            say(f"Nothing of this helper is in the configuration of {tool.title}.")
    return failed


def would_configure(tools: "Sequence[Tool]", place: "Around") -> bool:
    """Print what `configure` would write; return whether that is anything."""
    setup, printed = _setup(place), False
    setup.ask_versions(tools)
    for tool in tools:
        for change in setup.changes(tool):
            obstacles = change.obstacles()
            for obstacle in obstacles:
                say(text_of(tool, obstacle, place))
            is_to_make = not obstacles and not change.is_made()
            if is_to_make:
                say(f"{tool.title}: would write {places_of([change.path], place)}:")
                say(indented(change.shown()) if change.shown() else "  (without what is no longer needed)")
            printed = printed or is_to_make or bool(obstacles)
    return printed


def would_unconfigure(tools: "Sequence[Tool]", place: "Around") -> bool:
    """Print which places `unconfigure` would change; return whether there are any."""
    setup = _setup(place)
    changes = [(tool, change) for tool in tools for change in setup.alone(tool) if change.is_there()]
    for tool, change in changes:
        say(f"{tool.title}: would take this helper out of {places_of([change.path], place)}.")
    return bool(changes)


def show_list(place: "Around", path: str, lines: Sequence[block.Line], *, as_json: bool) -> None:
    """Show what is known of every tool: first Git, which has its lines in a file of its configuration."""
    from git_credential_pat.tools import Tool, tools
    from git_credential_pat.tools.support.timer import Timer

    class Git(Tool):
        name, title, programs = GIT, "Git", (GIT,)

    setup = _setup(place)
    timer = Timer()
    setup.ask_versions((Git(), *tools(), timer))
    made = not block.not_in_force(lines)
    facts = (path, block.text_of(lines), made, ())
    git = _row(Git(), setup, place)._replace(is_configured=made, changes=(facts,))
    is_timer = any(change.is_there() for change in setup.alone(timer))
    last = _row(timer, setup, place)._replace(is_configured=is_timer)
    rows = [git, *(_row(tool, setup, place) for tool in tools()), last]
    if as_json:
        say(json.dumps({"tools": [row.as_json() for row in rows]}, indent=2))
        return
    there = [row for row in rows if row.state != _NOT_FOUND]
    cells = [
        (row.name, row.version or "-", row.state, places_of(row.places, place) or row.note) for row in there
    ]
    styles = [_STYLES.get(row.state, "") for row in there]
    print_table(_COLUMNS, [[printable(cell) for cell in line] for line in cells], styles, notes=1)
    if len(there) < len(rows):
        say(f"Not found: {', '.join(row.name for row in rows if row not in there)}")


_NOT_FOUND = "not found"
_STYLES = {"configured": "green", "in the way": "yellow", "too old": "yellow"}


class Row(NamedTuple):
    """What the list has of a tool."""

    name: str
    title: str
    program: str | None
    version: str
    is_configured: bool
    is_new_enough: bool = True
    note: str = ""
    changes: "tuple[tuple[str, str, bool, tuple[Obstacle, ...]], ...]" = ()

    @property
    def state(self) -> str:
        """What stands in the table."""
        if self.program is None and not self.is_configured:
            return _NOT_FOUND
        if not self.is_new_enough:
            return "too old"
        if self.is_configured:
            return "in the way" if any(obstacles for *_, obstacles in self.changes) else "configured"
        return "run it by exec" if self.note else "not configured"

    @property
    def places(self) -> list[str]:
        """The files that are written, else those that may be."""
        paths = [path for path, text, *_ in self.changes if text]
        return paths or [path for path, *_ in self.changes]

    def as_json(self) -> dict[str, object]:
        """Return the row for scripts."""
        return {
            "name": self.name,
            "title": self.title,
            "program": self.program,
            "version": self.version or None,
            "new_enough": self.is_new_enough,
            "configured": self.is_configured,
            "instead": self.note or None,
            "changes": [
                {"path": path, "text": text, "made": made, "obstacles": [one.reason for one in obstacles]}
                for path, text, made, obstacles in self.changes
            ],
        }


def updated_tools(session: Session, entries: Sequence[Entry] | None = None, *, every: bool = False) -> str:
    """Bring configured tools up to date with the tokens that are stored; return a line if any changed.

    With `every`, also those that depend on none: this program may have moved.

    What is asked for is done already, so a failure is only a warning.
    """
    if not os.path.exists(os.path.join(session.settings.data_folder, RECORD)):
        return ""
    try:
        changed = _setup(around(session, entries)).update(every=every)
    except PatError as error:
        notice(f"warning: the tools' configuration is not up to date: {error}")
        return ""
    return f"Brought up to date: {', '.join(changed)}." if changed else ""


def _setup(place: "Around") -> "Setup":
    from git_credential_pat.tools.support.setup import Setup

    return Setup(place)


def _row(tool: "Tool", setup: "Setup", place: "Around") -> Row:
    version = place.versions.get(tool.name, ())
    return Row(
        tool.name,
        tool.title,
        place.found(*tool.programs),
        ".".join(map(str, version)),
        is_configured=tool.name in {one.name for one in setup.configured},
        is_new_enough=tool.is_new_enough(version),
        note=tool.instead,
        changes=tuple(_facts(change) for change in setup.changes(tool)),
    )


def _facts(change: "Change") -> "tuple[str, str, bool, tuple[Obstacle, ...]]":
    try:
        return change.path, change.shown(), change.is_made(), tuple(change.obstacles())
    except PatError as error:  # a file that cannot be read is one tool's matter
        from git_credential_pat.tools.support.change import Obstacle

        return change.path, change.shown(), False, (Obstacle(change.path, str(error)),)


def _remark(tool: "Tool", place: "Around") -> str:
    """Return what to add about the program that is to ask."""
    if place.found(*tool.programs) is None:
        return f" The program {tool.programs[0]} is not on PATH."
    version = place.versions.get(tool.name, ())
    if tool.is_new_enough(version):
        return ""
    least = ".".join(map(str, tool.least))
    return f" This needs {tool.title} {least} or later; {'.'.join(map(str, version))} is installed."


def text_of(tool: "Tool", obstacle: "Obstacle", place: "Around") -> str:
    """Return what to say of something in the way, and what to do about it."""
    line = (
        f"{tool.title}: {places_of([obstacle.place], place)} is left as it is: {printable(obstacle.reason)}"
    )
    if obstacle.fix:
        return f"{line}; run: {obstacle.fix}"
    return (
        f"{line}; to use this helper, put there:\n{indented(obstacle.text)}" if obstacle.text else f"{line}."
    )


def indented(text: str) -> str:
    """Return text below a line that says what it is, safe to print."""
    return "\n".join(f"  {printable(line)}" for line in text.replace("\t", "  ").split("\n"))


def places_of(paths: Iterable[str], place: "Around") -> str:
    """Return paths for a message, those in the home folder from `~` on."""
    home = place.variables.get("HOME", "").rstrip("/")
    return ", ".join(f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path for path in paths)
