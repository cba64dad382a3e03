"""Runs a command as on a virtual machine of Azure's: unshare --net PYTHON THIS COMMAND...

In a network of its own, which has nothing else, the metadata service answers at 169.254.169.254.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.token_hosts.azure import Azure  # after the path is set
from support.token_hosts.workloads import Metadata

_SET_ADDRESS, _SET_FLAGS = 0x8916, 0x8914
"""netdevice(7): SIOCSIFADDR and SIOCSIFFLAGS."""
_UP = 0x1


def main(command: list[str]) -> int:
    metadata = Metadata(Azure())
    address = metadata.names[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        where = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
        fcntl.ioctl(any_socket, _SET_ADDRESS, struct.pack("=16s16s", b"lo", where))
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("=16sH14x", b"lo", _UP))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name for it
            url = f"http://{address}{self.path}"
            answer = metadata.answer("GET", url, dict(self.headers.items()), b"", time.time())
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((address, 80), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
