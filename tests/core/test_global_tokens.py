"""Global tokens: which entries have one, and what is said of them before and after the day that ends them."""

from __future__ import annotations

from calendar import timegm

import pytest
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN

from git_credential_pat.diagnosis.support.surroundings import Surroundings
from git_credential_pat.diagnosis.tokens import check_global, check_tokens
from git_credential_pat.git.settings import Settings
from git_credential_pat.model.entry import ACTIVE, DOUBTFUL, REJECTED, SECOND, Entry, Nanoseconds
from git_credential_pat.model.finding import Finding, problem
from git_credential_pat.model.scope import parse_url
from git_credential_pat.operations.global_tokens import global_among, said_of

BEFORE, AFTER = (
    Nanoseconds(timegm(moment) * SECOND) for moment in ((2026, 11, 30, 23, 59, 59), (2026, 12, 1, 0, 0, 0))
)
TFS = "https://tfs.example.com/tfs"


def entry(url: str, token: str = AZURE_TOKEN, username: str = "", state: str = ACTIVE, **more: int) -> Entry:
    scope = parse_url(url).scope
    return Entry(scope, username.encode(), token.encode(), state=state, **more)  # type: ignore[arg-type]  # Entry's own


BOTH = (entry(CONTOSO), entry(FABRIKAM))
FOUND: dict[str, tuple[tuple[Entry, ...], list[str]]] = {
    "one token of two organizations": (BOTH, [CONTOSO, FABRIKAM]),
    "a project counts for its organization": (
        (entry(f"{CONTOSO}/web"), entry(FABRIKAM)),
        [f"{CONTOSO}/web", FABRIKAM],
    ),
    "one that was rejected": ((entry(CONTOSO, state=REJECTED), entry(FABRIKAM)), [CONTOSO, FABRIKAM]),
    "one in doubt": ((entry(CONTOSO, state=DOUBTFUL), entry(FABRIKAM)), [CONTOSO, FABRIKAM]),
    "both rejected, as hosts will do": (
        (entry(CONTOSO, state=REJECTED), entry(FABRIKAM, state=REJECTED)),
        [CONTOSO, FABRIKAM],
    ),
    "one that was set aside for another token": (
        (
            entry(CONTOSO, OTHER_AZURE_TOKEN),
            entry(CONTOSO, username="jane", state=REJECTED),
            entry(FABRIKAM),
        ),
        [FABRIKAM],
    ),
    "a token of the old shape": ((entry(CONTOSO, "a" * 52), entry(FABRIKAM, "a" * 52)), [CONTOSO, FABRIKAM]),
    "a ready header": (
        tuple(entry(url, "OnRva2Vu")._replace(authtype=b"Basic") for url in (CONTOSO, FABRIKAM)),
        [CONTOSO, FABRIKAM],
    ),
    "two tokens": ((entry(CONTOSO), entry(FABRIKAM, OTHER_AZURE_TOKEN)), []),
    "one organization": ((entry(FABRIKAM), entry(f"{FABRIKAM}/web"), entry(FABRIKAM, username="jane")), []),
    "an unknown organization": ((entry("https://dev.azure.com"), entry(FABRIKAM)), []),
    "collections of a server": ((entry(f"{TFS}/main"), entry(f"{TFS}/other")), []),
    "a server beside the service": ((entry(f"{TFS}/main"), entry(FABRIKAM)), []),
    "owners of another host": ((entry("https://github.com/acme"), entry("https://github.com/octo")), []),
    "an Entra token": ((entry(CONTOSO, "eyJ0eXAi.x.y"), entry(FABRIKAM, "eyJ0eXAi.x.y")), []),
    "an Entra token in a header": (
        tuple(entry(url, "eyJ0eXAi.x.y")._replace(authtype=b"Bearer") for url in (CONTOSO, FABRIKAM)),
        [],
    ),
    "single sign-on": ((entry(CONTOSO, ""), entry(FABRIKAM, "")), []),
}


@pytest.mark.parametrize("name", FOUND)
def test_one_token_of_several_organizations_is_a_global_one(name: str) -> None:
    entries, expected = FOUND[name]
    assert [found.scope.text for found in global_among(entries)] == expected


@pytest.mark.parametrize(("now", "verb"), [(BEFORE, "stops"), (AFTER, "stopped")])
def test_the_day_is_named_before_and_after_it(now: Nanoseconds, verb: str) -> None:
    assert said_of(BOTH, now) == (
        f"a global token, which {verb} working on 2026-12-01, is stored for {CONTOSO}, {FABRIKAM}; "
        "for the commands that replace it, run: git credential-pat doctor"
    )


def diagnosed(entries: tuple[Entry, ...], now: Nanoseconds) -> list[Finding]:
    around = Surroundings({}, "/", backend=None, now=now, is_offline=True)
    around.entries, around.settings = entries, Settings("", "")
    return [found for check in (check_tokens, check_global) for found in check(around) if found.state != "ok"]


@pytest.mark.parametrize(("now", "verb"), [(BEFORE, "stops"), (AFTER, "stopped")])
def test_doctor_names_the_page_and_the_command_of_each_organization(now: Nanoseconds, verb: str) -> None:
    assert diagnosed(BOTH, now) == [
        problem(
            f"the token for {url} is stored for other organizations too, so it is a global token, which "
            f"{verb} working on 2026-12-01; "
            f"create one for this organization alone at {url}/_usersSettings/tokens",
            f"git credential-pat seed {url}",
        )
        for url in (CONTOSO, FABRIKAM)
    ]


def test_after_that_day_no_command_brings_a_global_token_back() -> None:
    entries = (entry(CONTOSO, state=REJECTED), entry(FABRIKAM, expires=1))
    fixes = [f"git credential-pat seed {url}" for url in (CONTOSO, FABRIKAM)]
    assert [finding.fix for finding in diagnosed(entries, AFTER)] == fixes
    assert f"git credential-pat restore {CONTOSO}" in [found.fix for found in diagnosed(entries, BEFORE)]
