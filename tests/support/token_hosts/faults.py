"""What goes wrong between a request and its whole answer: each fault meets the next request that fits.

Fault(asks("POST", "/rotate"), cut=100)                       the host acts; 100 bytes of its answer come
Fault(asks("DELETE"), acts=False, cut=0)                      the host never sees the request
Fault(asks("PUT"), acts=False, answer=redirect("https://elsewhere.example.com/", 307))
Fault(asks("POST"), answer=page(502, "Bad Gateway"))          the host acts, and what is before it is late
Fault(asks("GET"), wait=3)                                    the host is slow
Fault(asks("POST", "/rotate"), first=lambda: other.rotate())  another machine comes first
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.token_hosts.host import redirect

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.api_server import Answer
    from support.token_hosts.host import Request

ELSEWHERE = redirect("https://elsewhere.example.com/", 307)
"""Where a token would go if it followed."""


def anything(_: Request) -> bool:
    return True


def asks(method: str, text: str = "") -> Callable[[Request], bool]:
    """Fit requests with this method whose URL has this text."""
    return lambda request: request.method == method and text in request.url


@dataclass
class Fault:
    """What happens to a request that fits."""

    fits: Callable[[Request], bool] = anything
    acts: bool = True
    """Whether the host sees the request and does what it says."""
    answer: Answer | None = None
    """What is sent in place of the host's own answer."""
    cut: int | None = None
    """How many bytes of the answer are sent, from its status line on, before the connection ends."""
    reset: bool = False
    """Whether the connection ends as by a crash (TCP reset), and not as if nothing more was to come."""
    wait: float = 0
    """Seconds before the first byte."""
    pace: float = 0
    """Seconds between two bytes."""
    first: Callable[[], object] | None = None
    """What happens before the host sees the request."""
    then: Callable[[], object] | None = None
    """What happens after the host acted, before any byte is sent."""
    times: int = 1
    """How many requests it meets."""


class Faults:
    """The faults that wait for their requests, oldest first."""

    def __init__(self) -> None:
        self.met: list[tuple[Fault, Request]] = []
        self._waiting: list[Fault] = []
        self._one_by_one = threading.Lock()

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        """Let every fault go that still waits."""
        self._waiting.clear()

    def take(self, request: Request) -> Fault | None:
        """Return what meets this request."""
        with self._one_by_one:
            fault = next((one for one in self._waiting if one.fits(request)), None)
            if fault is None:
                return None
            self.met.append((fault, request))
            fault.times -= 1
            if not fault.times:
                self._waiting.remove(fault)
            return fault
