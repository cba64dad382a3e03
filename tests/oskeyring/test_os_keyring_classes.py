"""Which class of the library is used: the one that the user named, or the system's own."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.keyrings import CALLS, CANARY, Call, lasting, refusal, refused_get, run_python

import git_credential_pat
from git_credential_pat.errors import UsageError
from git_credential_pat.oskeyring import keyring as os_keyring
from git_credential_pat.oskeyring.classes import load
from git_credential_pat.oskeyring.keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.secret_service import SecretService

PACKAGE = Path(git_credential_pat.__file__).parents[1]
LOOK = "; look at it with the desktop's own program for passwords"
GET = "def get_password(self, service, username):\n    "

# Classes that the user names


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return what makes a class for the library from the bodies of its methods, and gives its name."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/of/the/environment")

    def make(body: str) -> str:
        (tmp_path / "ours_alone.py").write_text(
            "import time\nfrom keyring.backend import KeyringBackend\n\n"
            "class Named(KeyringBackend):\n"
            "    priority = 1\n"
            "    kept = {}\n"
            "    def get_password(self, service, username):\n"
            "        return self.kept.get((service, username))\n"
            "    def set_password(self, service, username, password):\n"
            "        self.kept[service, username] = password\n"
            "    def delete_password(self, service, username):\n"
            "        del self.kept[service, username]\n" + textwrap.indent(textwrap.dedent(body), "    ")
        )
        monkeypatch.delitem(sys.modules, "ours_alone", raising=False)
        return "ours_alone.Named"

    return make


def test_a_named_class_is_made_once_and_used_without_a_session(named: Callable[[str], str]) -> None:
    keyring = Keyring(named("made = []\ndef __init__(self):\n    self.made.append(1)\n"))
    keyring.set("s", "a", "x")
    assert sys.modules["ours_alone"].Named.kept == {("s", "a"): "x"}
    assert (keyring.get("s", "a"), keyring.is_ready(), keyring.title) == ("x", True, "ours_alone.Named")
    keyring.delete("s", "a")
    keyring.delete("s", "a")
    assert sys.modules["ours_alone"].Named.kept == {}
    assert sys.modules["ours_alone"].Named.made == [1]


def test_a_named_class_finds_the_session_and_its_own_properties_in_the_environment(
    named: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYRING_PROPERTY_FILE_PATH", "/a/file")
    keyring = Keyring(named(f"{GET}return self.file_path\n"), session_bus="unix:path=/given")
    assert keyring.get("s", "a") == "/a/file"
    assert os.environ["DBUS_SESSION_BUS_ADDRESS"] == "unix:path=/given"


@pytest.mark.needs("gnome-keyring", "dbus")
def test_the_secret_service_by_its_full_name_keeps_the_same_rules(fragile: SecretService) -> None:
    keyring = Keyring("keyring.backends.SecretService.Keyring", session_bus=fragile.address)
    keyring.set("s", "a", "x")
    assert fragile.secrets() == {("s", "a"): "x"}
    fragile.lock()
    assert refused_get(keyring).startswith("Secret Service is locked; ")
    assert not fragile.was_prompted


@pytest.mark.parametrize(
    "name",
    [
        "nosuch",
        "nosuch.Class",
        ".Class",
        "os.",
        "os.path",
        "os.PathLike",
        "keyring.errors.KeyringError",
        "a b\x1b",
        "raising",
    ],
)
def test_a_class_that_is_not_there_is_a_usage_error_that_names_the_setting(
    named: Callable[[str], str], name: str
) -> None:
    message = r'^pat\.keyringBackend is "[!-~]*", which is not there; set it to the module\.Class of an '
    if name == "raising":
        name = named("raise RuntimeError")
    with pytest.raises(UsageError, match=message):
        Keyring(name).get("s", "a")
    with pytest.raises(UsageError, match=message):
        Keyring(name).is_ready()


# Classes that refuse or hang


@pytest.mark.parametrize("call", CALLS)
def test_what_a_class_raises_is_reported_by_its_kind_alone(named: Callable[[str], str], call: Call) -> None:
    failing = """
        def get_password(self, service, username):
            raise ValueError("a-secret-that-is-never-shown")
        def set_password(self, service, username, password):
            raise ValueError(f"cannot keep {password}")
    """
    assert refusal(call, Keyring(named(failing))) == f"ours_alone.Named refused (ValueError){LOOK}"


D_BUS_ERROR = """
    def get_password(self, service, username):
        error = type("DBusErrorResponse", (Exception,), {})("a-secret-that-is-never-shown")
        error.name = "org.freedesktop.DBus.Error.AccessDenied"
        raise error
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (D_BUS_ERROR, "refused (AccessDenied)"),
        (f"{GET}raise SystemExit\n", "refused (SystemExit)"),
        (f"{GET}import no_such_library\n", "is not running"),
    ],
)
def test_an_answer_of_d_bus_an_exit_and_a_missing_library_are_reported_too(
    named: Callable[[str], str], body: str, said: str
) -> None:
    assert refused_get(Keyring(named(body))).startswith(f"ours_alone.Named {said}")


def test_a_class_that_keeps_or_deletes_nothing_is_reported(named: Callable[[str], str]) -> None:
    null = Keyring("keyring.backends.null.Keyring")
    assert "refused (NotKeptError)" in refusal(lambda keyring: keyring.set("s", "a", CANARY), null)
    keeping = Keyring(named("def delete_password(self, service, username):\n    pass\n"))
    keeping.set("s", "a", "x")
    assert "refused" in refusal(lambda keyring: keyring.delete("s", "a"), keeping)


def test_the_librarys_class_for_no_keyring_is_an_absent_one() -> None:
    keyring = Keyring("keyring.backends.fail.Keyring")
    assert not keyring.is_ready()
    assert refused_get(keyring).startswith("keyring.backends.fail.Keyring is not running; ")


def test_a_refusal_is_final_also_where_questions_are_allowed(named: Callable[[str], str]) -> None:
    refused_get(
        Keyring(
            named(f"calls = []\n{GET}self.calls.append(1)\n    raise ValueError\n"),
            interactive=True,
        )
    )
    assert sys.modules["ours_alone"].Named.calls == [1]


def test_a_class_that_hangs_is_reported_after_the_limit_which_is_longer_where_it_may_ask(
    named: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = named(f"{GET}time.sleep(1)\n    return 'x'\n")
    monkeypatch.setattr(os_keyring, "LIMIT", 0.2)
    with lasting(0.2, 0.9):
        message = refused_get(Keyring(slow))
    assert message == "ours_alone.Named does not answer; restart it, or log out and in again"
    assert Keyring(slow, interactive=True).get("s", "a") == "x"
    monkeypatch.setattr(os_keyring, "PROMPT_LIMIT", 0.1)
    refused_get(Keyring(slow, interactive=True))


def test_a_class_that_hangs_does_not_keep_the_program_from_ending(
    named: Callable[[str], str], tmp_path: Path
) -> None:
    code = f"""
        from git_credential_pat.oskeyring import keyring as os_keyring
        os_keyring.LIMIT = 0.2
        print(os_keyring.Keyring({named(f"{GET}time.sleep(60)")!r}).is_ready())
    """
    with lasting(0.2, 30):
        assert run_python(code, {"PYTHONPATH": f"{PACKAGE}:{tmp_path}"}) == "False\n"


def test_items_of_other_programs_that_hide_ours_make_way_for_it_and_all_are_deleted(
    named: Callable[[str], str],
) -> None:
    twins = """
        kept = ["theirs", "others"]
        def get_password(self, service, username):
            return self.kept[0] if self.kept else None
        def set_password(self, service, username, password):
            if password not in self.kept:
                self.kept.append(password)
        def delete_password(self, service, username):
            del self.kept[0]
    """
    keyring = Keyring(named(twins))
    keyring.set("s", "a", "ours")
    kept = sys.modules["ours_alone"].Named.kept
    assert kept == ["ours"]
    kept.append("theirs")
    keyring.delete("s", "a")
    assert kept == []


def test_an_outcome_shows_no_secret() -> None:
    assert CANARY not in repr(os_keyring._Outcome("done", CANARY))  # noqa: SLF001  # it must never be shown


# Other systems


@pytest.mark.parametrize(
    ("platform", "title"),
    [
        ("linux", "Secret Service"),
        ("freebsd14", "Secret Service"),
        ("darwin", "the macOS keychain"),
        ("win32", "Windows Credential Manager"),
    ],
)
def test_every_system_has_its_own_keyring(platform: str, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert Keyring().title == title


def test_a_title_is_safe_to_print() -> None:
    assert Keyring("a\x1b.B").title == "a%1B.B"


@pytest.mark.parametrize(
    "name", ["keyring.backends.macOS.Keyring", "keyring.backends.Windows.WinVaultKeyring"]
)
def test_the_librarys_properties_in_the_environment_do_not_count_for_a_systems_own(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYRING_PROPERTY_KEYCHAIN", "/other.keychain")
    assert vars(load(name, "", prompts=False)()) == {}  # these systems are not here to be called
