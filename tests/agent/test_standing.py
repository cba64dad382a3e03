"""The agent answers only calls that stand on what it stands on; every other goes the full way, rightly."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.agents import ANSWER, FOUND, REQUEST, agent_program
from support.checks import keep
from support.program import FABRIKAM, OTHER_AZURE_TOKEN, Program, Run, attributes

from git_credential_pat.agent.standing import folders, lasting, standing, variables

if TYPE_CHECKING:
    from pathlib import Path

    from support.agents import AgentProgram

OTHER_ANSWER = f"username=pat\npassword={OTHER_AZURE_TOKEN}\n".encode()
JANE = ANSWER.replace(b"username=pat", b"username=jane")
HOME = b"/home/jane"


def configured(*pairs: tuple[str, str]) -> dict[str, str]:
    """Return the environment by which Git hands on what `git -c` was given."""
    rows = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        rows.update({f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value})
    return rows


@pytest.fixture
def neighbour(tmp_path: Path) -> Program:
    """A home that keeps another token for the same organization."""
    neighbour = Program(tmp_path / "neighbour")
    keep(neighbour, FABRIKAM, OTHER_AZURE_TOKEN)
    return neighbour


def test_another_home_is_answered_with_its_own(served: AgentProgram, neighbour: Program) -> None:
    runtime = {"XDG_CACHE_HOME": str(served.home / ".cache"), "HOME": str(neighbour.home)}
    assert served.run("get", stdin=REQUEST, environment=runtime) == Run(0, OTHER_ANSWER, "")
    assert served.by_agent("get") == FOUND


def test_other_folders_are_answered_with_their_own(served: AgentProgram, neighbour: Program) -> None:
    data = {"XDG_DATA_HOME": str(neighbour.home / ".local" / "share")}
    config = {"XDG_CONFIG_HOME": str(neighbour.home / ".config")}
    locked = served.run("get", stdin=REQUEST, environment=data)
    assert locked == served.alone("get", environment=data) == Run(4, b"", locked.stderr)
    assert served.run("get", stdin=REQUEST, environment={**data, **config}) == Run(0, OTHER_ANSWER, "")


def test_another_folder_of_configuration_is_obeyed(served: AgentProgram) -> None:
    folder = served.home / "config" / "git"
    folder.mkdir(parents=True)
    (folder / "config").write_text(f'[pat "{FABRIKAM}"]\n\tusername = jane\n')
    environment = {"XDG_CONFIG_HOME": str(folder.parent)}
    assert served.run("get", stdin=REQUEST, environment=environment) == Run(0, JANE, "")


def test_another_git_config_is_obeyed(served: AgentProgram) -> None:
    file = served.home / "other"
    file.write_text(f'[pat "{FABRIKAM}"]\n\tusername = jane\n')
    for environment in ({"GIT_CONFIG_GLOBAL": str(file)}, {"GIT_CONFIG_GLOBAL": "other"}):
        assert served.run("get", stdin=REQUEST, environment=environment) == Run(0, JANE, "")
    system = {"GIT_CONFIG_NOSYSTEM": "0", "GIT_CONFIG_SYSTEM": str(file)}
    assert served.run("get", stdin=REQUEST, environment=system) == Run(0, JANE, "")


@pytest.mark.parametrize("value", ["relative", ""])
@pytest.mark.parametrize("name", ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"])
def test_a_git_config_that_hangs_on_the_working_folder_starts_no_agent(
    program: AgentProgram, name: str, value: str
) -> None:
    (program.home / "relative").touch()
    environment = {name: value, "GIT_CONFIG_NOSYSTEM": "0"}
    assert program.run("get", stdin=REQUEST, environment=environment) == FOUND
    assert not program.socket.exists()


def test_a_relative_git_config_is_that_of_the_working_folder(program: AgentProgram) -> None:
    other = program.home / "other"
    other.mkdir()
    (other / "config").write_text(f'[pat "{FABRIKAM}"]\n\tusername = jane\n')
    environment = {"GIT_CONFIG_GLOBAL": "config"}
    (program.home / "config").touch()
    assert program.run("get", stdin=REQUEST, environment=environment) == FOUND
    assert program.run("get", stdin=REQUEST, environment=environment, cwd=other) == Run(0, JANE, "")


@pytest.mark.parametrize(
    "setting",
    [
        (f"pat.{FABRIKAM}.username", "jane"),
        (f"PAT.{FABRIKAM}.UserName", "jane"),
        ("include.path", "HOME/other"),
        ("Include.Path", "HOME/other"),
        ("includeIf.gitdir:/**.path", "HOME/other"),
    ],
)
def test_settings_of_one_call_are_obeyed(served: AgentProgram, setting: tuple[str, str]) -> None:
    (served.home / "other").write_text(f'[pat "{FABRIKAM}"]\n\tusername = jane\n')
    key, value = setting
    environment = configured((key, value.replace("HOME", str(served.home))))
    done = served.run("get", stdin=REQUEST, environment=environment)
    nowhere = str(served.home / "there-is" / "nothing")
    assert done == served.alone("get", environment={**environment, "XDG_RUNTIME_DIR": nowhere})
    if not key.startswith("includeIf"):  # no repository is looked at
        assert done == Run(0, JANE, "")
    assert served.by_agent("get") == FOUND


def test_git_c_of_our_settings_goes_the_full_way(served: AgentProgram) -> None:
    served.gitconfig.write_text(
        f'[credential]\n\thelper = {served.launcher}\n[credential "{FABRIKAM}"]\n\tuseHttpPath = true\n'
    )
    fill = ["credential", "fill"]
    url = attributes(f"url={FABRIKAM}/web/_git/api")
    named = served.git("-c", f"pat.{FABRIKAM}.username=jane", *fill, stdin=url)
    assert b"username=jane\n" in named.stdout
    assert b"username=pat\n" in served.git(*fill, stdin=url).stdout


@pytest.mark.parametrize(
    "environment",
    [
        configured(("user.name", "x")),
        configured(("core.editor", "code --wait"), ("http.extraheader", "")),
        {"GIT_CONFIG_PARAMETERS": "'user.name=x'"},
        {"GIT_TERMINAL_PROMPT": "0", "GIT_DIR": "/somewhere/.git", "LC_ALL": "C", "TERM": "dumb"},
        {"XDG_STATE_HOME": "/elsewhere", "SSH_AUTH_SOCK": "/elsewhere"},
    ],
)
def test_what_cannot_matter_keeps_no_call_from_the_agent(
    served: AgentProgram, environment: dict[str, str]
) -> None:
    served.environment.update(environment)
    assert served.by_agent("get") == FOUND


def test_options_before_the_operation_make_a_stand_of_their_own(served: AgentProgram) -> None:
    assert served.by_agent("get", REQUEST, "--backend", "vault") is None
    assert served.run("--backend", "vault", "get", stdin=REQUEST) == FOUND
    wrong = served.run("--backend", "nowhere", "get", stdin=REQUEST)
    assert (wrong.status, wrong.stdout) == (2, b"")
    assert wrong.stderr.startswith('git-credential-pat: unknown backend "nowhere"; ')
    assert served.run("--frobnicate", "get", stdin=REQUEST).status == 2


def test_an_agent_started_with_options_serves_calls_with_the_same(program: AgentProgram) -> None:
    assert program.run("--backend", "vault", "get", stdin=REQUEST) == FOUND
    assert program.by_agent("get", REQUEST, "--backend", "vault") == FOUND
    assert program.by_agent("get") is None
    assert program.run("get", stdin=REQUEST) == FOUND


def test_two_homes_with_one_runtime_folder_get_each_their_own() -> None:
    with agent_program() as first, agent_program() as second:
        keep(first, FABRIKAM)
        keep(second, FABRIKAM, OTHER_AZURE_TOKEN)
        second.environment["XDG_RUNTIME_DIR"] = first.environment["XDG_RUNTIME_DIR"] = str(first.home / "r")
        for _ in range(2):
            assert first.run("get", stdin=REQUEST) == FOUND
            assert second.run("get", stdin=REQUEST) == Run(0, OTHER_ANSWER, "")


def test_a_home_that_was_moved_away_is_not_answered_from_memory(served: AgentProgram) -> None:
    shutil.move(served.home / ".local", served.home / "moved")
    assert served.run("get", stdin=REQUEST) == Run(0, b"", "")


# What a stand is made of


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {b"HOME": b""},
        {b"HOME": b"relative"},
        {b"HOME": HOME, b"GIT_CONFIG_GLOBAL": b""},
        {b"HOME": HOME, b"GIT_CONFIG_GLOBAL": b"relative"},
        {b"HOME": HOME, b"GIT_CONFIG_SYSTEM": b"relative"},
    ],
)
def test_where_places_hang_on_the_working_folder_there_is_no_stand(environment: dict[bytes, bytes]) -> None:
    assert variables(environment) is None
    assert standing(environment, ()) is None


def test_a_stand_tells_names_values_and_options_apart() -> None:
    stands = [
        standing({b"HOME": HOME, **more}, options)
        for more, options in [
            ({}, []),
            ({}, ["--backend", "vault"]),
            ({}, ["--backend=vault"]),
            ({b"XDG_DATA_HOME": b""}, []),
            ({b"XDG_DATA_HOME": b"/x"}, []),
            ({b"XDG_CONFIG_HOME": b"/x"}, []),
            ({b"GIT_CONFIG_NOSYSTEM": b"1"}, []),
            ({b"GIT_CONFIG_PARAMETERS": b"'pat.agent=never'"}, []),
            ({b"GIT_CONFIG_PARAMETERS": b"'PAT.agent=never'"}, []),
            ({b"GIT_CONFIG_PARAMETERS": b"'credential.interactive=false'"}, []),
        ]
    ]
    assert len(set(stands)) == len(stands)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (
            {b"XDG_RUNTIME_DIR": b"/run/user/1", b"HOME": HOME},
            [b"/run/user/1/git-credential-pat", b"/home/jane/.cache/git-credential-pat"],
        ),
        (
            {b"XDG_RUNTIME_DIR": b"run", b"XDG_CACHE_HOME": b"/cache", b"HOME": HOME},
            [b"/cache/git-credential-pat"],
        ),
        ({b"XDG_CACHE_HOME": b"", b"HOME": HOME}, [b"/home/jane/.cache/git-credential-pat"]),
        ({b"XDG_CACHE_HOME": b"cache", b"HOME": b"relative"}, []),
    ],
)
def test_the_socket_lies_in_the_session_s_folder_or_among_the_caches(
    environment: dict[bytes, bytes], expected: list[bytes]
) -> None:
    assert folders(environment) == expected


def test_an_agent_stands_on_nothing_that_came_with_one_call() -> None:
    kept = variables({b"HOME": HOME, b"GIT_CONFIG_PARAMETERS": b"'pat.agent=auto'", b"XDG_DATA_HOME": b"/x"})
    assert kept is not None
    assert lasting(kept) == {b"HOME": HOME, b"XDG_DATA_HOME": b"/x"}


def test_an_agent_that_a_call_with_settings_of_its_own_started_serves_the_others(
    program: AgentProgram,
) -> None:
    environment = configured((f"pat.{FABRIKAM}.username", "jane"))
    assert program.run("get", stdin=REQUEST, environment=environment) == Run(0, JANE, "")
    assert program.by_agent("get") == FOUND


def test_calls_within_a_session_and_without_one_share_an_agent(served: AgentProgram) -> None:
    runtime = served.home / "run"
    runtime.mkdir(0o700)
    served.environment["XDG_RUNTIME_DIR"] = str(runtime)
    assert served.by_agent("get") == FOUND
    assert not served.socket.exists()
