"""A real manager of the user's services: `systemd --user`, in a mount namespace of its own.

    with user_services(home) as variables:
        subprocess.run(["systemctl", "--user", ...], env={**os.environ, **variables})

It is made to believe that systemd has booted the machine, by a folder that nobody else sees, and starts none
of the machine's own units. It is stopped by its process id at the end of the block.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEMD = Path("/lib/systemd/systemd")
_START = f"""
mount -t tmpfs none /run && mkdir -p /run/systemd/system &&
exec {SYSTEMD} --user --unit=basic.target --log-target=console
"""
_PATIENCE = 20.0


@contextmanager
def user_services(home: Path) -> Iterator[dict[str, str]]:
    """Run a manager for a home; give the variables by which `systemctl` reaches it."""
    with tempfile.TemporaryDirectory(prefix="pat-run-") as folder:
        variables = {"HOME": str(home), "XDG_RUNTIME_DIR": folder}
        path = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
        with subprocess.Popen(
            ["unshare", "--mount", "/bin/sh", "-c", _START],
            env={**path, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as manager:
            try:
                _wait(variables | path, manager)
                yield variables
            finally:
                manager.terminate()
                manager.wait(_PATIENCE)


def _wait(environment: dict[str, str], manager: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    command = ["systemctl", "--user", "is-active", "basic.target"]
    while subprocess.run(command, env=environment, capture_output=True, check=False).returncode:
        assert manager.poll() is None, "the manager has ended"
        assert time.monotonic() < deadline, "the manager does not answer"
        time.sleep(0.05)


def systemctl(environment: dict[str, str], *words: str) -> str:
    """Return what `systemctl --user` prints, without its last line end."""
    environment = {"PATH": os.environ["PATH"], **environment}
    run = subprocess.run(["systemctl", "--user", *words], env=environment, capture_output=True, check=False)
    return run.stdout.decode().rstrip("\n")
