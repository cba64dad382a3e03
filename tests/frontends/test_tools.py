"""What each tool asks, in its own words, and what it is answered; the tools' own pages have the contracts."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.frontends import FRONTENDS, GIT, HAND_ON, OPENINGS, converse, front_end
from git_credential_pat.frontends.support.asking import request_for
from git_credential_pat.frontends.support.lines import line_of, object_in
from git_credential_pat.model.credential import Answer, Credential
from git_credential_pat.model.entry import Seconds

if TYPE_CHECKING:
    from git_credential_pat.model.request import Call

FEED = "https://pkgs.dev.azure.com/fabrikam/_packaging/web"
BASIC = "Basic cGF0OnQ="  # pat:t
LOGIN = Answer(Credential(b"pat", b"t"))
BEARER = Answer(Credential(authtype=b"Bearer", credential=b"t"))
NOTHING = Answer()
EXPIRED = Answer(notices=("the token expired",))
MISS_OF_DOCKER = b"credentials not found in native keychain\n"


class Told:
    """What a tool was given, and what was asked of the core for it."""

    def __init__(self, tool: str, words: list[str], message: bytes, answer: Answer) -> None:
        self.calls: list[Call] = []
        output: list[bytes] = []

        def carry_out(call: Call) -> Answer:
            self.calls.append(call)
            return answer

        talk = front_end(tool).talk(words, BytesIO(message).read)
        self.status = converse(talk, carry_out, output.append)
        self.output = b"".join(output)

    @property
    def places(self) -> list[str]:
        return [
            f"{request.protocol.decode()}://{request.host.decode()}/{(request.path or b'').decode()}"
            for _, request in self.calls
        ]

    @property
    def usernames(self) -> list[bytes | None]:
        return [request.username for _, request in self.calls]


def keyring(*words: str, answer: Answer = LOGIN) -> Told:
    return Told("keyring", [*words], b"", answer)


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (["get", FEED, "pat"], "t\n"),
        (["--mode", "creds", "get", FEED], "pat\nt\n"),
        (["get", FEED, "--mode=creds"], "pat\nt\n"),
        (["--mode=creds", "--output=json", "get", FEED, "pat"], '{"username": "pat", "password": "t"}\n'),
        (["--output", "json", "get", FEED, "pat"], '{"password": "t"}\n'),
        (["--mode=creds", "get", FEED, ""], "pat\nt\n"),
    ],
)
def test_keyring_is_answered_in_the_form_that_its_options_want(words: list[str], output: str) -> None:
    found = keyring(*words)
    assert (found.output.decode(), found.status) == (output, 0)
    assert found.places == [FEED]
    assert found.usernames == [b"pat" if "pat" in words else None]


@pytest.mark.parametrize(
    "words",
    [
        ["set", FEED, "pat"],
        ["del", FEED, "pat"],
        ["diagnose"],
        ["--list-backends"],
        [],
        ["-b", "x", "get", FEED],
    ],
)
def test_what_is_not_ours_is_left_to_the_next_keyring_without_a_look(words: list[str]) -> None:
    found = keyring(*words)
    assert (found.calls, found.output, found.status) == ([], b"", HAND_ON)


def test_a_service_that_is_no_url_is_left_to_the_next_keyring_without_a_look() -> None:
    for service in ("python-poetry-check", "pdm-repository-x", "", "https://", "a b", "-"):
        found = keyring("get", "--mode=creds", service)
        assert (found.calls, found.output, found.status) == ([], b"", HAND_ON), service


def test_a_service_of_which_nothing_is_kept_is_left_to_the_next_keyring_and_an_expired_token_is_not() -> None:
    assert keyring("get", FEED, "pat", answer=NOTHING).status == HAND_ON
    missed = keyring("get", FEED, "pat", answer=EXPIRED)
    assert (missed.output, missed.status) == (b"", 1)


@pytest.mark.parametrize(
    "words", [["get"], ["get", "a", "b", "c"], ["get", FEED, "--mode=all"], ["get", "--mode"]]
)
def test_wrong_words_of_keyring_are_a_usage_error(words: list[str]) -> None:
    with pytest.raises(UsageError):
        keyring(*words)


@pytest.mark.parametrize(("answer", "value"), [(LOGIN, BASIC), (BEARER, "Bearer t")])
def test_a_header_is_its_value_alone(answer: Answer, value: str) -> None:
    found = Told("header", [FEED], b"", answer)
    assert (found.output.decode(), found.status, found.places) == (f"{value}\n", 0, [FEED])
    assert found.calls[0].request.takes_header


def test_a_header_of_nothing_is_status_1_and_nothing() -> None:
    found = Told("header", [FEED], b"", NOTHING)
    assert (found.output, found.status) == (b"", 1)


def test_a_long_token_is_encoded_on_one_line() -> None:
    output = Told("header", [FEED], b"", Answer(Credential(b"pat", b"t" * 84))).output
    assert output.count(b"\n") == 1
    assert len(output) > 112


def test_docker_is_given_the_login_of_a_host() -> None:
    found = Told("docker", ["get"], b"ghcr.io\n", LOGIN)
    assert json.loads(found.output) == {"ServerURL": "ghcr.io", "Username": "pat", "Secret": "t"}
    assert (found.status, found.places) == (0, ["https://ghcr.io/"])
    assert not found.calls[0].request.takes_header


@pytest.mark.parametrize("server", [b"ghcr.io", b"no host", b"", b"\xff", b"index.example.org/v1/"])
def test_docker_s_miss_is_the_words_that_it_knows_on_standard_output(server: bytes) -> None:
    found = Told("docker", ["get"], server, NOTHING)
    assert (found.output, found.status) == (MISS_OF_DOCKER, 1)


def test_docker_is_never_given_an_empty_username() -> None:
    found = Told("docker", ["get"], b"ghcr.io", Answer(Credential(b"", b"t")))
    assert json.loads(found.output)["Username"] == "pat"


def test_docker_can_neither_store_nor_erase_and_a_logout_is_no_error() -> None:
    stored = Told("docker", ["store"], b'{"ServerURL":"ghcr.io","Username":"u","Secret":"s"}', LOGIN)
    assert (stored.calls, stored.status) == ([], 1)
    assert stored.output.endswith(b"; run: git credential-pat seed https://ghcr.io\n")
    unclear = Told("docker", ["store"], b"nonsense", LOGIN)
    assert unclear.output.endswith(b"; run: git credential-pat seed https://dev.azure.com/ORGANIZATION\n")
    erased = Told("docker", ["erase"], b"ghcr.io", LOGIN)
    assert (erased.calls, erased.output, erased.status) == ([], b"", 0)


def test_docker_is_listed_the_hosts_of_images_that_are_kept() -> None:
    listed = Told("docker", ["list"], b"", Answer(hosts=("ghcr.io", "registry.gitlab.com")))
    assert json.loads(listed.output) == {"ghcr.io": "pat", "registry.gitlab.com": "pat"}
    assert json.loads(Told("docker", ["list"], b"", NOTHING).output) == {}


def cargo(answer: Answer, **fields: object) -> Told:
    question = {"v": 1, "kind": "get", "operation": "read", "registry": {"index-url": f"sparse+{FEED}/"}}
    return Told("cargo", ["--cargo-plugin"], json.dumps(question | fields).encode(), answer)


@pytest.mark.parametrize(("answer", "value"), [(LOGIN, BASIC), (BEARER, "Bearer t")])
def test_cargo_is_given_a_header_for_the_session(answer: Answer, value: str) -> None:
    found = cargo(answer)
    assert json.loads(found.output) == {
        "Ok": {"kind": "get", "token": value, "cache": "session", "operation_independent": True}
    }
    assert (found.status, found.places) == (None, [f"{FEED}/"])


@pytest.mark.parametrize("kind", ["login", "logout", "unknown", ""])
def test_what_is_not_ours_lets_cargo_ask_its_next_provider(kind: str) -> None:
    found = cargo(LOGIN, kind=kind)
    assert (json.loads(found.output), found.calls) == ({"Err": {"kind": "url-not-supported"}}, [])
    assert json.loads(cargo(NOTHING).output) == {"Err": {"kind": "url-not-supported"}}
    assert json.loads(cargo(EXPIRED).output) == {"Err": {"kind": "not-found"}}
    assert json.loads(cargo(LOGIN, v=2).output) == {"Err": {"kind": "url-not-supported"}}


def test_go_is_answered_for_the_very_url_that_it_asks_for() -> None:
    url = "https://dev.azure.com/Fabrikam/a%20b?go-get=1"
    found = Told("go", [url], b"HTTP/1.1 401\n\n", LOGIN)
    assert found.output.decode() == (
        f"{url}\nhttps://dev.azure.com/Fabrikam/a%20b\n\nAuthorization: {BASIC}\n\n"
    )
    assert (found.status, found.places) == (0, ["https://dev.azure.com/Fabrikam/a b"])


@pytest.mark.parametrize("words", [[], ["http://dev.azure.com/fabrikam"], ["ssh://x.example.com"], [""]])
def test_go_is_answered_nothing_where_no_https_url_is_asked_for(words: list[str]) -> None:
    found = Told("go", words, b"", LOGIN)
    assert (found.calls, found.output, found.status) == ([], b"", 0)


def test_bazel_is_given_a_header_and_its_end() -> None:
    uri = json.dumps({"uri": f"{FEED}/x.tgz"}).encode()
    ends = Answer(Credential(b"pat", b"t", expires=Seconds(1_800_000_000)))
    found = Told("bazel", ["get"], uri, ends)
    assert json.loads(found.output) == {
        "headers": {"Authorization": [BASIC]},
        "expires": "2027-01-15T08:00:00Z",
    }
    assert (found.status, found.places) == (0, [f"{FEED}/x.tgz"])


@pytest.mark.parametrize("message", [b"", b"[]", b'{"uri":1}', b'{"uri":""}', b"\xff", b"[" * 100_000])
def test_bazel_s_build_is_failed_by_nothing(message: bytes) -> None:
    found = Told("bazel", ["get"], message, LOGIN)
    assert (found.calls, found.output, found.status) == ([], b"{}\n", 0)


@pytest.mark.parametrize("answer", [LOGIN, BEARER])
def test_terraform_is_given_the_token_alone(answer: Answer) -> None:
    found = Told("terraform", ["get", "gitlab.com"], b"", answer)
    assert (json.loads(found.output), found.places) == ({"token": "t"}, ["https://gitlab.com/"])


@pytest.mark.parametrize(("operation", "command"), [("store", "seed"), ("forget", "remove")])
def test_what_terraform_cannot_do_is_refused_with_the_command_that_does_it(
    operation: str, command: str
) -> None:
    with pytest.raises(PatError, match=f"run: git credential-pat {command} https://gitlab.com"):
        Told("terraform", [operation, "gitlab.com"], b"", LOGIN)


def nuget(answer: Answer, method: str, /, _type: str = "Request", **payload: object) -> Told:
    line = json.dumps({"RequestId": "7", "Type": _type, "Method": method, "Payload": payload}).encode()
    return Told("nuget", ["-Plugin"], line, answer)


@pytest.mark.parametrize("is_retry", [False, True])
def test_nuget_is_given_the_login_of_a_feed_also_when_it_asks_again(*, is_retry: bool) -> None:
    uri = f"{FEED}/nuget/v3/index.json"
    found = nuget(LOGIN, "GetAuthenticationCredentials", Uri=uri, IsRetry=is_retry, IsNonInteractive=False)
    assert json.loads(found.output) == {
        "RequestId": "7",
        "Type": "Response",
        "Method": "GetAuthenticationCredentials",
        "Payload": {
            "ResponseCode": "Success",
            "Username": "pat",
            "Password": "t",
            "AuthenticationTypes": ["Basic"],
        },
    }
    assert (found.places, [call.operation for call in found.calls]) == ([uri], ["get"])


@pytest.mark.parametrize(
    ("method", "payload", "answered"),
    [
        ("Handshake", {"ProtocolVersion": "2.0.0"}, {"ResponseCode": "Success", "ProtocolVersion": "2.0.0"}),
        ("Initialize", {"ClientVersion": "6.13"}, {"ResponseCode": "Success"}),
        ("MonitorNuGetProcessExit", {"ProcessId": 1}, {"ResponseCode": "Success"}),
        ("SetLogLevel", {"LogLevel": "Debug"}, {"ResponseCode": "Success"}),
        ("SetCredentials", {}, {"ResponseCode": "Success"}),
        ("GetOperationClaims", {}, {"Claims": ["Authentication"]}),
        ("GetOperationClaims", {"PackageSourceRepository": FEED}, {"Claims": []}),
        ("GetAuthenticationCredentials", {"Uri": FEED}, {"ResponseCode": "NotFound"}),
        ("GetAuthenticationCredentials", {}, {"ResponseCode": "NotFound"}),
        ("SomethingLater", {}, {"ResponseCode": "NotFound"}),
    ],
)
def test_each_request_of_nuget_has_its_answer(
    method: str, payload: dict[str, str], answered: dict[str, object]
) -> None:
    found = nuget(NOTHING, method, **payload)
    assert json.loads(found.output)["Payload"] == answered
    assert found.status is None


def test_nuget_s_close_ends_the_program_and_its_answers_are_no_questions() -> None:
    closed = nuget(LOGIN, "Close")
    assert (closed.output, closed.status) == (b"", 0)
    answered = nuget(LOGIN, "Handshake", _type="Response", ResponseCode="Success")
    assert (answered.output, answered.status) == (b"", None)


@pytest.mark.parametrize("words", [["-U", FEED, "-I", "-F", "Json"], ["-Uri", FEED, "-IsRetry", "true"]])
def test_the_stand_in_of_the_credential_provider_answers_one_uri(words: list[str]) -> None:
    found = Told("nuget", words, b"", LOGIN)
    assert (json.loads(found.output), found.status) == ({"Username": "pat", "Password": "t"}, 0)
    missed = Told("nuget", words, b"", NOTHING)
    assert (missed.output, missed.status) == (b"", 2)


@given(line=st.binary(), tool=st.sampled_from([*OPENINGS]))
def test_no_line_ends_a_tool_s_conversation_and_an_answer_is_one_line_of_json(
    line: bytes, tool: tuple[str, str]
) -> None:
    found = Told(tool[0], [tool[1]], line.replace(b"\n", b""), LOGIN)
    assert found.status is None
    assert all(isinstance(json.loads(answer), dict) for answer in found.output.splitlines())


@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.text() | st.booleans(),
            lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
            max_leaves=8,
        ),
        max_size=3,
    )
)
def test_an_answer_is_the_line_of_json_that_it_means(answer: dict[str, object]) -> None:
    line = line_of(answer)
    assert json.loads(line) == answer
    assert line == f"{json.dumps(answer)}\n".encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=3))
def test_a_line_is_read_as_the_library_reads_it(found: dict[str, object]) -> None:
    line = json.dumps(found)
    assert repr(object_in(f"\t{line}\r\n".encode())) == repr(json.loads(line))
    assert object_in(line[:-1].encode()) == object_in(f"{line} x".encode()) == {}


@given(st.binary())
def test_whatever_is_no_object_is_an_empty_one(line: bytes) -> None:
    try:
        found = json.loads(line.decode())
    except ValueError:
        found = None
    assert repr(object_in(line)) == repr(found if isinstance(found, dict) else {})


@given(st.binary())
def test_a_path_is_decoded_as_urls_are(path: bytes) -> None:
    encoded = quote(path, safe="%/").replace("?", "%3F")
    request = request_for("tool", f"https://x.example.com/{encoded}")
    assert request is not None
    assert (request.path or b"") == unquote_to_bytes(encoded)


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("https://user:secret@pkgs.dev.azure.com/fabrikam/", "https pkgs.dev.azure.com fabrikam/ user"),
        ("sparse+https://x.example.com/a?b#c", "https x.example.com a -"),
        ("//x.example.com/a", "https x.example.com a -"),
        ("x.example.com", "https x.example.com - -"),
        ("X.Example.com:8443/a", "https x.example.com:8443 a -"),
        ("localhost:5000", "https localhost:5000 - -"),
        (
            "https://gitlab.com/api/v4/projects/a%2Fb/packages",
            "https gitlab.com api/v4/projects/a/b/packages -",
        ),
        ("http://x.example.com:80/", "http x.example.com - -"),
        ("word", None),
        ("", None),
        ("https://", None),
        ("//", None),
        ("://x.example.com", None),
        ("git@example.com:a/b", None),
        ("C:\\x", None),
    ],
)
def test_a_place_is_a_url_or_a_host(place: str, found: str | None) -> None:
    request = request_for("tool", place)
    parts = request and (request.protocol, request.host, request.path or b"-", request.username or b"-")
    assert (parts and b" ".join(parts).decode()) == found


@pytest.mark.parametrize("tool", sorted({*FRONTENDS} - {GIT}))
def test_a_credential_that_does_not_fit_into_a_line_is_a_miss(tool: str) -> None:
    words = {
        "keyring": ["get", FEED],
        "docker": ["get"],
        "bazel": ["get"],
        "terraform": ["get", "gitlab.com"],
    }
    uri = json.dumps({"uri": FEED}).encode()
    question = {"docker": b"ghcr.io", "bazel": uri}
    opening = next(([word] for name, word in OPENINGS if name == tool), [FEED])
    lines = {
        "cargo": json.dumps({"v": 1, "kind": "get", "registry": {"index-url": FEED}}).encode(),
        "nuget": json.dumps(
            {
                "RequestId": "1",
                "Type": "Request",
                "Method": "GetAuthenticationCredentials",
                "Payload": {"Uri": FEED},
            }
        ).encode(),
    }
    for password in (b"a\nb", b"a\rb", b"a\0b", b"\xff"):
        message = question.get(tool) or lines.get(tool, b"")
        found = Told(tool, words.get(tool, opening), message, Answer(Credential(b"pat", password)))
        assert len(found.calls) == 1
        assert found.output == Told(tool, words.get(tool, opening), message, NOTHING).output
