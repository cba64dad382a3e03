"""Git's own tests of credential helpers, as they stand, with this program as the helper.

`tests/support/git_suite.sh` builds them. They have a home of their own and fill it with entries that Git
approves, for hosts that nobody has seeded.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from support import secret_service
from support.program import LAUNCHER
from support.requirements import git_suite

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.needs("git-suite"), pytest.mark.slow, pytest.mark.timeout(600)]

AUTHTYPE = """\
#!/bin/sh
test_description='credentials with an authtype'
. ./test-lib.sh
. "$TEST_DIRECTORY"/lib-credential.sh
eval "$GIT_TEST_CREDENTIAL_HELPER_SETUP"
helper_test_authtype pat
test_done
"""
WAYS = {
    "with the agent": "git config --global pat.agent auto",
    "without": "git config --global pat.agent never",
    "with the keyring backend": "git config --global pat.backend keyring",
}


@pytest.fixture(scope="module")
def session_bus() -> Iterator[str]:
    with secret_service.running() as service:
        yield service.address


@pytest.mark.needs("gnome-keyring", "dbus")
@pytest.mark.parametrize("setup", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("script", "count"), [("t0303-credential-external.sh", 21), ("authtype.sh", 7)])
def test_every_test_of_git_passes(
    script: str, count: int, setup: str, session_bus: str, tmp_path: Path
) -> None:
    (tmp_path / "authtype.sh").write_text(AUTHTYPE)
    tests = git_suite() / "t"
    ended = subprocess.run(
        ["/bin/sh", script if (tests / script).exists() else tmp_path / script, f"--root={tmp_path}"],
        cwd=tests,
        env={
            "PATH": f"{LAUNCHER.parent}{os.pathsep}{os.environ['PATH']}",
            "DBUS_SESSION_BUS_ADDRESS": session_bus,
            "GIT_TEST_CREDENTIAL_HELPER": "pat",
            "GIT_TEST_CREDENTIAL_HELPER_SETUP": setup,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"# passed all {count} test(s)" in ended.stdout, ended.stdout + ended.stderr
