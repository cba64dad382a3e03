"""Several calls at once want a token: one question at a time, and one for all where its answer is kept."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.asking import OTHER_QUESTION, QUESTION
from support.cloning import APP, commit_and_push, done
from support.git_credential import states
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program, attributes
from support.pty_program import Script

if TYPE_CHECKING:
    from support.git_server import GitServer

WAITING = "git-credential-pat: another process is asking a question; waiting for its answer"
REQUEST = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")

pytestmark = pytest.mark.slow


def at_once(user: Program, calls: int, command: str) -> Script:
    """Run a command of sh several times at once, in which `$i` is its number, all before one terminal."""
    (user.home / "request").write_bytes(REQUEST)
    (user.home / "one").write_text(f"i=$1\n{command}\n", encoding="ascii")
    # The shell within has no job control, so that all belong to what runs in the foreground.
    numbers = " ".join(str(number) for number in range(calls))
    return Script(user, f"sh -c 'for i in {numbers}; do sh one $i & done; wait'")


def test_of_eight_calls_at_once_one_asks_and_all_get_its_answer(user: Program) -> None:
    fill = "git credential fill <request >answer.$i"
    slow = "sleep 1; git credential approve <answer.$i"  # as a host that takes its time
    terminal = at_once(user, 8, f"{fill} && {{ {slow}; }}")
    terminal.wait_for(QUESTION)
    while terminal.seen.count(WAITING) < 7:
        terminal.wait_for("\n")
    terminal.enter(AZURE_TOKEN)
    assert terminal.finish() == 0
    assert terminal.seen.count("Git needs a token for") == 1
    assert terminal.echoes
    for number in range(8):
        answer = (user.home / f"answer.{number}").read_text(encoding="ascii").splitlines()
        assert answer[-2:] == ["username=pat", f"password={AZURE_TOKEN}"]
    assert states(user) == {f"{FABRIKAM} pat": "active"}


def test_where_no_answer_is_kept_each_call_asks_and_one_at_a_time(user: Program) -> None:
    terminal = at_once(user, 3, "git-credential-pat get <request >answer.$i")
    for asked in range(1, 4):
        terminal.ask_hidden(QUESTION)
        time.sleep(0.5)
        assert terminal.seen.count("Git needs a token for") == asked
        assert not terminal.echoes
        terminal.enter("")
    assert terminal.finish() == 0
    assert terminal.echoes
    for number in range(3):
        assert (user.home / f"answer.{number}").read_bytes() == b""


def test_submodules_of_another_organization_that_are_cloned_at_once_cost_one_question(
    lone: Program, git_server: GitServer
) -> None:
    url = f"{FABRIKAM}/super/_git/super"
    git_server.create_repository(url)
    lone.seed(FABRIKAM, AZURE_TOKEN)
    lone.seed(CONTOSO, OTHER_AZURE_TOKEN)
    done(lone.git("clone", "--quiet", url, "super"))
    paths = [f"app{number}" for number in range(4)]
    for path in paths:
        done(lone.git("-C", "super", "submodule", "--quiet", "add", APP, path))
    commit_and_push(lone, "super", "news")
    done(lone.run("remove", "--yes", CONTOSO))
    terminal = Script(lone, f"git clone --recurse-submodules --jobs 4 {url} copy")
    terminal.wait_for(OTHER_QUESTION)
    terminal.enter(OTHER_AZURE_TOKEN)
    assert terminal.finish() == 0
    assert terminal.seen.count("Git needs a token for") == 1
    for path in paths:
        assert (lone.home / "copy" / path / "README.md").is_file()


def test_who_waited_for_a_question_about_another_organization_asks_its_own(user: Program) -> None:
    (user.home / "request").write_bytes(REQUEST)
    (user.home / "other").write_bytes(REQUEST.replace(b"fabrikam", b"contoso"))
    first = Script(user, "git-credential-pat get <request >first")
    first.wait_for(QUESTION)
    second = Script(user, "git-credential-pat get <other >second")
    second.wait_for(WAITING)
    first.enter(AZURE_TOKEN)
    assert first.finish() == 0
    second.wait_for(OTHER_QUESTION)
    second.enter(OTHER_AZURE_TOKEN)
    assert second.finish() == 0
    assert (user.home / "second").read_bytes() == f"username=pat\npassword={OTHER_AZURE_TOKEN}\n".encode()
