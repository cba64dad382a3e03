"""Front ends: how each tool asks. A front end is a file here that has `talk`, and a row of `FRONTENDS`.

`talk` takes the words of the command line and a function that reads standard input, and returns a
generator, a `Talk`. The generator yields calls and is sent their answers, or has the error thrown into it
that refuses one. The bytes that it yields go to the tool. What it returns at its end is the exit status:
`None` is 0, and `HAND_ON` leaves the question to the next program of that name. `converse` runs it. So a
front end does nothing itself, and needs no process to be tested. A bad request is to be refused before
anything is called for. Tools other than Git never see an error: their call is answered with nothing,
and the reason goes to standard error.

Most tools start a program for each question. Those of `OPENINGS` start one that they send a request a line:
each line has a `talk` of its own, until one returns a status.

This module stands on built-in ones alone, and has what is known of messages before anything else is
loaded: a call that an agent answers needs neither the meaning of a message (`git`) nor `os`, which would cost
it a sixth of its time.
"""

from sys import modules

from git_credential_pat.stdio import input_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping
    from typing import Any, Protocol, TypeAlias

    from git_credential_pat.model.credential import Answer
    from git_credential_pat.model.request import Call

    Talk: TypeAlias = Generator[Call | bytes, Answer, int | None]

    class FrontEnd(Protocol):
        """The face of a front end."""

        def talk(self, words: list[str], read: Callable[[int], bytes]) -> Talk:
            """Hold a conversation; `read(n)` returns at most n bytes, and `b""` at the end of input."""


CAPABILITY = "capability"
OPERATIONS = ("get", "store", "erase", CAPABILITY)
"""What Git asks of a helper."""

GIT = "git"
FRONTENDS: "dict[str, tuple[str, tuple[str, ...]]]" = {
    GIT: ("git-credential-pat", OPERATIONS),
    "keyring": ("keyring", ()),
    "header": ("", ()),
    "docker": ("docker-credential-pat", ("get", "store", "erase")),
    "cargo": ("cargo-credential-pat", ()),
    "go": ("", ()),
    "bazel": ("bazel-credential-pat", ("get",)),
    "terraform": ("terraform-credentials-pat", ("store",)),
    "nuget": ("nuget-plugin-pat", ()),
}
"""The front ends, files here: the name under which a tool starts the launcher, if it looks for one, and the
first words of command lines with which it sends a message on standard input."""

ANSWER = "answer"
"""The word before a front end's on the command line of `git-credential-pat`."""

OPENINGS = {
    ("cargo", "--cargo-plugin"): b'{"v":[1]}\n',
    ("nuget", "-Plugin"): (
        b'{"RequestId":"git-credential-pat","Type":"Request","Method":"Handshake",'
        b'"Payload":{"ProtocolVersion":"2.0.0","MinimumProtocolVersion":"1.0.0"}}\n'
    ),
}
"""What is said first to a tool that sends a request a line, by the front end and the first word."""

HAND_ON = -1
"""The end of a talk that leaves its question to another program of the same name."""

CAPABILITIES = b"version 0\ncapability authtype\n"
"""The answer to the operation `capability`."""

MESSAGE_LIMIT = 1 << 20
"""The most bytes of a whole request with its empty line."""


def asked(arguments: "list[str]", environment: "Mapping[bytes, bytes]") -> "tuple[str, list[str], list[str]]":
    """Return which front end a call asks, its words, and the options before them.

    For a command of the user's the front end is "". Raises ValueError where the name of a backend is missing.
    """
    program = environment.get(b"GIT_CREDENTIAL_PAT_LAUNCHER", b"").rpartition(b"/")[2].decode("latin-1")
    if program != FRONTENDS[GIT][0]:
        for tool, (name, _) in FRONTENDS.items():
            if program and name == program:
                return tool, arguments, []
    _, words = split_options(arguments)
    options = arguments[: len(arguments) - len(words)]
    if words[-1:] in (["--help"], ["-h"]):
        return "", words, options
    if words[:1] == [ANSWER] and words[1:] and words[1] in FRONTENDS:
        return words[1], words[2:], options
    return GIT if words and words[0] in OPERATIONS else "", words, options


def front_end(tool: str) -> "FrontEnd":
    """Return a front end by its word."""
    path = f"{__name__}.{tool}"
    __import__(path)  # `importlib` is one more module that Git would wait for
    module: Any = modules[path]
    return module  # type: ignore[no-any-return]  # a file here is one


def messages(tool: str, words: "list[str]", read: "Callable[[int], bytes]") -> "Iterator[bytes]":
    """Give what each talk of a call reads: one message, or a line each time. `read` reads standard input."""
    first = words[0] if words else ""
    if (tool, first) in OPENINGS:
        yield from input_lines(MESSAGE_LIMIT, read)
    elif first not in FRONTENDS[tool][1] or first == CAPABILITY:
        yield b""
    elif tool == GIT:
        yield read_message(read) if len(words) == 1 else b""
    else:
        yield _read_all(read)


def converse(
    talk: "Talk", carry_out: "Callable[[Call], Answer]", write: "Callable[[bytes], object]"
) -> "int | None":
    """Run a front end to its end, and return what it returns: `carry_out` its calls, `write` its bytes.

    Raises what either raises.

    What `carry_out` raises the front end sees first, so that it can say a last word.
    """
    try:
        step = next(talk)
        while True:
            if isinstance(step, bytes):
                write(step)
                step = next(talk)
                continue
            try:
                answer = carry_out(step)
            except Exception as refusal:  # noqa: BLE001  # it comes back unless the front end deals with it
                step = talk.throw(refusal)
            else:
                step = talk.send(answer)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # as `Talk` has it


def split_options(words: "list[str]") -> "tuple[str | None, list[str]]":
    """Take `--backend NAME` off, which Git passes on from `credential.helper = pat --backend NAME`.

    Return the name, if there is one, and the other words; raise ValueError where a name is missing.
    """
    backend, rest = None, list(words)
    while rest and rest[0].partition("=")[0] == "--backend":
        _, equals, name = rest.pop(0).partition("=")
        if not equals and not rest:
            raise ValueError("--backend needs a name")
        backend = name if equals else rest.pop(0)
    return backend, rest


def read_message(read: "Callable[[int], bytes]") -> bytes:
    """Read one request and no more than needed: to its empty line, to the end, or past the limit.

    `read(n)` returns at most n bytes and `b""` at the end of input.
    """
    data = b""
    while len(data) <= MESSAGE_LIMIT and not _is_complete(data):
        chunk = read(MESSAGE_LIMIT + 1)
        if not chunk:
            break
        data += chunk
    return data


def _read_all(read: "Callable[[int], bytes]") -> bytes:
    """Read to the end, or past the limit."""
    data = b""
    while len(data) <= MESSAGE_LIMIT and (chunk := read(MESSAGE_LIMIT + 1)):
        data += chunk
    return data


def _is_complete(data: bytes) -> bool:
    return b"\n\n" in data or b"\n\r\n" in data or data.startswith((b"\n", b"\r\n"))
