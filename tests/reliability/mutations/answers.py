"""Breaks in which token answers a request, and in what is answered."""

from reliability.mutations.cases import conversation, place
from reliability.mutations.mutation import Mutation

NEAR_MISSES = "campaign:near_misses=20000"

MUTATIONS = (
    Mutation(
        "match a visualstudio.com host by substring",
        "hosts/azure_devops.py",
        "next((host.removesuffix(suffix) for suffix in _LABEL_SUFFIXES if host.endswith(suffix)), None)",
        "next((host.partition(suffix)[0] for suffix in _LABEL_SUFFIXES if suffix in host), None)",
        (NEAR_MISSES,),
    ),
    Mutation(
        "match public hosts without the dot before them",
        "hosts/__init__.py",
        "if name in row.names or name.endswith(row.suffixes):",
        "if name in row.names or name.endswith(row.suffixes) or name.endswith(row.names):",
        (place("generic", "visualstudio.com with letters before it"),),
    ),
    Mutation(
        "cover paths by their text instead of whole segments",
        "scope.py",
        "and self.path == other.path[: len(self.path)]",
        'and b"/".join(other.path).startswith(b"/".join(self.path))',
        (
            conversation("narrowest", "segments are whole: fabrikam never covers fabrikam2"),
            "tests/test_redirects.py::test_another_organization_gets_no_token",
            NEAR_MISSES,
        ),
    ),
    Mutation(
        "cover another protocol's requests",
        "scope.py",
        "            self.protocol == other.protocol\n            and self.host",
        "            self.host",
        ("tests/test_scope.py::test_a_scope_covers_nothing_else",),
    ),
    Mutation(
        "answer http with what is kept for https",
        "helper.py",
        "return backend.find(scope.protocol, scope.host)",
        "return tuple(entry._replace(scope=entry.scope._replace(protocol=scope.protocol))"
        ' for entry in backend.find(b"https", scope.host))',
        (conversation("narrowest", "a token for https is never answered for http, nor for"),),
    ),
    Mutation(
        "answer for public services over http",
        "resolve.py",
        'if is_public(scope) and request.protocol != b"https":',
        "if False:",
        (conversation("approvals", "what is approved over http is kept for http alone, and"),),
    ),
    Mutation(
        "answer for ssh",
        "resolve.py",
        '_UNANSWERED_PROTOCOLS = (b"cert", b"ssh")',
        '_UNANSWERED_PROTOCOLS = (b"cert",)',
        (conversation("approvals", "nothing is kept where nothing is answered"),),
    ),
    Mutation(
        "take an ambiguous path for none",
        "resolve.py",
        " or (path is None and request.path is not None):",
        ":",
        (conversation("hostile", "paths that name two organizations"), NEAR_MISSES),
    ),
    Mutation(
        "answer for any port of Azure DevOps",
        "hosts/azure_devops.py",
        "        segments = ascii_folded(path or ())\n",
        '        segments, host = ascii_folded(path or ()), host.partition(b":")[0]\n',
        (NEAR_MISSES,),
    ),
    Mutation(
        "fold paths at hosts of no known kind",
        "hosts/family.py",
        "scope = Scope(protocol, host, path or ())\n        return Place(scope, own=scope)",
        "scope = Scope(protocol, host, tuple(part.lower() for part in path or ()))\n"
        "        return Place(scope, own=scope)",
        (conversation("narrowest", "other hosts keep the case of their paths"),),
    ),
    Mutation(
        "let the wider token answer first",
        "resolve.py",
        "key=lambda entry: -len(entry.scope.path)",
        "key=lambda entry: len(entry.scope.path)",
        (conversation("narrowest", "a project's token comes before its organization's"),),
    ),
    Mutation(
        "answer an organization's request with the host's token",
        "hosts/azure_devops.py",
        "own=scope._replace(path=segments[:1]), least=1)",
        "own=scope._replace(path=segments[:1]))",
        (conversation("approvals", "an entry without an organization is no covering"),),
    ),
    Mutation(
        "pick one of several organizations",
        "resolve.py",
        "    if len(candidates) != 1:\n        return",
        "    if not candidates:\n        return",
        (
            conversation("organizations", "several organizations: nothing, and the user is told"),
            NEAR_MISSES,
        ),
    ),
    Mutation(
        "infer an organization against a username",
        "resolve.py",
        "if not _says_nothing(family, username, entries):",
        "if False:",
        (conversation("organizations", "a username that may well be another organization's name"),),
    ),
    Mutation(
        "let the username win over the path",
        "resolve.py",
        "    if not place.open:\n",
        "    if not place.open and not _named_by_username(unmatched, username or b''):\n",
        (conversation("organizations", "the path wins over the username"),),
    ),
    Mutation(
        "answer any user where usernames are exact",
        "helper.py",
        'if family.rule == "exact" and request.username is not None:',
        "if False:",
        (conversation("usernames", "exact: a request's username must match, byte for byte"), NEAR_MISSES),
    ),
    Mutation(
        "compare exact usernames without what follows an @",
        "usernames.py",
        '    if requested is None or family.rule == "exact":\n        return entry.username == requested\n',
        "    if requested is None:\n        return entry.username == requested\n",
        (NEAR_MISSES,),
    ),
    Mutation(
        "echo usernames with their domain",
        "usernames.py",
        'name = (username or b"").partition(b"@")[0]',
        'name = username or b""',
        (conversation("usernames", "any: the request's username is echoed where it can be,"),),
    ),
    Mutation(
        "echo control bytes",
        "usernames.py",
        "if name.translate(None, _PRINTABLE) or looks_like_any_token(name)",
        "if looks_like_any_token(name)",
        (
            conversation("usernames", "any: the request's username is echoed where it can be,"),
            conversation("approvals", "any: a username with control bytes is kept as the default"),
        ),
    ),
    Mutation(
        "echo tokens in the username's place",
        "usernames.py",
        "if name.translate(None, _PRINTABLE) or looks_like_any_token(name)",
        "if name.translate(None, _PRINTABLE)",
        (
            conversation("usernames", "any: what has the shape of a token is never echoed"),
            conversation("usernames", "any: a username with the shape of a token is kept as"),
        ),
    ),
    Mutation(
        "answer an empty username",
        "helper.py",
        "        and (entry.authtype or entry.is_sign_on or stored_username(entry, family, settings))\n",
        "",
        (conversation("usernames", "exact: a token without a username is not answered, for"),),
    ),
    Mutation(
        "answer expired tokens",
        "helper.py",
        "        not entry.is_expired(now)\n        and (entry",
        "        (entry",
        (
            conversation("narrowest", "an expired token alone is not answered, and the user is told"),
            conversation("narrowest", "where the newest token has expired an older valid one"),
        ),
    ),
    Mutation(
        "answer a token in the second in which it expires",
        "entry.py",
        "self.expires * SECOND <= now",
        "self.expires * SECOND < now",
        (conversation("narrowest", "a token is not answered from the second on"),),
    ),
    Mutation(
        "answer rejected tokens",
        "helper.py",
        "and (entry.state == ACTIVE or (entry.state == DOUBTFUL and match.named))",
        "and (entry.state != DOUBTFUL or match.named)",
        (conversation("rejections", "the rejected token is put aside and not answered again"),),
    ),
    Mutation(
        "answer doubtful tokens where no organization is named",
        "helper.py",
        "(entry.state == DOUBTFUL and match.named)",
        "entry.state == DOUBTFUL",
        (conversation("organizations", "rejected after an inference: doubtful, answered only"),),
    ),
    Mutation(
        "answer authtype to a Git that does not know it",
        "helper.py",
        "        and (not entry.authtype or request.takes_authtype)\n",
        "",
        (conversation("approvals", "a credential of another scheme is kept and answered as"),),
    ),
    Mutation(
        "answer a Basic header to a Git that does not know it",
        "helper.py",
        "return family.forces_basic and request.takes_authtype and bool(request.schemes & _SWALLOWING)",
        "return family.forces_basic and bool(request.schemes & _SWALLOWING)",
        (conversation("hostile", "Negotiate alone beside Basic costs an older Git no"),),
    ),
    Mutation(
        "answer values that break their line",
        "protocol.py",
        "if any(byte in value for byte in _UNPRINTABLE_IN_VALUE):",
        "if False:",
        (
            conversation("hostile", "a stored value that would break out of its line is not"),
            "tests/test_protocol.py::test_a_value_that_would_break_its_line_is_refused_and_not_shown",
        ),
    ),
    Mutation(
        "answer values with a carriage return",
        "protocol.py",
        r'_UNPRINTABLE_IN_VALUE = (b"\n", b"\r", b"\0")',
        r'_UNPRINTABLE_IN_VALUE = (b"\n", b"\0")',
        (
            conversation("hostile", "a stored value that would break out of its line is not"),
            "tests/test_properties.py::test_no_value_of_an_answer_breaks_its_line_whatever_is_stored",
        ),
    ),
)
