"""What a host answers and what that says of a token: tests/vectors/answers/, over real TLS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from support.api_server import RIGHT, Answer, ApiRequest, ApiServer
from support.checks import keep
from support.vectors import FOLDER, Case, as_bytes, cases, with_credentials
from support.verdicts import verify

if TYPE_CHECKING:
    from support.program import Program

FILES = sorted(file.stem for file in (FOLDER / "answers").glob("*.json"))
SHARED = {
    "name",
    "place",
    "url",
    "base",
    "unsigned",
    "provider",
    "token",
    "username",
    "authtype",
    "requests",
    "expect",
}
EXPECTED = {"verdict", "who", "permissions", "expires", "says", "never_says"}
OF_TRANSPORT = {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}
"""Headers that say nothing of a user; of these a file states only what its host wants."""


def answer(case: Case) -> Answer:
    assert case.keys() <= {"status", "headers", "body", "json"}, case
    body = json.dumps(case["json"]).encode() if "json" in case else as_bytes(case.get("body", ""))
    return Answer(case["status"], tuple((name, value) for name, value in case["headers"]), body)


def prepare(server: ApiServer, program: Program, case: Case) -> list[str]:
    """Serve what a case answers and keep its token; return the URLs that should be asked, in order."""
    urls = []
    for unsigned in case.get("unsigned", []):
        reply = answer({key: value for key, value in unsigned.items() if key != "url"})
        server.serve_unsigned(unsigned["url"], reply)
        urls.append(unsigned["url"].lower())
    for name, request in case["requests"].items():
        if name in case:
            for header, value in request["headers"].items():
                if "TOKEN" in value:
                    serve = server.serve_also if request["url"].lower() in urls else server.serve
                    line = f"{header}: {with_credentials(value, case['token'])}"
                    serve(request["url"], answer(case[name]), line)
            if not request["headers"]:
                server.serve_unsigned(request["url"], answer(case[name]))
            urls.append(request["url"].lower())
    authtype = case.get("authtype", "").encode()
    keep(program, case["place"], case["token"], case.get("username", ""), authtype=authtype)
    if "provider" in case:
        program.git("config", "--global", f"pat.{case['base']}.provider", case["provider"])
    return urls


def assert_sent_as_wanted(record: ApiRequest, wanted: dict[str, str], token: str) -> None:
    """See that a request has exactly the headers that its host wants, and the token in no other place."""
    sent = {name: value for name, value in record.headers.items() if name not in OF_TRANSPORT - wanted.keys()}
    assert sent == {name: RIGHT if "TOKEN" in value else value for name, value in wanted.items()}
    assert record.method == "GET"
    agent = "git/git-credential-pat" if "/info/refs?" in record.path else "git-credential-pat/"
    assert record.headers["User-Agent"].startswith(agent), "some hosts distinguish Git from browsers by it"
    assert token not in str(record)


@cases("answers", *FILES)
def test_an_answer_means_what_it_says(server: ApiServer, program: Program, case: Case) -> None:
    expect = case["expect"]
    assert case.keys() - SHARED <= case["requests"].keys(), "a key that this test does not know"
    assert expect.keys() <= EXPECTED, expect
    asked = prepare(server, program, case)

    row = verify(program, str(case.get("url", case["place"])))

    assert row["verdict"] == expect["verdict"], row
    assert row["scope"] == case["place"]
    assert [part for part in expect.get("who", []) if part not in row["who"]] == [], row
    assert bool(row["who"]) == bool(expect.get("who")), row
    assert row["who"].isprintable()
    assert row["permissions"] == expect.get("permissions", [])
    assert row["expires"] == expect.get("expires")
    assert [part for part in expect.get("says", []) if part not in row["why"]] == [], row
    assert expect.get("never_says", "\0") not in row["why"], row
    assert bool(row["why"]) == (expect["verdict"] != "valid" or "says" in expect), row
    assert [record.url.lower() for record in server.log] == asked
    assert server.proxy.asked == [f"{urlsplit(url).hostname}:443" for url in asked], "and no other host"
    requests = [request for name, request in case["requests"].items() if name in case]
    for request, record in zip(requests, server.log[len(case.get("unsigned", [])) :], strict=True):
        assert_sent_as_wanted(record, request["headers"], case["token"])
