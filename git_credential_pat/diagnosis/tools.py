"""The tools that are configured: whether each gets an answer, what it uses first, and whether tokens fit."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from git_credential_pat import suggest
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import launcher_path
from git_credential_pat.hosts import family_of
from git_credential_pat.importing import Around as Reader
from git_credential_pat.importing import source_named
from git_credential_pat.model.finding import Finding, note, ok, problem, refused
from git_credential_pat.operations import notices
from git_credential_pat.text import quoted, shown
from git_credential_pat.tools import Around, Tool
from git_credential_pat.tools.support import keyring
from git_credential_pat.tools.support.probe import Probe
from git_credential_pat.tools.support.setup import Setup

_NETRC = ".netrc"


def check_tools(around: Surroundings) -> Iterator[Finding]:
    """Report tools that are too old, are not configured as they should be, or get no answer."""
    place, setup = _setup(around)
    tools = setup.configured
    setup.ask_versions(tools)
    well: list[str] = []
    answered: dict[Probe, bool] = {}
    for tool in tools:
        found = [*_about(tool, place), *_changes(tool, setup)] or [*_answer(tool, place, answered)]
        yield from found
        if not found:
            well.append(tool.title)
    if well:
        yield ok(f"{', '.join(well)} can ask this helper")


def check_first(around: Surroundings) -> Iterator[Finding]:
    """Report what tools use before they ask this program, or in place of it."""
    place, setup = _setup(around)
    tools = setup.configured
    for tool in tools:
        for name in sorted(name for name in place.variables if re.fullmatch(tool.before_us or "-", name)):
            yield note(f"{tool.title} uses the variable {shown(name)} before this helper", f"unset {name}")
        for rival in tool.logins(place):
            yield note(f"{tool.title}: {rival.text}", rival.fix)
    yield from _netrc([tool.title for tool in tools if tool.reads_netrc], around, place)
    if os.path.islink(place.own(keyring.PROGRAM)):
        yield from _other_keyring(place, [tool.name for tool in tools])


def check_tokens(around: Surroundings) -> Iterator[Finding]:
    """Report tokens that packages do not take, if a tool is configured that may send them."""
    if not _setup(around)[1].configured:
        return
    for entry in around.known_entries:
        family = family_of(entry.scope, around.settings.providers)
        line = notices.unfit_for_packages(entry, family) if entry.may_answer(around.now) else ""
        if line:
            yield refused(PatError(line))._replace(state="note")


def place_of(around: Surroundings) -> Around:
    """Return the surroundings of the tools."""
    return Around(
        around.variables,
        launcher_path(around.variables),
        around.settings.data_folder,
        lambda: [entry.scope for entry in around.known_entries],
        around.settings.providers,
    )


def _setup(around: Surroundings) -> tuple[Around, Setup]:
    place = place_of(around)
    return place, Setup(place)


def _about(tool: Tool, place: Around) -> Iterator[Finding]:
    """Report a tool that is not there, or too old."""
    version = place.versions.get(tool.name, ())
    if place.found(*tool.programs) is None:
        text = f"{tool.title} is configured, but {tool.programs[0]} is not on PATH"
        yield note(text, suggest.own("unconfigure", tool.name))
    elif not tool.is_new_enough(version):
        least = _number(tool.least)
        yield problem(f"{tool.title} {_number(version)} is older than {least}, which asks a helper", None)


def _changes(tool: Tool, setup: Setup) -> Iterator[Finding]:
    """Report what is not as `configure` writes it."""
    for change in setup.changes(tool):
        obstacles = change.obstacles()
        for one in obstacles:
            yield problem(
                f"{tool.title}: {quoted(one.place)} is left as it is: {one.reason}", one.fix or None
            )
        if not obstacles and not change.is_made():
            text = f"{tool.title}: {quoted(change.path)} is not as this helper needs it"
            yield problem(text, suggest.own("configure", tool.name))


def _answer(tool: Tool, place: Around, answered: dict[Probe, bool]) -> Iterator[Finding]:
    """Ask as the tool does; several tools may ask in the same way."""
    probe = tool.probe(place)
    if probe not in answered:
        answered[probe] = _is_answered(probe, place.variables)
    if not answered[probe]:
        program = quoted(probe.command[0])
        yield problem(f"{tool.title} gets no proper answer from {program}; install this program again", None)


def _is_answered(probe: Probe, environment: Mapping[str, str]) -> bool:
    try:
        return probe.is_answered(environment)
    except PatError:  # it cannot be started
        return False


def _netrc(titles: Sequence[str], around: Surroundings, place: Around) -> Iterator[Finding]:
    """Report logins in netrc for hosts of packages whose tokens are stored."""
    path = place.below_home(_NETRC)
    if not titles or not os.path.exists(path):
        return
    reader = Reader(place.home, around.folder, place.variables, keyring=None, may_ask=False)
    found = source_named("netrc").find(reader, [path]).found
    hosts = {one.request.host.decode("ascii", "replace") for one in found if one.request}
    for host in sorted(hosts & {*place.hosts}):
        text = f"{', '.join(titles)}: the login for {host} in {quoted(path)} goes before this helper"
        yield note(text, suggest.own("import", "netrc", "--scrub"))


def _other_keyring(place: Around, names: Sequence[str]) -> Iterator[Finding]:
    """Report a program `keyring` that is not ours, beside ours."""
    first, others = place.found(keyring.PROGRAM), place.others(keyring.PROGRAM)
    if first and not place.is_own(first):
        text = f"another program {keyring.PROGRAM} ({quoted(first)}) comes before that of this helper"
        yield problem(text, suggest.own("configure", *names))
    elif others:
        yield note(f"this helper's {keyring.PROGRAM} leaves what is not its own to {quoted(others[0])}")


def _number(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
