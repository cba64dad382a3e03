"""`configure renew` and its undoing: the units, what a real manager of services does with them, and cron."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.checks import keep, line_of, refusal, said
from support.program import AZURE_TOKEN, FABRIKAM, LAUNCHER, Program
from support.slots import lock_by_passphrase
from support.user_services import systemctl, user_services

from git_credential_pat.tools.support import timer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.secret_service import SecretService

pytestmark = pytest.mark.slow

INSTALL = Path(__file__).resolve().parents[2] / "install"
UNITS = ".config/systemd/user"
WRITTEN = [
    f"{UNITS}/git-credential-pat-renew.timer",
    f"{UNITS}/git-credential-pat-renew.service",
    f"{UNITS}/timers.target.wants/git-credential-pat-renew.timer",
]
ON = f"A timer renews tokens once a day, where pat.renew is auto (~/{', ~/'.join(WRITTEN)})."
NO_TOKEN = (
    "No token is renewed so far; to have all renewed that can be, run: git config --global pat.renew auto"
)
STAND_IN = """#!/bin/sh
echo "$@" >>"$HOME/asked"
case $* in *is-active*) exit "${ACTIVE:-3}" ;; *restart*) exit "${RESTART:-0}" ;; esac
"""


def put(program: Program, name: str, text: str) -> Path:
    """Put a program first on PATH."""
    folder = program.home / "bin"
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text)
    file.chmod(0o755)
    program.environment["PATH"] = f"{folder}:{LAUNCHER.parent}:/usr/bin:/bin"
    return file


@pytest.fixture
def managed(program: Program) -> Program:
    """Return a program with a stand-in for `systemctl`, which notes what it is asked and does nothing."""
    put(program, "systemctl", STAND_IN)
    put(program, "loginctl", "#!/bin/sh\n")
    put(program, "crontab", "#!/bin/sh\nexit 1\n")
    return program


def asked(program: Program) -> list[str]:
    """Return what the stand-in was asked, but whether there is a manager."""
    lines = (program.home / "asked").read_text().splitlines()
    return [line.removeprefix("--user ") for line in lines if "show" not in line]


def tree(program: Program) -> set[str]:
    """Return all that lies in the home, but for locks and what the stand-in notes."""
    found = (str(path.relative_to(program.home)) for path in program.home.rglob("*"))
    return {path for path in found if path != "asked" and not path.endswith(".lock")}


# What is written


def test_it_writes_units_starts_the_timer_and_leaves_nothing_when_it_is_undone(managed: Program) -> None:
    keep(managed, FABRIKAM)
    before = tree(managed)
    assert said(managed.run("configure", "renew")) == [ON, NO_TOKEN]
    assert {*WRITTEN} <= tree(managed)
    assert os.readlink(managed.home / WRITTEN[2]) == str(managed.home / WRITTEN[0])
    assert asked(managed) == ["daemon-reload", "restart git-credential-pat-renew.timer"]
    assert said(managed.run("configure", "renew"))[0] == ON.partition(" (")[0] + "."
    (managed.home / "asked").unlink()
    off = said(managed.run("unconfigure", "renew"))
    assert off == [f"No timer renews tokens any more (~/{', ~/'.join(WRITTEN)})."]
    assert tree(managed) == before
    both = "git-credential-pat-renew.timer git-credential-pat-renew.service"
    assert asked(managed) == [
        f"stop {both}",
        f"reset-failed {both}",
        f"clean --what=state {both}",
        "daemon-reload",
    ]
    assert said(managed.run("unconfigure", "renew")) == ["There is no timer of this helper."]


def test_all_leaves_it_out_but_undoes_it(managed: Program) -> None:
    assert managed.run("configure", "all").status == 0
    assert not (managed.home / UNITS).exists()
    assert managed.run("configure", "renew").status == 0
    assert any("No timer renews tokens any more" in line for line in said(managed.run("unconfigure", "all")))
    assert not (managed.home / UNITS).exists()
    assert not any("timer" in line for line in said(managed.run("unconfigure", "all")))


def test_the_list_and_a_dry_run_show_it_and_write_nothing(managed: Program) -> None:
    before = tree(managed)
    dry = said(managed.run("configure", "renew", "--dry-run"))
    assert [line for line in dry if line.startswith("The timer: would write ")] == [
        f"The timer: would write ~/{path}:" for path in WRITTEN
    ]
    assert tree(managed) == before
    assert said(managed.run("unconfigure", "renew", "--dry-run")) == ["Nothing would be taken out."]

    def row() -> tuple[bool, list[str]]:
        rows = json.loads(managed.run("configure", "--list", "--json").stdout)["tools"]
        (found,) = [row for row in rows if row["name"] == "renew"]
        return found["configured"], [change["path"] for change in found["changes"]]

    paths = [str(managed.home / path) for path in WRITTEN]
    assert row() == (False, paths)
    managed.run("configure", "renew")
    assert row() == (True, paths)
    assert len(said(managed.run("unconfigure", "renew", "--dry-run"))) == 3


def test_a_unit_of_the_users_own_is_left_alone(managed: Program) -> None:
    file = managed.home / WRITTEN[1]
    file.parent.mkdir(parents=True)
    file.write_text("[Service]\nExecStart=/bin/true\n")
    done = managed.run("configure", "renew")
    assert (done.status, line_of(done)) == (1, "the timer is not configured; the lines above say why")
    assert b"there is a file of your own" in done.stdout
    managed.run("unconfigure", "renew")
    assert file.read_text() == "[Service]\nExecStart=/bin/true\n"


def test_the_folder_of_configurations_is_the_users(managed: Program) -> None:
    managed.environment["XDG_CONFIG_HOME"] = str(managed.home / "elsewhere")
    assert managed.run("configure", "renew").status == 0
    service = managed.home / "elsewhere/systemd/user/git-credential-pat-renew.service"
    assert f'Environment="XDG_CONFIG_HOME={managed.home}/elsewhere"' in service.read_text().splitlines()


def test_the_service_has_the_variables_that_matter_but_no_password(managed: Program) -> None:
    given = {"https_proxy": "http://jane:secret@proxy:1", "all_proxy": "jane:se://c@ret@proxy", "OTHER": "x"}
    kept = {
        "no_proxy": "a, b",
        "http_proxy": "http://proxy:1",
        "GIT_SSL_CAINFO": "/etc/ssl/own.pem",
        "AZURE_CONFIG_DIR": "/srv/jane@fabrikam/azure",
        "PATH": f"{managed.environment['PATH']}:/opt/python@3.11/bin",
    }
    managed.environment |= given | kept
    managed.run("configure", "renew")
    lines = (managed.home / WRITTEN[1]).read_text().splitlines()
    rows = [line.partition('"')[2].rstrip('"') for line in lines if line.startswith("Environment=")]
    found = dict(row.split("=", 1) for row in rows)
    login_only = {"https_proxy": "http://jane@proxy:1", "all_proxy": "jane@proxy"}
    assert found.items() >= {**kept, **login_only}.items()
    assert not found.keys() & {"OTHER", "HOME"}


def test_the_files_of_the_repository_are_the_same_but_for_the_launchers_path() -> None:
    at_home = "/.local/bin/git-credential-pat"
    for kind, text, home in (
        ("timer", timer.TIMER, ""),
        ("service", timer.SERVICE, "%h"),
        ("cron", timer.CRON, "$HOME"),
    ):
        file = (INSTALL / f"git-credential-pat-renew.{kind}").read_text()
        assert file == text.replace("{launcher}", home + at_home), kind


# What is said


def test_where_a_setting_wants_it_nothing_more_is_to_be_done(managed: Program) -> None:
    for name in ("pat.renew", "pat.https://gitlab.com.renew"):
        managed.gitconfig.unlink(missing_ok=True)
        managed.git("config", "--global", name, "auto")
        assert NO_TOKEN not in said(managed.run("configure", "renew"))


@pytest.mark.parametrize(("said_of_it", "is_said"), [("no", True), ("yes", False), ("", False)])
def test_whether_it_runs_without_a_session_is_said(
    managed: Program, said_of_it: str, *, is_said: bool
) -> None:
    put(managed, "loginctl", f"#!/bin/sh\necho {said_of_it}\n")
    lines = said(managed.run("configure", "renew"))
    line = "It runs while you are logged in; to have it run always: loginctl enable-linger"
    assert (line in lines) == is_said


def test_a_vault_that_only_a_passphrase_opens_is_refused(
    managed: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(managed, FABRIKAM)
    lock_by_passphrase(managed, monkeypatch)
    for words in (("configure", "renew"), ("configure", "renew", "--dry-run")):
        line = refusal(managed.run(*words), 3)
        assert line.endswith("run: git credential-pat vault add-slot keyfile")
    assert not (managed.home / UNITS).exists()


def test_a_key_file_that_is_missing_is_the_fault_that_is_named(managed: Program) -> None:
    keep(managed, FABRIKAM)
    managed.key.rename(managed.home / "elsewhere")
    assert "key file" in refusal(managed.run("configure", "renew"), 3)
    assert "add-slot" not in refusal(managed.run("configure", "renew"), 3)


def test_a_slot_of_a_key_file_is_enough(managed: Program) -> None:
    keep(managed, FABRIKAM)
    assert managed.run("vault", "add-slot", "passphrase", stdin=b"correct horse battery\n").status == 0
    assert managed.run("configure", "renew").status == 0


@pytest.mark.needs("gnome-keyring", "dbus")
def test_a_keyring_must_be_unlocked_when_it_runs(managed: Program, fragile: SecretService) -> None:
    managed.environment["DBUS_SESSION_BUS_ADDRESS"] = fragile.address
    managed.seed(FABRIKAM, AZURE_TOKEN, "--no-configure")
    line = "If only the keyring opens what is stored, it must be unlocked when the timer runs."
    assert line in said(managed.run("configure", "renew"))
    fragile.lock()
    assert refusal(managed.run("configure", "renew"), 3).endswith("vault add-slot keyfile")


def test_a_manager_that_does_not_start_it_is_reported(managed: Program) -> None:
    managed.environment["RESTART"] = "1"
    line = refusal(managed.run("configure", "renew"), 1)
    assert line.endswith("; see: systemctl --user status git-credential-pat-renew.timer")


def test_with_another_tool_its_failure_is_one_of_several(managed: Program) -> None:
    put(managed, "systemctl", "#!/bin/sh\nexit 1\n")
    done = managed.run("configure", "git", "renew")
    assert done.status == 1
    assert done.stderr.splitlines()[-1].endswith("not configured: renew; the lines above say why")
    assert b"Git uses this helper" in done.stdout


# cron


def test_without_a_manager_the_line_for_cron_is_printed(program: Program) -> None:
    put(program, "systemctl", "#!/bin/sh\nexit 1\n")
    done = program.run("configure", "renew")
    assert (done.status, line_of(done)[-10:]) == (1, "crontab -e")
    (line,) = done.stdout.decode().splitlines()
    assert line.startswith("17 11 * * * PATH=")
    assert line.endswith(f" {LAUNCHER} rotate --all --unattended")
    assert not (program.home / UNITS).exists()


@pytest.mark.needs("cron", "root")
def test_cron_takes_the_line_and_runs_what_it_is_to_run(program: Program) -> None:
    """A percent sign would end the command; `-n` only looks at the file, as Debian's crontab(1) has it."""
    put(program, "systemctl", "#!/bin/sh\nexit 1\n")
    program.environment["XDG_DATA_HOME"] = str(program.home / "100% mine")
    line = program.run("configure", "renew").stdout
    file = program.home / "crontab"
    file.write_bytes(line)
    tested = subprocess.run(["crontab", "-n", str(file)], capture_output=True, check=False)
    assert tested.returncode == 0, tested
    command = line.decode().split(" ", 5)[5].replace("\\%", "%")
    bare = {"HOME": str(program.home), "PATH": "/usr/bin:/bin"}
    assert subprocess.run(["/bin/sh", "-c", command], env=bare, check=False).returncode == 0
    assert (program.home / "100% mine" / "git-credential-pat" / "renewed").exists()


def test_a_line_that_the_user_gave_to_cron_is_the_users_to_take_out(managed: Program) -> None:
    put(managed, "crontab", f'#!/bin/sh\necho "17 11 * * * {LAUNCHER} {timer.WORDS}"\n')
    assert line_of(managed.run("unconfigure", "renew")).endswith("to take it out, run: crontab -e")
    put(managed, "crontab", f'#!/bin/sh\necho "#17 11 * * * {LAUNCHER} {timer.WORDS}"\n')
    assert managed.run("unconfigure", "renew").stderr == ""


# A real manager


@pytest.fixture
def really_managed(program: Program) -> Iterator[Program]:
    """Return a program whose user has a real manager of services, without the agent and the network."""
    with user_services(program.home) as variables:
        program.environment |= variables
        program.environment |= {"GIT_CONFIG_GLOBAL": str(program.gitconfig)}
        yield program


@pytest.mark.needs("systemd-user", "root")
def test_a_real_manager_runs_it_daily_until_it_is_undone(really_managed: Program) -> None:
    program = really_managed
    program.gitconfig.write_text("[pat]\n\tagent = never\n\trenew = auto\n")
    url = "https://github.com/octo"
    keep(program, url, f"ghp_{'A' * 36}", expires=int(time.time()) + 3 * 86_400)
    assert said(program.run("configure", "renew"))[0] == ON

    def shown(unit: str, name: str) -> str:
        return systemctl(
            program.environment, "show", f"git-credential-pat-renew.{unit}", f"--property={name}", "--value"
        )

    assert (shown("timer", "ActiveState"), shown("timer", "UnitFileState")) == ("active", "enabled")
    assert (shown("timer", "Persistent"), shown("timer", "RandomizedDelayUSec")) == ("yes", "4h")
    next_one = shown("timer", "NextElapseUSecRealtime")[4:23]
    elapses = datetime.strptime(next_one, "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc)
    ahead = elapses - datetime.now(timezone.utc)
    assert timedelta(0) < ahead < timedelta(hours=29)
    systemctl(program.environment, "start", "git-credential-pat-renew.service")
    assert (shown("service", "Result"), shown("service", "ExecMainStatus")) == ("success", "6")
    noted = json.loads((program.data / "renewed").read_bytes())
    assert [(result["scope"], result["outcome"]) for result in noted["results"]] == [(url, "by-hand")]
    assert said(program.run("unconfigure", "all"))
    assert (shown("timer", "ActiveState"), shown("timer", "LoadState")) == ("inactive", "not-found")
    assert not (program.home / UNITS).exists()
    assert [*program.home.rglob("stamp-*")] == []


@pytest.mark.needs("systemd-user", "root")
def test_a_launcher_of_any_name_is_run(really_managed: Program) -> None:
    program = really_managed
    folder = program.home / '$HOME 100%n "it\'s" \\x ;ünï'
    folder.mkdir()
    launcher = folder / "git-credential-pat"
    launcher.write_text('#!/bin/sh\necho "$0" "$@" >"$HOME/ran"\n')
    launcher.chmod(0o755)
    program.environment["GIT_CREDENTIAL_PAT_LAUNCHER"] = str(launcher)
    assert program.shell(f'exec "{LAUNCHER.parent}/python" -I -S {_main()} configure renew').status == 0
    systemctl(program.environment, "start", "git-credential-pat-renew.service")
    assert (program.home / "ran").read_text() == f"{launcher} rotate --all --unattended\n"


def _main() -> str:
    return str(Path(timer.__file__).parents[2] / "__main__.py")


@pytest.mark.needs("systemd")
def test_systemd_finds_nothing_wrong_with_the_files_of_the_repository(program: Program) -> None:
    launcher = program.home / ".local" / "bin" / "git-credential-pat"
    launcher.parent.mkdir(parents=True)
    launcher.symlink_to(program.launcher)
    units = [str(INSTALL / f"git-credential-pat-renew.{kind}") for kind in ("timer", "service")]
    with tempfile.TemporaryDirectory() as runtime:  # a short path, for the sockets of other units lie there
        verified = subprocess.run(
            ["systemd-analyze", "--user", "--man=no", "verify", *units],
            env={**program.environment, "XDG_RUNTIME_DIR": runtime},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    assert (verified.returncode, verified.stdout) == (0, b"")
