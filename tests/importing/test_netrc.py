"""`import netrc`: the file is read as curl reads it, and loses exactly the machines whose tokens are kept."""

from __future__ import annotations

import subprocess
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from support.importing import Row, import_, scopes, token, write
from support.program import AZURE_TOKEN, Program

if TYPE_CHECKING:
    from pathlib import Path


def login_of_curl(netrc: Path) -> str:
    """Return what real curl sends to a server of its own for a netrc file."""
    seen: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/"
        subprocess.run(["curl", "-s", "--noproxy", "*", "--netrc-file", netrc, url], check=True, timeout=20)
        thread.join()
    return b64decode(seen[0].removeprefix("Basic ")).decode()


@pytest.mark.parametrize(
    "text",
    [
        "machine git.example.com login jane password word\n",
        "machine git.example.com\n\tlogin jane\n\tpassword word\n",
        "machine git.example.com password word login jane",
        'machine git.example.com login "jane" password "word"\n',
        "# all mine\nmachine git.example.com login jane # me\npassword word\n",
        "machine git.example.com login jane account a password word\r\n",
        "default login anonymous password nobody\nmachine git.example.com login jane password word\n",
        "macdef init\nmachine b login a password b\n\nmachine git.example.com login jane password word\n",
        "machine git.example.com port 443 protocol https login jane password word\n",
    ],
)
def test_a_machine_is_read_as_curl_reads_it(program: Program, text: str) -> None:
    write(program.home / ".netrc", text)
    assert "added" in [row.outcome for row in import_(program, "netrc")]
    assert scopes(program) == [("https://git.example.com", "jane")]
    assert token(program, "https://git.example.com") == "word"


@pytest.mark.needs("curl")
def test_quotes_and_escapes_mean_what_they_mean_to_curl(program: Program) -> None:
    text = r'machine 127.0.0.1 login "ja ne" password "w\"o # r\\d"' + "\n"
    path = write(program.home / ".netrc", text)
    assert login_of_curl(path) == r'ja ne:w"o # r\d'
    import_(program, "netrc")
    assert scopes(program) == [("https://127.0.0.1", "ja ne")]
    assert token(program, "https://127.0.0.1") == r'w"o # r\d'


def test_default_is_for_any_host_and_not_taken(program: Program) -> None:
    write(program.home / ".netrc", f"default login jane password {AZURE_TOKEN}\n")
    assert import_(program, "netrc") == [
        Row(None, None, "not-taken", '"default" is for any host; give the token to "seed" for its own')
    ]
    assert not program.vault.exists()


def test_another_port_is_another_place_and_the_row_names_the_line(program: Program) -> None:
    text = "\n\n# x\nmachine git.example.com\nport 8443 login jane\npassword word\n"
    path = write(program.home / "_netrc", text)
    assert f"{path}:4" in program.run("import", "netrc").stdout.decode()
    assert scopes(program) == [("https://git.example.com:8443", "jane")]


def test_a_file_cut_short_gives_what_it_has(program: Program) -> None:
    write(
        program.home / ".netrc",
        "machine a.example.com login jane password one\nmachine b login jane password",
    )
    found = import_(program, "netrc")
    assert [(row.scope, row.outcome) for row in found] == [
        ("https://a.example.com", "added"),
        (None, "not-taken"),
    ]


def test_scrub_takes_out_whole_machines_and_nothing_else(program: Program) -> None:
    path = write(
        program.home / ".netrc",
        "# mine\n"
        "machine a.example.com login jane password one\n"
        "\n"
        "machine b.example.com\n  login jane\n  password two # two\n"
        "machine c.example.com login jane password three machine d.example.com login x\r\n"
        "macdef init\ncd /pub\n\n"
        "machine e.example.com\n\tpassword five\n\tlogin jane\n"
        "default login anonymous password nobody",
    )
    run = program.run("import", "netrc", "--scrub", "--yes")
    assert run.status == 0, run
    assert path.read_bytes() == (
        b"# mine\n"
        b"\n"
        b" # two\n"
        b" machine d.example.com login x\r\n"
        b"macdef init\ncd /pub\n\n"
        b"default login anonymous password nobody"
    )
