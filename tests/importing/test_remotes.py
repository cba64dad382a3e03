"""`import remotes`: tokens inside remote URLs, which can be taken out of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.checks import refusal, told
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
    rows = import_(program, "remotes", "api", "--scrub", "--yes")
    assert [row.outcome for row in rows] == ["added", "not-taken"]
    after = before.replace(f"jane:{AZURE_TOKEN}@".encode(), b"jane@")
    assert (folder / ".git/config").read_bytes() == after
    assert token(program, f"https://{PLACE}") == AZURE_TOKEN


def test_the_token_never_stands_on_a_command_line(program: Program) -> None:
    repository(program, origin=f"https://jane:{AZURE_TOKEN}@{PLACE}")
    spy = program.home / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >>"$HOME/arguments"\nexec /usr/bin/git "$@"\n')
    spy.chmod(0o755)
    path = f"{spy.parent}{os.pathsep}{program.environment['PATH']}"
    run = program.run("import", "remotes", "api", "--scrub", "--yes", environment={"PATH": path})
    assert run.stdout.endswith(b"Deleted 1 token at the source.\n"), run
    assert AZURE_TOKEN not in (program.home / "arguments").read_text()


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


def configured(program: Program, folder: Path, key: str, value: str) -> None:
    assert program.git("-C", str(folder), "config", "--add", key, value).status == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("submodule.lib.url", "https://jane:word@git.example.com/x"),
        ("branch.main.remote", "https://jane:word@git.example.com/x"),
        ("branch.main.pushRemote", "https://jane:word@git.example.com/x"),
        ("remote.pushDefault", "https://jane:word@git.example.com/x"),
        ("remote.origin.lfsurl", "https://jane:word@git.example.com/x"),
        ("lfs.url", "https://jane:word@git.example.com/x"),
        ("url.https://jane:word@git.example.com/x.insteadOf", "https://git.example.com/x"),
        ("url.https://jane:word@git.example.com/x.pushInsteadOf", "mine:"),
        ("url.mine:.insteadOf", "https://jane:word@git.example.com/x"),
        ("remote.https://jane:word@git.example.com/x.fetch", "+refs/heads/*:refs/remotes/x/*"),
        ("credential.https://jane:word@git.example.com/x.username", "jane"),
        ("http.https://jane:word@git.example.com/x.sslVerify", "true"),
        ("lfs.https://jane:word@git.example.com/x.access", "basic"),
    ],
)
def test_wherever_the_configuration_has_a_url_its_token_is_kept_and_scrubbed(
    program: Program, key: str, value: str
) -> None:
    folder = repository(program, origin="https://git.example.com/x")
    configured(program, folder, key, value)
    before = program.git("-C", str(folder), "config", "--local", "--list").stdout
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    assert (run.status, run.stderr) == (0, ""), run
    assert "word" not in run.stdout.decode()
    after = program.git("-C", str(folder), "config", "--local", "--list").stdout
    assert after == before.replace(b"jane:word@", b"jane@")
    assert b"word" not in (folder / ".git/config").read_bytes()
    assert token(program, "https://git.example.com/x") == "word"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("http.proxy", "http://jane:word@proxy.example.com:8080"),
        ("http.https://git.example.com.proxy", "http://jane:word@proxy.example.com:8080"),
        ("remote.origin.proxy", "http://jane:word@proxy.example.com:8080"),
        ("svn-remote.svn.url", "https://jane:word@svn.example.com/x"),
        ("jira.url", "https://jane:word@jira.example.com/"),
        ("alias.x", "!curl https://jane:word@git.example.com/x"),
    ],
)
def test_what_git_does_not_ask_its_helpers_for_is_left_alone(program: Program, key: str, value: str) -> None:
    folder = repository(program, origin="https://git.example.com/x")
    configured(program, folder, key, value)
    before = (folder / ".git/config").read_bytes()
    assert import_(program, "remotes", "api", "--scrub", "--yes") == []
    assert (folder / ".git/config").read_bytes() == before


def test_every_byte_around_a_token_stays(program: Program) -> None:
    folder = repository(program)
    text = (
        "[core]\n\tbare = false\n\trepositoryformatversion = 0\n# https://jane:word@git.example.com/x\n"
        '[remote "a"] url="https://jane:word@git.example.com/x" ; mine\r\n'
        '[remote "b"]\n\turl = https://jane:word@git.example.com/x/more\n'
        '[remote "c"]\n\turl = https://jane:word@git.example.com/x'
    )
    (folder / ".git/config").write_text(text, newline="")
    assert len(import_(program, "remotes", "api", "--scrub", "--yes")) == 3
    assert (folder / ".git/config").read_bytes().decode() == text.replace("jane:word@", "jane@")


def test_a_file_that_git_is_changing_is_left_alone(program: Program) -> None:
    folder = repository(program, origin="https://jane:word@git.example.com/x")
    lock = folder / ".git/config.lock"
    lock.touch()
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    assert run.stderr == (
        f"git-credential-pat: {folder}/.git/config is being changed; if nothing runs, remove {lock}\n"
    )
    assert url(program, folder) == "https://jane:word@git.example.com/x"


def commit(program: Program, folder: Path, *paths: str) -> None:
    person = ("-c", "user.name=x", "-c", "user.email=x")
    program.git("-C", str(folder), "add", *paths)
    made = program.git("-C", str(folder), *person, "commit", "-q", "--allow-empty", "-mx")
    assert made.status == 0, made


@pytest.fixture
def superproject(program: Program) -> Path:
    """A superproject with a submodule in a submodule, a linked work tree and an old kind of submodule.

    Each has a URL with the token, as `git submodule` copies it from the superproject's remote.
    """
    local = ("-c", "protocol.file.allow=always")
    inner, lib = repository(program, "inner"), repository(program, "lib")
    commit(program, inner)
    program.git("-C", str(lib), *local, "submodule", "--quiet", "add", str(inner), "deep/inner")
    commit(program, lib)
    top = repository(program, "top", origin="https://jane:top@git.example.com/top.git")
    program.git("-C", str(top), *local, "submodule", "--quiet", "add", str(lib), "lib")
    program.git("-C", str(top), *local, "submodule", "--quiet", "update", "--init", "--recursive")
    old = repository(program, "top/old")
    commit(program, old)
    program.git("-C", str(top), *local, "submodule", "--quiet", "add", "./old", "old")
    commit(program, top)
    assert program.git("-C", str(top), "worktree", "add", "-q", str(program.home / "tree")).status == 0
    tree = ("-C", str(program.home / "tree"))
    updated = program.git(*tree, *local, "submodule", "--quiet", "update", "--init", "lib")
    assert updated.status == 0, updated
    program.git("-C", str(top), "config", "extensions.worktreeConfig", "true")
    program.git("-C", str(top), "config", "submodule.lib.url", "https://jane:lib@git.example.com/lib.git")
    program.git(*tree, "config", "--worktree", "remote.o.url", "https://jane:tree@git.example.com/tree.git")
    for path, name in {
        "top/.git/modules/lib": "lib",
        "top/.git/modules/lib/modules/deep/inner": "inner",
        "top/.git/worktrees/tree/modules/lib": "other",
        "top/old/.git": "old",
    }.items():
        place = f"https://jane:{name}@git.example.com/{name}.git"
        set_url = program.git(
            "config", "--file", str(program.home / path / "config"), "remote.origin.url", place
        )
        assert set_url.status == 0, set_url
    return top


@pytest.mark.parametrize("start", ["top", "top/lib/..", "tree", "top/.git"])
def test_worktrees_submodules_and_theirs_are_scrubbed_with_the_superproject(
    program: Program, superproject: Path, start: str
) -> None:
    run = program.run("import", "remotes", start, "--scrub", "--yes")
    assert (run.status, run.stderr) == (0, ""), run
    left = [
        str(path)
        for folder in (superproject, program.home / "tree")
        for path in folder.rglob("*")
        if path.is_file() and b"jane:" in path.read_bytes()
    ]
    assert left == []
    for name in ("top", "lib", "inner", "other", "old", "tree"):
        assert token(program, f"https://git.example.com/{name}.git") == name


def test_what_is_tracked_is_kept_and_told_but_not_changed(program: Program) -> None:
    folder = repository(program)
    text = '[submodule "lib"]\n\tpath = lib\n\turl = https://jane:word@git.example.com/lib.git\n'
    (folder / ".gitmodules").write_text(text)
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    assert (folder / ".gitmodules").read_text() == text
    assert run.stderr == (
        f"git-credential-pat: warning: {folder}/.gitmodules is left as it is, for it belongs to the work "
        "tree; take the login out there, and revoke the token if it was ever committed\n"
    )
    assert token(program, "https://git.example.com/lib.git") == "word"


def test_the_old_kinds_of_remotes_are_read_and_scrubbed(program: Program) -> None:
    folder = repository(program)
    (folder / ".git/remotes").mkdir()
    (folder / ".git/branches").mkdir(exist_ok=True)
    old = folder / ".git/remotes/old"
    old.write_text("URL: https://jane:old@git.example.com/old\nPull: refs/heads/main:refs/heads/old\n")
    oldest = folder / ".git/branches/oldest"
    oldest.write_text("https://jane:oldest@git.example.com/oldest#main\n")
    assert len(import_(program, "remotes", "api", "--scrub", "--yes")) == 2
    assert b"jane:" not in old.read_bytes() + oldest.read_bytes()
    assert url(program, folder, remote="old") == "https://jane@git.example.com/old"


@pytest.mark.parametrize("kind", ["branches", "remotes"])
def test_a_repository_that_is_named_like_an_old_kind_of_remotes_is_none(program: Program, kind: str) -> None:
    program.git("init", "-q", "--bare", str(program.home / kind))
    config = program.home / kind / "config"
    program.git("config", "--file", str(config), "http.proxy", "http://jane:word@proxy.example.com")
    program.git("config", "--file", str(config), "remote.o.url", "https://jane:word@git.example.com/x")
    assert len(import_(program, "remotes", kind, "--scrub", "--yes")) == 1
    assert b"http://jane:word@proxy.example.com" in config.read_bytes()


@pytest.mark.parametrize(
    "password", ["pa'ss", "pa ss", "pa\\ss", 'pa"ss', "pa;ss", "p%C3%A4ss", "päss"], ids=range(7)
)
def test_whatever_a_password_holds_the_file_stays_one_that_git_reads(program: Program, password: str) -> None:
    folder = repository(program, origin=f"https://jane:{password}@git.example.com/a\\x", b="https://b@c/d")
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    assert (run.status, run.stderr) == (0, ""), run
    assert url(program, folder) == "https://jane@git.example.com/a\\x"
    assert url(program, folder, remote="b") == "https://b@c/d"


@pytest.mark.parametrize(
    "written", ['"https://jane:one"@git.example.com/x', "https://jane:o\\\nne@git.example.com/x"]
)
def test_what_is_written_in_an_unusual_way_is_told_and_the_rest_scrubbed(
    program: Program, written: str
) -> None:
    folder = repository(program, origin="https://jane:two@git.example.com/y")
    with (folder / ".git/config").open("a") as config:
        config.write(f'[remote "odd"]\n\turl = {written}\n')
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    path = f"{folder}/.git/config"
    assert run.stderr == (
        f"git-credential-pat: a token in {path} is written in an unusual way; "
        f"take it out: ${{EDITOR:-vi}} {path}\n"
    )
    assert url(program, folder) == "https://jane@git.example.com/y"
    assert url(program, folder, remote="odd") == "https://jane:one@git.example.com/x"
    assert token(program, "https://git.example.com/x") == "one"


def test_a_url_that_is_not_kept_stays_beside_one_that_begins_it(program: Program) -> None:
    folder = repository(
        program, a="https://jane:w@git.example.com/x", b="https://jane:w@git.example.com/x//y"
    )
    rows = import_(program, "remotes", "api", "--scrub", "--yes")
    assert [row.outcome for row in rows] == ["added", "not-taken"]
    assert url(program, folder, remote="a") == "https://jane@git.example.com/x"
    assert url(program, folder, remote="b") == "https://jane:w@git.example.com/x//y"


def test_a_url_that_begins_like_another_is_scrubbed_too(program: Program) -> None:
    folder = repository(
        program, a="https://jane:w@git.example.com/x#one", b="https://jane:w@git.example.com/x"
    )
    import_(program, "remotes", "api", "--scrub", "--yes")
    assert url(program, folder, remote="a") == "https://jane@git.example.com/x#one"
    assert url(program, folder, remote="b") == "https://jane@git.example.com/x"


def test_nothing_is_read_or_changed_that_links_and_pointers_lead_to(program: Program) -> None:
    other = repository(program, "other", origin="https://jane:word@git.example.com/x")
    mine = program.home / "mine"
    mine.write_bytes((other / ".git/config").read_bytes())
    folder = repository(program)
    module = folder / ".git/modules/a"
    (module / "objects").mkdir(parents=True)
    (module / "config").symlink_to(mine)
    (folder / ".git/modules/b").mkdir()
    (folder / ".git/modules/b/modules").symlink_to("..")
    (folder / ".git/worktrees/w").mkdir(parents=True)
    (folder / ".git/worktrees/w/gitdir").write_text(f"{other}/.git\n")
    (folder / ".git/worktrees/v").mkdir()
    (folder / ".git/worktrees/v/gitdir").write_text("a\0b\n")
    (folder / "sub").mkdir()
    (folder / "sub/.git").write_text(f"gitdir: {other}/.git\n")
    (folder / "modules").write_text(
        '[submodule "sub"]\n\tpath = sub\n\turl = https://j:word@git.example.com/x\n'
    )
    (folder / ".gitmodules").symlink_to(folder / "modules")
    assert import_(program, "remotes", "api", "--scrub", "--yes") == []


def test_a_configuration_that_is_a_link_is_named(program: Program) -> None:
    folder = repository(program)
    (folder / ".git/config").rename(folder / "config")
    (folder / ".git/config").symlink_to(folder / "config")
    assert refusal(program.run("import", "remotes", "api"), 1) == (
        f"{folder}/.git/config is a link; name the file that it leads to"
    )


def test_a_submodule_that_cannot_be_read_hides_no_other_file(program: Program) -> None:
    folder = repository(program, origin="https://jane:word@git.example.com/x")
    module = folder / ".git/modules/a"
    (module / "objects").mkdir(parents=True)
    (module / "config").write_text("[remote\n")
    run = program.run("import", "remotes", "api", "--scrub", "--yes")
    assert run.status == 0
    assert told(run).startswith(f"warning: git cannot read {module}/config; see why by: ")
    assert url(program, folder) == "https://jane@git.example.com/x"


def test_a_token_beside_which_another_answers_stays_in_a_url_without_a_username(program: Program) -> None:
    folder = repository(program, origin=f"https://jane:{AZURE_TOKEN}@{PLACE}")
    push = f"https://{OTHER_AZURE_TOKEN}@{PLACE}"
    program.git("-C", str(folder), "remote", "set-url", "--push", "origin", push)
    assert len(import_(program, "remotes", "api", "--scrub", "--yes")) == 2
    assert url(program, folder) == f"https://jane@{PLACE}"
    assert url(program, folder, "--push") == push


def test_files_that_are_included_are_told_of(program: Program) -> None:
    folder = repository(program, origin="https://git.example.com/x")
    configured(program, folder, "include.path", "../more")
    run = program.run("import", "remotes", "api")
    assert told(run) == (
        f"warning: files that {folder}/.git/config includes are not read; name them as PLACE"
    )


def test_folders_without_end_are_followed_so_far(program: Program) -> None:
    folder = repository(program, origin="https://jane:word@git.example.com/x")
    (folder / ".git/modules" / "/".join("a" * 200)).mkdir(parents=True)
    assert len(import_(program, "remotes", "api")) == 1


def test_a_file_of_configuration_may_be_named(program: Program) -> None:
    program.git("config", "--global", "url.https://jane:word@git.example.com/.insteadOf", "mine:")
    import_(program, "remotes", str(program.gitconfig), "--scrub", "--yes")
    assert b"word" not in program.gitconfig.read_bytes()
    assert token(program, "https://git.example.com") == "word"


def test_a_path_that_leads_out_of_the_work_tree_is_not_followed(program: Program) -> None:
    folder = repository(program)
    repository(program, "other", origin="https://jane:word@git.example.com/x")
    (folder / ".gitmodules").write_text('[submodule "x"]\n\tpath = ../other\n\turl = ./x\n')
    (folder / "link").symlink_to(program.home / "other")
    with (folder / ".gitmodules").open("a") as modules:
        modules.write('[submodule "y"]\n\tpath = link\n\turl = ./x\n')
    assert import_(program, "remotes", "api") == []


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
