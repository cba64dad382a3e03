"""NuGet: a variable for each source of nuget.config, and those of Azure Artifacts' credential provider.

The sources are those of the files from the working folder upwards. A variable is about a source's name, and
NuGet takes it before its files and plugins.
"""

from collections.abc import Iterator
from xml.parsers import expat

from git_credential_pat.text import quoted
from git_credential_pat.variables.support.around import Around

_FILES = ("nuget.config", "NuGet.config", "NuGet.Config", "NUGET.CONFIG")
_PREFIXES = ("ARTIFACTS_CREDENTIALPROVIDER_URI_PREFIXES", "VSS_NUGET_URI_PREFIXES")
_TOKENS = ("ARTIFACTS_CREDENTIALPROVIDER_ACCESSTOKEN", "VSS_NUGET_ACCESSTOKEN")
"""What the credential provider reads, by the name of today and that of before 2.0."""


def give(around: Around) -> None:
    """Give the sources their tokens."""
    names: dict[str, str] = {}  # which NuGet compares in any case of letters
    found = [
        (file, names.setdefault(name.lower(), name), url)
        for file, data in around.files(*_FILES)
        for name, url in _sources(around, file, data)
    ]
    for name, token in around.give_each(found):
        login = f"Username={token.username};Password={token.text};ValidAuthenticationTypes=Basic"
        around.given.give({f"NuGetPackageSourceCredentials_{name}": login}, token)
    _give_provider(around, [url for *_, url in found])


def _give_provider(around: Around, urls: list[str]) -> None:
    fitting = {around.above(url): token for url in urls for token in around.fitting(url)}
    tokens = [*fitting.values()]
    if len({token.secret for token in tokens}) > 1:
        around.given.leave_out((*_PREFIXES, *_TOKENS), tokens)
    elif tokens:
        prefixes = dict.fromkeys(_PREFIXES, ";".join(fitting))
        around.given.give({**prefixes, **dict.fromkeys(_TOKENS, tokens[0].text)}, *tokens)


def _sources(around: Around, file: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Give name and URL of each source in a file; a document type, which could have entities, is refused."""
    found: list[tuple[str, str]] = []
    inside: list[str] = []

    def enter(tag: str, attributes: dict[str, str]) -> None:
        inside.append(tag.lower())
        if inside == ["configuration", "packagesources", "add"]:
            found.append((attributes.get("key", ""), attributes.get("value", "")))

    def refuse(*_: object) -> None:
        raise ValueError

    parser = expat.ParserCreate()
    parser.StartElementHandler = enter
    parser.EndElementHandler = lambda _: inside.pop()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003  # the only form that it has
    except (expat.ExpatError, ValueError):
        around.given.say(f"{quoted(file)} is not understood, so no token is set for it")
    else:
        yield from found
