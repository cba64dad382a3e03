"""The agent answers only calls that stand on what it stands on; every other goes the full way, rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.agents import FOUND, JANE, OTHER, REQUEST
from support.checks import keep, refusal
from support.program import FABRIKAM, OTHER_AZURE_TOKEN, Program, attributes

from git_credential_pat.agent.identity import folders, lasting, standing, variables

if TYPE_CHECKING:
    from pathlib import Path

    from support.agents import AgentProgram

HOME = b"/home/jane"
USERNAME = f'[pat "{FABRIKAM}"]\n\tusername = jane\n'


def configured(*pairs: tuple[str, str]) -> dict[str, str]:
    """Return the environment by which Git hands on what `git -c` was given."""
    rows = {"GIT_CONFIG_COUNT": str(len(pairs))}
    for number, (key, value) in enumerate(pairs):
        rows.update({f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value})
    return rows


def test_another_home_and_other_folders_are_answered_with_their_own(
    served: AgentProgram, tmp_path: Path
) -> None:
    neighbour = Program(tmp_path / "neighbour")
    keep(neighbour, FABRIKAM, OTHER_AZURE_TOKEN)
    home = {"XDG_CACHE_HOME": str(served.home / ".cache"), "HOME": str(neighbour.home)}
    data = {"XDG_DATA_HOME": str(neighbour.home / ".local" / "share")}
    config = {"XDG_CONFIG_HOME": str(neighbour.home / ".config")}
    assert served.run("get", stdin=REQUEST, environment=home) == OTHER
    assert served.run("get", stdin=REQUEST, environment={**data, **config}) == OTHER
    damaged = served.run("get", stdin=REQUEST, environment=data)
    assert damaged == served.alone("get", environment=data)
    refusal(damaged, 4)
    assert served.by_agent("get") == FOUND


def test_another_git_config_is_obeyed(served: AgentProgram) -> None:
    file = served.home / "config" / "git" / "config"
    file.parent.mkdir(parents=True)
    file.write_text(USERNAME)
    for environment in (
        {"XDG_CONFIG_HOME": str(served.home / "config")},
        {"GIT_CONFIG_GLOBAL": str(file)},
        {"GIT_CONFIG_GLOBAL": "config/git/config"},
        {"GIT_CONFIG_NOSYSTEM": "0", "GIT_CONFIG_SYSTEM": str(file)},
    ):
        assert served.run("get", stdin=REQUEST, environment=environment) == JANE


@pytest.mark.parametrize("value", ["config", ""])
@pytest.mark.parametrize("name", ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"])
def test_a_git_config_that_hangs_on_the_working_folder_is_obeyed_and_starts_no_agent(
    program: AgentProgram, name: str, value: str
) -> None:
    other = program.home / "other"
    other.mkdir()
    (program.home / "config").touch()
    (other / "config").write_text(USERNAME)
    environment = {name: value, "GIT_CONFIG_NOSYSTEM": "0"}
    assert program.run("get", stdin=REQUEST, environment=environment) == FOUND
    elsewhere = program.run("get", stdin=REQUEST, environment=environment, cwd=other)
    assert elsewhere == (JANE if value else FOUND)
    assert not program.socket.exists()
    assert name in refusal(program.run("agent", "--foreground", environment=environment), 1)


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
    (served.home / "other").write_text(USERNAME)
    key, value = setting
    environment = configured((key, value.replace("HOME", str(served.home))))
    done = served.run("get", stdin=REQUEST, environment=environment)
    nowhere = str(served.home / "there-is" / "nothing")
    assert done == served.alone("get", environment={**environment, "XDG_RUNTIME_DIR": nowhere})
    if not key.startswith("includeIf"):  # no repository is looked at
        assert done == JANE
    assert served.by_agent("get") == FOUND


def test_git_c_of_our_settings_goes_the_full_way(served: AgentProgram) -> None:
    served.gitconfig.write_text(f"[credential]\n\thelper = {served.launcher}\n\tuseHttpPath = true\n")
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
    shared: AgentProgram, environment: dict[str, str]
) -> None:
    assert shared.by_agent("get", environment=environment) == FOUND


def test_options_before_the_operation_make_a_stand_of_their_own(program: AgentProgram) -> None:
    for first, second in (((), ("--backend", "vault")), (("--backend", "vault"), ())):
        assert program.run(*first, "get", stdin=REQUEST) == FOUND
        assert program.by_agent("get", REQUEST, *first) == FOUND
        assert program.by_agent("get", REQUEST, *second) is None
        assert program.run(*second, "get", stdin=REQUEST) == FOUND
        program.end()
    refusal(program.run("--backend", "nowhere", "get", stdin=REQUEST), 2)
    refusal(program.run("--frobnicate", "get", stdin=REQUEST), 2)


def test_an_agent_that_a_call_with_settings_of_its_own_started_serves_the_others_in_any_session(
    program: AgentProgram,
) -> None:
    environment = configured((f"pat.{FABRIKAM}.username", "jane"))
    assert program.run("get", stdin=REQUEST, environment=environment) == JANE
    assert program.by_agent("get") == FOUND
    runtime = program.home / "run"
    runtime.mkdir(0o700)
    program.environment["XDG_RUNTIME_DIR"] = str(runtime)
    assert program.by_agent("get") == FOUND
    assert not program.socket.exists()


# What a stand is made of


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {b"HOME": b""},
        {b"HOME": b"relative"},
        {b"HOME": HOME, b"GIT_CONFIG_GLOBAL": b""},
        {b"HOME": HOME, b"GIT_CONFIG_SYSTEM": b"relative"},
    ],
)
def test_where_places_hang_on_the_working_folder_there_is_no_stand(environment: dict[bytes, bytes]) -> None:
    assert variables(environment) is None
    assert standing(environment, ()) is None


def test_a_stand_distinguishes_names_values_and_options() -> None:
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
    ("runtime", "cache", "home", "expected"),
    [
        (b"/run/user/1", None, HOME, [b"/run/user/1", b"/home/jane/.cache"]),
        (b"run", b"/cache", HOME, [b"/cache"]),
        (None, b"", HOME, [b"/home/jane/.cache"]),
        (None, b"cache", b"relative", []),
    ],
)
def test_the_socket_lies_in_the_session_s_folder_or_among_the_caches(
    runtime: bytes | None, cache: bytes | None, home: bytes, expected: list[bytes]
) -> None:
    given = {b"XDG_RUNTIME_DIR": runtime, b"XDG_CACHE_HOME": cache, b"HOME": home}
    environment = {name: value for name, value in given.items() if value is not None}
    assert folders(environment) == [folder + b"/git-credential-pat" for folder in expected]


def test_an_agent_stands_on_nothing_that_came_with_one_call() -> None:
    kept = variables({b"HOME": HOME, b"GIT_CONFIG_PARAMETERS": b"'pat.agent=auto'", b"XDG_DATA_HOME": b"/x"})
    assert kept is not None
    assert lasting(kept) == {b"HOME": HOME, b"XDG_DATA_HOME": b"/x"}
