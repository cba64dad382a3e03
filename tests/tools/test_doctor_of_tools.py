"""What `doctor` says of tools that are configured, and that its commands fix it."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import TYPE_CHECKING

import pytest
from support.checks import keep
from support.doctor import Found, after, doctor
from support.program import FABRIKAM

if TYPE_CHECKING:
    from tools.conftest import Tools

pytestmark = pytest.mark.slow

CHECKS = ("tools", "before-tools-ask", "package-tokens")


@pytest.fixture
def configured(program: Tools) -> Tools:
    """Return a home with tools that are configured, and tokens."""
    for url in (FABRIKAM, "https://github.com/octo"):
        keep(program, url)
    for name in ("uv", "docker", "cargo", "go", "bazel", "terraform", "pnpm", "dotnet"):
        program.install(name, "99.1.0")
    done = program.run("configure", "uv", "docker", "cargo", "go", "bazel", "terraform", "pnpm", "nuget")
    assert (done.status, done.stderr) == (0, ""), done
    return program


def about_tools(found: list[Found]) -> list[Found]:
    return [finding for finding in found if finding.check in CHECKS]


def only(program: Tools) -> Found:
    """Return the one thing that is not well."""
    (finding,) = (finding for finding in about_tools(doctor(program)) if finding.state != "ok")
    return finding


def is_fixed(program: Tools, finding: Found) -> bool:
    left = about_tools(after(program, finding))
    return [other for other in left if other.state != "ok"] == []


def test_without_configured_tools_it_says_nothing_of_them(program: Tools) -> None:
    assert about_tools(doctor(program)) == []


def test_each_tool_is_asked_for_as_the_tool_asks(configured: Tools) -> None:
    (finding,) = about_tools(doctor(configured))
    titles = "uv, pnpm, Docker, Cargo, Go, Bazel, Terraform, NuGet"
    assert finding == Found("tools", "ok", f"{titles} can ask this helper", None)


def test_a_tool_that_is_gone_can_be_unconfigured(configured: Tools) -> None:
    (configured.bin / "go").unlink()
    finding = only(configured)
    assert (finding.state, finding.fix) == ("note", "git credential-pat unconfigure go")
    assert is_fixed(configured, finding)


def test_a_tool_that_is_too_old_is_a_problem(configured: Tools) -> None:
    configured.install("go", "go version go1.22.1 linux/amd64")
    finding = only(configured)
    assert finding.state == "problem"
    assert finding.text == "Go 1.22.1 is older than 1.24, which asks a helper"


def test_lines_that_are_gone_are_written_again(configured: Tools) -> None:
    (configured.home / ".cargo/config.toml").unlink()
    finding = only(configured)
    assert (finding.state, finding.fix) == ("problem", "git credential-pat configure cargo")
    assert is_fixed(configured, finding)


def test_a_setting_in_the_way_is_named(configured: Tools) -> None:
    configured.write(".config/go/env", "GOAUTH=off\n")
    finding = only(configured)
    assert finding.text.endswith("it has a line of your own: GOAUTH=off")


@pytest.mark.parametrize("line", ["echo '{}'", "exec sleep 60", "exit 1"])
def test_a_program_that_does_not_answer_as_the_tool_expects_is_a_problem(
    configured: Tools, line: str
) -> None:
    (configured.bin / "docker-credential-pat").unlink()
    configured.install("docker-credential-pat", line=line)
    start = time.monotonic()
    finding = only(configured)
    assert time.monotonic() - start < 30
    assert finding.state == "problem"
    assert finding.text.startswith("Docker gets no proper answer from ")


def test_a_program_that_path_does_not_reach_is_a_problem(configured: Tools) -> None:
    (configured.bin / "docker-credential-pat").unlink()
    finding = only(configured)
    assert finding.text.endswith("docker-credential-pat is not on PATH")
    assert finding.fix == f'export PATH={configured.bin}:"$PATH"'


@pytest.mark.parametrize("name", ["UV_INDEX_PAT_FABRIKAM_PASSWORD", "UV_KEYRING_PROVIDER", "TF_TOKEN_a_b"])
def test_a_variable_that_goes_first_is_named_and_its_value_is_not(configured: Tools, name: str) -> None:
    configured.environment[name] = "the-canary"
    finding = only(configured)
    assert (finding.state, finding.fix) == ("note", f"unset {name}")
    assert "canary" not in finding.text
    assert is_fixed(configured, finding)


def test_a_login_of_docker_s_own_is_a_note(configured: Tools) -> None:
    file = configured.home / ".docker/config.json"
    login = base64.b64encode(b"jane:the-canary").decode()
    file.write_text(json.dumps({**json.loads(file.read_text()), "auths": {"ghcr.io": {"auth": login}}}))
    finding = only(configured)
    assert (finding.state, finding.fix) == ("note", "docker logout ghcr.io")
    assert login not in finding.text


def test_a_login_in_netrc_is_a_note(configured: Tools) -> None:
    netrc = configured.write(".netrc", "machine pkgs.dev.azure.com login x password the-canary\n")
    netrc.chmod(0o600)
    finding = only(configured)
    assert (finding.state, finding.fix) == ("note", "git credential-pat import netrc --scrub")
    assert finding.text.startswith("uv: the login for pkgs.dev.azure.com in ")


def test_another_keyring_before_ours_is_a_problem_and_one_behind_it_a_note(configured: Tools) -> None:
    other = configured.home / "other"
    other.mkdir()
    (other / "keyring").write_text("#!/bin/sh\n")
    (other / "keyring").chmod(0o755)
    path = configured.environment["PATH"]
    configured.environment["PATH"] = f"{path}:{other}"
    finding = only(configured)
    assert (finding.state, finding.fix) == ("note", None)
    assert finding.text.endswith(f" leaves what is not its own to {other}/keyring")
    configured.environment["PATH"] = f"{other}:{path}"
    found = [one for one in about_tools(doctor(configured)) if one.state == "problem"]
    assert any("comes before that of this helper" in one.text for one in found)
    assert is_fixed(configured, next(one for one in found if one.fix))


def test_tokens_that_packages_do_not_take_are_notes(configured: Tools) -> None:
    keep(configured, "https://github.com/fine", f"github_pat_{'a' * 82}")
    keep(configured, "https://dev.azure.com/contoso", permissions=("vso.code",))
    configured.run("configure", "uv", "docker", "bazel", "pnpm")
    found = [finding for finding in about_tools(doctor(configured)) if finding.check == "package-tokens"]
    assert [finding.state for finding in found] == ["note", "note"]
    assert {finding.fix for finding in found} == {
        "git credential-pat seed https://github.com/fine --for packages",
        "git credential-pat seed https://dev.azure.com/contoso --for packages",
    }


def test_it_changes_nothing(configured: Tools) -> None:
    before = configured.tree(), sorted(os.listdir(configured.data))
    doctor(configured)
    assert (configured.tree(), sorted(os.listdir(configured.data))) == before
