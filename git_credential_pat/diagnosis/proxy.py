"""The proxies on the way to the hosts of kept tokens: whether anything listens there."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from urllib.parse import SplitResult, urlsplit

from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import PatError
from git_credential_pat.hosts import family_of
from git_credential_pat.model.finding import Finding, ok, problem
from git_credential_pat.model.scope import Scope
from git_credential_pat.text import shown

_LIMIT = 2.0
"""Seconds for a proxy to take a connection."""
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080, "socks4": 1080}
_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY")


def check_proxies(around: Surroundings) -> Iterator[Finding]:
    """Report proxies that cannot be reached; what lies behind them is not asked then."""
    if around.is_offline:
        return
    proxies = {proxy_for(url, around): url for url in places_to_ask(around)}
    for proxy, url in proxies.items():
        if proxy and is_dead(proxy):
            yield problem(f"the proxy {_address(proxy)} cannot be reached", _fix(proxy, url, around))
        elif proxy:
            yield ok(f"the proxy {_address(proxy)} can be reached")


def places_to_ask(around: Surroundings) -> dict[str, Scope]:
    """Return a URL for each host of kept tokens, with its shortest scope; empty where nothing is asked."""
    shortest: dict[tuple[bytes, bytes], Scope] = {}
    for entry in sorted(around.known_entries, key=lambda entry: len(entry.scope.path)):
        if entry.scope.protocol in (b"https", b"http"):
            shortest.setdefault((entry.scope.protocol, entry.scope.host), entry.scope)
    return {_url(scope, around): scope for scope in shortest.values()}


def proxy_for(url: str, around: Surroundings) -> str:
    """Return the proxy that Git would go through, or an empty text."""
    return around.web.proxy_for(url, around.web.settings(url))


@cache
def is_dead(proxy: str) -> bool:
    """Whether nothing takes a connection at a proxy's address."""
    try:
        parts = _split(proxy)
        port = parts.port or _PORTS.get(parts.scheme, 80)
        socket.create_connection((parts.hostname or "", port), _LIMIT).close()
    except (OSError, ValueError):
        return True
    return False


def _url(scope: Scope, around: Surroundings) -> str:
    return family_of(scope, around.settings.providers).probe(scope)


def _address(proxy: str) -> str:
    """Name a proxy by host and port: what else stands there, or in the place of a port, may be a password."""
    host = port = ""
    with suppress(ValueError):
        parts = _split(proxy)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    return shown(f"[{host}]{port}" if ":" in host else f"{host}{port}") or "without a host"


def _split(proxy: str) -> SplitResult:
    """Take a proxy's address apart; raise ValueError, as its port does, if it is none."""
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}")


def _fix(proxy: str, url: str, around: Surroundings) -> str | None:
    rows = [row for row in around.config.matching("http", url, "proxy") if row.value == proxy]
    if rows:
        return rows[-1].unset()
    names = [name for name in _VARIABLES if around.variables.get(name) == proxy]
    return f"unset {' '.join(names)}" if names else None


def is_reachable(url: str, around: Surroundings) -> bool:
    """Whether nothing is known to stand in the way to a URL."""
    try:
        proxy = proxy_for(url, around)
    except PatError:
        return False
    return not (proxy and is_dead(proxy))
