"""What holds of every file, tried on many: it is read or refused, quickly, and loses only what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.importing import SPEED_LIMIT, fastest, write

from git_credential_pat.errors import PatError
from git_credential_pat.git.settings import Settings
from git_credential_pat.importing import Around, source_named
from git_credential_pat.importing.support.placing import planned
from git_credential_pat.importing.support.plan import ADDED
from git_credential_pat.importing.support.scrubbing import scrub
from git_credential_pat.model.entry import Nanoseconds

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program

FILES = {
    "git-credentials": ".git-credentials",
    "netrc": ".netrc",
    "az-devops": ".azure/azuredevops/personalAccessTokens",
    "gcm": ".gcm/store/git/a.credential",
    "gh": ".config/gh/hosts.yml",
    "glab": ".config/glab-cli/config.yml",
    "pass": ".config/pass-git-helper/git-pass-mapping.ini",
    "tfx": ".tfx/https__dev.azure.com_fabrikam/.allusers",
}
WORDS = (
    b"https:// http:// dev.azure.com github.com a.example.com jane : @ / machine login password default "
    b'macdef b port " \\ # [azdevops-cli: ] pat: service= account= ? % %0a \xff word'
)
pieces = st.sampled_from(
    [
        *WORDS.split(b" "),
        *(b"machine ", b"login ", b"password ", b"default ", b"macdef ", b"personal access token = "),
        *(
            b"hosts:\n  github.com:\n    token: ",
            b"github.com:\n  oauth_token: ",
            b"users:",
            b"!!null ",
            b"- ",
        ),
        *(b"\n  ", b"\n    user: ", b" ", b"\t", b"\n", b"\r\n", b"\n\n", b"\0"),
        *(b"A" * 76 + b"AZDO" + b"b1c2", b"ghp_" + b"a1" * 18),
    ]
)
contents = st.lists(pieces, max_size=40).map(b"".join)


@settings(
    database=None,
    deadline=None,
    max_examples=400,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(source=st.sampled_from(sorted(FILES)), data=contents)
def test_a_file_is_read_or_refused_and_loses_only_what_is_kept(
    tmp_path: Path, source: str, data: bytes
) -> None:
    path = write(tmp_path / FILES[source], data)
    around = Around(str(tmp_path), "/", {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, None, may_ask=False)
    try:
        found = source_named(source).find(around, []).found
    except PatError:
        path.unlink()
        return
    plan = planned(found, [], Settings("/data", "/config"), Nanoseconds(1))
    assert len(plan.outcomes) == len(found)
    scrub(plan.traces)
    left = path.read_bytes() if path.exists() else b""
    assert len(left) <= len(data)
    rest = iter(data)
    assert all(byte in rest for byte in left), "what is left stood there in this order"
    if not plan.count(ADDED):
        assert left == data
    path.unlink(missing_ok=True)


NETRC = "machine host{number}.example.com login jane password {token}"
AZ = "[azdevops-cli:https://dev.azure.com/org{number}]\npersonal access token = {token}\n\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "line"),
    [
        pytest.param(
            "git-credentials", "https://jane:{token}@git.example.com/team/{number}.git\n", id="paths"
        ),
        pytest.param("git-credentials", "https://user{number}:{token}@git.example.com\n", id="usernames"),
        pytest.param(
            "git-credentials", "https://jane:{token}@dev.azure.com/org{number}\n", id="organizations"
        ),
        pytest.param(
            "git-credentials", "https://jane:{token}@host{number}.example.com/team/x.git\n", id="hosts"
        ),
        pytest.param(
            "git-credentials", "https://j:same@dev.azure.com/fabrikam/{number}/_git/x\n", id="one token"
        ),
        pytest.param("git-credentials", "https://", id="one long line"),
        pytest.param("netrc", f"{NETRC}\n", id="machines"),
        pytest.param("netrc", f"{NETRC} ", id="machines on one line"),
        pytest.param("netrc", '"', id="quotation marks"),
        pytest.param("az-devops", AZ, id="sections"),
        pytest.param("az-devops", "[azdevops-cli:", id="open sections"),
        pytest.param(
            "gh", "h{number}.example.com:\n    user: j\n    oauth_token: {token}\n", id="gh's hosts"
        ),
        pytest.param("gh", "a: 'b' \"c\" # d {token}          ", id="one long value"),
    ],
)
def test_twenty_thousand_of_anything_take_less_than_five_seconds(
    program: Program, source: str, line: str
) -> None:
    text = "".join(line.replace("{token}", f"{n:084}").replace("{number}", f"{n}") for n in range(20_000))
    write(program.home / FILES[source], text)
    assert fastest(program, source) < SPEED_LIMIT
