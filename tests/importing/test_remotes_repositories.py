"""`import remotes` reads every configuration that belongs to a repository, and none that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.checks import line_of, refusal
from support.importing import import_, remote, repository, scrub, scrubbed, token

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program

CLEAN, X = "https://git.example.com/x", "https://jane:word@git.example.com/x"


def git(program: Program, folder: Path, *arguments: str) -> None:
    """Run git in a repository, which may have submodules of this machine."""
    done = program.git("-C", str(folder), "-c", "protocol.file.allow=always", *arguments)
    assert done.status == 0, done


def commit(program: Program, folder: Path) -> None:
    person = ("-c", "user.name=x", "-c", "user.email=x")
    git(program, folder, *person, "commit", "-q", "--allow-empty", "-mx")


@pytest.fixture
def superproject(program: Program) -> Path:
    """A superproject with a submodule in a submodule, a linked work tree and an old kind of submodule.

    Each has a URL with the token, as `git submodule` copies it from the superproject's remote.
    """
    inner, lib = repository(program, "inner"), repository(program, "lib")
    commit(program, inner)
    git(program, lib, "submodule", "--quiet", "add", str(inner), "deep/inner")
    commit(program, lib)
    top = repository(program, "top", origin="https://jane:top@git.example.com/top.git")
    git(program, top, "submodule", "--quiet", "add", str(lib), "lib")
    git(program, top, "submodule", "--quiet", "update", "--init", "--recursive")
    commit(program, repository(program, "top/old"))
    git(program, top, "submodule", "--quiet", "add", "./old", "old")
    commit(program, top)
    tree = program.home / "tree"
    git(program, top, "worktree", "add", "-q", str(tree))
    git(program, tree, "submodule", "--quiet", "update", "--init", "lib")
    git(program, top, "config", "extensions.worktreeConfig", "true")
    git(program, top, "config", "submodule.lib.url", "https://jane:lib@git.example.com/lib.git")
    git(program, tree, "config", "--worktree", "remote.o.url", "https://jane:tree@git.example.com/tree.git")
    for path, name in {
        "top/.git/modules/lib": "lib",
        "top/.git/modules/lib/modules/deep/inner": "inner",
        "top/.git/worktrees/tree/modules/lib": "other",
        "top/old/.git": "old",
    }.items():
        file, url = program.home / path / "config", f"https://jane:{name}@git.example.com/{name}.git"
        git(program, top, "config", "--file", str(file), "remote.origin.url", url)
    return top


@pytest.mark.parametrize("start", ["top/lib/..", "tree", "top/.git"])
def test_worktrees_submodules_and_theirs_are_scrubbed_with_the_superproject(
    program: Program, superproject: Path, start: str
) -> None:
    assert scrub(program, start).stderr == ""
    left = [
        str(path)
        for folder in (superproject, program.home / "tree")
        for path in folder.rglob("*")
        if path.is_file() and b"jane:" in path.read_bytes()
    ]
    assert left == []
    for name in ("top", "lib", "inner", "other", "old", "tree"):
        assert token(program, f"https://git.example.com/{name}.git") == name


def test_bare_repositories_and_folders_in_one_are_repositories_too(program: Program) -> None:
    main = repository(program, "main", origin="https://jane:one@one.example.com/x")
    program.git("init", "-q", "--bare", str(program.home / "bare.git"))
    remote(program, program.home / "bare.git", "add", "o", "https://jane:two@two.example.com/x")
    inside = main / "below" / "there"
    inside.mkdir(parents=True)
    assert len(import_(program, "remotes", str(inside), "main", "bare.git")) == 2


def test_what_is_tracked_is_kept_and_reported_but_not_changed(program: Program) -> None:
    folder = repository(program)
    text = f'[submodule "lib"]\n\tpath = lib\n\turl = {X}\n'
    (folder / ".gitmodules").write_text(text)
    assert f"warning: {folder}/.gitmodules is left as it is" in scrub(program).stderr
    assert (folder / ".gitmodules").read_text() == text
    assert token(program, CLEAN) == "word"


def test_the_old_kinds_of_remotes_are_read_and_scrubbed(program: Program) -> None:
    folder = repository(program)
    (folder / ".git/remotes").mkdir()
    (folder / ".git/branches").mkdir(exist_ok=True)
    old, oldest = folder / ".git/remotes/old", folder / ".git/branches/oldest"
    old.write_text("URL: https://jane:old@git.example.com/old\nPull: refs/heads/main:refs/heads/old\n")
    oldest.write_text("https://jane:oldest@git.example.com/oldest#main\n")
    assert len(scrubbed(program)) == 2
    assert b"jane:" not in old.read_bytes() + oldest.read_bytes()
    assert remote(program, folder, "get-url", "old") == "https://jane@git.example.com/old"


@pytest.mark.parametrize("kind", ["branches", "remotes"])
def test_a_repository_that_is_named_like_an_old_kind_of_remotes_is_none(program: Program, kind: str) -> None:
    program.git("init", "-q", "--bare", str(program.home / kind))
    config = program.home / kind / "config"
    program.git("config", "--file", str(config), "http.proxy", "http://jane:word@proxy.example.com")
    program.git("config", "--file", str(config), "remote.o.url", X)
    assert len(scrubbed(program, kind)) == 1
    assert b"http://jane:word@proxy.example.com" in config.read_bytes()


def test_nothing_is_read_or_changed_that_links_and_pointers_lead_to(program: Program) -> None:
    other = repository(program, "other", origin=X)
    mine = program.home / "mine"
    mine.write_bytes((other / ".git/config").read_bytes())
    folder = repository(program)
    module = folder / ".git/modules/a"
    (module / "objects").mkdir(parents=True)
    (module / "config").symlink_to(mine)
    (folder / ".git/modules/b").mkdir()
    (folder / ".git/modules/b/modules").symlink_to("..")
    for name, text in (("w", f"{other}/.git\n"), ("v", "a\0b\n")):
        (folder / ".git/worktrees" / name).mkdir(parents=True)
        (folder / ".git/worktrees" / name / "gitdir").write_text(text)
    (folder / "sub").mkdir()
    (folder / "sub/.git").write_text(f"gitdir: {other}/.git\n")
    (folder / "link").symlink_to(other)
    modules = (f'[submodule "{at}"]\n\tpath = {at}\n\turl = ./x\n' for at in ("sub", "../other", "link"))
    (folder / ".gitmodules").write_text("".join(modules))
    assert scrubbed(program) == []
    (folder / "modules").write_text(f'[submodule "sub"]\n\tpath = sub\n\turl = {X}\n')
    (folder / ".gitmodules").unlink()
    (folder / ".gitmodules").symlink_to(folder / "modules")
    assert scrubbed(program) == []


def test_a_configuration_that_is_a_link_is_named(program: Program) -> None:
    folder = repository(program)
    (folder / ".git/config").rename(folder / "config")
    (folder / ".git/config").symlink_to(folder / "config")
    assert refusal(program.run("import", "remotes", "api"), 1) == (
        f"{folder}/.git/config is a link; give the file that it points to"
    )


def test_a_submodule_that_cannot_be_read_hides_no_other_file(program: Program) -> None:
    folder = repository(program, origin=X)
    module = folder / ".git/modules/a"
    (module / "objects").mkdir(parents=True)
    (module / "config").write_text("[remote\n")
    assert line_of(scrub(program)).startswith(f"warning: git cannot read {module}/config; to see why, run: ")
    assert remote(program, folder, "get-url", "origin") == "https://jane@git.example.com/x"


def test_folders_without_end_are_followed_so_far(program: Program) -> None:
    folder = repository(program, origin=X)
    (folder / ".git/modules" / "/".join("a" * 200)).mkdir(parents=True)
    assert len(import_(program, "remotes", "api")) == 1


def test_a_hostile_repository_has_nothing_of_it_run(program: Program) -> None:
    folder = repository(program, origin=X)
    mark = program.home / "pwned"
    (folder / "evil").write_text('[remote "evil"]\n\turl = https://jane:evil@evil.example.com/x\n')
    with (folder / ".git/config").open("a") as config:
        config.write(
            f"[include]\n\tpath = {folder}/evil\n"
            f"[core]\n\tfsmonitor = touch {mark}\n\tpager = touch {mark}\n\tsshCommand = touch {mark}\n"
            f"[alias]\n\tconfig = !touch {mark}\n"
            f"[credential]\n\thelper = !touch {mark}\n"
        )
    assert [row.scope for row in scrubbed(program)] == [CLEAN]
    assert not mark.exists()
