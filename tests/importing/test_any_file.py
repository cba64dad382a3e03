"""What holds of every file, tried on many: it is read or refused, quickly, and loses only what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.importing import SPEED_LIMIT, fastest, write

from git_credential_pat.errors import PatError
from git_credential_pat.importing import Around, source_named
from git_credential_pat.importing.placing import planned
from git_credential_pat.importing.plan import ADDED
from git_credential_pat.importing.scrubbing import scrub
from git_credential_pat.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from support.program import Program

FILES = {
    "git-credentials": ".git-credentials",
    "netrc": ".netrc",
    "az-devops": ".azure/azuredevops/personalAccessTokens",
    "gcm": ".gcm/store/git/a.credential",
    "tfx": ".tfx/https__dev.azure.com_fabrikam/.allusers",
}
pieces = st.sampled_from(
    [
        *(
            b"https://",
            b"http://",
            b"dev.azure.com",
            b"github.com",
            b"a.example.com",
            b"jane",
            b":",
            b"@",
            b"/",
        ),
        *(
            b"machine ",
            b"login ",
            b"password ",
            b"default ",
            b"macdef ",
            b"port ",
            b'"',
            b"\\",
            b"#",
            b" ",
            b"\t",
        ),
        *(
            b"[azdevops-cli:",
            b"]",
            b"personal access token = ",
            b"pat:",
            b"service=",
            b"account=",
            b"?",
            b"%",
            b"%0a",
        ),
        *(
            b"\n",
            b"\r\n",
            b"\n\n",
            b"\0",
            b"\xff",
            b"A" * 76 + b"AZDO" + b"b1c2",
            b"ghp_" + b"a1" * 18,
            b"word",
        ),
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
    plan = planned(found, [], Settings("/data", "/config"), 1)
    assert len(plan.outcomes) == len(found)
    scrub(plan.traces)
    left = path.read_bytes() if path.exists() else b""
    assert len(left) <= len(data)
    rest = iter(data)
    assert all(byte in rest for byte in left), "what is left stood there in this order"
    if not plan.count(ADDED):
        assert left == data
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("netrc", "machine host{number}.example.com login jane password {number:084}\n"),
        ("netrc", "machine host{number}.example.com login jane password {number:084} "),
        ("netrc", '"'),
        (
            "az-devops",
            "[azdevops-cli:https://dev.azure.com/org{number}]\npersonal access token = {number:084}\n\n",
        ),
        ("az-devops", "[azdevops-cli:"),
        ("git-credentials", "https://"),
    ],
)
def test_twenty_thousand_of_anything_take_less_than_five_seconds(
    program: Program, source: str, line: str
) -> None:
    text = "".join(
        line.replace("{number:084}", f"{n:084}").replace("{number}", f"{n}") for n in range(20_000)
    )
    write(program.home / FILES[source], text)
    assert fastest(program, source) < SPEED_LIMIT
