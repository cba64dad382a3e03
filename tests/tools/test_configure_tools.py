"""`configure` and `unconfigure` with tools: what is written for each, and that it leaves no trace."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest
from support.checks import keep
from support.program import CONTOSO, FABRIKAM, Run

from git_credential_pat.tools import TOOLS, tools

if TYPE_CHECKING:
    from tools.conftest import Tools

pytestmark = pytest.mark.slow

WRITING = [tool.name for tool in tools() if not tool.instead]
GITHUB, GITLAB = "https://github.com/octo", "https://gitlab.com/group"
OWN_FILES = {
    ".config/uv/uv.toml": '# mine\noffline = false\n\n[[index]]\nname = "x"\nurl = "https://a.example/"',
    ".config/pip/pip.conf": "[global]\nindex-url = https://a.example/\n\n[install]\nuser = yes\n",
    ".config/python_keyring/keyringrc.cfg": "# mine\n",
    ".npmrc": "registry=https://a.example/\nalways-auth=true",
    ".config/pnpm/auth.ini": "//a.example/:_authToken=${A}\n",
    ".yarnrc.yml": "nodeLinker: pnp\nplugins:\n  - path: ./a.cjs\n",
    ".docker/config.json": '{\n\t"auths": {},\n\t"credHelpers": {\n\t\t"quay.io": "pass"\n\t}\n}',
    ".cargo/config.toml": '[registry]\nglobal-credential-providers = ["cargo:token", "b"]  # c\n',
    ".config/go/env": "GOFLAGS=-mod=mod\n",
    ".bazelrc": "build --jobs=4",
    ".terraformrc": "disable_checkpoint = true\n",
}
"""What users have there already."""


def keep_all(program: Tools) -> None:
    for url in (FABRIKAM, CONTOSO, GITHUB, GITLAB):
        keep(program, url)


def ran(program: Tools, *words: str) -> list[str]:
    """Run a command that must succeed, and return what it prints."""
    done = program.run(*words)
    assert (done.status, done.stderr) == (0, ""), done
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize("name", WRITING)
@pytest.mark.parametrize("with_files", [False, True], ids=["nothing there", "own files there"])
def test_what_is_configured_is_undone_byte_for_byte(program: Tools, name: str, *, with_files: bool) -> None:
    keep_all(program)
    for path, text in OWN_FILES.items() if with_files else ():
        program.write(path, text).chmod(0o640)
    before = program.tree()
    assert " uses this helper (" in ran(program, "configure", name)[0]
    configured = program.tree()
    assert configured != before
    assert " already uses this helper." in ran(program, "configure", name)[0]
    assert program.tree() == configured
    assert " no longer uses this helper (" in ran(program, "unconfigure", name)[0]
    assert program.tree() == before
    assert ran(program, "unconfigure", name)[0].startswith("Nothing of this helper is in ")


def test_all_takes_git_and_what_is_found_and_leaves_everything_as_it_was(program: Tools) -> None:
    keep_all(program)
    for name in ("uv", "pip", "twine", "docker", "cargo", "go", "npm"):
        program.install(name)
    before = program.tree()
    said = ran(program, "configure", "all")
    assert said[0].startswith("Git uses this helper (")
    named = {line.split()[0] for line in said}
    assert {"Git", "uv", "pip", "twine", "Docker", "Cargo", "Go"} <= named
    assert not named & {"npm", "poetry", "Bazel", "NuGet"}
    ran(program, "unconfigure", "all")
    assert program.tree() == before
    assert not (program.data / "tools.json").exists()


def test_a_place_that_two_tools_want_stays_until_the_last_is_undone(program: Tools) -> None:
    before = program.tree()
    ran(program, "configure", "twine", "poetry")
    both = program.tree()
    ran(program, "unconfigure", "twine")
    assert program.tree() == both
    ran(program, "unconfigure", "poetry")
    assert program.tree() == before


def test_the_users_own_link_to_a_file_is_followed_and_modes_stay(program: Tools) -> None:
    keep_all(program)
    real = program.write("dotfiles/docker.json", "{}")
    real.chmod(0o600)
    (program.home / ".docker").mkdir()
    (program.home / ".docker/config.json").symlink_to(real)
    before = program.tree()
    ran(program, "configure", "docker")
    assert "ghcr.io" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600
    ran(program, "unconfigure", "docker")
    assert program.tree() == before


# What is written


def test_uv_gets_an_index_for_each_organization_with_its_name_as_the_username(program: Tools) -> None:
    keep_all(program)
    ran(program, "configure", "uv")
    lines = [line for line in program.file(".config/uv/uv.toml").splitlines() if not line.startswith("#")]
    assert lines == [
        'keyring-provider = "subprocess"',
        *("[[index]]", 'name = "pat-contoso"', 'url = "https://contoso@pkgs.dev.azure.com/contoso/"'),
        *("explicit = true", "[[index]]", 'name = "pat-fabrikam"'),
        *('url = "https://fabrikam@pkgs.dev.azure.com/fabrikam/"', "explicit = true"),
    ]
    assert (program.bin / "keyring").readlink() == program.launcher


def test_where_path_has_another_keyring_that_one_gets_our_backend(program: Tools) -> None:
    program.install("keyring")
    ran(program, "configure", "uv")
    assert not (program.bin / "keyring").is_symlink()
    assert "default-keyring = git_credential_pat_keyring." in program.file(
        ".config/python_keyring/keyringrc.cfg"
    )


def test_a_keyring_that_comes_before_or_goes_is_followed_and_leaves_no_trace(program: Tools) -> None:
    before = program.tree()
    ran(program, "configure", "uv", "twine")
    (program.bin / "keyring").unlink()
    other = program.install("keyring")
    ran(program, "configure", "uv")
    other.unlink()
    ran(program, "configure", "uv")
    assert (program.bin / "keyring").is_symlink()
    assert "default-keyring" in program.file(".config/python_keyring/keyringrc.cfg"), "twine wants it"
    ran(program, "unconfigure", "twine")
    assert not (program.home / ".config/python_keyring").exists()
    ran(program, "unconfigure", "uv")
    assert program.tree() == before


def test_docker_gets_a_helper_for_each_host_of_images_and_keeps_another(program: Tools) -> None:
    keep_all(program)
    program.write(".docker/config.json", '{"credHelpers": {"ghcr.io": "pass"}, "auths": {}}')
    done = program.run("configure", "docker")
    assert done.status == 1
    first, paste = done.stdout.decode().splitlines()
    assert first.startswith(
        "Docker: ~/.docker/config.json is left as it is: it has another value for ghcr.io"
    )
    assert paste == '  "ghcr.io": "pat"'
    helpers = json.loads(program.file(".docker/config.json"))["credHelpers"]
    assert helpers == {"ghcr.io": "pass", "registry.gitlab.com": "pat"}


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("uv", ".config/uv/uv.toml", 'keyring-provider = "disabled"\n'),
        ("uv", ".config/uv/uv.toml", "keyring-provider = \n"),
        ("uv", ".config/uv/uv.toml", "index = []\n"),
        ("pip", ".config/pip/pip.conf", "[global]\nkeyring-provider = import\n"),
        ("pip", ".config/pip/pip.conf", "keyring-provider = import\n"),
        ("twine", ".config/python_keyring/keyringrc.cfg", "[backend]\ndefault-keyring = x.Y\n"),
        ("cargo", ".cargo/config.toml", '[registry]\nglobal-credential-providers = "x"\n'),
        ("docker", ".docker/config.json", "{"),
        ("go", ".config/go/env", "GOAUTH=netrc\n"),
        ("terraform", ".terraformrc", 'credentials_helper "other" {}\n'),
        ("yarn", ".yarnrc.yml", "plugins: []\n"),
        ("podman", ".config/containers/registries.conf.d/git-credential-pat.conf", "mine\n"),
        ("pnpm", ".config/pnpm/auth.ini", "//pkgs.dev.azure.com/fabrikam/:tokenHelper=/x\n"),
        ("nuget", "bin/nuget-plugin-pat", "mine\n"),
    ],
)
def test_what_is_in_the_way_is_left_alone_and_said_with_what_to_paste(
    program: Tools, name: str, path: str, text: str
) -> None:
    keep_all(program)
    program.write(path, text)
    done = program.run("configure", name)
    assert done.status == 1
    assert f"~/{path} is left as it is: " in done.stdout.decode()
    assert done.stderr == f"git-credential-pat: not configured: {name}; the lines above say why\n"
    assert program.file(path) == text
    ran(program, "unconfigure", name)
    assert program.file(path) == text


@pytest.mark.parametrize(
    ("name", "variable", "value", "path"),
    [
        ("uv", "UV_CONFIG_FILE", "uv2.toml", "uv2.toml"),
        ("uv", "XDG_CONFIG_HOME", "xdg", "xdg/uv/uv.toml"),
        ("pip", "XDG_CONFIG_HOME", "xdg", "xdg/pip/pip.conf"),
        ("docker", "DOCKER_CONFIG", "docker", "docker/config.json"),
        ("cargo", "CARGO_HOME", "cargo", "cargo/config.toml"),
        ("go", "GOENV", "goenv", "goenv"),
        ("terraform", "TF_CLI_CONFIG_FILE", "tf", "tf"),
        ("podman", "XDG_CONFIG_HOME", "xdg", "xdg/containers/registries.conf.d/git-credential-pat.conf"),
    ],
)
def test_a_tools_own_variable_says_where_its_file_is(
    program: Tools, name: str, variable: str, value: str, path: str
) -> None:
    program.environment[variable] = str(program.home / value)
    if variable != "XDG_CONFIG_HOME":  # there would be our own key too
        keep_all(program)
    ran(program, "configure", name)
    assert (program.home / path).exists()


def test_a_program_that_path_does_not_reach_is_named_by_its_path_or_said(program: Tools) -> None:
    keep_all(program)
    for name in ("cargo-credential-pat", "docker-credential-pat", "bazel-credential-pat"):
        (program.bin / name).unlink()
    ran(program, "configure", "cargo", "bazel")
    assert f'"{program.bin}/cargo-credential-pat"' in program.file(".cargo/config.toml")
    assert f"={program.bin}/bazel-credential-pat" in program.file(".bazelrc")
    done = program.run("configure", "docker")
    assert done.status == 1
    assert (
        f'docker-credential-pat is not on PATH; run: export PATH={program.bin}:"$PATH"'
        in done.stdout.decode()
    )


def test_older_pnpm_gets_a_launcher_for_each_registry_that_never_fails(program: Tools) -> None:
    keep(program, FABRIKAM)
    keep(program, CONTOSO)
    program.install("pnpm", "10.4.1")
    ran(program, "configure", "pnpm")
    lines = [line for line in program.file(".npmrc").splitlines() if not line.startswith("#")]
    keys, helpers = zip(*(line.split("=") for line in lines), strict=True)
    assert keys == tuple(f"//pkgs.dev.azure.com/{name}/:tokenHelper" for name in ("contoso", "fabrikam"))
    assert all(os.access(helper, os.X_OK) for helper in helpers)
    line, helper = lines[1], helpers[1]
    assert program.shell(helper).stdout.startswith(b"Basic ")
    program.vault.unlink()
    done = program.shell(helper)
    assert (done.status, done.stdout) == (0, b"")
    program.write(".npmrc", f"{line}\nmine=1\n")  # as npm writes it, without comments
    ran(program, "unconfigure", "pnpm")
    assert program.file(".npmrc") == "mine=1\n"
    assert not (program.data / "pnpm").exists()


# Tokens come and go


def test_seed_and_remove_bring_configured_tools_up_to_date(program: Tools) -> None:
    said = ran(program, "configure", "uv", "docker")
    assert said[1] == (
        "Docker uses this helper once a token for its packages is stored. The program docker is not on PATH."
    )
    seeded = program.seed(FABRIKAM, "A" * 76 + "AZDO" + "b1c2", "--no-configure")
    assert seeded.stdout.decode().splitlines()[-1] == "Brought up to date: uv."
    assert "pat-fabrikam" in program.file(".config/uv/uv.toml")
    seeded = program.seed(GITHUB, f"ghp_{'a' * 36}", "--no-configure")
    assert seeded.stdout.decode().splitlines()[-1] == "Brought up to date: docker."
    again = program.seed("https://github.com/other", f"ghp_{'b' * 36}", "--no-configure")
    assert b"Brought" not in again.stdout
    removed = ran(program, "remove", FABRIKAM, "--yes")
    assert removed[-1] == "Brought up to date: uv."
    assert "pat-fabrikam" not in program.file(".config/uv/uv.toml")


def test_configure_alone_follows_a_program_that_moved(program: Tools) -> None:
    ran(program, "configure", "nuget", "cargo", "twine")
    elsewhere = program.home / "bin2"
    program.bin.rename(elsewhere)
    program.environment["PATH"] = program.environment["PATH"].replace(str(program.bin), str(elsewhere))
    program.launcher = elsewhere / "git-credential-pat"
    assert ran(program, "configure")[-1] == "Brought up to date: nuget."
    assert (elsewhere / "nuget-plugin-pat").readlink() == program.launcher


def test_import_brings_configured_tools_up_to_date(program: Tools) -> None:
    ran(program, "configure", "uv")
    program.write(".git-credentials", f"https://x:{'A' * 76}AZDOb1c2@dev.azure.com/fabrikam\n").chmod(0o600)
    said = ran(program, "import", "git-credentials", "--no-verify", "--no-configure", "--yes")
    assert "Brought up to date: uv." in said


def test_without_configured_tools_seed_says_and_makes_nothing_of_them(program: Tools) -> None:
    done = program.seed(FABRIKAM, "A" * 76 + "AZDO" + "b1c2", "--no-configure")
    assert b"Brought" not in done.stdout
    assert not (program.data / "tools.lock").exists()


def test_a_file_that_cannot_be_read_is_a_warning_of_seed(program: Tools) -> None:
    ran(program, "configure", "uv")
    (program.home / ".config/uv/uv.toml").unlink()
    (program.home / ".config/uv/uv.toml").mkdir()
    done = program.seed(FABRIKAM, "A" * 76 + "AZDO" + "b1c2", "--no-configure")
    assert "the tools' configuration is not up to date: " in done.stderr


# What only looks


def test_dry_run_writes_nothing_and_shows_what_would_be_written(program: Tools) -> None:
    keep_all(program)
    before = program.tree()
    shown = ran(program, "configure", "--dry-run", *WRITING, "git")
    assert program.tree() == before
    assert not (program.data / "tools.json").exists()
    assert '  name = "pat-fabrikam"' in shown
    assert "  helper = " in "\n".join(shown)
    ran(program, "configure", *WRITING)
    configured = program.tree()
    assert ran(program, "configure", "--dry-run", *WRITING) == ["Nothing would be written."]
    shown = ran(program, "unconfigure", "--dry-run", *WRITING)
    assert program.tree() == configured
    assert "uv: would take this helper out of ~/.config/uv/uv.toml." in shown


def test_list_names_every_tool_and_a_hung_program_holds_nothing_up(program: Tools) -> None:
    keep_all(program)
    program.install("docker", "Docker version 28.2.2, build x")
    program.install("uv", line="sleep 100 & exec sleep 99")
    program.install("pip", "pip 22.0.1 from /x (python 3.11)")
    program.install("npm", "11.0.0")
    ran(program, "configure", "docker")
    start = time.monotonic()
    listed = json.loads("\n".join(ran(program, "configure", "--list", "--json")))["tools"]
    assert time.monotonic() - start < 6, "one hung program takes the limit once"
    assert [row["name"] for row in listed] == ["git", *TOOLS, "renew"]
    by_name = {row["name"]: row for row in listed}
    assert (by_name["docker"]["version"], by_name["docker"]["configured"]) == ("28.2.2", True)
    assert (by_name["uv"]["version"], by_name["uv"]["program"]) == (None, f"{program.bin}/uv")
    assert by_name["pip"]["new_enough"] is False
    assert by_name["npm"]["instead"].startswith("git credential-pat exec ")
    assert by_name["cargo"]["program"] is None
    assert by_name["docker"]["changes"][0]["made"] is True
    table = ran(program, "configure", "--list")
    assert table[0].split() == ["TOOL", "VERSION", "STATE", "WHERE"]
    assert {"git", "uv", "pip", "npm", "docker"} <= {line.split()[0] for line in table[1:-1]}
    assert table[-1].startswith("Not found: ")
    assert {"poetry", "bazel"} <= {*table[-1].partition(": ")[2].split(", ")}


def test_versions_are_seen_without_starting_python_or_node(program: Tools) -> None:
    folder = program.home / "venv/lib/python3.12/site-packages"
    for name in ("twine-6.1.0.dist-info", "pip-24.0.dist-info"):
        (folder / name).mkdir(parents=True)
    (program.bin / "twine").write_text(f"#!{program.home}/venv/bin/python3.12\nraise SystemExit(1)\n")
    (program.bin / "twine").chmod(0o755)
    package = program.write("node/yarn/package.json", '{"name": "yarn", "version": "4.9.1"}').parent
    script = program.write("node/yarn/bin/yarn.js", "exit 1")
    script.chmod(0o755)
    (program.bin / "yarn").symlink_to(script)
    assert package.exists()
    listed = json.loads("\n".join(ran(program, "configure", "--list", "--json")))["tools"]
    assert {row["name"]: row["version"] for row in listed if row["name"] in ("twine", "yarn")} == {
        "twine": "6.1.0",
        "yarn": "4.9.1",
    }


# The command line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("dokcer",), 'unknown tool "dokcer"; to see all, run: git credential-pat configure --list'),
        (("all", "uv"), '"all" stands alone'),
        (("--json",), "--json needs --list"),
        (("--list", "uv"), "--list stands alone"),
        (("--system", "uv"), "--system is for Git alone"),
    ],
)
def test_a_wrong_command_line_changes_nothing(program: Tools, words: tuple[str, ...], says: str) -> None:
    before = program.tree()
    done = program.run("configure", *words)
    assert done.status == 2
    assert says in done.stderr
    assert program.tree() == before


def test_a_token_in_place_of_a_tool_is_not_repeated(program: Tools) -> None:
    done = program.run("configure", f"ghp_{'a' * 36}")
    assert done.status == 2
    assert "ghp_" not in done.stderr


def test_npm_is_not_configured_and_says_what_serves_it(program: Tools) -> None:
    said = ran(program, "configure", "npm")
    assert len(said) == 1
    assert said[0].endswith("run: git credential-pat exec https://dev.azure.com/ORGANIZATION -- npm install")


def test_no_token_is_in_any_file_that_is_written(program: Tools) -> None:
    keep_all(program)
    ran(program, "configure", *WRITING)
    for content in program.tree().values():
        assert b"AZDO" not in (content if isinstance(content, bytes) else os.fsencode(content))


@pytest.mark.needs("root")
def test_root_changes_nothing_in_anothers_home(program: Tools) -> None:
    for path in (program.home, program.bin):
        os.chown(path, 65534, 65534)
    done: Run = program.run("configure", "go")
    assert done.status == 1
    assert "root changes nothing there" in done.stderr
