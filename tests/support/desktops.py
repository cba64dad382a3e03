"""Desktops without a screen: a real X server (Xvfb), and a real Wayland compositor (sway).

    with x_desktop() as desktop:
        subprocess.run(["xclip", ...], env={**os.environ, **desktop.variables})

Each is stopped by its process id at the end of the block, and with it what programs left on its clipboard.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PATIENCE = 20.0
_SWAY = {
    "WLR_BACKENDS": "headless",
    "WLR_LIBINPUT_NO_DEVICES": "1",
    "WLR_RENDERER": "pixman",
}
_NOBODY = 65534
"""sway refuses to run as root."""


class Desktop(NamedTuple):
    """A desktop, and how a test reaches its clipboard without the program."""

    name: str
    variables: Mapping[str, str]
    copies: Sequence[str]
    pastes: Sequence[str]

    @property
    def clipboard(self) -> bytes:
        """What a user would paste."""
        run = subprocess.run(self.pastes, env=self._environment, capture_output=True, timeout=10, check=False)
        return run.stdout

    def copy(self, data: bytes) -> None:
        subprocess.run(
            self.copies,
            env=self._environment,
            input=data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=10,
            check=True,
        )

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.variables}


@contextmanager
def x_desktop() -> Iterator[Desktop]:
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp", "-screen", "0", "64x64x24"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as pipe:
            number = pipe.readline().strip()
        xclip = ["xclip", "-selection", "clipboard"]
        yield Desktop("x", {"DISPLAY": f":{number}"}, xclip, [*xclip, "-out"])
    finally:
        server.kill()
        server.wait()


@contextmanager
def wayland_desktop() -> Iterator[Desktop]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configuration = folder / "config"
        configuration.write_text("xwayland disable\n")
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
            identity = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        environment = {**os.environ, **_SWAY, "XDG_RUNTIME_DIR": name}
        environment.pop("WAYLAND_DISPLAY", None)
        compositor = subprocess.Popen(
            ["sway", "-c", str(configuration)],
            env=environment,
            **identity,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            socket = _appeared(folder, "wayland-?")
            variables = {"WAYLAND_DISPLAY": str(socket), "XDG_RUNTIME_DIR": name}
            yield Desktop("wayland", variables, ["wl-copy"], ["wl-paste", "--no-newline"])
        finally:
            compositor.kill()
            compositor.wait()


def _appeared(folder: Path, pattern: str) -> Path:
    end = time.monotonic() + _PATIENCE
    while not (found := list(folder.glob(pattern))):
        assert time.monotonic() < end, f"no {pattern} in {folder}"
        time.sleep(0.01)
    return found[0]
