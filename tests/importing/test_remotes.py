"""`import remotes`: tokens inside remote URLs, which can be taken out of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.importing import import_, remote, repository, scopes, scrub, scrubbed, token
from support.program import AZURE_TOKEN, FABRIKAM, OTHER_AZURE_TOKEN, Program

if TYPE_CHECKING:
    from pathlib import Path

GITHUB_TOKEN = "ghp_" + "a1" * 18
PLACE = "dev.azure.com/fabrikam/web/_git/api"
CLEAN, X = "https://git.example.com/x", "https://jane:word@git.example.com/x"


@pytest.mark.parametrize(
    ("before", "scope", "after"),
    [
        (f"https://{AZURE_TOKEN}@{PLACE}", FABRIKAM, f"https://{PLACE}"),
        (f"https://fabrikam:{AZURE_TOKEN}@{PLACE}", FABRIKAM, f"https://fabrikam@{PLACE}"),
        (f"https://:{AZURE_TOKEN}@{PLACE}", FABRIKAM, f"https://{PLACE}"),
        (
            f"https://{GITHUB_TOKEN}:x-oauth-basic@github.com/octo/web.git",
            "https://github.com/octo",
            "https://github.com/octo/web.git",
        ),
        (
            "https://jane:p%40ss@git.example.com:8443/team/x+y.git",
            "https://git.example.com:8443/team/x+y.git",
            "https://jane@git.example.com:8443/team/x+y.git",
        ),
    ],
)
def test_a_token_is_kept_and_scrubbed_out_of_the_url(
    program: Program, before: str, scope: str, after: str
) -> None:
    folder = repository(program, origin=before)
    assert [row.outcome for row in import_(program, "remotes", cwd=folder)] == ["added"]
    assert remote(program, folder, "get-url", "origin") == before
    assert scrub(program).stdout.endswith(b"Deleted 1 token at the source.\n")
    assert remote(program, folder, "get-url", "origin") == after
    assert [kept for kept, _ in scopes(program)] == [scope]


def test_urls_without_a_token_are_no_finds(program: Program) -> None:
    folder = repository(
        program,
        origin=f"https://fabrikam@{PLACE}",
        ssh="git@ssh.dev.azure.com:v3/fabrikam/web/api",
        other="ssh://git:word@git.example.com/x.git",
        local="/srv/git/x.git",
    )
    assert import_(program, "remotes", str(folder)) == []


def test_every_repository_that_is_named_is_read_and_no_other(program: Program) -> None:
    for name in ("one", "two", "three"):
        repository(program, name, origin=f"https://jane:{name}@{name}.example.com/x.git")
    import_(program, "remotes", "one", "two")
    assert [scope for scope, _ in scopes(program)] == [
        "https://one.example.com/x.git",
        "https://two.example.com/x.git",
    ]


def test_push_urls_and_every_url_of_a_remote_are_read_and_scrubbed(program: Program) -> None:
    folder = repository(program, origin=f"https://jane:{AZURE_TOKEN}@{PLACE}")
    remote(program, folder, "set-url", "--add", "origin", "https://jane:two@b.example.com/x")
    remote(program, folder, "set-url", "--push", "origin", "https://jane:three@c.example.com/x")
    assert len(scrubbed(program)) == 3
    assert remote(program, folder, "get-url", "--all", "origin").splitlines() == [
        f"https://jane@{PLACE}",
        "https://jane@b.example.com/x",
    ]
    assert remote(program, folder, "get-url", "--push", "origin") == "https://jane@c.example.com/x"


def test_a_url_whose_token_is_not_kept_stays(program: Program) -> None:
    folder = repository(program, origin=f"https://jane:{AZURE_TOKEN}@{PLACE}")
    remote(program, folder, "set-url", "--add", "origin", f"https://jane:{OTHER_AZURE_TOKEN}@{PLACE}")
    before = (folder / ".git/config").read_bytes()
    assert [row.outcome for row in scrubbed(program)] == ["added", "not-taken"]
    after = before.replace(f"jane:{AZURE_TOKEN}@".encode(), b"jane@")
    assert (folder / ".git/config").read_bytes() == after
    assert token(program, f"https://{PLACE}") == AZURE_TOKEN


def test_the_token_never_stands_on_a_command_line(program: Program) -> None:
    repository(program, origin=f"https://jane:{AZURE_TOKEN}@{PLACE}")
    spy = program.home / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >>"$HOME/arguments"\nexec /usr/bin/git "$@"\n')
    spy.chmod(0o755)
    program.environment["PATH"] = f"{spy.parent}{os.pathsep}{program.environment['PATH']}"
    assert scrub(program).stdout.endswith(b"Deleted 1 token at the source.\n")
    assert AZURE_TOKEN not in (program.home / "arguments").read_text()


def configured(program: Program, folder: Path, key: str, value: str) -> bytes:
    """Set a value in a repository's configuration; return the file."""
    assert program.git("-C", str(folder), "config", "--add", key, value).status == 0
    return (folder / ".git/config").read_bytes()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(
            (key, X)
            for key in (
                "submodule.lib.url",
                "branch.main.remote",
                "branch.main.pushRemote",
                "remote.pushDefault",
                "remote.origin.lfsurl",
                "lfs.url",
                "url.mine:.insteadOf",
            )
        ),
        (f"url.{X}.insteadOf", CLEAN),
        (f"url.{X}.pushInsteadOf", "mine:"),
        (f"remote.{X}.fetch", "+refs/heads/*:refs/remotes/x/*"),
        (f"credential.{X}.username", "jane"),
        (f"http.{X}.sslVerify", "true"),
        (f"lfs.{X}.access", "basic"),
    ],
)
def test_wherever_the_configuration_has_a_url_its_token_is_kept_and_scrubbed(
    program: Program, key: str, value: str
) -> None:
    folder = repository(program, origin=CLEAN)
    before = configured(program, folder, key, value)
    run = scrub(program)
    assert run.stderr == ""
    assert "word" not in run.stdout.decode()
    assert (folder / ".git/config").read_bytes() == before.replace(b"jane:word@", b"jane@")
    assert token(program, CLEAN) == "word"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("http.proxy", "http://jane:word@proxy.example.com:8080"),
        ("http.https://git.example.com.proxy", "http://jane:word@proxy.example.com:8080"),
        ("remote.origin.proxy", "http://jane:word@proxy.example.com:8080"),
        ("svn-remote.svn.url", "https://jane:word@svn.example.com/x"),
        ("jira.url", "https://jane:word@jira.example.com/"),
        ("alias.x", f"!curl {X}"),
    ],
)
def test_what_git_does_not_ask_its_helpers_for_is_left_alone(program: Program, key: str, value: str) -> None:
    folder = repository(program, origin=CLEAN)
    before = configured(program, folder, key, value)
    assert scrubbed(program) == []
    assert (folder / ".git/config").read_bytes() == before


def test_every_byte_around_a_token_stays(program: Program) -> None:
    folder = repository(program)
    text = (
        f"[core]\n\tbare = false\n\trepositoryformatversion = 0\n# {X}\n"
        f'[remote "a"] url="{X}" ; mine\r\n[remote "b"]\n\turl = {X}/more\n[remote "c"]\n\turl = {X}'
    )
    (folder / ".git/config").write_text(text, newline="")
    assert len(scrubbed(program)) == 3
    assert (folder / ".git/config").read_bytes().decode() == text.replace("jane:word@", "jane@")


def test_a_file_that_git_is_changing_is_left_alone(program: Program) -> None:
    folder = repository(program, origin=X)
    lock = folder / ".git/config.lock"
    lock.touch()
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    assert run.stderr.endswith(f"/.git/config is being changed by another git; if none runs, remove {lock}\n")
    assert remote(program, folder, "get-url", "origin") == X


@pytest.mark.parametrize(
    "password", ["pa'ss", "pa ss", "pa\\ss", 'pa"ss', "pa;ss", "p%C3%A4ss", "päss"], ids=range(7)
)
def test_whatever_a_password_holds_the_file_stays_one_that_git_reads(program: Program, password: str) -> None:
    folder = repository(program, origin=f"https://jane:{password}@git.example.com/a\\x", b="https://b@c/d")
    assert scrub(program).stderr == ""
    assert remote(program, folder, "get-url", "origin") == "https://jane@git.example.com/a\\x"
    assert remote(program, folder, "get-url", "b") == "https://b@c/d"


@pytest.mark.parametrize(
    "written", ['"https://jane:one"@git.example.com/x', "https://jane:o\\\nne@git.example.com/x"]
)
def test_what_is_written_in_an_unusual_way_is_reported_and_the_rest_scrubbed(
    program: Program, written: str
) -> None:
    folder = repository(program, origin="https://jane:two@git.example.com/y")
    with (folder / ".git/config").open("a") as config:
        config.write(f'[remote "odd"]\n\turl = {written}\n')
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    path = f"{folder}/.git/config"
    assert run.stderr == (
        f"git-credential-pat: a token in {path} is written in an unusual way; "
        f"remove it with: ${{EDITOR:-vi}} {path}\n"
    )
    assert remote(program, folder, "get-url", "origin") == "https://jane@git.example.com/y"
    assert remote(program, folder, "get-url", "odd") == "https://jane:one@git.example.com/x"
    assert token(program, CLEAN) == "one"


def test_a_url_that_is_not_kept_stays_beside_one_that_begins_it(program: Program) -> None:
    folder = repository(program, a=X, b=f"{X}//y", c=f"{X}#one")
    assert [row.outcome for row in scrubbed(program)] == ["added", "not-taken", "kept"]
    left = [remote(program, folder, "get-url", name) for name in "abc"]
    assert left == ["https://jane@git.example.com/x", f"{X}//y", "https://jane@git.example.com/x#one"]


def test_a_token_beside_which_another_answers_stays_in_a_url_without_a_username(program: Program) -> None:
    folder = repository(program, origin=f"https://jane:{AZURE_TOKEN}@{PLACE}")
    push = f"https://{OTHER_AZURE_TOKEN}@{PLACE}"
    remote(program, folder, "set-url", "--push", "origin", push)
    assert len(scrubbed(program)) == 2
    assert remote(program, folder, "get-url", "origin") == f"https://jane@{PLACE}"
    assert remote(program, folder, "get-url", "--push", "origin") == push


def test_a_file_of_configuration_may_be_named(program: Program) -> None:
    program.git("config", "--global", "url.https://jane:word@git.example.com/.insteadOf", "mine:")
    scrub(program, str(program.gitconfig))
    assert b"word" not in program.gitconfig.read_bytes()
    assert token(program, "https://git.example.com") == "word"
