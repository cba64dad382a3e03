"""What `configure` and `unconfigure` do with tools: their changes made or undone, and noted in the record."""

from collections.abc import Sequence

from git_credential_pat.model import NamedTuple
from git_credential_pat.system.asking_versions import outputs
from git_credential_pat.tools import TOOLS, tool_named
from git_credential_pat.tools.support.around import Around
from git_credential_pat.tools.support.change import Change, Obstacle
from git_credential_pat.tools.support.record import Record
from git_credential_pat.tools.support.tool import Tool

_LIMIT = 2.0
"""Seconds for all programs to print their versions."""


class Outcome(NamedTuple):
    """What came of one tool: the places that changed, all its places, and what is in the way."""

    changed: tuple[str, ...]
    places: tuple[str, ...]
    obstacles: tuple[Obstacle, ...] = ()


class Setup:
    """The tools as they are configured."""

    def __init__(self, around: Around) -> None:
        """Take the surroundings; raises PatError if the record is damaged."""
        self._around = around
        self._record = Record(around.data_folder)

    @property
    def configured(self) -> list[Tool]:
        """The tools that are configured, in the table's order."""
        return [tool_named(name) for name in TOOLS if name in self._record.tools]

    def changes(self, tool: Tool) -> list[Change]:
        """Return what a tool wants, each place once; what it does not want, another tool may."""
        shared = self._wanted_by_others(tool)
        return [change for change in self._all(tool) if change.shown() or change.path not in shared]

    def shown(self, tool: Tool) -> bool:
        """Return whether a tool has anything to be written."""
        return any(change.shown() for change in self.changes(tool))

    def ask_versions(self, tools: Sequence[Tool]) -> None:
        """Note the versions of tools that are installed, as far as they are seen or printed in time."""
        around = self._around
        installed = [(tool, program) for tool in tools if (program := around.found(*tool.programs))]
        around.versions |= {tool.name: tool.version_beside(program) for tool, program in installed}
        unseen = [(tool, program) for tool, program in installed if not around.versions[tool.name]]
        commands = [
            ([program, *tool.asks_version], {**around.variables, **tool.quietly}) for tool, program in unseen
        ]
        for (tool, _), output in zip(unseen, outputs(commands, _LIMIT), strict=True):
            around.versions[tool.name] = tool.version_in(output)

    def configure(self, tool: Tool) -> Outcome:
        """Make what a tool wants, and note that it is configured."""
        with self._record.changing():
            self._record.note(tool.name, is_configured=True)
            return self._made(tool)

    def unconfigure(self, tool: Tool) -> Outcome:
        """Undo what a tool has and no other tool wants."""
        changes = self.alone(tool)
        if tool.name not in self._record.tools and not any(change.is_there() for change in changes):
            return Outcome((), tuple(change.path for change in changes))
        with self._record.changing():
            changed = tuple(change.path for change in changes if change.undo(self._record.made))
            self._record.note(tool.name, is_configured=False)
        return Outcome(changed, tuple(change.path for change in changes))

    def update(self, *, every: bool) -> list[str]:
        """Bring tools up to date that depend on the stored tokens, or all; return those that changed."""
        tools = [tool for tool in self.configured if every or tool.follows_tokens]
        if not any(self._is_outdated(tool) for tool in tools):
            return []
        with self._record.changing():
            return [tool.name for tool in tools if self._made(tool).changed]

    def _is_outdated(self, tool: Tool) -> bool:
        return any(not change.is_made() and not change.obstacles() for change in self.changes(tool))

    def _made(self, tool: Tool) -> Outcome:
        changes = self.changes(tool)
        obstacles = tuple(obstacle for change in changes for obstacle in change.obstacles())
        changed = tuple(change.path for change in changes if change.make(self._record.made))
        return Outcome(changed, tuple(change.path for change in changes), obstacles)

    def alone(self, tool: Tool) -> list[Change]:
        """Return what a tool has that no other configured tool wants too."""
        shared = self._wanted_by_others(tool)
        return [change for change in self._all(tool) if change.path not in shared]

    def _all(self, tool: Tool) -> list[Change]:
        found: dict[str, Change] = {}
        for change in tool.changes(self._around):
            if change.shown() or change.path not in found:
                found[change.path] = change
        return [*found.values()]

    def _wanted_by_others(self, tool: Tool) -> set[str]:
        others = (other for other in self.configured if other.name != tool.name)
        return {change.path for other in others for change in self._all(other) if change.shown()}
