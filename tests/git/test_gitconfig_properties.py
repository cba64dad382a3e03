"""Adding our lines to a configuration file and taking them out again is the identity, for any file."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from git_credential_pat.errors import PatError
from git_credential_pat.git.block import Line, add, helper_command, helper_lines, remove
from git_credential_pat.hosts import configured_urls

EXAMPLES = settings(max_examples=25, deadline=None, database=None)

HEADERS = st.sampled_from(
    [
        b"[user]",
        b"[credential]",
        b'[credential "https://dev.azure.com"]',
        b'[credential "https://*.visualstudio.com"]',
        b'[pat "https://tfs.example.com"]',
        b"[alias] st = status",
        b"[broken",
    ]
)
SETTINGS = st.sampled_from(
    [
        b"\thelper = store",
        b"\thelper =",
        b"\thelper = /opt/git-credential-pat",
        b"\tuseHttpPath = true",
        b"\tuseHttpPath",
        b'\tname = "Jane \\"J\\" Doe" # friend',
        b"\tname = J\xe4ne",
        b"\tprovider = gitlab",
        b'\tname = "open',
        b"\tst = status \\",
        b"\tst = status \\\r",
        b"\r",
        b"# git-credential-pat",
        b"; note",
        b"",
    ]
)
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=20)
LINES = st.one_of(HEADERS, SETTINGS, PRINTABLE.map(str.encode), st.binary(max_size=12))
LINE_ENDS = st.sampled_from([b"\n", b"\r\n"])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Return a configuration file, or what merely looks like one."""
    end = draw(LINE_ENDS)
    content = end.join(draw(st.lists(LINES, max_size=12)))
    mark = b"\xef\xbb\xbf" if draw(st.booleans()) else b""
    return mark + content + (end if draw(st.booleans()) else b"")


COMMANDS = st.one_of(
    st.just("pat"),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=12)
    .filter(lambda text: "\x7f" not in text)
    .map(lambda folder: helper_command(f"/opt/{folder}/git-credential-pat")),
)
GITHUB = Line("credential", "https://github.com", "useHttpPath", "true")
TFS = Line("pat", "https://tfs.example.com", "provider", "azure-devops-server")
OTHER_LINES = st.lists(st.sampled_from([GITHUB, TFS]), unique=True)
STORE = ("credential.helper", "store")
LATER = st.sampled_from(
    [
        STORE,
        ("credential.https://dev.azure.com.username", "jane"),
        ("alias.last", "log -1"),
        ("user.email", "jane@example.com"),
        ("pat.https://tfs.example.com.username", "jane"),
    ]
)


def listed(path: Path) -> list[bytes] | None:
    """Return what git reads from a file, or None if it cannot."""
    finished = subprocess.run(
        ["git", "config", "--file", str(path), "--null", "--list"], capture_output=True, check=False
    )
    return None if finished.returncode else finished.stdout.split(b"\0")[:-1]


@EXAMPLES
@given(content=files(), command=COMMANDS, more=OTHER_LINES)
@example(content=b"", command="pat", more=[])
@example(content=b"x\\", command="pat", more=[])
def test_adding_and_removing_is_the_identity_on_bytes(content: bytes, command: str, more: list[Line]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_bytes(content)
        try:
            add(str(path), helper_lines(command, configured_urls()))
            add(str(path), more)
        except PatError:
            assert listed(path) is None, "only what git cannot read is refused"
        else:
            remove(str(path))
        assert path.read_bytes() == content
        assert [file.name for file in Path(folder).iterdir()] == ["config"]


@EXAMPLES
@given(content=files(), command=COMMANDS)
def test_git_reads_the_users_settings_as_before_and_ours_after_them(content: bytes, command: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_bytes(content)
        before = listed(path)
        assume(before is not None)
        assert before is not None
        assume(not any(line.endswith(b"git-credential-pat") for line in before))  # the user has set it
        add(str(path), helper_lines(command, configured_urls()))
        after = listed(path)
        assert after is not None
        assert after[: len(before)] == before
        assert f"credential.helper\n{command}".encode() in after
        added = path.read_bytes()
        assert not add(str(path), helper_lines(command, configured_urls()))
        assert path.read_bytes() == added


@EXAMPLES
@given(content=files(), later=st.lists(LATER, min_size=1, unique=True), more=OTHER_LINES)
@example(content=b"", later=[STORE], more=[GITHUB])
@example(content=b"[user]\n\tname = Jane", later=[("alias.last", "log -1")], more=[])
@example(content=b"[user]\n\tname = Jane \\\n", later=[STORE], more=[])
@example(content=b"[user]\r\n\tname = Jane \\\r\n", later=[STORE], more=[])
def test_what_the_user_adds_to_a_configured_file_stays_through_rewriting_and_removing(
    content: bytes, later: list[tuple[str, str]], more: list[Line]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config"
        path.write_bytes(content)
        before = listed(path)
        assume(before is not None)
        assert before is not None
        add(str(path), helper_lines("pat", configured_urls()))
        for name, value in later:
            subprocess.run(["git", "config", "--file", str(path), "--add", name, value], check=True)
        add(str(path), more)
        remove(str(path))
        expected = [*before, *(f"{name}\n{value}".encode() for name, value in later)]
        assert sorted(listed(path) or []) == sorted(expected)
