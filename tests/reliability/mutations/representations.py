"""Breaks by which an object that holds a secret shows it where it is printed or logged."""

from reliability.mutations.mutation import Mutation


def _hiding(name: str, file: str, before: str, after: str, *around: str) -> Mutation:
    """Return a break of what hides the secret of one kind of object, and of those `around` it."""
    test = "tests/test_representations.py::test_a_representation_shows_no_secret"
    tests = tuple(f"{test}[{one}]" for one in (name, *around))
    return Mutation(f"show a secret by the representation of {name}", file, before, after, tests)


MUTATIONS = (
    _hiding(
        "Request",
        "protocol.py",
        'f"Request({self.protocol!r}, {self.host!r}, {self.path!r})"',
        'f"Request({self.protocol!r}, {self.host!r}, {self.password!r})"',
    ),
    _hiding(
        "Request with a header",
        "protocol.py",
        'f"Request({self.protocol!r}, {self.host!r}, {self.path!r})"',
        'f"Request({self.protocol!r}, {self.host!r}, {self.credential!r})"',
    ),
    _hiding("Credential", "protocol.py", 'return "Credential(...)"', 'return f"Credential{tuple(self)}"'),
    _hiding("Secret", "changes.py", 'return "Secret(...)"', 'return f"Secret({self.value!r})"'),
    _hiding("Answer", "helper.py", 'f"Answer(notices={self.notices!r})"', 'f"Answer{tuple(self)}"'),
    _hiding(
        "Opened",
        "backends/vault.py",
        'f"Opened(generation={self.header.generation})"',
        'f"Opened{tuple(self)}"',
    ),
    _hiding("Glance", "vault/file.py", 'f"Glance({self.state!r})"', 'f"Glance{tuple(self)}"'),
    _hiding("Url", "scope.py", 'f"Url({self.scope.text!r})"', 'f"Url{tuple(self)}"'),
    _hiding(
        "Calling",
        "agent/running.py",
        'f"Calling({self.options!r}, {self.timeout!r})"',
        'f"Calling{tuple(self)}"',
    ),
    _hiding("Row", "diagnosis/config.py", 'f"Row({self.path!r}, {self.key!r})"', 'f"Row{tuple(self)}"'),
    _hiding("Remote", "diagnosis/surroundings.py", 'f"Remote({self.name!r})"', 'f"Remote{tuple(self)}"'),
    _hiding("Line", "importing/files.py", "text: bytes = field(repr=False)", "text: bytes"),
    _hiding(
        "Span",
        "importing/scrubbing.py",
        "text: bytes = field(repr=False)",
        "text: bytes",
        "Found",
        "Reading",
        "Plan",
    ),
    _hiding("WholeFile", "importing/scrubbing.py", "data: bytes = field(repr=False)", "data: bytes"),
    _hiding("Login", "importing/scrubbing.py", "url: bytes = field(repr=False)", "url: bytes"),
    _hiding(
        "Guess",
        "importing/plan.py",
        'return f"Guess({self.organization.text!r})"',
        'return f"Guess({self.organization.text!r}, {self.token!r})"',
    ),
    _hiding(
        "Around",
        "importing/found.py",
        "environment: Mapping[str, str] = field(repr=False)",
        "environment: Mapping[str, str]",
    ),
    _hiding("Subject", "verification/verdict.py", "token: bytes = field(repr=False)", "token: bytes"),
    _hiding(
        "Question",
        "web/__init__.py",
        "field(default_factory=dict, repr=False)",
        "field(default_factory=dict)",
    ),
    _hiding("Reply", "web/__init__.py", 'field(default=b"", repr=False)', 'field(default=b"")'),
)
