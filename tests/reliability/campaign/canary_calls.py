"""The calls that the canary is given to, and where of each it is seen: there it must be, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from support.importing import write
from support.program import attributes

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = (
    "canary7f3a9d51c2e8" + "Zk4QvR8wXb2LmN6pTd1YsH5gUj9cVe3oIfAr7BtK0yGx" + "qWzEaS3dFhJl4M" + "AZDO" + "u8i2"
)
"""The canary, in the shape of a token of Azure DevOps."""
PHRASE = "a canary sings+of/secret=passphrases"
URL = "https://dev.azure.com/fabrikam"
REPOSITORY = f"{URL}/web/_git/web"
ASKED = attributes("protocol=https", "host=dev.azure.com", "path=fabrikam/web/_git/web")
REPORTED = ASKED[:-1] + f"username=pat\npassword={TOKEN}\n\n".encode()
INDEX = b'{"v":1,"kind":"get","registry":{"index-url":"sparse+%b/"}}\n' % URL.encode()
AS_LINE = f"{TOKEN}\n".encode()
SHOWN = "token@stdout"
GIVEN = "token@given arguments"


class Call(NamedTuple):
    """A call: its words, its standard input, and where a secret is seen of it."""

    words: tuple[str, ...]
    given: bytes = b""
    seen: frozenset[str] = frozenset()
    variables: dict[str, str] = {}  # noqa: RUF012  # nobody changes it
    status: int | None = 0
    """How it ends; None: in whatever way."""


def _call(words: str, given: bytes = b"", *seen: str, status: int = 0, **variables: str) -> Call:
    return Call(tuple(words.split()), given, frozenset(seen), variables, status)


def _misuse(words: str, given: bytes = b"", *seen: str) -> Call:
    return Call(tuple(words.split()), given, frozenset(seen), status=None)


CALLS = (
    _call(f"seed {URL} --days 3", AS_LINE),
    _call("get", ASKED, SHOWN),
    _call(f"seed {URL} --from-env CANARY", b"", "token@given environment", CANARY=TOKEN),
    _call("get", ASKED, SHOWN),
    _call("store", REPORTED),
    _call("erase", REPORTED),
    _call("get", ASKED),
    _call(f"restore {URL}"),
    _call("get", ASKED, SHOWN),
    _call("list"),
    _call("list --json"),
    _call(f"token {URL}", b"", SHOWN),
    _call(f"header {URL}", b"", SHOWN),
    _call(f"answer keyring get {URL} pat", b"", SHOWN),
    _call(f"answer header {URL}", b"", SHOWN),
    _call("answer docker get", b"fabrikam.visualstudio.com", SHOWN),
    _call("answer cargo --cargo-plugin", INDEX, SHOWN),
    _call(f"answer go {URL}", b"", SHOWN),
    _call("answer bazel get", b'{"uri":"%b"}' % URL.encode(), SHOWN),
    _call("answer terraform get fabrikam.visualstudio.com", b"", SHOWN),
    _call(f"answer nuget -U {URL}", b"", SHOWN),
    _call("configure uv cargo go"),
    _call(f"exec {URL} -- /bin/true", b"", "token@environment"),
    _call("verify"),
    _call("verify --json"),
    _call("doctor --json", status=1),
    _call("configure"),
    _call("unconfigure"),
    _call("vault info"),
    _call("vault add-slot passphrase", f"{PHRASE}\n".encode()),
    _call("vault rekey", f"{PHRASE}\n".encode()),
    _call("vault backup copy"),
    _call("vault recover copy --yes"),
    _call("agent status", status=1),
    _call("capability"),
    _call("--version"),
    _call("help"),
)
"""Every command but `import`, where no agent runs."""

MISUSES = (
    _misuse(f"seed {URL} {TOKEN}", b"", GIVEN),
    _misuse(f"seed https://pat:{TOKEN}@dev.azure.com/fabrikam", b"", GIVEN),
    _misuse(f"seed {URL} --username {TOKEN}", b"", GIVEN),
    _misuse(f"seed {URL} --from-env {TOKEN}", b"", GIVEN),
    _misuse(f"seed {URL} --expires {TOKEN}", b"", GIVEN),
    _misuse(f"token {TOKEN}", b"", GIVEN),
    _misuse(f"token https://x:{TOKEN}@elsewhere.example.com", b"", GIVEN),
    _misuse(f"exec {URL} --env {TOKEN} -- /bin/true", b"", GIVEN),
    _misuse(f"--backend {TOKEN} list", b"", GIVEN),
    _misuse(f"--{TOKEN}", b"", GIVEN),
    _misuse(f"help {TOKEN}", b"", GIVEN),
    _misuse(f"configure {TOKEN}", b"", GIVEN),
    _misuse(f"answer {TOKEN}", b"", GIVEN),
    _misuse(f"answer keyring get https://x:{TOKEN}@elsewhere.example.com", b"", GIVEN),
    _misuse("answer docker store", AS_LINE),
    _misuse("answer cargo --cargo-plugin", AS_LINE),
    _misuse("answer terraform store dev.azure.com", AS_LINE),
    _misuse(f"import netrc {TOKEN}", b"", GIVEN, "token@names"),
    _misuse(f"vault remove-slot {TOKEN}", b"", GIVEN),
    _misuse("get", ASKED[:-1] + f"password {TOKEN}\n\n".encode()),
    _misuse("store", b"protocol=https\nhost=dev.azure.com\npassword=" + TOKEN.encode() + b"\0\n\n"),
    _misuse("get", f"protocol=https\nhost={TOKEN}.example.com\n\n".encode()),
    _misuse(f"seed {URL}", b"\x1b" + AS_LINE),
    _misuse(f"seed {URL}", TOKEN.encode() * 400),
)
"""Where a secret does not belong. Who types it there has shown it to the machine; it is not repeated."""


def imports(home: Path, folder: Path) -> list[Call]:
    """Return the calls that take the canary over from files made for them, and then delete it there.

    Some of the files lie where their tools keep them in a home, the others in a folder.
    """
    azure = home / ".azure" / "azuredevops" / "personalAccessTokens"
    tfx = home / ".tfx" / "https__dev.azure.com_fabrikam" / ".allusers"
    gcm = home / ".gcm" / "store" / "git" / "https" / "gcm.example.com" / "jane.credential"
    gh = home / ".config" / "gh" / "hosts.yml"
    glab = home / ".config" / "glab-cli" / "config.yml"
    texts = {
        folder / "netrc": f"machine netrc.example.com login jane password {TOKEN}\n",
        folder / "stored": f"https://jane:{TOKEN}@stored.example.com\n",
        azure: f"[azdevops-cli:{URL}]\nPersonal Access Token = {TOKEN}\n",
        tfx: f"pat:{TOKEN}",
        gcm: f"{TOKEN}\nservice=https://gcm.example.com\naccount=jane\n",
        gh: f"gh.example.com:\n    user: jane\n    oauth_token: {TOKEN}\n",
        glab: f"hosts:\n    glab.example.com:\n        token: !!null {TOKEN}\n",
    }
    for path, text in texts.items():
        write(path, text)
    named = (f"netrc {folder}/netrc", f"git-credentials {folder}/stored")
    names = (*named, "az-devops", "tfx", "gcm", "gh", "glab")
    calls = [_call(f"import {name} --scrub --yes --no-configure") for name in names]
    calls.append(_call(f"import remotes {folder} --scrub --yes --no-configure", b"", "token@pipe"))
    taken = f"import environment {URL} --no-configure"
    everywhere = ("token@given environment", "token@environment")  # the user gives it to all that is started
    calls.append(_call(taken, b"", *everywhere, AZURE_DEVOPS_EXT_PAT=TOKEN))
    return calls


AGENTS = (
    (
        _call("get", ASKED, SHOWN, "token@UNIX socket", "key@UNIX socket", "key@pipe"),
        (
            _call("get", ASKED, SHOWN),
            _call("store", REPORTED, "token@UNIX socket"),
            _call("agent status"),
            _call(f"token {URL}", b"", SHOWN),
            _call(f"answer header {URL}", b"", SHOWN),
            _call("vault rekey", f"{PHRASE}\n".encode(), "key@UNIX socket"),
            _call("agent stop"),
        ),
    ),
    (
        _call("unlock", f"{PHRASE}\n".encode(), "token@UNIX socket", "key@pipe"),
        (_call("get", ASKED, SHOWN), _call("agent status"), _call("lock")),
    ),
)
"""Calls that start an agent, with where secrets are seen of them and of it; and those that use and end it."""

TERMINAL_CALLS = (
    (f"seed {URL} --no-verify", ((" (hidden): ", TOKEN), ("When does it expire?", "")), set[str]()),
    ("vault add-slot passphrase", (("(it stays hidden): ", PHRASE), ("again: ", PHRASE)), set[str]()),
    (f"token {URL}", (), {"token@terminal"}),
)
"""Calls on a terminal: the questions with their answers, and where a secret is seen."""

BREAKABLE = (
    Call(("get",), ASKED, frozenset((SHOWN,))),
    Call(("token", URL), b"", frozenset((SHOWN,))),
    Call(("store",), REPORTED),
    Call(("erase",), ASKED[:-1] + b"password=another\n\n"),
    Call(("seed", URL, "--no-verify"), AS_LINE),
    Call(("list", "--json"), b""),
    Call(("verify",), b""),
    Call(("unlock",), f"{PHRASE}\n".encode()),
    Call(("vault", "add-slot", "passphrase"), f"{PHRASE}\n".encode()),
)
"""Calls that are broken at random."""
