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
from git_credential_pat import os_keyring
from git_credential_pat.errors import UsageError
from git_credential_pat.keyring_classes import load
from git_credential_pat.os_keyring import Keyring

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.secret_service import SecretService

LOCKED = "Secret Service is locked; unlock it at the desktop, or run: git credential-pat unlock"

PACKAGE = Path(git_credential_pat.__file__).parents[1]

real = pytest.mark.needs("gnome-keyring", "dbus")


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


def test_a_named_class_is_used_without_a_session(named: Callable[[str], str]) -> None:
    keyring = Keyring(named(""))
    keyring.set("s", "a", "x")
    assert sys.modules["ours_alone"].Named.kept == {("s", "a"): "x"}
    assert (keyring.get("s", "a"), keyring.is_ready(), keyring.title) == ("x", True, "ours_alone.Named")
    keyring.delete("s", "a")
    keyring.delete("s", "a")
    assert sys.modules["ours_alone"].Named.kept == {}


def test_a_named_class_finds_the_session_in_the_environment(named: Callable[[str], str]) -> None:
    Keyring(named(""), session_bus="unix:path=/given").is_ready()
    assert os.environ["DBUS_SESSION_BUS_ADDRESS"] == "unix:path=/given"


def test_a_named_class_is_made_once(named: Callable[[str], str]) -> None:
    keyring = Keyring(named("made = []\ndef __init__(self):\n    self.made.append(1)\n"))
    keyring.set("s", "a", "x")
    keyring.get("s", "a")
    assert sys.modules["ours_alone"].Named.made == [1]


@real
def test_the_secret_service_by_its_full_name_keeps_the_same_rules(fragile: SecretService) -> None:
    keyring = Keyring("keyring.backends.SecretService.Keyring", session_bus=fragile.address)
    keyring.set("s", "a", "x")
    assert fragile.secrets() == {("s", "a"): "x"}
    fragile.lock()
    assert refused_get(keyring) == LOCKED
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
    ],
)
def test_a_class_that_is_not_there_is_a_usage_error_that_names_the_setting(name: str) -> None:
    message = (
        r'^pat\.keyringBackend is "[!-~]*", which is not there; set it to the module\.Class of an installed'
    )
    with pytest.raises(UsageError, match=message):
        Keyring(name).get("s", "a")
    with pytest.raises(UsageError, match=message):
        Keyring(name).is_ready()


def test_a_module_that_cannot_be_loaded_is_a_usage_error(named: Callable[[str], str]) -> None:
    with pytest.raises(UsageError, match=r'"ours_alone\.Named", which is not there'):
        Keyring(named("raise RuntimeError")).get("s", "a")


def test_a_class_that_hangs_is_told_after_the_limit(
    named: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os_keyring, "LIMIT", 0.2)
    keyring = Keyring(named("def get_password(self, service, username):\n    time.sleep(1)\n"))
    with lasting(0.2, 0.8):
        message = refused_get(keyring)
    assert message == "ours_alone.Named does not answer; restart it, or log out and in again"


def test_a_class_that_hangs_does_not_keep_the_program_from_ending(
    named: Callable[[str], str], tmp_path: Path
) -> None:
    name = named("def get_password(self, service, username):\n    time.sleep(60)\n")
    code = f"""
        from git_credential_pat import os_keyring
        os_keyring.LIMIT = 0.2
        print(os_keyring.Keyring({name!r}).is_ready())
    """
    with lasting(0.2, 10):
        assert run_python(code, {"PYTHONPATH": f"{PACKAGE}:{tmp_path}"}) == "False\n"


def test_a_refusal_is_final_also_where_questions_are_allowed(named: Callable[[str], str]) -> None:
    failing = """
        calls = []
        def get_password(self, service, username):
            self.calls.append(1)
            raise ValueError
    """
    refused_get(Keyring(named(failing), interactive=True))
    assert sys.modules["ours_alone"].Named.calls == [1]


def test_a_class_may_ask_for_longer_where_questions_are_allowed(
    named: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os_keyring, "LIMIT", 0.1)
    slow = named("def get_password(self, service, username):\n    time.sleep(0.4)\n    return 'x'\n")
    assert Keyring(slow, interactive=True).get("s", "a") == "x"
    monkeypatch.setattr(os_keyring, "PROMPT_LIMIT", 0.1)
    refused_get(Keyring(slow, interactive=True))


@pytest.mark.parametrize("call", CALLS)
def test_what_a_class_raises_is_told_by_its_kind_alone(named: Callable[[str], str], call: Call) -> None:
    failing = """
        def get_password(self, service, username):
            raise ValueError("a-secret-that-is-never-shown")
        def set_password(self, service, username, password):
            raise ValueError(f"cannot keep {password}")
    """
    assert refusal(call, Keyring(named(failing))) == (
        "ours_alone.Named refused (ValueError); look at it with the desktop's own program for passwords"
    )


def test_an_answer_of_d_bus_is_told_by_its_kind(named: Callable[[str], str]) -> None:
    failing = """
        def get_password(self, service, username):
            error = type("DBusErrorResponse", (Exception,), {})("a-secret-that-is-never-shown")
            error.name = "org.freedesktop.DBus.Error.AccessDenied"
            raise error
    """
    assert refused_get(Keyring(named(failing))) == (
        "ours_alone.Named refused (AccessDenied); look at it with the desktop's own program for passwords"
    )


def test_a_class_that_lacks_a_library_is_an_absent_one(named: Callable[[str], str]) -> None:
    lacking = named("def get_password(self, service, username):\n    import no_such_library\n")
    assert "ours_alone.Named is not running" in refused_get(Keyring(lacking))


def test_a_class_that_exits_does_not_end_the_program(named: Callable[[str], str]) -> None:
    leaving = named("def get_password(self, service, username):\n    raise SystemExit\n")
    assert "refused (SystemExit)" in refused_get(Keyring(leaving))


def test_a_class_that_keeps_nothing_is_told_when_a_secret_is_set() -> None:
    keyring = Keyring("keyring.backends.null.Keyring")
    assert "refused" in refusal(lambda keyring: keyring.set("s", "a", CANARY), keyring)


def test_a_class_that_deletes_nothing_is_told(named: Callable[[str], str]) -> None:
    keyring = Keyring(named("def delete_password(self, service, username):\n    pass\n"))
    keyring.set("s", "a", "x")
    assert "refused" in refusal(lambda keyring: keyring.delete("s", "a"), keyring)


def test_the_librarys_class_for_no_keyring_is_an_absent_one() -> None:
    keyring = Keyring("keyring.backends.fail.Keyring")
    assert not keyring.is_ready()
    assert refused_get(keyring) == (
        "keyring.backends.fail.Keyring is not running; log in at the desktop, "
        "or run: git credential-pat unlock"
    )


TWINS = """
    kept = ["theirs", "others"]
    def get_password(self, service, username):
        return self.kept[0] if self.kept else None
    def set_password(self, service, username, password):
        if password not in self.kept:
            self.kept.append(password)
    def delete_password(self, service, username):
        del self.kept[0]
"""


def test_items_of_other_programs_that_hide_ours_make_way_for_it(named: Callable[[str], str]) -> None:
    keyring = Keyring(named(TWINS))
    keyring.set("s", "a", "ours")
    assert sys.modules["ours_alone"].Named.kept == ["ours"]


def test_all_items_of_one_name_are_deleted(named: Callable[[str], str]) -> None:
    Keyring(named(TWINS)).delete("s", "a")
    assert sys.modules["ours_alone"].Named.kept == []


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


def test_the_librarys_properties_in_the_environment_are_a_named_classs_own_affair(
    named: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYRING_PROPERTY_FILE_PATH", "/a/file")
    reading = named("def get_password(self, service, username):\n    return self.file_path\n")
    assert Keyring(reading).get("s", "a") == "/a/file"
