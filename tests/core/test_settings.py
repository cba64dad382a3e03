"""Settings, read by real git from real files: which places count, and what a bad value says."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from platformdirs import PlatformDirs

from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import Settings, SettingsReader
from git_credential_pat.hosts import family_of
from git_credential_pat.model.entry import DAY
from git_credential_pat.model.scope import Scope

TFS = Scope(b"https", b"tfs.example.com")
OF_TFS = '[pat "https://tfs.example.com"]\n\t'


class Home:
    """A home folder with git configuration of its own, and nothing of the machine's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.system = folder / "system.gitconfig"
        self.user = folder / ".gitconfig"
        self.system.touch()
        self.environment = {
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_SYSTEM": str(self.system),
        }

    def read(self, text: str = "", backend: str | None = None, **variables: str) -> Settings:
        """Return the settings where the user's configuration has this text."""
        if text:
            self.user.write_text(text)
        return SettingsReader({**self.environment, **variables}).finish(backend)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_without_configuration_the_defaults_hold(home: Home) -> None:
    settings = home.read()
    assert settings.data_folder == f"{home.folder}/.local/share/git-credential-pat"
    assert settings.config_folder == f"{home.folder}/.config/git-credential-pat"
    assert (settings.backend, settings.keep_rejected, settings.expiry_warning) == ("vault", 30 * DAY, 7 * DAY)
    assert (settings.providers, settings.usernames, settings.no_prompt) == ((), (), "")
    assert (settings.renews(TFS), settings.renew_within) == (False, 14)


def test_the_users_configuration_is_read_in_any_case_and_unknown_names_are_ignored(home: Home) -> None:
    settings = home.read(
        "[PAT]\n\tbackend = keyring\n\tkeyringBackend = module.Class\n\tKEEPREJECTED = 0\n\tprompt = never\n"
        '\texpiryWarning = 99999\n\tunknown = x\n[pat "https://a"]\n\tunknown = x\n'
    )
    assert (settings.backend, settings.keyring_backend) == ("keyring", "module.Class")
    assert (settings.keep_rejected, settings.expiry_warning) == (0, 99_999 * DAY)
    assert settings.no_prompt == "pat.prompt"


def test_what_belongs_to_a_url_is_read(home: Home) -> None:
    settings = home.read(
        '[pat "https://TFS.example.com:443"]\n\tprovider = azure-devops-server\n\tusername = jane\n'
        '[pat "https://dev.azure.com/fabrikam"]\n\tusername = svc\n'
    )
    assert [(row.scope, row.name) for row in settings.providers] == [(TFS, "azure-devops-server")]
    assert settings.username_for(TFS) == b"jane"
    assert settings.username_for(TFS._replace(path=(b"tfs",))) == b"jane"
    assert settings.username_for(Scope(b"https", b"dev.azure.com", (b"fabrikam", b"web"))) == b"svc"
    assert settings.username_for(Scope(b"https", b"dev.azure.com", (b"fabrikam2",))) == b""
    assert settings.username_for(Scope(b"http", b"tfs.example.com")) == b""


def test_whether_a_token_is_renewed_says_the_longest_fitting_url_else_the_general_setting(home: Home) -> None:
    settings = home.read(
        "[pat]\n\trenew = auto\n\trenewWithin = 30\n"
        '[pat "https://dev.azure.com/Fabrikam"]\n\trenew = never\n'
        '[pat "https://dev.azure.com/fabrikam/web"]\n\trenew = never\n\trenew = auto\n'
    )
    azure = Scope(b"https", b"dev.azure.com")
    paths = ((), (b"fabrikam",), (b"FABRIKAM", b"api"), (b"fabrikam", b"web"), (b"contoso",))
    assert [settings.renews(azure._replace(path=path)) for path in paths] == [True, False, False, True, True]
    assert settings.renew_within == 30


def test_the_app_registration_of_the_longest_url_signs_in(home: Home) -> None:
    general, own, theirs = (f"{digit * 8}-1111-4222-8333-44445555ABCD" for digit in "123")
    organization = Scope(b"https", b"dev.azure.com", (b"fabrikam",))
    settings = home.read(
        f"[pat]\n\tentraClientId = {general}\n"
        f'[pat "https://dev.azure.com/Fabrikam"]\n\tentraClientId = {own}\n'
        f'[pat "https://dev.azure.com/contoso"]\n\tentraClientId = {theirs}\n'
    )
    assert settings.entra_client_for(organization) == own
    assert settings.entra_client_for(organization._replace(path=(b"fabrikam", b"web"))) == own
    assert settings.entra_client_for(organization._replace(path=(b"contoso",))) == theirs
    assert settings.entra_client_for(organization._replace(path=(b"northwind",))) == general
    assert home.read("# nothing\n").entra_client_for(organization) == ""
    assert home.read("[pat]\n\tentraClientId =\n").entra_client_for(organization) == ""


def test_a_username_is_bytes(home: Home) -> None:
    home.user.write_bytes(f"{OF_TFS}username = ".encode() + b'"J\xf6rg\xff"\n')
    assert home.read().username_for(TFS) == b"J\xf6rg\xff"


def test_the_users_configuration_wins_over_the_systems_and_the_command_lines_over_both(home: Home) -> None:
    home.system.write_text(
        "[pat]\n\tbackend = keyring\n\tkeepRejected = 7\n\texpiryWarning = 9\n\tprompt = never\n"
        f"[credential]\n\tinteractive = false\n{OF_TFS}username = everyone\n\tprovider = gitea\n"
    )
    home.user.write_text(
        "[pat]\n\tbackend = vault\n\tkeepRejected = 5\n\tprompt = auto\n"
        f"[credential]\n\tinteractive = true\n{OF_TFS}username = jane\n\tprovider = azure-devops-server\n"
    )
    command_line = {"KEY_0": "pat.keepRejected", "VALUE_0": "3", "COUNT": "1"}
    settings = home.read(**{f"GIT_CONFIG_{name}": value for name, value in command_line.items()})
    assert (settings.backend, settings.keep_rejected, settings.expiry_warning) == ("vault", 3 * DAY, 9 * DAY)
    assert settings.no_prompt == ""
    assert settings.username_for(TFS) == b"jane"
    assert family_of(TFS, settings.providers).name == "azure-devops-server"
    assert home.read(backend="keyring").backend == "keyring"


@pytest.mark.parametrize(
    ("text", "variables", "named"),
    [
        ("", {"GIT_TERMINAL_PROMPT": "0"}, "GIT_TERMINAL_PROMPT"),
        ("", {"GIT_TERMINAL_PROMPT": "false"}, "GIT_TERMINAL_PROMPT"),
        ("", {"GIT_TERMINAL_PROMPT": ""}, "GIT_TERMINAL_PROMPT"),
        ("", {"GIT_TERMINAL_PROMPT": "no boolean"}, "GIT_TERMINAL_PROMPT"),
        ("[credential]\n\tinteractive = false\n", {}, "credential.interactive"),
        ("[credential]\n\tinteractive = never\n", {}, "credential.interactive"),
        ("[credential]\n\tinteractive =\n", {}, "credential.interactive"),
        ("[pat]\n\tprompt = auto\n", {"GIT_TERMINAL_PROMPT": "0"}, "GIT_TERMINAL_PROMPT"),
        ("[pat]\n\tprompt = auto\n[credential]\n\tinteractive = true\n", {"GIT_TERMINAL_PROMPT": "1"}, ""),
        ("[credential]\n\tinteractive\n", {}, ""),
    ],
)
def test_what_forbids_questions_is_named(
    home: Home, text: str, variables: dict[str, str], named: str
) -> None:
    assert home.read(text, **variables).no_prompt == named


@pytest.mark.parametrize(
    ("text", "variables", "program"),
    [
        ("", {}, None),
        ("", {"SSH_ASKPASS": "/ssh"}, "/ssh"),
        ("", {"SSH_ASKPASS": ""}, ""),
        ("[core]\n\taskPass = /core\n", {"SSH_ASKPASS": "/ssh"}, "/core"),
        ("[core]\n\taskPass = /core\n", {"SSH_ASKPASS": "/ssh", "GIT_ASKPASS": "/git"}, "/git"),
        ("[core]\n\taskPass = /core\n", {"SSH_ASKPASS": "/ssh", "GIT_ASKPASS": ""}, ""),
        ("[core]\n\taskPass =\n", {"SSH_ASKPASS": "/ssh"}, ""),
        ("[core]\n\taskPass = /first\n\taskPass = /last\n", {}, "/last"),
    ],
)
def test_the_program_by_which_git_asks_is_found_in_git_s_order(
    home: Home, text: str, variables: dict[str, str], program: str | None
) -> None:
    home.system.write_text("[core]\n\taskPass = /system\n" if "askPass" in text else "")
    assert home.read(text, **variables).askpass == program


@pytest.fixture
def hostile_repository(tmp_path: Path) -> Path:
    repository = tmp_path / "repository"
    subprocess.run(
        ["git", "init", "--quiet", str(repository)], check=True, env={**os.environ, "HOME": str(tmp_path)}
    )
    with (repository / ".git" / "config").open("a") as config:
        config.write("[extensions]\n\tworktreeConfig = true\n")
        config.write('[pat]\n\tbackend = evil\n\tprompt = never\n[pat "https://a"]\n\tusername = evil\n')
    (repository / ".git" / "config.worktree").write_text("[pat]\n\tkeepRejected = 1\n")
    return repository


@pytest.mark.parametrize("variables", [(), ("GIT_DIR",), ("GIT_DIR", "GIT_WORK_TREE"), ("GIT_COMMON_DIR",)])
def test_a_repositorys_configuration_does_not_count(
    home: Home, hostile_repository: Path, monkeypatch: pytest.MonkeyPatch, variables: tuple[str, ...]
) -> None:
    monkeypatch.chdir(hostile_repository)
    places = {"GIT_WORK_TREE": str(hostile_repository)}
    named = {name: places.get(name, str(hostile_repository / ".git")) for name in variables}
    seen = subprocess.run(["git", "config", "pat.backend"], capture_output=True, check=True).stdout
    assert seen == b"evil\n"  # git itself would take it
    settings = home.read(**named)
    assert (settings.backend, settings.keep_rejected, settings.no_prompt) == ("vault", 30 * DAY, "")
    assert settings.usernames == ()
    (hostile_repository / ".git" / "config").write_text("[pat\n")
    assert home.read(**named).backend == "vault"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[pat]\n\tkeepRejected = x\n", r'pat\.keepRejected is "x"'),
        ("[pat]\n\tkeepRejected = -1\n", r'pat\.keepRejected is "-1"'),
        ("[pat]\n\tkeepRejected = 1.5\n", r'pat\.keepRejected is "1\.5"'),
        ("[pat]\n\tkeepRejected = \n", r'pat\.keepRejected is ""'),
        ("[pat]\n\tkeepRejected\n", r'pat\.keepRejected is "true"'),
        ("[pat]\n\tkeepRejected = \u0667\n", r'pat\.keepRejected is "%D9%A7"'),
        (f"[pat]\n\tkeepRejected = {'x' * 10_000}\n", "x" * 97 + r"\.\.\."),
        ("[pat]\n\texpiryWarning = 7d\n", r'pat\.expiryWarning is "7d"; set it to a number of days'),
        ("[pat]\n\texpiryWarning = 100000\n", r'pat\.expiryWarning is "100000"'),
        ("[pat]\n\tprompt = maybe\n", r'pat\.prompt is "maybe"'),
        ("[pat]\n\tprompt = \x1b[2K\n", r'pat\.prompt is "%1B\[2K"'),
        ("[pat]\n\trenew = yes\n", r'pat\.renew is "yes"; set it to auto or never'),
        ("[pat]\n\trenewWithin = soon\n", r'pat\.renewWithin is "soon"; set it to a number of days'),
        ('[pat "https://j:x@a"]\n\trenew = yes\n', r'pat\.a\.renew is "yes"'),
        ('[pat "nowhere"]\n\trenew = auto\n', r"pat\.nowhere\.renew"),
        ("[pat]\n\tentraClientId = az\n", r'pat\.entraClientId is "az"; set it to the client id of your app'),
        ("[pat]\n\tentraClientId = 0000000g-1111-4222-8333-444455556666\n", r"pat\.entraClientId is "),
        ("[pat]\n\tentraClientId = {c0ffee00-1111-4222-8333-444455556666}\n", r"pat\.entraClientId is "),
        (
            '[pat "https://jane:x@dev.azure.com/fabrikam"]\n\tentraClientId = az\n',
            r'^pat\.dev\.azure\.com/fabrikam\.entraClientId is "az"',
        ),
        ('[pat "nowhere"]\n\tprovider = gitea\n', r"pat\.nowhere\.provider"),
        ('[pat "https://a/../b"]\n\tusername = jane\n', r"pat\.https://a/\.\./b\.username"),
        ("[pat\n", "git config"),
    ],
)
def test_a_bad_value_is_one_short_line_that_names_it(home: Home, text: str, message: str) -> None:
    with pytest.raises(PatError, match=message) as refusal:
        home.read(text)
    assert str(refusal.value).isprintable()
    assert str(refusal.value).isascii()
    assert len(str(refusal.value)) < 200
    assert refusal.value.status == 1


# Folders and programs


@pytest.mark.parametrize("data", ["", "/elsewhere/data"])
@pytest.mark.parametrize("config", ["", "/elsewhere/config"])
def test_on_linux_the_folders_are_those_of_platformdirs(
    home: Home, monkeypatch: pytest.MonkeyPatch, data: str, config: str
) -> None:
    assert sys.platform == "linux"
    variables = {"XDG_DATA_HOME": data, "XDG_CONFIG_HOME": config}
    for name, value in {**variables, "HOME": str(home.folder)}.items():
        monkeypatch.setenv(name, value)
    folders = PlatformDirs("git-credential-pat", appauthor=False)
    settings = home.read(**variables)
    assert (settings.data_folder, settings.config_folder) == (folders.user_data_dir, folders.user_config_dir)


def test_the_key_never_lies_beside_the_vault(home: Home) -> None:
    settings = home.read(XDG_DATA_HOME="/elsewhere", XDG_CONFIG_HOME="/elsewhere")
    assert settings.data_folder == "/elsewhere/git-credential-pat"
    assert settings.config_folder == "/elsewhere/git-credential-pat/config"


def test_a_relative_xdg_folder_is_ignored_and_a_relative_home_refused(home: Home) -> None:
    settings = home.read(XDG_DATA_HOME="data", XDG_CONFIG_HOME="./config")
    assert settings.data_folder == f"{home.folder}/.local/share/git-credential-pat"
    assert settings.config_folder == f"{home.folder}/.config/git-credential-pat"
    with pytest.raises(PatError, match="HOME"):
        home.read(HOME="somewhere")


def test_without_git_on_path_reading_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(PatError, match="git is not on PATH"):
        home.read(PATH=f".:{tmp_path}")


# The session's bus


def test_the_users_bus_is_found_in_the_folder_of_the_session(home: Home) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.folder / "bus"))
        assert home.read(XDG_RUNTIME_DIR=str(home.folder)).session_bus == f"unix:path={home.folder}/bus"
        address = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/given"}
        assert home.read(XDG_RUNTIME_DIR=str(home.folder), **address).session_bus == "unix:path=/given"
    assert home.read(XDG_RUNTIME_DIR=str(home.folder / "none")).session_bus == ""
    assert home.read(XDG_RUNTIME_DIR="relative").session_bus == ""
    assert home.read().session_bus == ""


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o770, 0o702])
def test_a_bus_in_a_folder_that_others_may_write_to_receives_nothing(home: Home, mode: int) -> None:
    home.folder.chmod(mode)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.folder / "bus"))
        assert home.read(XDG_RUNTIME_DIR=str(home.folder)).session_bus == ""
        home.folder.chmod(0o755)
        assert home.read(XDG_RUNTIME_DIR=str(home.folder)).session_bus != ""


@pytest.mark.needs("root")
@pytest.mark.parametrize("linked", [False, True])
def test_a_bus_of_another_user_receives_nothing(home: Home, *, linked: bool) -> None:
    folder = home.folder / "runtime"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home.folder / "theirs"))
        os.chown(home.folder / "theirs", 65_534, 65_534)
        if linked:
            (folder / "bus").symlink_to(home.folder / "theirs")
        else:
            (home.folder / "theirs").rename(folder / "bus")
        assert home.read(XDG_RUNTIME_DIR=str(folder)).session_bus == ""
