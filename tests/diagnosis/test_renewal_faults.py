"""Renewal without a person: `doctor` says whether a timer runs, how its last run went, and what is left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.checks import keep
from support.doctor import Found, doctor, fixes
from support.program import AZURE_TOKEN, FABRIKAM, LAUNCHER, OTHER_AZURE_TOKEN

from git_credential_pat.backends import Change
from git_credential_pat.backends.vault import VaultBackend
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import DAY, REJECTED, SECOND, Nanoseconds, Seconds
from git_credential_pat.model.renewal import CREATE, ROTATE, Intent, Renewal, noting
from git_credential_pat.renewal.record import Result, note_run
from git_credential_pat.tools.support.timer import WORDS

if TYPE_CHECKING:
    from support.program import Program

pytestmark = pytest.mark.slow

GROUP = "https://gitlab.com/group"
SYSTEMCTL = """#!/bin/sh
case $* in
*restart*) touch "$HOME/on" ;;
*stop*) rm -f "$HOME/on" ;;
*is-active*) [ -e "$HOME/on" ] ;;
esac
"""


@pytest.fixture
def managed(healthy: Program) -> Program:
    """Return a healthy home with a stand-in for systemctl and none for cron."""
    put(healthy, "systemctl", SYSTEMCTL)
    put(healthy, "crontab", "#!/bin/sh\nexit 1\n")
    put(healthy, "loginctl", "#!/bin/sh\n")
    healthy.environment["PATH"] = f"{healthy.home / 'bin'}:{LAUNCHER.parent}:/usr/bin:/bin"
    return healthy


def put(program: Program, name: str, text: str) -> None:
    file = program.home / "bin" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def found(program: Program) -> list[Found]:
    """Return what the check finds."""
    return [finding for finding in doctor(program) if finding.check == "renewal"]


def renewing(program: Program) -> Program:
    """Have tokens renewed by a timer."""
    assert program.git("config", "--global", "pat.renew", "auto").status == 0
    assert program.run("configure", "renew").status == 0
    return program


# The timer


def test_where_no_token_is_to_be_renewed_nothing_is_said(managed: Program) -> None:
    assert found(managed) == []


@pytest.mark.parametrize("name", ["pat.renew", f"pat.{GROUP}.renew"])
def test_a_setting_without_a_timer_is_a_problem_that_configure_fixes(managed: Program, name: str) -> None:
    managed.git("config", "--global", name, "auto")
    (finding,) = found(managed)
    assert (finding.state, finding.fix) == ("problem", "git credential-pat configure renew")
    assert fixes(managed, finding)
    assert [one.state for one in found(managed)] == ["ok"]


def test_a_timer_that_was_stopped_is_one_too(managed: Program) -> None:
    renewing(managed)
    (managed.home / "on").unlink()
    (finding,) = found(managed)
    assert (finding.state, finding.fix) == ("problem", "git credential-pat configure renew")


def test_a_timer_that_renews_nothing_is_noted(managed: Program) -> None:
    assert managed.run("configure", "renew").status == 0
    (finding,) = found(managed)
    assert (finding.state, finding.fix) == ("note", "git config --global pat.renew auto")
    assert fixes(managed, finding)
    assert [one.state for one in found(managed)] == ["ok"]


def test_cron_is_as_good_as_systemd(managed: Program) -> None:
    managed.git("config", "--global", "pat.renew", "auto")
    put(managed, "crontab", f'#!/bin/sh\necho "17 11 * * * {LAUNCHER} {WORDS}"\n')
    assert [one.state for one in found(managed)] == ["ok"]


# The last run


def ran(program: Program, *results: Result, days_ago: int = 0, error: str = "") -> None:
    moment = Nanoseconds(time.time_ns() - days_ago * DAY * SECOND)
    note_run(str(program.data), moment, results, error)


def test_when_it_last_ran_is_said(managed: Program) -> None:
    renewing(managed)
    assert [one.text for one in found(managed)] == ["a timer renews tokens once a day; it has not run yet"]
    ran(managed)
    day = time.strftime("%Y-%m-%d", time.gmtime())
    assert [one.text for one in found(managed)] == [f"a timer renews tokens once a day; it last ran on {day}"]


def test_what_failed_in_the_last_run_is_a_problem_until_another_token_is_there(managed: Program) -> None:
    renewing(managed)
    why = "its host does not answer; run: git credential-pat verify https://dev.azure.com/fabrikam"
    ran(managed, Result(FABRIKAM, "", "failed", why), Result(GROUP, "", "failed", "it is not stored"))
    on, finding = found(managed)
    assert (on.state, finding.state, finding.fix) == ("ok", "problem", why.partition("run: ")[2])
    assert finding.text.startswith(f"the token for {FABRIKAM} was not renewed on 20")
    assert managed.seed(FABRIKAM, OTHER_AZURE_TOKEN).status == 0
    assert found(managed) == [on]


def test_what_waits_for_a_person_is_noted(managed: Program) -> None:
    renewing(managed)
    ran(managed, Result(FABRIKAM, "", "by-hand", "it is so"), Result(FABRIKAM, "", "rotated"))
    _, finding = found(managed)
    assert (finding.state, finding.fix) == ("note", f"git credential-pat rotate {FABRIKAM}")
    assert finding.text.endswith(": it is so")


def test_a_run_that_failed_as_a_whole_is_a_problem(managed: Program) -> None:
    renewing(managed)
    ran(managed, error="the vault is locked; run: git credential-pat unlock")
    _, finding = found(managed)
    assert (finding.state, finding.fix) == ("problem", "git credential-pat unlock")


@pytest.mark.parametrize(("days", "is_late"), [(2, False), (4, True)])
def test_a_run_that_is_long_ago_is_noted(managed: Program, days: int, *, is_late: bool) -> None:
    renewing(managed)
    ran(managed, days_ago=days)
    notes = [one.fix for one in found(managed) if one.state == "note"]
    assert notes == (["git credential-pat rotate --all --within 14"] if is_late else [])


def test_a_damaged_record_is_a_problem_and_its_command_removes_it(managed: Program) -> None:
    renewing(managed)
    ran(managed)
    (managed.data / "renewed").write_text("x")
    _, finding = found(managed)
    assert finding.fix == f"rm {managed.data / 'renewed'}"
    assert fixes(managed, finding)


# What is left


def changed(program: Program, secret: str, state: str, noted: Renewal) -> None:
    """Note something of a token that is kept."""
    backend = VaultBackend(Settings(str(program.data), str(program.key.parent)))
    (old,) = [entry for entry in backend.entries() if entry.secret == secret.encode()]
    put_aside = old.updated if state == REJECTED else None
    backend.apply([Change(old, noting(old._replace(state=state, put_aside=put_aside), noted))])


@pytest.mark.parametrize(
    ("days", "words", "fix"),
    [(1, "is to be revoked", None), (-1, "was to be revoked", "git credential-pat rotate --all --within 0")],
)
def test_a_token_that_is_still_to_be_revoked_is_noted(
    managed: Program, days: int, words: str, fix: str | None
) -> None:
    keep(managed, FABRIKAM, OTHER_AZURE_TOKEN, number=1)
    after = Nanoseconds(time.time_ns() + days * DAY * SECOND)
    changed(managed, OTHER_AZURE_TOKEN, REJECTED, Renewal(revoke_after=after))
    (finding,) = found(managed)
    day = time.strftime("%Y-%m-%d", time.gmtime(after // SECOND))
    assert finding.text == f"the token that was replaced for {FABRIKAM} {words} at its host from {day} on"
    assert (finding.state, finding.fix) == ("note", fix)


def test_a_rotation_that_was_broken_off_is_noted(managed: Program) -> None:
    changed(managed, AZURE_TOKEN, "active", Renewal(intent=Intent(ROTATE, Seconds(int(time.time())))))
    (finding,) = found(managed)
    assert (finding.state, finding.fix) == ("note", f"git credential-pat rotate {FABRIKAM}")


def test_a_token_that_was_to_be_made_is_ended_by_the_command_that_makes_another(managed: Program) -> None:
    url = "https://dev.azure.com/contoso"
    keep(managed, url, "", state=REJECTED, label="laptop")
    intent = Renewal(intent=Intent(CREATE, Seconds(int(time.time())), "laptop"))
    changed(managed, "", REJECTED, intent)
    (finding,) = [one for one in doctor(managed) if one.state != "ok"]
    assert (finding.check, finding.state) == ("renewal", "note")
    assert finding.fix == f"git credential-pat seed {url} --create"


@pytest.mark.parametrize(
    ("days", "setting", "is_said"), [(10, "never", True), (10, "auto", False), (20, "never", False)]
)
def test_a_token_that_could_be_renewed_before_it_ends_is_noted(
    managed: Program, days: int, setting: str, *, is_said: bool
) -> None:
    keep(managed, GROUP, "glpat-x", expires=int(time.time()) + days * DAY - 60)
    managed.git("config", "--global", f"pat.{GROUP}.renew", setting)
    notes = [one.fix for one in found(managed) if one.state == "note"]
    assert notes == ([f"git credential-pat rotate {GROUP}"] if is_said else [])


@pytest.mark.parametrize(
    ("with_az", "client", "says"),
    [
        (True, "", ["the program az can renew it"]),
        (False, "c0ffee00-1111-4222-8333-444455556666", ["the sign-in by pat.entraClientId can renew it"]),
        (False, "", []),
    ],
)
def test_what_could_renew_a_token_of_azure_devops_is_named_if_it_is_there(
    managed: Program, *, with_az: bool, client: str, says: list[str]
) -> None:
    url = "https://dev.azure.com/contoso"
    keep(managed, url, OTHER_AZURE_TOKEN, expires=int(time.time()) + 10 * DAY - 60)
    if with_az:
        put(managed, "az", "#!/bin/sh\n")
    if client:
        managed.git("config", "--global", "pat.entraClientId", client)
    assert [one.text.partition("; ")[2] for one in found(managed)] == says


def test_a_token_that_ends_so_soon_that_it_is_a_problem_has_one_line(managed: Program) -> None:
    keep(managed, GROUP, "glpat-x", expires=int(time.time()) + DAY)
    (finding,) = [one for one in doctor(managed) if GROUP in one.text]
    assert (finding.state, finding.fix) == ("problem", f"git credential-pat rotate {GROUP}")
    assert finding.text.endswith("; it can renew itself")


def test_a_token_that_lacks_the_permission_to_renew_itself_is_not_noted(managed: Program) -> None:
    end = int(time.time()) + 10 * DAY - 60
    keep(managed, GROUP, "glpat-x", expires=end, permissions=("read_repository",))
    assert found(managed) == []
