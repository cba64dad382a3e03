"""Asking one host one question, over the way that Git would take.

Git's own `http.*` settings (from its protected scopes) and the usual variables choose proxy, certificates and
whether they are checked. No redirect is followed, nothing is sent anywhere but to the host of the question,
and no question outlasts its deadline, whatever the network does.
"""

import os
import ssl
import threading
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from time import monotonic
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import urllib3

from git_credential_pat import __version__, suggest
from git_credential_pat.errors import AnswerLostError, PatError, UnreachableError
from git_credential_pat.git import boolean, config
from git_credential_pat.git.settings import config_files
from git_credential_pat.text import has_controls, shown
from git_credential_pat.web import Question, Reply

_BODY_LIMIT = 1 << 20
"""The most bytes of a body that are read; what a host says about a token is far shorter."""
_LATE = "it does not answer in time"
_NO_CONTENT = 204
_PROXY_WANTS_LOGIN = 407
_REFUSED_TUNNEL = "Tunnel connection failed"
"""As http.client words it."""
_WITHOUT_QUESTIONS = {"GIT_ASKPASS": "", "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}


@dataclass(frozen=True)
class _Proxy:
    """A proxy on the way to a host: the username and the password that Git's settings give it, if they do."""

    scheme: str
    host: str
    """With its port."""
    username: bytes | None = None
    password: bytes | None = field(default=None, repr=False)
    is_stored: bool = False
    """Whether the password is one that a helper of Git's has."""

    @property
    def address(self) -> str:
        """Its URL, without the login."""
        return f"{self.scheme}://{self.host}"

    @property
    def headers(self) -> dict[str, str] | None:
        """What is sent to it alone."""
        if self.username is None:
            return None
        login = b":".join((self.username, self.password or b""))
        return {"Proxy-Authorization": f"Basic {b64encode(login).decode('ascii')}"}

    @property
    def refusal(self) -> str:
        """What is wrong if it wants a login, or another one."""
        if self.username is None:
            name = shown(f"NAME@{self.host}")
            return (
                f"the proxy wants a login; put the username into http.proxy, as {name}, "
                "and Git asks for the password"
            )
        if self.password is not None and not self.is_stored:
            return "the proxy rejects the username and the password in its URL; correct http.proxy"
        seed = suggest.seed(self.address, "--username", os.fsdecode(self.username))
        if self.is_stored:
            return f"the proxy rejects the password that is stored for it; run: {seed}"
        return f"the proxy wants a password, and none is stored for it; run: {seed}"


def _proxy_of(url: str) -> _Proxy:
    """Take the URL of a proxy apart; raises UnreachableError for one that is none of HTTP's."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https"):
        raise UnreachableError(f"it is behind a {shown(parts.scheme)} proxy, which only Git can use")
    username, password = (
        None if part is None else unquote_to_bytes(part) for part in (parts.username, parts.password)
    )
    return _Proxy(parts.scheme, parts.netloc.rpartition("@")[2], username, password)


@dataclass
class _Sending:
    """Whether a question was sent. After its deadline it is not: by then its asker counts it as failed."""

    deadline: float
    has_begun: bool = False

    def begin(self) -> None:
        """Note that the question goes out, over a connection that stands; raise UnreachableError if late."""
        # It is noted before the clock is read: one that is not noted at the deadline will never be sent.
        self.has_begun = True
        if monotonic() >= self.deadline:
            self.has_begun = False
            raise UnreachableError(_LATE)

    def watch(self, pools: urllib3.PoolManager) -> urllib3.PoolManager:
        """Have connections begin here before they send a request."""
        classes: dict[str, Any] = {"http": urllib3.HTTPConnectionPool, "https": urllib3.HTTPSConnectionPool}
        pools.pool_classes_by_scheme = {
            scheme: type(kind.__name__, (kind,), {"ConnectionCls": self._watched(kind.ConnectionCls)})
            for scheme, kind in classes.items()
        }
        return pools

    def _watched(self, kind: Any) -> type:  # noqa: ANN401  # a class of connections
        sending = self

        class Connection(kind):  # type: ignore[misc]  # which of them is known only when it runs
            def request(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # as in urllib3
                if self.sock is None:
                    self.connect()
                sending.begin()
                super().request(*arguments, **options)

        return Connection


class Web:
    """What Git's settings say of reaching hosts; asks one question after another."""

    def __init__(self, environment: Mapping[bytes, bytes], folder: str = "/") -> None:
        """Take the environment; relative paths in it are from `folder`."""
        variables = {os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()}
        self._environment = variables | config_files(variables, folder)
        self._folder = folder
        self._proxies: dict[_Proxy, _Proxy] = {}
        self._asking_helpers = threading.Lock()

    def ask(self, question: Question, deadline: float) -> Reply:
        """Return the host's reply; raise UnreachableError, which says why, if there is none in time.

        It is an AnswerLostError if the question may have changed something at the host. `deadline` is a
        moment of `time.monotonic`.
        """
        outcome: list[Reply | Exception] = []
        sending = _Sending(deadline)
        # A name that is looked up cannot be interrupted, so a thread of its own does it all.
        asking = threading.Thread(
            target=lambda: outcome.append(self._outcome(question, sending)), daemon=True
        )
        asking.start()
        asking.join(max(0.0, deadline - monotonic()))
        result = outcome[0] if outcome else _failure(question, sending, _LATE)
        if isinstance(result, Exception):
            raise result
        return result

    def checks(self, url: str) -> bool:
        """Return whether the certificate of a URL's host is checked, as Git's settings have it."""
        return "GIT_SSL_NO_VERIFY" not in self._environment and (
            boolean(self.settings(url).get("sslverify", "true")) is not False
        )

    def settings(self, url: str) -> dict[str, str]:
        """Return Git's `http.*` settings for a URL, names in lower case; raise PatError for bad ones."""
        rows = config.read(["--get-urlmatch", "http", url], self._environment)
        return {row.key.removeprefix("http."): row.value for row in rows}

    def proxy_for(self, url: str, settings: Mapping[str, str]) -> str:
        """Return the URL of the proxy on the way to `url`, or an empty one (curl(1), "ENVIRONMENT")."""
        parts = urlsplit(url)
        named = self._environment.get
        bypassed = named("no_proxy") or named("NO_PROXY") or ""
        if parts.hostname in [name.strip(" []") for name in bypassed.split(",")]:  # as those of IPv6 are
            return ""
        if urllib.request.proxy_bypass_environment(parts.netloc, {"no": bypassed}):  # type: ignore[attr-defined]  # typeshed lacks it
            return ""
        if "proxy" in settings:
            return settings["proxy"]
        capital = "" if parts.scheme == "http" else named(f"{parts.scheme}_proxy".upper())  # httpoxy.org
        return named(f"{parts.scheme}_proxy") or capital or named("all_proxy") or named("ALL_PROXY") or ""

    def trust(self, url: str, settings: Mapping[str, str]) -> ssl.SSLContext:
        """Return what decides whether a host is trusted; raise UnreachableError for unusable files."""
        context = self._authorities(settings)
        certificate = self._file("GIT_SSL_CERT", "sslcert", settings)
        try:
            if certificate:
                key = self._file("GIT_SSL_KEY", "sslkey", settings) or None
                context.load_cert_chain(certificate, key, password=lambda: b"")  # never asks on the terminal
        except (OSError, ValueError):
            raise UnreachableError(f"{shown(certificate)} of http.sslCert cannot be used") from None
        if not self.checks(url):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _authorities(self, settings: Mapping[str, str]) -> ssl.SSLContext:
        file = self._file("GIT_SSL_CAINFO", "sslcainfo", settings)
        folder = self._file("GIT_SSL_CAPATH", "sslcapath", settings)
        if not file and not folder:
            import truststore  # the operating system's own store

            return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            return ssl.create_default_context(cafile=file or None, capath=folder or None)
        except (OSError, ValueError) as error:
            what = "is not there" if isinstance(error, FileNotFoundError) else "holds no certificates"
            raise UnreachableError(f"{shown(file or folder)} of http.sslCAInfo {what}") from None

    def _file(self, variable: str, name: str, settings: Mapping[str, str]) -> str:
        """Return the path that a variable names, or else a setting; empty if none does."""
        path = self._environment.get(variable) or settings.get(name) or ""
        if path.startswith("~/"):
            path = self._environment.get("HOME", "") + path[1:]
        return os.path.join(self._folder, path) if path else ""

    def _proxy(self, url: str, deadline: float) -> _Proxy | None:
        """Return the proxy of a URL, with the password that Git's helpers have for it if the URL has none.

        Git asks them if the URL has a username (http.c, "init_curl_proxy_auth").
        """
        if not url:
            return None
        proxy = _proxy_of(url)
        if proxy.username is None or proxy.password is not None or has_controls(proxy.username):
            return proxy
        with self._asking_helpers:  # `doctor` asks all hosts at the same time
            if proxy not in self._proxies:
                self._proxies[proxy] = self._with_stored_password(proxy, deadline)
            return self._proxies[proxy]

    def _with_stored_password(self, proxy: _Proxy, deadline: float) -> _Proxy:
        """Return the proxy as Git's helpers complete it; nobody is asked, and no repository counts."""
        username = os.fsdecode(proxy.username or b"")
        request = f"protocol={proxy.scheme}\nhost={proxy.host}\nusername={username}\n\n"
        environment = {**config.git_environment(self._environment), **_WITHOUT_QUESTIONS}
        limit = max(0.1, deadline - monotonic())
        command = ["-c", "pat.agent=never", "credential", "fill"]  # `doctor` starts no agent
        filled = config.run_in("/", command, environment, limit, given=request)
        said = dict(line.partition(b"=")[::2] for line in filled.output.split(b"\n"))
        if filled.status or b"password" not in said:
            return proxy
        return replace(proxy, username=said[b"username"], password=said[b"password"], is_stored=True)

    def _outcome(self, question: Question, sending: _Sending) -> Reply | Exception:
        try:
            return self._exchange(question, sending)
        except UnreachableError as error:
            return type(error)(f"{question.host}: {error}")
        except PatError as error:
            return UnreachableError(str(error))
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            return _failure(question, sending, _reason(error))
        except Exception as error:  # noqa: BLE001  # a thread's own end is a traceback, which could show a token
            return error

    def _exchange(self, question: Question, sending: _Sending) -> Reply:
        deadline = sending.deadline
        settings = self.settings(question.url)
        # As with Git, what holds for a host's certificate, and the one shown to it, is none of its proxy's.
        proxy_context = self._authorities(settings)
        context = self.trust(question.url, settings)
        proxy = self._proxy(self.proxy_for(question.url, settings), deadline)
        pool = sending.watch(_pool(proxy, context, proxy_context))
        # The commands report in one line what was not to be checked.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        try:
            response = pool.request(
                question.method,
                question.url,
                body=question.body or None,
                headers={"User-Agent": f"git-credential-pat/{__version__}", **question.headers},
                redirect=False,
                retries=False,
                timeout=max(0.1, deadline - monotonic()),
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            if proxy and any(_wants_login(link) for link in _chain(error)):
                raise UnreachableError(proxy.refusal) from None
            raise
        try:
            if proxy and response.status == _PROXY_WANTS_LOGIN:
                raise UnreachableError(proxy.refusal)
            headers = tuple((name.lower(), value) for name, value in response.headers.items())
            # Compression is not asked for, and what unfolds from a megabyte could fill the memory.
            reply = Reply(response.status, headers, _body(response))
        finally:
            response.close()
        if not question.is_safe and not _is_whole(reply):
            raise AnswerLostError("its answer is cut off")
        return reply


def _body(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return a reply's body up to the limit; raises HTTPError if the connection ended before the body did."""
    body = b""
    while len(body) < _BODY_LIMIT and (chunk := response.read(_BODY_LIMIT - len(body), decode_content=False)):
        body += chunk
    return body


def _is_whole(reply: Reply) -> bool:
    """Return whether nothing of a reply is missing, as far as it shows.

    `http.client` takes headers that break off for whole ones: without a length or chunks, which urllib3
    checks, only a body that ends as JSON ends is known to be whole.
    """
    is_chunked = reply.value("transfer-encoding").lower() == "chunked"  # as http.client compares it
    has_end = is_chunked or reply.value("content-length").isdigit()
    return has_end or reply.status == _NO_CONTENT or reply.json() is not None


def _failure(question: Question, sending: _Sending, why: str) -> UnreachableError:
    """Return what a question without an answer raises: what was never sent has changed nothing."""
    is_lost = sending.has_begun and not question.is_safe
    return (AnswerLostError if is_lost else UnreachableError)(f"{question.host}: {why}")


def _pool(
    proxy: _Proxy | None, context: ssl.SSLContext, proxy_context: ssl.SSLContext
) -> urllib3.PoolManager:
    if proxy is None:
        return urllib3.PoolManager(ssl_context=context)
    return urllib3.ProxyManager(
        proxy.address, proxy_headers=proxy.headers, ssl_context=context, proxy_ssl_context=proxy_context
    )


def _wants_login(error: BaseException) -> bool:
    return f"{_REFUSED_TUNNEL}: {_PROXY_WANTS_LOGIN}" in str(error)


def _reason(error: Exception) -> str:
    """Return in a few words why nothing came back; the library's own words would repeat URLs."""
    chain = _chain(error)
    fitting = (text(one) for kind, text in _REASONS for one in chain if isinstance(one, kind))
    return next(fitting, "no connection")


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and those behind it: the library wraps some, and hands others on as a `reason`."""
    chain: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        link = waiting.pop(0)
        if isinstance(link, BaseException) and link not in chain:
            chain.append(link)
            waiting += [link.__cause__, link.__context__, getattr(link, "reason", None)]
            waiting.append(getattr(link, "original_error", None))
    return chain


def _certificate(error: BaseException) -> str:
    detail = shown(getattr(error, "verify_message", "") or "it cannot be checked").replace("%20", " ")
    return f"its certificate is not trusted ({detail}); if it should be, set http.sslCAInfo"


_REASONS: tuple[
    tuple[type[BaseException] | tuple[type[BaseException], ...], Callable[[BaseException], str]], ...
] = (
    (ssl.SSLCertVerificationError, _certificate),
    (ConnectionResetError, lambda _: "the connection breaks off"),
    (
        urllib3.exceptions.ProxyError,
        lambda _: "the proxy does not let through or cannot be reached; check http.proxy",
    ),
    (urllib3.exceptions.NameResolutionError, lambda _: "its name cannot be found; are you online?"),
    (ConnectionRefusedError, lambda _: "it refuses the connection"),
    (ssl.SSLError, lambda _: "it does not speak TLS as it should"),
    (urllib3.exceptions.TimeoutError, lambda _: _LATE),
    (ConnectionError, lambda _: "the connection breaks off"),
    ((urllib3.exceptions.HTTPError, HTTPException), lambda _: "what it answers is not HTTP"),
)
"""The first kind that stands anywhere in the chain counts: in urllib3 a refused connection is a timeout."""
