"""The settings, from the environment, from git config (`config` reads it) and from the platform's folders.

Settings come from git config's protected scopes only (system, global, command line): a repository must
not steer where its own credentials come from. Paths in `pat.<url>` are compared in any case of letters.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from git_credential_pat.errors import PatError
from git_credential_pat.git import boolean, config
from git_credential_pat.model import NamedTuple
from git_credential_pat.model.entry import DAY
from git_credential_pat.model.scope import Provider, Scope, parse_url
from git_credential_pat.system.processes import DEFAULT_PATH, find_program
from git_credential_pat.system.users import is_under_own_control
from git_credential_pat.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from typing import TypeVar

    T = TypeVar("T")
    OfScopes = tuple[tuple[Scope, T], ...]

NAME = "git-credential-pat"
_DIGITS = 5
"""The most digits of a number in the settings: centuries of days, a day of seconds."""
_KEYS = r"^(pat\.|credential\.interactive$|core\.askpass$)"
_CONFIG_FILES = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")


class Settings(NamedTuple):
    """Everything that the program takes from around it, read once."""

    data_folder: str
    config_folder: str
    backend: str = "vault"
    keep_rejected: int = 30 * DAY
    """Seconds for which a rejected token stays in the store."""
    expiry_warning: int = 7 * DAY
    """Seconds before its expiry from which a notice says so."""
    providers: tuple[Provider, ...] = ()
    usernames: OfScopes[bytes] = ()
    """The username for entries at or below a scope that have none of their own."""
    against_prompts: frozenset[str] = frozenset()
    """The settings that forbid questions on the terminal."""
    askpass: str | None = None
    """The program by which Git asks; None: nobody said, and empty: none, so that it asks on the terminal."""
    keyring_backend: str = ""
    """The keyring library's class that the user named, as `module.Class`; empty: the system's own."""
    session_bus: str = ""
    """The address of the session's D-Bus; empty where there is none."""
    uses_agent: bool = True
    """Whether a call may start an agent."""
    agent_timeout: int = 900
    """Idle seconds after which the agent ends."""
    entra_client: str = ""
    """The id of the app registration by which a person signs in where no `pat.<url>.entraClientId` fits."""
    entra_clients: OfScopes[str] = ()
    renew: bool = False
    """Whether tokens are renewed without a person, where no `pat.<url>.renew` says otherwise."""
    renew_within: int = 14
    """Days before its expiry from which a token is renewed so."""
    renewing: OfScopes[bool] = ()

    @property
    def no_prompt(self) -> str:
        """Which setting turns off questions on the terminal; empty if none does."""
        return min(self.against_prompts, default="")

    def username_for(self, scope: Scope) -> bytes:
        """Return the `pat.<url>.username` of the longest fitting URL, or an empty one."""
        return _nearest(self.usernames, scope, b"")

    def entra_client_for(self, scope: Scope) -> str:
        """Return the `pat.<url>.entraClientId` of the longest fitting URL, else `pat.entraClientId`."""
        return _nearest(self.entra_clients, scope, self.entra_client)

    def renews(self, scope: Scope) -> bool:
        """Return the `pat.<url>.renew` of the longest fitting URL, else `pat.renew`."""
        return _nearest(self.renewing, scope, self.renew)

    @property
    def renews_any(self) -> bool:
        """Whether some tokens may be renewed without a person."""
        return self.renew or any(renews for _, renews in self.renewing)

    def require_prompts(self, instead: str) -> None:
        """Raise PatError, which names the setting and what to do `instead`, if questions are forbidden."""
        if self.no_prompt:
            raise PatError(f"questions are switched off by {self.no_prompt}; {instead}")


class SettingsReader:
    """Settings being read: git is started at once, so that it runs while the caller loads its libraries."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Start reading; raises PatError if there is no git or no home folder."""
        self._settings = Settings(
            *_folders(environment),
            against_prompts=_against_prompts(environment),
            session_bus=_session_bus(environment),
        )
        self._askpass = environment.get("GIT_ASKPASS"), environment.get("SSH_ASKPASS")
        self._git = config.start(["--get-regexp", _KEYS], environment)

    def finish(self, backend: str | None = None, limit: float | None = None) -> Settings:
        """Return the settings; `backend`, from the command line, wins.

        Raises PatError for a bad one, and if git takes longer than `limit` seconds.
        """
        settings = _with_rows(self._settings, self._git.finish(limit))
        first, last = self._askpass  # gitcredentials(7), "REQUESTING CREDENTIALS", has the order
        settings = settings._replace(
            askpass=next((program for program in (first, settings.askpass) if program is not None), last)
        )
        return settings._replace(backend=backend) if backend else settings


def user_config_file(environment: Mapping[str, str] = os.environ) -> str:
    """Return the path of the file that `git config --global` writes (git-config(1), "FILES")."""
    files = user_config_files(environment)
    return next((path for path in files if os.path.exists(path)), files[0])


def user_config_files(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the paths of the user's configuration files; where none is there, git makes the first."""
    named = environment.get("GIT_CONFIG_GLOBAL")
    if named:
        return (os.path.abspath(named),)
    base = environment.get("XDG_CONFIG_HOME") or os.path.join(_home(environment), ".config")
    return os.path.join(_home(environment), ".gitconfig"), os.path.join(base, "git", "config")


def launcher_path(environment: Mapping[str, str] = os.environ) -> str:
    """Return the absolute path by which this program was started, else the one that PATH finds."""
    named = environment.get("GIT_CREDENTIAL_PAT_LAUNCHER", "")
    path = named if named.startswith("/") else find_program(NAME, environment.get("PATH", DEFAULT_PATH))
    if path is None:
        raise PatError(f"{NAME} is not on PATH; add its folder to PATH, then try again")
    return path


def take_variable(name: str, environment: MutableMapping[str, str] = os.environ) -> bytes | None:
    """Take a variable that the user named out of the environment; return its bytes, or None."""
    value = environment.pop(name, None)
    return None if value is None else os.fsencode(value)


def leave_working_folder(environment: MutableMapping[str, str] = os.environ) -> str | None:
    """Go to `/`, so that nothing in the working folder can matter; return that folder, or None if it is gone.

    The variables that name git's files become absolute; raises PatError if they need a folder that is gone.
    """
    try:
        folder = os.getcwd()
    except OSError:
        folder = None
    named = config_files(environment, folder or "/")
    if folder is None and any(environment[name] != path for name, path in named.items()):
        raise working_folder_is_gone()
    environment.update(named)
    os.chdir("/")
    return folder


def working_folder_is_gone() -> PatError:
    """Return the message about a relative path that depends on it."""
    return PatError("the working folder is gone; change to one that is there")


def config_files(environment: Mapping[str, str], folder: str) -> dict[str, str]:
    """Return the variables that name git's files, where they are set; relative paths are from `folder`."""
    named = {name: environment[name] for name in _CONFIG_FILES if environment.get(name)}
    return {name: os.path.normpath(os.path.join(folder, path)) for name, path in named.items()}


def _against_prompts(environment: Mapping[str, str]) -> frozenset[str]:
    """Return the variable where it is off; at a value that is no boolean Git fails, and so does not ask."""
    is_on = boolean(environment.get("GIT_TERMINAL_PROMPT", "true"))
    return frozenset() if is_on else frozenset(("GIT_TERMINAL_PROMPT",))


def _session_bus(environment: Mapping[str, str]) -> str:
    """Return the session bus's address; where none is set, that of systemd's user bus if it is there.

    Another user can make a bus in a folder that they may write to; it would receive the vault's key.
    """
    address = environment.get("DBUS_SESSION_BUS_ADDRESS", "")
    folder = environment.get("XDG_RUNTIME_DIR", "")
    bus = os.path.join(folder, "bus")
    has_bus = folder.startswith("/") and is_under_own_control(folder) and is_under_own_control(bus)
    return address or (f"unix:path={bus}" if has_bus else "")


def _folders(environment: Mapping[str, str]) -> tuple[str, str]:
    """Return data and config folder, as platformdirs has them; the key never lies beside the vault."""
    if sys.platform != "linux":
        from platformdirs import PlatformDirs  # 10 ms that Linux need not pay

        dirs = PlatformDirs(NAME, appauthor=False)
        data, config = dirs.user_data_dir, dirs.user_config_dir
    else:
        data = _xdg(environment, "XDG_DATA_HOME", ".local/share")
        config = _xdg(environment, "XDG_CONFIG_HOME", ".config")
    return data, config if config != data else os.path.join(config, "config")


def _xdg(environment: Mapping[str, str], variable: str, below_home: str) -> str:
    base = environment.get(variable, "")
    if not base.startswith("/"):  # the XDG specification: relative paths are invalid and to be ignored
        base = os.path.join(_home(environment), below_home)
    return os.path.join(base, NAME)


def _home(environment: Mapping[str, str]) -> str:
    home = environment.get("HOME", "")
    if not home.startswith("/"):
        raise PatError("there is no home folder; set HOME")
    return home


def _with_rows(settings: Settings, rows: Iterable[config.Row]) -> Settings:
    for key, value, *_ in rows:
        url, dot, name = key.removeprefix("pat.").rpartition(".")
        if key in _READERS:
            settings = _READERS[key](settings, value)
        elif dot and name in _READERS_OF_URLS:
            settings = _READERS_OF_URLS[name](settings, url, value)
    return settings


def _read_keep_rejected(settings: Settings, value: str) -> Settings:
    return settings._replace(keep_rejected=_number("pat.keepRejected", value, "days") * DAY)


def _read_expiry_warning(settings: Settings, value: str) -> Settings:
    return settings._replace(expiry_warning=_number("pat.expiryWarning", value, "days") * DAY)


def _read_agent(settings: Settings, value: str) -> Settings:
    return settings._replace(uses_agent=_is_auto("pat.agent", value))


def _read_agent_timeout(settings: Settings, value: str) -> Settings:
    seconds = _number("pat.agentTimeout", value, "seconds")
    if not seconds:
        raise PatError("pat.agentTimeout is 0; set it to 1 or more, or pat.agent to never")
    return settings._replace(agent_timeout=seconds)


def _read_renew_within(settings: Settings, value: str) -> Settings:
    return settings._replace(renew_within=_number("pat.renewWithin", value, "days"))


def _number(name: str, value: str, unit: str) -> int:
    if not (value.isascii() and value.isdigit()) or len(value) > _DIGITS:
        raise PatError(f'{name} is "{shown(value)}"; set it to a number of {unit}')
    return int(value)


def _read_prompt(settings: Settings, value: str) -> Settings:
    return _with_prompt(settings, "pat.prompt", forbidden=not _is_auto("pat.prompt", value))


def _is_auto(name: str, value: str) -> bool:
    if value not in ("auto", "never"):
        raise PatError(f'{name} is "{shown(value)}"; set it to auto or never')
    return value == "auto"


def _read_interactive(settings: Settings, value: str) -> Settings:
    return _with_prompt(settings, "credential.interactive", forbidden=_is_never(value))


def _is_never(value: str) -> bool:
    """Return whether credential.interactive forbids questions; "never" is Git Credential Manager's word."""
    return boolean(value) is False or value.lower() == "never"


def _with_prompt(settings: Settings, name: str, *, forbidden: bool) -> Settings:
    others = settings.against_prompts - {name}
    return settings._replace(against_prompts=others | {name} if forbidden else others)


def _read_provider(settings: Settings, url: str, value: str) -> Settings:
    provider = Provider(_scope_of(url, "provider"), value)
    return settings._replace(providers=(*settings.providers, provider))


def _read_username(settings: Settings, url: str, value: str) -> Settings:
    row = _scope_of(url, "username").folded, value.encode("utf-8", "surrogateescape")
    return settings._replace(usernames=(*settings.usernames, row))


def _read_entra_client(settings: Settings, value: str) -> Settings:
    return settings._replace(entra_client=_client_id("pat.entraClientId", value))


def _read_entra_client_of_url(settings: Settings, url: str, value: str) -> Settings:
    client_id = _client_id(f"pat.{shown(url.rpartition('@')[2])}.entraClientId", value)
    row = _scope_of(url, "entraClientId").folded, client_id
    return settings._replace(entra_clients=(*settings.entra_clients, row))


def _client_id(name: str, value: str) -> str:
    """Return the id of an app registration: a GUID, or nothing."""
    groups = value.lower().split("-")
    if value and ([*map(len, groups)] != [8, 4, 4, 4, 12] or "".join(groups).strip("0123456789abcdef")):
        raise PatError(f'{name} is "{shown(value)}"; set it to the client id of your app registration')
    return value


def _read_renewing(settings: Settings, url: str, value: str) -> Settings:
    renews = _is_auto(f"pat.{shown(url.rpartition('@')[2])}.renew", value)
    row = _scope_of(url, "renew").folded, renews
    return settings._replace(renewing=(*settings.renewing, row))


def _nearest(rows: OfScopes[T], scope: Scope, default: T) -> T:
    """Return what is set for the longest scope that covers one; of two equally long ones the last wins."""
    fitting = [row for row in reversed(rows) if row[0].covers(scope.folded)]
    return max(fitting, key=lambda row: len(row[0].path))[1] if fitting else default


def _scope_of(url: str, name: str) -> Scope:
    try:
        return parse_url(url).scope
    except PatError:
        place = shown(url.rpartition("@")[2])  # a password may stand before it
        raise PatError(f'pat.{place}.{name} in git config: "{place}" is not a URL; correct it') from None


_READERS: dict[str, Callable[[Settings, str], Settings]] = {
    "pat.backend": lambda settings, value: settings._replace(backend=value),
    "pat.keeprejected": _read_keep_rejected,
    "pat.expirywarning": _read_expiry_warning,
    "pat.prompt": _read_prompt,
    "pat.agent": _read_agent,
    "pat.agenttimeout": _read_agent_timeout,
    "pat.keyringbackend": lambda settings, value: settings._replace(keyring_backend=value),
    "pat.entraclientid": _read_entra_client,
    "pat.renew": lambda settings, value: settings._replace(renew=_is_auto("pat.renew", value)),
    "pat.renewwithin": _read_renew_within,
    "credential.interactive": _read_interactive,
    "core.askpass": lambda settings, value: settings._replace(askpass=value),
}
"""By the key, as git prints it: in small letters."""

_READERS_OF_URLS: dict[str, Callable[[Settings, str, str], Settings]] = {
    "provider": _read_provider,
    "username": _read_username,
    "entraclientid": _read_entra_client_of_url,
    "renew": _read_renewing,
}
"""By the name behind `pat.<url>.`; they take the URL before the value."""
