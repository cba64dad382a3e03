"""Our block in git's configuration after editors and users have been at it, and git's own variables."""

from pathlib import Path

import pytest
from support.checks import refusal
from support.program import AZURE_TOKEN, FABRIKAM, Program, attributes

REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web")
ANSWER = f"username=pat\npassword={AZURE_TOKEN}\n".encode()


def test_a_block_that_an_editor_gave_other_line_ends_is_taken_out_whole(program: Program) -> None:
    program.gitconfig.write_bytes(b"[user]\n\tname = Jane\n")
    assert program.run("configure").status == 0
    program.gitconfig.write_bytes(program.gitconfig.read_bytes().replace(b"\n", b"\r\n"))

    assert program.run("unconfigure").status == 0

    assert program.gitconfig.read_bytes() == b"[user]\r\n\tname = Jane\r\n"


def test_a_block_whose_last_line_end_is_lost_is_taken_out_whole(program: Program) -> None:
    program.gitconfig.write_bytes(b"[user]\n\tname = Jane\n")
    assert program.run("configure").status == 0
    program.gitconfig.write_bytes(program.gitconfig.read_bytes().removesuffix(b"\n"))

    assert program.run("unconfigure").status == 0

    assert program.gitconfig.read_bytes() == b"[user]\n\tname = Jane\n"


@pytest.mark.parametrize("command", ["configure", "unconfigure"])
def test_a_block_without_its_end_is_refused_and_stays(program: Program, command: str) -> None:
    assert program.run("configure").status == 0
    lines = program.gitconfig.read_bytes().splitlines(keepends=True)
    program.gitconfig.write_bytes(b"".join(lines[:-1]))

    line = refusal(program.run(command), 1)

    assert line.startswith("our block in git's configuration has no end; put this line below it: ")
    assert program.gitconfig.read_bytes() == b"".join(lines[:-1])


def test_a_setting_under_a_header_that_is_not_ours_stays(program: Program) -> None:
    assert program.run("configure").status == 0
    text = program.gitconfig.read_text()
    theirs = '[credential "https://git.mine"] # my server\n\tuseHttpPath = true\n'
    head, end = text.rsplit("# git-credential-pat: end", 1)
    program.gitconfig.write_text(f"{head}{theirs}# git-credential-pat: end{end}")

    assert program.run("unconfigure").status == 0

    assert program.gitconfig.read_text() == theirs


def test_git_config_in_the_environment_does_not_replace_the_protected_configuration(
    program: Program, tmp_path: Path
) -> None:
    program.seed(FABRIKAM, AZURE_TOKEN)
    other = tmp_path / "other"
    other.write_text("[pat]\n\tbackend = nowhere\n")

    result = program.run("get", stdin=REQUEST, environment={"GIT_CONFIG": str(other)})

    assert (result.status, result.stdout) == (0, ANSWER)


def test_a_relative_git_config_global_is_taken_from_the_working_folder(
    program: Program, tmp_path: Path
) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    environment = {"GIT_CONFIG_GLOBAL": "mine"}

    result = program.run(
        *("seed", FABRIKAM, "--no-verify"), stdin=AZURE_TOKEN.encode(), environment=environment, cwd=folder
    )

    assert result.status == 0, result
    assert "git-credential-pat: begin" in (folder / "mine").read_text()
    assert not program.gitconfig.exists()


@pytest.mark.parametrize("around", ["\u00a0", "\u200b", "\ufeff", " \t"])
def test_space_that_a_web_page_puts_around_a_token_is_dropped(program: Program, around: str) -> None:
    program.seed(FABRIKAM, f"{around}{AZURE_TOKEN}{around}")

    assert program.run("token", FABRIKAM).stdout == f"{AZURE_TOKEN}\n".encode()
