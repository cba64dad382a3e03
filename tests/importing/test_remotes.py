"""`import remotes`: tokens inside remote URLs, which can be taken out of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.checks import refusal
from support.importing import import_, scopes, token
from support.program import AZURE_TOKEN, OTHER_AZURE_TOKEN, Program

if TYPE_CHECKING:
    from pathlib import Path

GITHUB_TOKEN = "ghp_" + "a1" * 18
PLACE = "dev.azure.com/fabrikam/web/_git/api"


def repository(program: Program, name: str = "api", **urls: str) -> Path:
    """Make a repository with these remotes."""
    folder = program.home / name
    assert program.git("init", "-q", str(folder)).status == 0
    for remote, url in urls.items():
        assert program.git("-C", str(folder), "remote", "add", remote, url).status == 0
    return folder


def url(program: Program, folder: Path, *options: str, remote: str = "origin") -> str:
    shown = program.git("-C", str(folder), "remote", "get-url", *options, remote)
    return shown.stdout.decode().removesuffix("\n")


@pytest.mark.parametrize(
    ("before", "scope", "after"),
    [
        (f"https://{AZURE_TOKEN}@{PLACE}", "https://dev.azure.com/fabrikam", f"https://{PLACE}"),
        (
            f"https://fabrikam:{AZURE_TOKEN}@{PLACE}",
            "https://dev.azure.com/fabrikam",
            f"https://fabrikam@{PLACE}",
        ),
        (f"https://:{AZURE_TOKEN}@{PLACE}", "https://dev.azure.com/fabrikam", f"https://{PLACE}"),
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
    assert url(program, folder) == before
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    assert run.stdout.endswith(b"Deleted 1 token at the source.\n"), run
    assert url(program, folder) == after
    assert [kept for kept, _ in scopes(program)] == [scope]


def test_urls_without_a_token_are_no_finds(program: Program) -> None:
    folder = repository(
        program,
        origin="https://fabrikam@dev.azure.com/fabrikam/web/_git/api",
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
    program.git("-C", str(folder), "remote", "set-url", "--add", "origin", "https://jane:two@b.example.com/x")
    program.git(
        "-C", str(folder), "remote", "set-url", "--push", "origin", "https://jane:three@c.example.com/x"
    )
    assert len(import_(program, "remotes", "api", "--scrub", "--yes")) == 3
    assert url(program, folder, "--all").splitlines() == [
        f"https://jane@{PLACE}",
        "https://jane@b.example.com/x",
    ]
    assert url(program, folder, "--push") == "https://jane@c.example.com/x"


def test_a_url_whose_token_is_not_kept_stays(program: Program) -> None:
    folder = repository(program, origin=f"https://jane:{AZURE_TOKEN}@{PLACE}")
    other = f"https://jane:{OTHER_AZURE_TOKEN}@{PLACE}"
    program.git("-C", str(folder), "remote", "set-url", "--add", "origin", other)
    before = (folder / ".git/config").read_bytes()
    assert refusal_of_scrub(program) == (
        f"{folder}/.git/config has other tokens there too; nothing was deleted of remote.origin.url"
    )
    assert (folder / ".git/config").read_bytes() == before
    assert token(program, f"https://{PLACE}") == AZURE_TOKEN


def refusal_of_scrub(program: Program) -> str:
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    assert run.status == 1, run
    return run.stderr.removeprefix("git-credential-pat: ").removesuffix("\n")


def test_the_token_never_stands_on_a_command_line(program: Program) -> None:
    repository(program, origin=f"https://jane:{AZURE_TOKEN}@{PLACE}")
    spy = program.home / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >>"$HOME/arguments"\nexec /usr/bin/git "$@"\n')
    spy.chmod(0o755)
    path = f"{spy.parent}{os.pathsep}{program.environment['PATH']}"
    run = program.run("import", "remotes", "api", "--scrub", "--yes", environment={"PATH": path})
    assert run.stdout.endswith(b"Deleted 1 token at the source.\n"), run
    seen = (program.home / "arguments").read_text()
    assert f"https://jane@{PLACE}" in seen
    assert AZURE_TOKEN not in seen


def test_worktrees_submodules_and_bare_repositories_are_repositories(program: Program) -> None:
    main = repository(program, "main", origin="https://jane:one@one.example.com/x")
    program.git(
        "-C", str(main), "-c", "user.name=x", "-c", "user.email=x", "commit", "-q", "--allow-empty", "-mx"
    )
    program.git("-C", str(main), "worktree", "add", "-q", str(program.home / "tree"))
    program.git("init", "-q", "--bare", str(program.home / "bare.git"))
    program.git(
        "-C", str(program.home / "bare.git"), "remote", "add", "o", "https://jane:two@two.example.com/x"
    )
    inside = main / "below" / "there"
    inside.mkdir(parents=True)
    assert [row.scope for row in import_(program, "remotes", "tree", "--dry-run")] == [
        "https://one.example.com/x"
    ]
    assert len(import_(program, "remotes", str(inside), "tree", "main", "bare.git")) == 2


def test_a_hostile_repository_has_nothing_of_it_run(program: Program) -> None:
    folder = repository(program, origin="https://jane:word@git.example.com/x")
    mark = program.home / "pwned"
    (folder / "evil").write_text('[remote "evil"]\n\turl = https://jane:evil@evil.example.com/x\n')
    with (folder / ".git/config").open("a") as config:
        config.write(
            f"[include]\n\tpath = {folder}/evil\n"
            f"[core]\n\tfsmonitor = touch {mark}\n\tpager = touch {mark}\n\tsshCommand = touch {mark}\n"
            f"[alias]\n\tconfig = !touch {mark}\n"
            f"[credential]\n\thelper = !touch {mark}\n"
        )
    assert [row.scope for row in import_(program, "remotes", "api", "--scrub", "--yes")] == [
        "https://git.example.com/x"
    ]
    assert not mark.exists()


def test_a_folder_in_no_repository_is_refused(program: Program) -> None:
    (program.home / "plain").mkdir()
    assert refusal(program.run("import", "remotes", "plain"), 1) == (
        f"{program.home}/plain is in no repository; name its folder"
    )


def test_a_broken_configuration_is_told(program: Program) -> None:
    folder = repository(program)
    (folder / ".git/config").write_text("[remote\n")
    config = f"{folder}/.git/config"
    assert refusal(program.run("import", "remotes", "api"), 1) == (
        f"git cannot read {config}; see why by: git config --file {config} --list --name-only"
    )
