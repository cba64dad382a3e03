"""A stand-in for a browser whose person is signed in to Entra and agrees to everything.

It fetches the page by the test's proxy, as a browser would, and posts the form that is on it. Nobody waits
for it to end, as with xdg-open.

    browser = Browser(program, server)
    program.run("rotate", FABRIKAM, environment=browser.environment)
    assert not browser.errors
"""

from __future__ import annotations

import html
import json
import re
import ssl
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from support.program import Program
    from support.tls_server import TlsServer


class Browser:
    """The stand-in, for whoever starts the program that BROWSER names."""

    def __init__(self, program: Program, server: TlsServer) -> None:
        self._log = program.home / "browser.log"
        state = json.dumps([server.proxy.url, str(server.ca_file), str(self._log)])
        wrapper = program.home / "browser"
        command = f"{sys.executable} -I {Path(__file__)} '{state}' \"$@\""
        self._errors = program.home / "browser.errors"
        wrapper.write_text(f"#!/bin/sh\n{command} >/dev/null 2>>{self._errors} </dev/null &\n")
        wrapper.chmod(0o755)
        self.environment = {"BROWSER": str(wrapper)}

    @property
    def pages(self) -> list[str]:
        """The pages that it was sent to."""
        return self._log.read_text().splitlines() if self._log.exists() else []

    @property
    def errors(self) -> str:
        return self._errors.read_text() if self._errors.exists() else ""


def _main(state: str, url: str) -> None:
    proxy, authority, log = json.loads(state)
    with Path(log).open("a") as file:
        file.write(f"{url}\n")
    tls = ssl.create_default_context(cafile=authority)
    secure = urllib.request.HTTPSHandler(context=tls)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"https": proxy}), secure)
    with opener.open(url, timeout=10) as answer:
        page = answer.read().decode()
    form = re.search(r'action="([^"]*)"', page)
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}
    if form:
        with urllib.request.urlopen(html.unescape(form[1]), urlencode(fields).encode(), 10):  # noqa: S310  # the app's own address
            pass


if __name__ == "__main__":
    _main(sys.argv[1], sys.argv[2])
