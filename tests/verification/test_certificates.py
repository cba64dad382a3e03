"""Which certificates are trusted is Git's to say: a host that has no good one gets no token."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from support.api_server import ApiServer
from support.checks import keep
from support.program import AZURE_TOKEN
from support.verdicts import serve_organization
from support.ways import ask, configure

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program


@pytest.fixture
def program(server: ApiServer, visitor: Program) -> Program:
    """A user with a token of fabrikam and a way to it, who has named no certificates."""
    serve_organization(server, "fabrikam", AZURE_TOKEN)
    keep(visitor, "https://dev.azure.com/fabrikam")
    assert visitor.git("config", "--global", "--unset", "http.sslCAInfo").status == 0
    return visitor


def test_a_host_that_the_system_does_not_trust_gets_no_token(server: ApiServer, program: Program) -> None:
    verdict, why = ask(program)
    assert verdict == "not-verified"
    assert why.startswith("dev.azure.com: its certificate is not trusted (")
    assert why.endswith("); if it should be, set http.sslCAInfo")
    assert server.log == []


@pytest.mark.parametrize(
    ("setting", "variables"),
    [
        pytest.param("MISSING", {"GIT_SSL_CAINFO": "CA"}, id="the variable before the setting"),
        pytest.param("~/ca.pem", {}, id="below the home folder"),
        pytest.param("MISSING", {"GIT_SSL_CAINFO": "ca.pem"}, id="from the folder of the user"),
    ],
)
def test_certificates_lie_where_git_would_look_for_them(
    server: ApiServer, program: Program, setting: str, variables: dict[str, str]
) -> None:
    (program.home / "ca.pem").write_bytes(server.ca_file.read_bytes())
    configure(program, sslCAInfo=setting.replace("MISSING", str(program.home / "missing.pem")))
    named = {name: value.replace("CA", str(server.ca_file)) for name, value in variables.items()}
    assert ask(program, **named) == ("valid", "")


def test_certificates_may_be_named_for_one_host(server: ApiServer, program: Program, tmp_path: Path) -> None:
    configure(program, sslCAInfo=str(tmp_path / "missing.pem"))
    configure(program, sslCAInfo=f"https://dev.azure.com/ {server.ca_file}")
    assert ask(program) == ("valid", "")


def test_a_relative_path_of_git_s_own_file_is_from_the_folder_of_the_user(
    server: ApiServer, program: Program
) -> None:
    server.configure_client(program.home)
    (program.home / ".gitconfig").rename(program.home / "mine")
    program.environment["GIT_CONFIG_GLOBAL"] = "mine"
    assert ask(program) == ("valid", "")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "is not there"),
        (b"no certificate\n", "holds no certificates"),
    ],
)
def test_a_file_without_certificates_trusts_nobody(
    server: ApiServer, program: Program, content: bytes | None, fault: str
) -> None:
    file = program.home / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    configure(program, sslCAInfo=str(file))
    verdict, why = ask(program)
    assert verdict == "not-verified"
    assert why == f"dev.azure.com: {file} of http.sslCAInfo {fault}"
    assert server.log == []


@pytest.mark.parametrize(
    ("names", "until", "says"),
    [
        (["elsewhere.example.com"], None, "match"),
        (["dev.azure.com"], datetime(2020, 1, 1, tzinfo=timezone.utc), "certificate has expired"),
    ],
    ids=["of another host", "expired"],
)
def test_a_certificate_that_is_no_good_gets_no_token(
    program: Program, tmp_path: Path, names: list[str], until: datetime | None, says: str
) -> None:
    with ApiServer(tmp_path / "bad", names, until) as server:
        server.configure_client(program.home)
        verdict, why = ask(program)
        assert verdict == "not-verified"
        assert says in why
        assert server.log == []


@pytest.mark.parametrize(
    ("settings", "variables"),
    [
        ({"sslVerify": "false"}, {}),
        ({"sslVerify": "https://dev.azure.com no"}, {}),
        ({"sslVerify": ""}, {}),
        ({}, {"GIT_SSL_NO_VERIFY": "1"}),
    ],
    ids=["for all", "for the host", "by an empty value", "by the variable"],
)
def test_certificates_are_not_checked_where_git_does_not_either_and_that_is_said(
    server: ApiServer, program: Program, settings: dict[str, str], variables: dict[str, str]
) -> None:
    configure(program, **settings)
    run = program.run("verify", environment=variables)
    assert run.status == 0, run
    assert run.stderr == (
        "git-credential-pat: warning: the certificate of https://dev.azure.com is not checked, "
        "as http.sslVerify says\n"
    )
    assert len(server.log) == 1


def test_another_hosts_setting_does_not_leave_a_certificate_unchecked(
    server: ApiServer, program: Program
) -> None:
    configure(program, sslVerify="https://git.example.com false")
    assert ask(program)[0] == "not-verified"
    assert server.log == []
