"""What newer Git says to a helper, said directly: an older Git leaves these attributes out.

The attributes are those of git-credential(1): `password_expiry_utc` from Git 2.40, `oauth_refresh_token`
and `wwwauth[]` from 2.41, `capability[]`, `authtype`, `credential`, `ephemeral` and `state[]` from 2.46.
"""

from __future__ import annotations

import time

import pytest
from support.git_credential import rejected, states
from support.program import AZURE_TOKEN, Program, Run, attributes

HTTPS = ("protocol=https", "host=example.com")
FABRIKAM = ("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
TFS = ("protocol=https", "host=tfs.example.com", "path=tfs/DefaultCollection/web/_git/web")
NTLM_HINT = (
    "https://tfs.example.com offers NTLM or Negotiate, on which Git before 2.46 spends the token; a newer "
    "Git is the cure: with this one only http.https://tfs.example.com/.extraHeader works, "
    "which puts the token into a config file"
)
TAKES_AUTHTYPE = "capability[]=authtype"
PAT_BASIC = f"cGF0Ok{'FBQU' * 25}FBWkRPYjFjMg=="  # base64 of "pat:" and AZURE_TOKEN


@pytest.fixture(scope="module")
def fabrikam(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A token of one organization, for tests that change nothing."""
    program = Program(tmp_path_factory.mktemp("fabrikam") / "home")
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    return program


def get(program: Program, *lines: str, told: str = "") -> list[str]:
    """Return the lines of the answer to a `get`; fail here if the user was told another line."""
    run = program.run("get", stdin=attributes(*lines))
    assert (run.status, run.stderr) == (0, f"git-credential-pat: {told}\n" if told else ""), run
    return run.stdout.decode().splitlines()


def tell(program: Program, operation: str, *lines: str) -> None:
    """Tell of an approval or a rejection; fail here if anything is said to it."""
    assert program.run(operation, stdin=attributes(*lines)) == Run(0, b"", "")


def test_the_helper_tells_what_it_can(program: Program) -> None:
    assert program.run("capability") == Run(0, b"version 0\ncapability authtype\n", "")


# Expiry and refresh tokens


def test_expiry_and_refresh_token_come_back(program: Program) -> None:
    known = ["password_expiry_utc=9999999999", "oauth_refresh_token=refresh"]
    tell(program, "store", *HTTPS, "username=jane", "password=secret", *known)
    assert get(program, *HTTPS) == ["username=jane", "password=secret", *known]


def test_the_same_password_with_a_new_expiry_is_kept_with_it(program: Program) -> None:
    tell(program, "store", *HTTPS, "username=jane", "password=secret", "password_expiry_utc=9999999998")
    tell(program, "store", *HTTPS, "username=jane", "password=secret", "password_expiry_utc=9999999999")
    assert get(program, *HTTPS) == ["username=jane", "password=secret", "password_expiry_utc=9999999999"]


def test_a_new_password_does_not_keep_the_old_expiry(program: Program) -> None:
    old = ["password=old", "password_expiry_utc=9999999999", "oauth_refresh_token=old"]
    tell(program, "store", *HTTPS, "username=jane", *old)
    tell(program, "store", *HTTPS, "username=jane", "password=new")
    assert get(program, *HTTPS) == ["username=jane", "password=new"]


def test_an_empty_expiry_is_none(program: Program) -> None:
    tell(program, "store", *HTTPS, "username=jane", "password=secret", "password_expiry_utc=")
    assert get(program, *HTTPS) == ["username=jane", "password=secret"]


@pytest.mark.parametrize("expiry", ["soon", "-1", "1e9", "9223372036854775808", "+5", " 5"])
def test_an_expiry_that_is_no_time_is_refused(program: Program, expiry: str) -> None:
    request = attributes(*HTTPS, "username=jane", "password=secret", f"password_expiry_utc={expiry}")
    run = program.run("store", stdin=request)
    assert (run.status, run.stdout, run.stderr.count("\n")) == (1, b"", 1)
    assert states(program) == {}


def test_the_last_expiry_that_a_number_can_say_is_kept(program: Program) -> None:
    latest = "password_expiry_utc=9223372036854775807"
    tell(program, "store", *HTTPS, "username=jane", "password=secret", latest)
    assert get(program, *HTTPS) == ["username=jane", "password=secret", latest]
    assert states(program) == {"https://example.com jane": "active"}


def test_what_has_expired_already_is_not_kept(program: Program) -> None:
    tell(program, "store", *HTTPS, "username=jane", "password=secret", "password_expiry_utc=1700000000")
    assert states(program) == {}


def test_what_expires_later_is_answered_until_then_and_never_after(program: Program) -> None:
    tell(program, "store", *HTTPS, "username=jane", "password=older")
    program.git("config", "--global", "pat.expiryWarning", "0")
    expiry = int(time.time()) + 3
    tell(program, "store", *HTTPS, "username=joe", "password=newer", f"password_expiry_utc={expiry}")
    assert get(program, *HTTPS)[0] == "username=joe"
    time.sleep(max(0, expiry - time.time()) + 0.01)
    assert get(program, *HTTPS) == ["username=jane", "password=older"]
    run = program.run("get", stdin=attributes(*HTTPS, "username=joe"))
    assert (run.status, run.stdout) == (0, b"")
    assert run.stderr.startswith("git-credential-pat: the token for https://example.com expired on ")
    assert run.stderr.count("\n") == 1
    assert states(program) == {"https://example.com jane": "active", "https://example.com joe": "expired"}


# Ready-made headers


def test_a_ready_made_header_is_kept_for_a_git_that_takes_it(program: Program) -> None:
    header = ["authtype=Bearer", "credential=of-ours"]
    tell(program, "store", TAKES_AUTHTYPE, *HTTPS, *header)
    assert get(program, TAKES_AUTHTYPE, *HTTPS) == [TAKES_AUTHTYPE, *header]
    assert get(program, *HTTPS) == []


def test_a_rejected_header_is_not_answered_again(program: Program) -> None:
    tell(program, "store", TAKES_AUTHTYPE, *HTTPS, "authtype=Bearer", "credential=good")
    tell(program, "erase", TAKES_AUTHTYPE, *HTTPS, "authtype=Bearer", "credential=other")
    assert get(program, TAKES_AUTHTYPE, *HTTPS)[1:] == ["authtype=Bearer", "credential=good"]
    tell(program, "erase", TAKES_AUTHTYPE, *HTTPS, "authtype=Bearer", "credential=good")
    assert get(program, TAKES_AUTHTYPE, *HTTPS, told=rejected("https://example.com")) == []


@pytest.mark.parametrize(
    "lines", [["authtype=Bearer"], ["credential=x"], ["username=jane"], ["ephemeral=1", "password=secret"]]
)
def test_half_a_credential_is_not_kept(program: Program, lines: list[str]) -> None:
    tell(program, "store", TAKES_AUTHTYPE, *HTTPS, *lines)
    assert states(program) == {}


@pytest.mark.parametrize("answer", ["authtype=Bearer", "password=secret"])
def test_what_is_ephemeral_is_not_kept(program: Program, answer: str) -> None:
    secret = ["username=jane", "credential=of-ours", answer]
    tell(program, "store", TAKES_AUTHTYPE, *HTTPS, *secret, "ephemeral=1")
    assert states(program) == {}
    tell(program, "store", TAKES_AUTHTYPE, *HTTPS, *secret, "ephemeral=0")
    assert states(program) == {"https://example.com jane": "active"}


@pytest.mark.parametrize(
    "challenges",
    [
        ["wwwauth[]=Bearer", 'wwwauth[]=Basic realm="http://tfs:8080/tfs"', "wwwauth[]=NTLM"],
        ['wwwauth[]=Bearer, Basic realm="http://tfs:8080/tfs", Negotiate, NTLM'],
        ["wwwauth[]=negotiate"],
    ],
)
def test_beside_ntlm_a_token_is_answered_as_a_basic_header(program: Program, challenges: list[str]) -> None:
    program.seed("https://tfs.example.com/tfs/DefaultCollection/web/_git/web", AZURE_TOKEN)
    request = [*TFS, *challenges]
    assert get(program, TAKES_AUTHTYPE, *request) == [
        TAKES_AUTHTYPE,
        "authtype=Basic",
        f"credential={PAT_BASIC}",
    ]
    assert get(program, *request, told=NTLM_HINT) == ["username=pat", f"password={AZURE_TOKEN}"]


@pytest.mark.parametrize("challenges", [[], ["wwwauth[]=Basic"], ["wwwauth[]=Bearer, Basic, Negotiate"]])
def test_without_ntlm_beside_it_an_older_git_gets_a_token_without_a_word(
    program: Program, challenges: list[str]
) -> None:
    program.seed("https://tfs.example.com/tfs/DefaultCollection/web/_git/web", AZURE_TOKEN)
    request = [*TFS, *challenges]
    assert get(program, *request) == ["username=pat", f"password={AZURE_TOKEN}"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://dev.azure.com/fabrikam", "dev.azure.com"),
        ("https://github.com/octo", "github.com"),
        ("https://git.example.com", "git.example.com"),
    ],
)
def test_of_ntlm_at_other_hosts_nothing_is_said(program: Program, url: str, host: str) -> None:
    program.seed(url, AZURE_TOKEN, "--username", "jane")
    request = ["protocol=https", f"host={host}", "path=" + (url.removeprefix(f"https://{host}")[1:] or "x")]
    assert get(program, *request, "wwwauth[]=Negotiate, NTLM") == ["username=jane", f"password={AZURE_TOKEN}"]


def test_a_sign_on_entry_stays_empty_beside_ntlm(program: Program) -> None:
    program.git("config", "--global", "pat.https://tfs.example.com.provider", "azure-devops-server")
    request = ["protocol=https", "host=tfs.example.com"]
    tell(program, "store", *request, "username=", "password=")
    assert get(program, TAKES_AUTHTYPE, *request, "wwwauth[]=Negotiate", "wwwauth[]=NTLM") == [
        "username=",
        "password=",
    ]


def test_a_basic_header_reported_back_is_the_token_it_holds(program: Program) -> None:
    program.seed("https://dev.azure.com/fabrikam", AZURE_TOKEN)
    before = program.vault.stat()
    header = ["authtype=Basic", f"credential={PAT_BASIC}"]
    tell(program, "store", TAKES_AUTHTYPE, *FABRIKAM, *header)
    assert (program.vault.stat().st_ino, program.vault.stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )
    tell(program, "erase", TAKES_AUTHTYPE, *FABRIKAM, *header)
    assert states(program) == {"https://dev.azure.com/fabrikam pat": "rejected"}


# The server's challenges


@pytest.mark.parametrize("size", [1023, 1024, 4096, 8192, 65_000, 65_534])
def test_a_challenge_of_any_length_disturbs_nothing(fabrikam: Program, size: int) -> None:
    start = "wwwauth[]=basic realm="
    challenge = start + "a" * (size - len(start))
    assert get(fabrikam, challenge, *FABRIKAM, challenge) == ["username=pat", f"password={AZURE_TOKEN}"]


@pytest.mark.parametrize("size", [1023, 1024, 4096, 8192, 65_000])
def test_no_part_of_a_long_challenge_is_taken_for_a_line(fabrikam: Program, size: int) -> None:
    start = "wwwauth[]=basic realm="
    smuggled = start + "a" * (size - len(start)) + "host=dev.azure.com"
    lines = ["protocol=https", smuggled, "path=fabrikam/web/_git/web"]
    assert get(fabrikam, *lines, "host=evil.example.com") == []
    refused = fabrikam.run("get", stdin=attributes(*lines))
    assert refused == Run(1, b"", "git-credential-pat: the request names no host; nothing was done\n")


def test_a_line_longer_than_git_itself_takes_is_refused(fabrikam: Program) -> None:
    challenge = "wwwauth[]=" + "a" * 65_525  # 65,536 bytes with its newline
    run = fabrikam.run("get", stdin=attributes(*FABRIKAM, challenge))
    assert (run.status, run.stdout, run.stderr.count("\n")) == (1, b"", 1)


def test_state_of_other_helpers_is_neither_answered_nor_in_the_way(fabrikam: Program) -> None:
    state = ["capability[]=state", "state[]=other.a=1", "state[]=", "state[]=other.b=2"]
    assert get(fabrikam, *state, *FABRIKAM) == ["username=pat", f"password={AZURE_TOKEN}"]
