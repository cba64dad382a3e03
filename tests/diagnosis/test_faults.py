"""Faults one by one: `doctor` finds each alone, and the command that it prints fixes it.

What it says of them has tests/transcripts/doctor.txt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.doctor import Found, after, doctor
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program

GITHUB_TOKEN = f"ghp_{'A' * 36}"
DATA, KEY = "$HOME/.local/share/git-credential-pat", "$HOME/.config/git-credential-pat"
UNSET, UNSET_HERE = "git config --file $HOME/.gitconfig --unset-all", "git config --file $CONFIG --unset-all"
EDIT, EDIT_HERE = "${EDITOR:-vi} $HOME/.gitconfig", "${EDITOR:-vi} $CONFIG"
SET = "git config --global"
CONFIGURE = "git credential-pat configure"
REPLACE = "git config --file $HOME/.gitconfig --fixed-value --replace-all credential.helper …"
KEEP_GITHUB = "echo $GITHUB | git-credential-pat seed https://github.com/contoso --no-verify"
KEEP_GITLAB = f"echo glpat-{'A' * 20} | git-credential-pat seed https://gitlab.com/contoso --no-verify"
GISTS_PATH = "credential.https://gist.github.com.useHttpPath"
PATH = "credential.https://dev.azure.com.useHttpPath"
GH_RESET = "credential.https://github.com.helper"


ERASE = "printf 'protocol=https\\nhost=dev.azure.com\\n"


class Fault(NamedTuple):
    """A line of sh that breaks a healthy home, and what `doctor` then prints: its check and its command.

    In both the configuration of the repository at hand is $CONFIG; a command may go on where it has "…".
    """

    line: str
    check: str
    fix: str
    state: str = "problem"
    editor: str = ""


HELPERS = {
    "the helper is not configured": Fault("git-credential-pat unconfigure", "helper", CONFIGURE),
    "a reset hides it": Fault(
        "printf '[credential]\\n\\thelper =\\n' >>$HOME/.gitconfig", "helper", CONFIGURE
    ),
    "a repository's reset hides it": Fault(
        "git config credential.helper ''", "helper", f"{UNSET_HERE} credential.helper '^$'"
    ),
    "another tool's reset hides it": Fault(
        f"{KEEP_GITHUB}; {SET} {GH_RESET} ''; {SET} --add {GH_RESET} '!gh auth git-credential'",
        "helper",
        f"git config --file $HOME/.gitconfig --add {GH_RESET} …",
    ),
    "the program was moved": Fault(
        "sed -i 's|= .*/git-credential-pat$|= /gone/git-credential-pat|' $HOME/.gitconfig",
        "helper-found",
        REPLACE,
    ),
    "only a shell finds it": Fault(
        "sed -i 's|= .*/git-credential-pat$|= pat --backend vault|' $HOME/.gitconfig",
        "helper-found",
        REPLACE,
    ),
    "a neighbour keeps copies": Fault(
        "printf '[credential]\\n\\thelper = store\\n' >>$HOME/.gitconfig", "copies", CONFIGURE
    ),
    "a repository's neighbour keeps copies": Fault(
        "git config credential.helper 'cache --timeout 60'",
        "copies",
        f"{UNSET_HERE} credential.helper '^cache( |$)'",
    ),
    "a neighbour with a path": Fault(
        "git config credential.helper '/usr/lib/a.b-c/helper x'",
        "copies",
        f"{UNSET_HERE} credential.helper '^/usr/lib/a\\.b\\-c/helper( |$)'",
    ),
    "a neighbour that is a shell's": Fault(
        "git config credential.helper '!f() { echo password=the-canary; }; f'",
        "copies",
        f"{UNSET_HERE} credential.helper '^!'",
    ),
    "another helper is asked first": Fault(
        f"{KEEP_GITHUB}; printf '[credential]\\n\\thelper = store\\n' | cat - $HOME/.gitconfig >$HOME/new; "
        "mv $HOME/new $HOME/.gitconfig",
        "other-helpers",
        f"{SET} --add {GH_RESET} '' && {SET} --add {GH_RESET} …",
    ),
    "a repository's helper is asked first": Fault(
        "for helper in '' 'store --file x' $(command -v git-credential-pat); do "
        'git config --add credential.helper "$helper"; done',
        "other-helpers",
        f"{UNSET_HERE} credential.helper '^store( |$)'",
    ),
    "a path is not sent": Fault(f"{SET} --unset {PATH}", "paths", f"{SET} {PATH} true"),
    "a path is not sent for packages": Fault(
        f"{SET} --unset {PATH.replace('dev', 'pkgs.dev')}",
        "paths",
        f"{SET} {PATH.replace('dev', 'pkgs.dev')} true",
    ),
    "a path is switched off": Fault(
        f"{SET} {PATH} false",
        "paths",
        f"git config --file $HOME/.gitconfig --replace-all {PATH.lower()} true '!^true$'",
    ),
    "a repository switches a path off": Fault(
        f"git config {PATH} no", "paths", f"{UNSET_HERE} {PATH.lower()} && {SET} {PATH} true"
    ),
    "other hosts want a path too": Fault(
        f"{KEEP_GITLAB} --no-configure", "paths", f"{SET} credential.https://gitlab.com.useHttpPath true"
    ),
    "the gists of an owner want a path too, if there are any": Fault(
        f"{KEEP_GITHUB}; {UNSET} {GISTS_PATH}", "paths", f"{SET} {GISTS_PATH} true", "note"
    ),
}
SETTINGS = {
    **{
        f"pat.{name} is {value}": Fault(
            f"{SET} pat.{name} {value}", "settings", f"{UNSET} pat.{name if '://' in name else name.lower()}"
        )
        for name, value in (
            ("prompt", "sometimes"),
            ("agentTimeout", "0"),
            ("keepRejected", "x"),
            ("expiryWarning", "-1"),
            ("renew", "yes"),
            ("renewWithin", "soon"),
            ("https://gitlab.com.renew", "always"),
            ("backend", "cellar"),
            ("git.example.com.provider", "gitea"),
            ("https://git.example.com.provider", "gittea"),
        )
    },
    "misspelt": Fault(f"{SET} pat.expiryWarnings 3", "setting-names", f"{UNSET} pat.expirywarnings", "note"),
    "in a repository": Fault(
        "git config pat.backend keyring", "setting-names", f"{UNSET_HERE} pat.backend", "note"
    ),
    "git's are broken": Fault(
        "echo '[credential' >>$HOME/.gitconfig", "repository", EDIT, editor="/^.credential$/d"
    ),
    "a repository's are broken": Fault(
        "echo '[remote' >>$CONFIG", "repository", EDIT_HERE, editor="/^.remote$/d"
    ),
    "no certificate checks are on": Fault(f"{SET} http.sslVerify false", "tls", f"{UNSET} http.sslverify"),
    "a host's certificates are not checked": Fault(
        f"{SET} http.https://dev.azure.com.sslVerify 0",
        "tls",
        f"{UNSET} http.https://dev.azure.com.sslverify",
    ),
    "certificates are not checked by an empty value": Fault(
        f"{SET} http.sslVerify ''", "tls", f"{UNSET} http.sslverify"
    ),
    "certificates that are not there": Fault(
        f"{SET} http.sslCAInfo '~/ca.pem'", "tls", f"{UNSET} http.sslcainfo"
    ),
    "no certificates": Fault(
        f"echo a text >$HOME/ca.pem; {SET} http.sslCAInfo '~/ca.pem'", "tls", f"{UNSET} http.sslcainfo"
    ),
    **{
        f"questions: {name}": Fault(f"{SET} {name} {value}", "questions", f"{UNSET} {name.lower()}", "note")
        for name, value in (
            ("core.askPass", "/usr/bin/ask"),
            ("pat.prompt", "never"),
            ("credential.interactive", "false"),
        )
    },
}
RESTORE = "git credential-pat restore https://dev.azure.com/fabrikam"
REMOTE = "https://dev.azure.com/contoso/web/_git/api"
TOKENS = {
    "a header was left over": Fault(
        f"{SET} http.extraHeader 'Authorization: Basic the-canary'",
        "left-over-headers",
        f"{UNSET} http.extraheader '^Authorization:'",
    ),
    "a header was left over in a repository": Fault(
        "git config http.https://dev.azure.com/.extraHeader 'AUTHORIZATION: basic the-canary'",
        "left-over-headers",
        f"{UNSET_HERE} http.https://dev.azure.com/.extraheader '^AUTHORIZATION:'",
    ),
    "a header for another host": Fault(
        f"{SET} http.https://github.com/.extraHeader 'Authorization: Basic the-canary'",
        "left-over-headers",
        f"{UNSET} http.https://github.com/.extraheader '^Authorization:'",
        "note",
    ),
    "a token was rejected": Fault(
        f"{ERASE}path=fabrikam/web\\n\\n' | git-credential-pat erase", "tokens", RESTORE
    ),
    "a token is in doubt": Fault(f"{ERASE}\\n' | git-credential-pat erase", "tokens", RESTORE),
    "a remote has no token": Fault(
        f"git remote set-url origin {REMOTE}", "remotes", f"git credential-pat seed {REMOTE}"
    ),
    "a remote has another username": Fault(
        "echo x | git-credential-pat seed https://jane@git.example.com/team --no-verify >$HOME/out; "
        "git remote set-url origin https://joe@git.example.com/team/api",
        "remotes",
        "git -C $HOME/repository remote set-url …",
    ),
}
FILES = {
    "others reach the data": Fault(f"chmod 755 {DATA}", "permissions", f"chmod 700 {DATA}"),
    "others reach the key's folder": Fault(f"chmod 750 {KEY}", "permissions", f"chmod 700 {KEY}"),
    "others reach the vault": Fault(f"chmod 644 {DATA}/vault", "permissions", f"chmod 600 {DATA}/vault"),
    "others reach the key": Fault(f"chmod 640 {KEY}/key", "permissions", f"chmod 600 {KEY}/key"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", [*HELPERS, *SETTINGS, *TOKENS, *FILES])
def test_a_fault_is_found_and_its_command_fixes_it(healthy: Program, repository: Path, name: str) -> None:
    fault = {**HELPERS, **SETTINGS, **TOKENS, **FILES}[name]
    healthy.environment["CONFIG"] = f"{repository}/.git/config"
    before = healthy.gitconfig.read_text()
    at = repository if "$CONFIG" in fault.fix or fault.check == "remotes" else healthy.home
    done = healthy.shell(f"cd {at}; {fault.line}", {"GITHUB": GITHUB_TOKEN})
    assert (done.status, done.stderr) == (0, ""), done
    finding, *more = _wrong(doctor(healthy, cwd=at), fault.state)
    assert finding.check == fault.check
    fix, goes_on, _ = _filled(fault.fix, healthy).partition("…")
    assert finding.fix is not None
    assert finding.fix.startswith(fix) if goes_on else finding.fix == fix
    assert more == [] or fault.check == "permissions"
    assert "canary" not in finding.text
    editor = {"EDITOR": f"sed -i {fault.editor}"} if fault.editor else {}
    assert (
        _wrong(after(healthy, finding, cwd=at, stdin=OTHER_AZURE_TOKEN, environment=editor), fault.state)
        == []
    )
    if "moved" in name or "broken" in name:
        assert healthy.gitconfig.read_text() == before


def _wrong(found: list[Found], state: str) -> list[Found]:
    """Return what is not well; where a problem is looked for, problems alone."""
    return [finding for finding in found if finding.state != "ok" and state in (finding.state, "note")]


def _filled(text: str, program: Program) -> str:
    for name in ("CONFIG", "HOME"):
        text = text.replace(f"${name}", program.environment[name])
    return text


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("GIT_SSL_NO_VERIFY", "", "tls"),
        ("GIT_SSL_NO_VERIFY", "1", "tls"),
        ("GIT_SSL_CAINFO", "/gone.pem", "tls"),
        ("GIT_ASKPASS", "/usr/bin/ask", "questions"),
        ("SSH_ASKPASS", "/usr/bin/ask", "questions"),
        ("GIT_TERMINAL_PROMPT", "0", "questions"),
    ],
)
def test_a_variable_that_stands_in_the_way_is_found_and_unset(
    healthy: Program, name: str, value: str, check: str
) -> None:
    healthy.environment[name] = value
    (finding,) = _wrong(doctor(healthy), "note")
    assert (finding.check, finding.fix) == (check, f"unset {name}")
    assert name in finding.text
    assert finding.state == ("problem" if check == "tls" else "note")
    assert _wrong(after(healthy, finding), "note") == []


def test_a_setting_of_the_environment_goes_with_its_variables(healthy: Program) -> None:
    healthy.environment.update({"GIT_CONFIG_KEY_0": "http.sslVerify", "GIT_CONFIG_VALUE_0": "false"})
    (finding,) = _wrong(doctor(healthy), "problem")
    assert finding.fix == "unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS"
    assert _wrong(after(healthy, finding), "problem") == []


@pytest.mark.parametrize(
    "line",
    [
        f"{SET} {GH_RESET} ''; git remote add hub https://github.com/contoso/api.git",
        f"{SET} http.https://localhost.sslVerify false",
        "echo 'https://jane:canary@github.com' >.git-credentials",
        f"echo {AZURE_TOKEN} >.netrc; echo {OTHER_AZURE_TOKEN} >.git-credentials",
    ],
    ids=["another host's helper", "another host's certificates", "another host's token", "no logins"],
)
def test_what_concerns_no_token_that_is_kept_is_no_matter(
    healthy: Program, repository: Path, line: str
) -> None:
    assert healthy.shell(f"cd {repository}; {line}").status == 0
    assert _wrong(doctor(healthy, cwd=repository), "problem") == []
