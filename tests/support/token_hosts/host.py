"""What the mocked hosts have in common: requests, answers and their bytes, made-up tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import json
import threading
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from support.api_server import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAY = 86_400
"""Seconds."""
JSON = ("Content-Type", "application/json; charset=utf-8")
HTML = ("Content-Type", "text/html; charset=utf-8")

_HOSTS = itertools.count()
_GIT = "/info/refs"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Request(NamedTuple):
    """One request; the names of its headers are in lower case. It shows credentials as they came."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    now: float
    """When it came, in seconds since 1970."""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def path(self) -> str:
        """The path, whose escapes are kept: they distinguish "group%2Fproject" from two segments."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The last value of each name."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The body as an HTML form."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[-1] for name, values in fields.items()}

    def json(self) -> Any:  # noqa: ANN401  # as in json.loads
        """Return the body as JSON; raise ValueError if it is none."""
        return json.loads(self.body)

    @property
    def fields(self) -> dict[str, Any]:
        """The members of a JSON object, or the fields of a form; raise ValueError for other JSON."""
        if not self.headers.get("content-type", "").lower().startswith("application/json"):
            return dict(self.form)
        value = self.json()
        if not isinstance(value, dict):
            raise ValueError("no object")  # noqa: TRY004  # as for what is no JSON
        return value

    @property
    def login(self) -> tuple[str, str] | None:
        """The username and the password of HTTP Basic."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            username, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (username, password) if colon else None

    def bearer(self, *schemes: str) -> str | None:
        """Return what stands after one of these schemes, which are in lower case."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if scheme.lower() in (schemes or ("bearer",)) else None


class Host:
    """One host. Subclasses say in `reply` what it does; requests that come at once are taken one by one."""

    chunked = False
    """Whether bodies come in chunks, without their length."""

    def __init__(self, *names: str) -> None:
        """Take the names that it is asked under; "*.example.com" stands for all below it."""
        self.names = names
        self.log: list[Request] = []
        self._number = next(_HOSTS)
        self._made = 0
        self._one_by_one = threading.RLock()

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes, now: float) -> Answer:
        """Return what the host answers, and change its state as the request has it."""
        lowered = {name.lower(): value for name, value in headers.items()}
        request = Request(method, url, lowered, body, now)
        with self._one_by_one:
            self.log.append(request)
            answer = self._git(request) if request.path.endswith(_GIT) else self.reply(request)
        return answer._replace(headers=(("Date", formatdate(now, usegmt=True)), *answer.headers))

    def reply(self, request: Request) -> Answer:
        raise NotImplementedError

    def lives(self, token: str, now: float) -> bool:
        """Return whether a token opens repositories: none does at a host without them."""
        del token, now
        return False

    def asked(self, method: str, path: str = "") -> list[Request]:
        """Return the requests with this method whose URL has this text."""
        return [request for request in self.log if request.method == method and path in request.url]

    def _git(self, request: Request) -> Answer:
        """Answer Git as a host with an empty repository everywhere: the least that shows a token working."""
        token = request.login[1] if request.login else request.bearer()
        if token is None or not self.lives(token, request.now):
            return Answer(401, (("WWW-Authenticate", 'Basic realm="Git"'),))
        service = request.query.get("service", "git-upload-pack")
        lines = (f"# service={service}\n", None, f"{'0' * 40} capabilities^{{}}\0\n", None)
        packets = "".join("0000" if line is None else f"{len(line) + 4:04x}{line}" for line in lines)
        return Answer(
            200, (("Content-Type", f"application/x-{service}-advertisement"),), packets.encode("ascii")
        )

    def _letters(self, count: int, letters: str = _LETTERS) -> str:
        """Return letters that nothing else of this host has."""
        self._made += 1
        seed = f"{type(self).__name__} {self._number} {self._made}".encode()
        stream = hashlib.shake_256(seed).digest(count)
        return "".join(letters[byte % len(letters)] for byte in stream)

    def _uuid(self) -> str:
        """Return an identifier that nothing else of this host has."""
        digits = self._letters(32, "0123456789abcdef")
        return "-".join((digits[:8], digits[8:12], f"4{digits[13:16]}", f"8{digits[17:20]}", digits[20:]))


def json_answer(status: int, value: object, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    return Answer(status, (JSON, *headers), json.dumps(value).encode())


def page(status: int, title: str, body: str = "") -> Answer:
    """Return a page for people."""
    text = f"<!DOCTYPE html>\r\n<html><head><title>{title}</title></head><body>{body}</body></html>"
    return Answer(status, (HTML,), text.encode())


def redirect(location: str, status: int = 302) -> Answer:
    text = (
        "<html><head><title>Object moved</title></head><body>\r\n"
        f'<h2>Object moved to <a href="{location}">here</a>.</h2>\r\n</body></html>\r\n'
    )
    return Answer(status, (("Location", location), HTML), text.encode())


def wire(answer: Answer, *, method: str = "GET", chunked: bool = False) -> bytes:
    """Return the bytes of an answer, which can be cut at each of them."""
    reason = HTTPStatus(answer.status).phrase
    has_body = method != "HEAD" and answer.status not in (204, 304)
    framing = () if answer.status in (204, 304) else (("Content-Length", str(len(answer.body))),)
    if chunked and framing:
        framing = (("Transfer-Encoding", "chunked"),)
    lines = [f"HTTP/1.1 {answer.status} {reason}"]
    lines += [f"{name}: {value}" for name, value in (*answer.headers, *framing, ("Connection", "close"))]
    head = "\r\n".join((*lines, "", "")).encode("latin-1")
    return head + (_in_chunks(answer.body) if chunked else answer.body) if has_body else head


def _in_chunks(body: bytes, size: int = 100) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def segments(path: str) -> list[str]:
    """Return the segments of a path, without their escapes."""
    return [unquote(segment) for segment in path.strip("/").split("/")]
