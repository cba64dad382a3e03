"""`install.sh` and `uninstall.sh`: what they put where, and that nothing of it is left."""

import os
import shutil
from pathlib import Path

import pytest
from install.conftest import ORIGINAL_GITCONFIG, PROJECT, VERSION, Installed, run_script
from support.program import AZURE_TOKEN, FABRIKAM, Program, attributes
from support.users import give_to_nobody

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # pip, its index and a busy machine
FILES = {
    ".local/share/bash-completion/completions/git-credential-pat": "completions/git-credential-pat.bash",
    ".local/share/fish/vendor_completions.d/git-credential-pat.fish": "completions/git-credential-pat.fish",
    ".local/share/man/man1/git-credential-pat.1": "git-credential-pat.1",
    ".local/share/zsh/site-functions/_git-credential-pat": "completions/_git-credential-pat",
}
"""Where each file lies once it is installed."""
INDEX = b'{"v":1,"kind":"get","registry":{"index-url":"sparse+https://dev.azure.com/fabrikam/"}}\n'
PROGRAMS = {
    "docker-credential-pat": (["get"], b"fabrikam.visualstudio.com"),
    "cargo-credential-pat": (["--cargo-plugin"], INDEX),
    "bazel-credential-pat": (["get"], b'{"uri":"https://dev.azure.com/fabrikam"}'),
}
"""What tools that look for a program by name ask it."""


def test_the_installer_puts_launcher_manual_and_completions_where_they_are_looked_for(
    installed: Installed,
) -> None:
    assert os.access(installed.program.launcher, os.X_OK)
    for name, source in FILES.items():
        assert (installed.program.home / name).read_bytes() == (PROJECT / "install" / source).read_bytes()


def test_the_installer_says_the_next_step_and_how_to_reach_the_program(installed: Installed) -> None:
    lines = installed.output.splitlines()

    assert f"Installed {VERSION}: {installed.program.launcher}" in lines
    assert any(line.startswith("Then seed a token: ") for line in lines)
    assert any(line.startswith("  export PATH=") for line in lines)


def test_git_finds_the_installed_program_without_its_folder_on_path(installed: Installed) -> None:
    program = installed.program
    seeded = program.seed(FABRIKAM, AZURE_TOKEN)
    bare = {"PATH": "/usr/local/bin:/usr/bin:/bin"}

    filled = program.git(
        "credential",
        "fill",
        stdin=attributes("protocol=https", "host=fabrikam.visualstudio.com"),
        environment=bare,
    )

    assert seeded.stderr == ""
    assert filled.stdout.splitlines()[-2:] == [b"username=pat", b"password=" + AZURE_TOKEN.encode()]


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_that_other_tools_look_for_are_installed_beside_it(installed: Installed, name: str) -> None:
    installed.program.seed(FABRIKAM, AZURE_TOKEN)
    tool = Program(installed.program.home, installed.program.launcher.with_name(name))
    words, question = PROGRAMS[name]
    run = tool.run(*words, stdin=question)
    assert (run.status, run.stderr) == (0, "")
    assert AZURE_TOKEN.encode() in run.stdout or b"Basic " in run.stdout


def test_installing_again_changes_neither_tokens_nor_git_configuration(installed: Installed) -> None:
    before = installed.program.gitconfig.read_bytes()

    again = run_script("install.sh", installed.program.home)

    assert again.returncode == 0, again
    assert installed.program.gitconfig.read_bytes() == before
    assert installed.program.run("list").status == 0


def test_installing_again_keeps_the_library_of_the_extra_entra(installed: Installed) -> None:
    pattern = ".local/lib/git-credential-pat/lib/python3*/site-packages"
    (packages,) = installed.program.home.glob(pattern)
    assert not (packages / "msal").exists(), "only who wants it has it"
    (packages / "msal").mkdir()

    again = run_script("install.sh", installed.program.home)

    assert again.returncode == 0, again
    (packages,) = installed.program.home.glob(pattern)
    assert (packages / "msal" / "__init__.py").is_file()


@pytest.mark.needs("man")
def test_git_help_shows_the_manual_page(installed: Installed) -> None:
    path = f"{installed.program.launcher.parent}{os.pathsep}{os.environ['PATH']}"

    page = installed.program.git("help", "credential-pat", environment={"PATH": path, "MANPAGER": "cat"})

    assert page.status == 0, page
    assert b"give Git the right personal access token for each" in page.stdout


def test_uninstalling_leaves_tokens_and_every_byte_of_the_users_own(tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = Program(home, home / ".local" / "bin" / "git-credential-pat")
    program.gitconfig.write_bytes(ORIGINAL_GITCONFIG)
    (home / ".local" / "bin").mkdir(parents=True)
    (home / ".local" / "bin" / "other").write_text("mine")
    assert run_script("install.sh", home).returncode == 0
    program.seed(FABRIKAM, AZURE_TOKEN)

    finished = run_script("uninstall.sh", home)

    assert finished.returncode == 0, finished
    assert finished.stdout.splitlines()[-2:] == [f"  {program.vault}", f"  {program.key}"]
    assert program.gitconfig.read_bytes() == ORIGINAL_GITCONFIG
    left = [path for place in (".local", ".config") for path in (home / place).rglob("*") if path.is_file()]
    assert sorted(str(path.relative_to(home)) for path in left) == [
        ".config/git-credential-pat/key",
        ".config/git-credential-pat/key.lock",
        ".local/bin/other",
        ".local/share/git-credential-pat/vault",
        ".local/share/git-credential-pat/vault.lock",
    ]
    assert not (home / ".local" / "share" / "man").exists()


def test_uninstalling_what_is_not_there_says_so(tmp_path: Path) -> None:
    prefix = tmp_path / "elsewhere"

    finished = run_script("uninstall.sh", tmp_path, "--prefix", str(prefix))

    assert finished.returncode == 1
    assert finished.stderr == (
        f"uninstall.sh: nothing is installed in {prefix}; if it lies elsewhere, give --prefix DIR\n"
    )


@pytest.mark.needs("root")
@pytest.mark.parametrize("script", ["install.sh", "uninstall.sh"])
def test_as_root_the_scripts_change_nothing_in_another_users_home(script: str, tmp_path: Path) -> None:
    hers = tmp_path / "hers"
    hers.mkdir()
    give_to_nobody(hers)
    for home, *prefix in ([hers], [tmp_path, "--prefix", str(hers / "apps" / "pat")]):
        done = run_script(script, tmp_path, *prefix, HOME=str(home))
        assert done.returncode == 1
        assert done.stderr.startswith(f"{script}: {hers} belongs to nobody, and root changes nothing there; ")
        assert [*hers.iterdir()] == []


_BASIC_TOOLS = ("sh", "dirname", "cat", "sed", "mktemp", "rm", "grep", "mkdir", "id", "ls", "awk")


def machine_with(folder: Path, *programs: str) -> str:
    """Return a PATH with these programs and the basic tools, and nothing else."""
    folder.mkdir()
    for name in (*_BASIC_TOOLS, *programs):
        found = shutil.which(name)
        assert found is not None, name
        (folder / name).symlink_to(found)
    return str(folder)


@pytest.mark.parametrize("script", ["install.sh", "test.sh", "demo.sh"])
def test_a_machine_without_git_or_python_learns_how_to_get_it(script: str, tmp_path: Path) -> None:
    without_git = run_script(script, tmp_path, PATH=machine_with(tmp_path / "bin"))
    assert without_git.returncode == 1
    assert without_git.stderr == (
        f"{script}: Git is missing; run: sudo apt-get install git (or what your system has)\n"
    )
    without_python = run_script(script, tmp_path, PATH=machine_with(tmp_path / "git", "git"))
    assert without_python.returncode == 1
    assert without_python.stderr == (
        f"{script}: Python 3.10 or later is missing; run: sudo apt-get install python3 python3-venv\n"
    )
