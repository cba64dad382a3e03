"""The backend of the `keyring` library, in the real library: in its own environment and in another tool's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.other_environment import OtherEnvironment
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, LAUNCHER, OTHER_AZURE_TOKEN, Program

import git_credential_pat

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.slow

PACKAGE = Path(git_credential_pat.__file__).parent
FOLDER = PACKAGE / "keyring_path"
MODULE = "git_credential_pat_keyring"
FEED = "https://pkgs.dev.azure.com/{}/_packaging/web/pypi/simple/"
OTHER = """
import json, os
from keyring.backend import KeyringBackend

class Other(KeyringBackend):
    priority = 5
    def get_password(self, service, username):
        return self._all().get(f"{service} {username}")
    def set_password(self, service, username, password):
        self._write({**self._all(), f"{service} {username}": password})
    def delete_password(self, service, username):
        self._write({key: value for key, value in self._all().items() if key != f"{service} {username}"})
    def _all(self):
        try:
            with open(os.environ["OTHER_KEYRING"]) as file:
                return json.load(file)
        except FileNotFoundError:
            return {}
    def _write(self, items):
        with open(os.environ["OTHER_KEYRING"], "w") as file:
            json.dump(items, file)
"""
"""A backend that keeps what it is given."""

ASKS = """
import json, sys, keyring
question, service, username = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
if question == "credential":
    found = keyring.get_credential(service, username)
    print(json.dumps(found and [found.username, found.password]))
else:
    print(json.dumps(getattr(keyring, question + "_password")(service, username, *sys.argv[4:])))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> OtherEnvironment:
    """Another tool's environment, without this package and without any other backend."""
    return OtherEnvironment(tmp_path_factory.mktemp("other") / "environment")


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> OtherEnvironment:
    """Another tool's environment with a backend of its own."""
    environment = OtherEnvironment(tmp_path_factory.mktemp("beside") / "environment")
    environment.add_backend("other", "other_keyring", OTHER)
    return environment


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program with two organizations, whose library is configured to ask it."""
    program = Program(tmp_path_factory.mktemp("home") / "home")
    program.seed(FABRIKAM, AZURE_TOKEN)
    program.seed(CONTOSO, OTHER_AZURE_TOKEN)
    configure(program)
    program.environment["OTHER_KEYRING"] = str(program.home / "other.json")
    return program


def configure(program: Program, folder: Path = FOLDER) -> None:
    """Have the library of every environment ask the backend."""
    file = program.home / ".config" / "python_keyring" / "keyringrc.cfg"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"[backend]\ndefault-keyring = {MODULE}.Keyring\nkeyring-path = {folder}\n", "utf-8")


def ask(
    environment: OtherEnvironment,
    variables: Mapping[str, str],
    question: str,
    service: str,
    username: str | None = None,
    *more: str,
) -> object:
    """Ask the library there; it must neither fail nor say anything."""
    done = environment.run(ASKS, variables, question, service, json.dumps(username), *more)
    assert (done.returncode, done.stderr) == (0, ""), done
    return json.loads(done.stdout)


# What is answered


@pytest.mark.parametrize("organization", ["fabrikam", "contoso"])
def test_another_tool_s_library_is_given_each_organization_s_token(
    environment: OtherEnvironment, home: Program, organization: str
) -> None:
    token = {"fabrikam": AZURE_TOKEN, "contoso": OTHER_AZURE_TOKEN}[organization]
    feed = FEED.format(organization)
    assert ask(environment, home.environment, "credential", feed) == ["pat", token]
    assert ask(environment, home.environment, "credential", feed, "jane") == ["jane", token]
    assert ask(environment, home.environment, "get", feed, "__token__") == token


def test_a_host_alone_gets_none_of_two_and_the_reason_is_said(
    environment: OtherEnvironment, home: Program
) -> None:
    done = environment.run(ASKS, home.environment, "credential", "pkgs.dev.azure.com", "null")
    assert (done.returncode, done.stdout) == (0, "null\n")
    (line,) = done.stderr.splitlines()
    assert "which organization of https://pkgs.dev.azure.com" in line


@pytest.mark.parametrize(
    "service", ["python-poetry-check", "poetry-repository-web", "pdm-repository-web", "", "-x.y", "a b"]
)
def test_a_name_that_is_no_address_starts_nothing(
    environment: OtherEnvironment, home: Program, tmp_path: Path, service: str
) -> None:
    mark = tmp_path / "started"
    launcher = stand_in(tmp_path / "bin", f"touch {mark}")
    variables = {**home.environment, "PATH": f"{launcher.parent}:/usr/bin:/bin"}
    assert ask(environment, variables, "get", service, "jane") is None
    assert ask(environment, variables, "credential", service) is None
    assert not mark.exists()
    assert ask(environment, variables, "get", FABRIKAM, "jane") is None
    assert mark.exists()


@pytest.mark.parametrize(
    "does", ["exit 1", "exit 3", "echo", "echo '[1]'", "echo 7", "echo '{}'", "printf '\\377'", "kill -9 $$"]
)
def test_a_launcher_that_fails_is_a_miss(
    environment: OtherEnvironment, home: Program, tmp_path: Path, does: str
) -> None:
    launcher = stand_in(tmp_path / "bin", does)
    variables = {**home.environment, "PATH": f"{launcher.parent}:/usr/bin:/bin"}
    assert ask(environment, variables, "get", FABRIKAM, "jane") is None


def test_without_a_launcher_everything_is_a_miss(environment: OtherEnvironment, home: Program) -> None:
    variables = {**home.environment, "PATH": "/usr/bin:/bin"}
    assert ask(environment, variables, "credential", FABRIKAM) is None


def test_what_no_program_can_be_given_is_a_miss(environment: OtherEnvironment, home: Program) -> None:
    assert ask(environment, home.environment, "get", FABRIKAM, "jane\0") is None


# What is not ours


def test_what_is_not_ours_goes_on_to_the_backends_that_would_be_asked(
    beside: OtherEnvironment, home: Program
) -> None:
    variables = home.environment
    assert ask(beside, variables, "get", "work", "jane") is None
    assert ask(beside, variables, "set", "work", "jane", "secret") is None
    assert ask(beside, variables, "get", "work", "jane") == "secret"
    assert ask(beside, variables, "credential", "work", "jane") == ["jane", "secret"]
    assert ask(beside, variables, "set", "https://elsewhere.example.com", "jane", "other") is None
    assert ask(beside, variables, "get", "https://elsewhere.example.com", "jane") == "other"
    assert ask(beside, variables, "get", FEED.format("fabrikam"), "jane") == AZURE_TOKEN
    assert ask(beside, variables, "delete", "work", "jane") is None
    assert ask(beside, variables, "get", "work", "jane") is None


@pytest.mark.parametrize("question", ["set", "delete"])
def test_without_another_backend_a_change_fails_as_without_this_one(
    environment: OtherEnvironment, home: Program, question: str
) -> None:
    done = environment.run(ASKS, home.environment, question, "work", '"jane"', *["x"][: question == "set"])
    assert done.returncode == 1
    assert "keyring.errors.NoKeyringError" in done.stderr


# Installed in the tool's own environment


def test_the_entry_point_has_the_library_ask_before_the_others(tmp_path: Path, home: Program) -> None:
    environment = OtherEnvironment(tmp_path / "environment")
    environment.add_backend("other", "other_keyring", OTHER)
    copied(environment.packages)
    environment.add_backend("git-credential-pat", f"git_credential_pat.keyring_path.{MODULE}")
    variables = {**home.environment, "XDG_CONFIG_HOME": str(tmp_path)}  # without keyringrc.cfg
    variables["GIT_CONFIG_GLOBAL"] = str(home.gitconfig)
    stand_in(environment.bin, said("by entry point"))
    assert ask(environment, variables, "credential", FABRIKAM) == ["pat", "by entry point"]
    assert ask(environment, variables, "set", FABRIKAM, "jane", "secret") is None
    assert "secret" in Path(variables["OTHER_KEYRING"]).read_text("utf-8")
    assert ask(environment, home.environment, "credential", FABRIKAM) == ["pat", AZURE_TOKEN]


# Where the launcher is


def stand_in(folder: Path, does: str, name: str = "git-credential-pat") -> Path:
    """Make a program in the launcher's place."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{does}\n", "utf-8")
    path.chmod(0o755)
    return path


def said(token: str) -> str:
    """Return a line of sh that answers with a token."""
    return f"""echo '{{"username": "pat", "password": "{token}"}}'"""


def copied(packages: Path) -> Path:
    """Install the backend's folder without the rest of the package; return the folder."""
    folder = packages / "git_credential_pat" / "keyring_path"
    shutil.copytree(FOLDER, folder)
    shutil.copy(PACKAGE / "__init__.py", folder.parent)
    return folder


@pytest.mark.parametrize("how", ["installed", "linked folder", "linked file", "linked environment"])
def test_the_launcher_is_that_of_the_environment_which_holds_the_package(
    environment: OtherEnvironment, tmp_path: Path, how: str
) -> None:
    program = Program(tmp_path / "home")
    installed = tmp_path / "env"
    folder = copied(installed / "lib" / "python3.11" / "site-packages")
    stand_in(installed / "bin", said("beside"))
    if how == "linked folder":
        (tmp_path / "link").symlink_to(folder)
        folder = tmp_path / "link"
    elif how == "linked environment":
        (tmp_path / "link").symlink_to(installed)
        folder = tmp_path / "link" / folder.relative_to(installed)
    elif how == "linked file":
        linked = tmp_path / "links"
        linked.mkdir()
        (linked / f"{MODULE}.py").symlink_to(folder / f"{MODULE}.py")
        folder = linked
    configure(program, folder)
    stand_in(tmp_path / "on path", said("on PATH"))
    program.environment["PATH"] = f"{tmp_path / 'on path'}:/usr/bin:/bin"
    assert ask(environment, program.environment, "get", FABRIKAM, "pat") == "beside"
    shutil.rmtree(installed / "bin")
    assert ask(environment, program.environment, "get", FABRIKAM, "pat") == "on PATH"


def test_a_relative_folder_of_path_is_not_looked_into(environment: OtherEnvironment, tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    configure(program, copied(tmp_path / "a" / "b" / "c" / "d"))
    stand_in(tmp_path / "bin", said("relative"))
    done = subprocess.run(
        [environment.bin / "python", "-c", ASKS, "get", FABRIKAM, '"pat"'],
        env={**program.environment, "PATH": "bin::/usr/bin:/bin"},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"null\n"


# Never asked by the program itself


IN_OURS = f"""
import sys
sys.path[:0] = [{str(FOLDER)!r}]
import {MODULE}
{MODULE}._launcher = lambda: sys.argv[1]
from git_credential_pat.oskeyring.keyring import Keyring
for name in ("keyring.backends.chainer.ChainerBackend", "{MODULE}.Keyring", "{MODULE}.Tokens"):
    print(Keyring(name).get({FABRIKAM!r}, "jane"))
"""


def test_the_program_s_own_keyring_never_asks_the_program(tmp_path: Path) -> None:
    mark = tmp_path / "started"
    launcher = stand_in(tmp_path / "bin", f"touch {mark}")
    variables = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", IN_OURS, launcher], env=variables, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("None\n" * 3, "")
    assert not mark.exists()


def test_a_question_that_our_own_program_handed_on_does_not_come_back(
    environment: OtherEnvironment, home: Program
) -> None:
    variables = {**home.environment, "GIT_CREDENTIAL_PAT_HANDED_ON": "1"}
    assert ask(environment, variables, "credential", FABRIKAM) is None


def test_the_folder_has_nothing_that_another_environment_could_take_for_a_module_of_its_own() -> None:
    assert {path.name for path in FOLDER.iterdir()} - {"__pycache__"} == {"__init__.py", f"{MODULE}.py"}
    assert LAUNCHER.exists()
