"""Front ends: how each tool asks. A front end is a file here that has `talk`, and a row of `FRONTENDS`.

`talk` takes the words of the command line and a function that reads standard input, and returns a
generator, a `Talk`. The generator yields calls and is sent their answers, or has the error thrown into it
that refuses one. The bytes that it yields go to the tool. `converse` runs it. So a front end does nothing
itself, and needs no process to be tested. A bad request is to be refused before anything is called for.

This module stands on built-in ones alone, and has what is known of Git's messages before anything else is
loaded: a call that an agent answers needs neither the meaning of a message (`git`) nor `os`, which would cost
it a sixth of its time.
"""

from sys import modules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from typing import Any, Protocol, TypeAlias

    from git_credential_pat.model.credential import Answer
    from git_credential_pat.model.request import Call

    Talk: TypeAlias = Generator[Call | bytes, Answer, None]

    class FrontEnd(Protocol):
        """The face of a front end."""

        def talk(self, words: list[str], read: Callable[[int], bytes]) -> Talk:
            """Hold a conversation; `read(n)` returns at most n bytes, and `b""` at the end of input."""


GIT = "git-credential-pat"
FRONTENDS = {
    GIT: "git",
}
"""The front end, a file here, by the name under which its tool starts the launcher."""

CAPABILITY = "capability"
OPERATIONS = ("get", "store", "erase", CAPABILITY)
"""What Git asks of a helper."""

CAPABILITIES = b"version 0\ncapability authtype\n"
"""The answer to the operation `capability`."""

MESSAGE_LIMIT = 1 << 20
"""The most bytes of a whole request with its empty line."""


def program_of(environment: "Mapping[bytes, bytes]") -> str:
    """Return the name under which the launcher was started, if a front end has it; else Git's."""
    name = environment.get(b"GIT_CREDENTIAL_PAT_LAUNCHER", b"").rpartition(b"/")[2].decode("latin-1")
    return name if name in FRONTENDS else GIT


def front_end(program: str) -> "FrontEnd":
    """Return the front end of a program."""
    path = f"{__name__}.{FRONTENDS[program]}"
    __import__(path)  # `importlib` is one more module that Git would wait for
    module: Any = modules[path]
    return module  # type: ignore[no-any-return]  # a file here is one


def converse(talk: "Talk", carry_out: "Callable[[Call], Answer]", write: "Callable[[bytes], object]") -> None:
    """Run a front end to its end: `carry_out` its calls, `write` its bytes; raises what either raises.

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
    except StopIteration:
        return


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


def _is_complete(data: bytes) -> bool:
    return b"\n\n" in data or b"\n\r\n" in data or data.startswith((b"\n", b"\r\n"))
