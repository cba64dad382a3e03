"""The URLs by which Git's configuration is looked up for tokens: Git compares paths there with capitals."""

from collections.abc import Iterable, Iterator

from git_credential_pat.diagnosis.support.config import Row
from git_credential_pat.errors import PatError
from git_credential_pat.model.scope import Scope, parse_url


def urls_for(scopes: Iterable[Scope], rows: Iterable[Row]) -> list[str]:
    """Return the URLs at which these rows may say something about requests for these scopes.

    It is the server's, unless a row is for a path above or below a scope: then the scope's own, and the
    row's, written as the row has it.
    """
    below = [place for place in map(_place, {row.url for row in rows if row.url}) if place and place.path]
    urls: list[str] = []
    for scope in scopes:
        near = [place.text for place in _near(scope, below)]
        urls += [scope.text, *near] if near else [scope.server.text]
    return [*dict.fromkeys(urls)]


def _near(scope: Scope, places: Iterable[Scope]) -> Iterator[Scope]:
    for place in places:
        depth = len(place.path)
        if place.folded.covers(scope.folded) or scope.folded.covers(place.folded):
            yield place._replace(path=place.path + scope.path[depth:])


def _place(url: str) -> Scope | None:
    try:
        return parse_url(url).scope
    except PatError:  # a pattern, which the server's URL may fit
        return None
