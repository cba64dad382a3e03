"""Certificates: what Git and this program check hosts by."""

import os
import ssl
from collections.abc import Iterator

from git_credential_pat.diagnosis.helpers import places
from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.errors import PatError
from git_credential_pat.git import boolean
from git_credential_pat.model.finding import Finding, ok, problem
from git_credential_pat.system.files import read_foreign
from git_credential_pat.text import quoted

_LIMIT = 1 << 24


def check_tls(around: Surroundings) -> Iterator[Finding]:
    """Report where certificates are not checked, or the file to check them by is of no use."""
    found = [*_variables(around), *_rows(around)]
    yield from found
    if not found:
        yield ok("certificate checks are on")


def _variables(around: Surroundings) -> Iterator[Finding]:
    if "GIT_SSL_NO_VERIFY" in around.variables:  # for Git, be it empty
        yield problem("GIT_SSL_NO_VERIFY disables certificate checks", "unset GIT_SSL_NO_VERIFY")
    path = around.variables.get("GIT_SSL_CAINFO", "")
    why = _fault(path, around) if path else ""
    if why:
        yield problem(f"GIT_SSL_CAINFO names {quoted(path)}, {why}", "unset GIT_SSL_CAINFO")


def _rows(around: Surroundings) -> Iterator[Finding]:
    """Look at what holds for each host; a row is reported once, however many hosts it is for."""
    bad = {}
    for url in places(around):
        for row in around.config.matching("http", url):
            if row.name == "sslverify" and boolean(row.value) is False and row not in bad:
                if around.config.effective("http.sslVerify", url) == row.value:
                    bad[row] = f"http.sslVerify disables certificate checks for {row.url or 'every host'}"
            elif row.name == "sslcainfo" and row.value and row not in bad:
                why = _fault(row.value, around)
                if why:
                    bad[row] = f"http.sslCAInfo names {quoted(row.value)}, {why}"
    for row, text in bad.items():
        yield problem(text, row.unset())


def _fault(path: str, around: Surroundings) -> str:
    """Return what is wrong with a file of certificates; empty if nothing is."""
    home = around.variables.get("HOME", "")
    absolute = os.path.join(around.folder, home + path[1:] if path.startswith("~/") else path)
    try:
        data = read_foreign(absolute, _LIMIT)
    except PatError:
        return "which cannot be read"
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=data.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError):
        return "which holds no certificate"
    return ""
