"""Host families: which place a request points to, which scope a URL seeds, which tokens and usernames fit."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.conversations import settings_of
from support.vectors import Case, as_bytes, as_message, cases

from git_credential_pat.errors import PatError, UsageError
from git_credential_pat.frontends.git import parse
from git_credential_pat.hosts import (
    HOSTS,
    Family,
    family_by_path,
    family_named,
    family_of,
    holds_secret,
    is_public,
    looks_like_any_token,
    without_tokens,
)
from git_credential_pat.hosts.support import repository
from git_credential_pat.model.scope import Provider, Scope, parse_url
from git_credential_pat.operations.matching import locate

PLACES = ("azure-devops", "azure-devops-server", "code-hosts", "generic", "package-places")
AZURE_84 = b"A" * 76 + b"AZDO" + b"B" * 4
AZURE_52 = b"abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst"


@cases("scopes", *PLACES)
def test_a_request_points_where_its_vector_says(case: Case) -> None:
    settings = settings_of({"providers": case.get("providers", {})})
    target = locate(parse(as_message(case["request"])).request, settings.providers)
    if case["expect"] == "nothing":
        assert target is None
    else:
        assert target is not None
        expected = {"family": case.get("family"), "open": False, **case["expect"]}
        found = {
            "family": target.family.name,
            "own": target.place.own.text,
            "place": target.place.scope.text,
            "open": target.place.open,
        }
        assert {key: found[key] for key in expected} == expected


@cases("scopes", *PLACES, having="url")
def test_real_git_sends_these_attributes_for_the_url(case: Case, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    subprocess.run(
        [
            "git",
            "-c",
            "credential.useHttpPath=true",
            "-c",
            f"credential.helper=!cat >'{sent}' #",
            "credential",
            "fill",
        ],
        input=f"url={case['url']}\n\n".encode(),
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        },
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    lines = sent.read_bytes().splitlines()
    assert [line for line in lines if b"[]=" not in line] == sorted(
        as_message(case["request"]).splitlines()[:-1], key=_in_git_order
    )


def _in_git_order(line: bytes) -> int:
    return [b"protocol", b"host", b"path", b"username"].index(line.partition(b"=")[0])


def _named(provider: str, scope: Scope) -> Family:
    """Return the family of a server that stands where an address below it shows."""
    return family_named(provider, family_named(provider).base_of(scope.path))


@cases("scopes", "seeds")
def test_a_url_seeds_the_scope_that_its_vector_says(case: Case) -> None:
    def text(seeded: Callable[[Family, Scope], Scope]) -> str:
        try:
            scope = parse_url(case["url"]).scope
            family = _named(case["provider"], scope) if "provider" in case else family_of(scope)
            return seeded(family, family.meant(scope)).text
        except PatError:
            return "refused"

    token = as_bytes(case.get("token", ""))
    assert text(lambda family, url: family.seeds_at(url, token)) == case["expect"]
    if "exact" in case:
        assert text(lambda family, url: family.exact_at(url)) == case["exact"]


def test_an_unknown_provider_is_a_usage_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r'"git%1Bhub".*azure-devops-server'):
        family_named("git\x1bhub")


@pytest.mark.parametrize(
    ("url", "family"),
    [
        ("https://git.example.com/tfs/x", "azure-devops-server"),
        ("https://git.example.com/x", "gitea"),
        ("https://other.example.com/x", "generic"),
        ("https://dev.azure.com/x", "azure-devops"),
        ("https://github.com/x", "github"),
    ],
)
def test_the_longest_fitting_setting_assigns_the_family_but_not_that_of_a_public_host(
    url: str, family: str
) -> None:
    assigned = {
        "https://git.example.com": "gitea",
        "https://git.example.com/tfs": "azure-devops-server",
        "https://dev.azure.com": "generic",
        "https://github.com": "gitlab",
    }
    providers = settings_of({"providers": assigned}).providers
    assert family_of(parse_url(url).scope, providers).name == family


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *((host, True) for host in (b"dev.azure.com", b"x.visualstudio.com", b"github.com", b"gitlab.com")),
        (b"bitbucket.org", True),
        *((host, False) for host in (b"git.example.com", b"dev.azure.com.evil.tld", b"xgithub.com")),
        (b"localhost", False),
    ],
)
def test_the_public_services_are_public_and_no_other_host(host: bytes, *, expected: bool) -> None:
    assert is_public(Scope(b"https", host)) is expected


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://github.com/octo", None),
        ("https://github.com/octo/web", "https://github.com/octo/web"),
        ("https://github.com/octo/Web.git/info/lfs", "https://github.com/octo/Web.git"),
        ("https://github.com/octo/web/pull/7/files", "https://github.com/octo/web"),
        ("https://gist.github.com/octo/0a1b", None),
        ("https://gitlab.com/group/tools", None),
        ("https://gitlab.com/group/tools/web.git", "https://gitlab.com/group/tools/web.git"),
        ("https://gitlab.com/group/tools/web/-/issues/7", "https://gitlab.com/group/tools/web"),
        ("https://bitbucket.org/acme", None),
        ("https://bitbucket.org/acme/web/src/main/", "https://bitbucket.org/acme/web"),
        ("https://codeberg.org/jane/web/issues", "https://codeberg.org/jane/web"),
        ("https://ghcr.io/octo/web", None),
        ("https://npm.pkg.github.com/@octo/web", None),
        ("https://gitlab.com/api/v4/projects/group/web/packages/npm", None),
        ("https://gitlab.com/api/v4/projects/group/web/-/packages/npm", None),
        ("https://gitlab.com/api/v4/groups/7/-/packages/npm", None),
        ("https://codeberg.org/api/packages/jane/npm", None),
        ("https://one.example.com/scm/WEB", None),
        ("https://one.example.com/scm/WEB/web.git", "https://one.example.com/scm/WEB/web.git"),
        ("https://one.example.com/apps/scm/WEB/web.git", "https://one.example.com/apps/scm/WEB/web.git"),
        ("https://one.example.com/projects/WEB/repos/web/browse", "https://one.example.com/scm/WEB/web"),
        ("https://one.example.com/users/jane/repos/web", "https://one.example.com/scm/~jane/web"),
        ("https://two.example.com/code/scm/WEB/web/x", "https://two.example.com/code/scm/WEB/web"),
        ("https://git.example.com/any/thing", "https://git.example.com/any/thing"),
    ],
)
def test_a_url_names_the_repository_that_git_would_ask(url: str, named: str | None) -> None:
    one, two = "https://one.example.com", "https://two.example.com/code"
    providers = [Provider(parse_url(base).scope, "bitbucket") for base in (one, two)]
    scope = parse_url(url).scope
    found = repository.named_by(scope, family_of(scope, providers))
    assert (found and found.text) == named


@pytest.mark.parametrize(
    ("scope", "token", "username"),
    [
        ("https://bitbucket.org/acme", b"anything", b"x-token-auth"),
        ("https://bitbucket.example.com/scm/web", b"BBDC-x", b""),
        ("https://bitbucket.example.com/scm/web", b"MDM0MjM5NDc2MDxx", b""),
        ("https://gitlab.example.com/group", b"gldt-x", b""),
        ("https://gitlab.example.com/group", b"glpat-x", b"oauth2"),
    ],
)
def test_a_token_with_a_username_of_its_own_has_no_default(scope: str, token: bytes, username: bytes) -> None:
    family = family_named("gitlab" if "gitlab" in scope else "bitbucket")
    assert family.username_at(parse_url(scope).scope, token) == username


@pytest.mark.parametrize(
    ("provider", "rule", "token", "username"),
    [
        ("azure-devops", "any", AZURE_84, b"pat"),
        ("azure-devops-server", "any", AZURE_52, b"pat"),
        ("github", "any", b"ghp_x", b"x-access-token"),
        ("gitlab", "stored", b"glpat-x", b"oauth2"),
        ("gitlab", "stored", b"an instance's own prefix", b"oauth2"),
        ("gitlab", "stored", b"glcbt-64_x", b"gitlab-ci-token"),
        ("bitbucket", "stored", b"ATATT3xFfGF0", b"x-bitbucket-api-token-auth"),
        ("bitbucket", "stored", b"ATCTT3xFfGN0", b"x-token-auth"),
        ("gitea", "any", b"0" * 40, b"pat"),
        ("generic", "exact", b"anything", b""),
    ],
)
def test_each_family_has_its_username_rule_and_its_default_username(
    provider: str, rule: str, token: bytes, username: bytes
) -> None:
    family = family_named(provider)
    assert (family.name, family.rule) == (provider, rule)
    assert family.default_username(token) == username


@pytest.mark.parametrize(
    ("provider", "value"),
    [
        ("azure-devops", AZURE_84),
        ("azure-devops", AZURE_52),
        ("azure-devops", b"eyJ0eXAiOiJKV1QifQ.e30.c2ln"),
        ("azure-devops-server", AZURE_84),
        ("azure-devops-server", AZURE_52),
        ("github", b"ghp_" + b"A" * 36),
        ("github", b"gho_" + b"A" * 36),
        ("github", b"github_pat_" + b"A" * 82),
        ("gitlab", b"glpat-" + b"A" * 20),
        ("gitlab", b"glpat-" + b"A" * 27 + b".012345678"),
        ("gitlab", b"gldt-" + b"A" * 20),
        ("bitbucket", b"ATATT3xFfGF0" + b"A" * 170),
        ("bitbucket", b"ATCTT3xFfGN0" + b"A" * 170 + b"=0000ABCD"),
        ("bitbucket", b"BBDC-" + b"a1B2" * 11),
        ("gitea", b"0123456789abcdef0123456789abcdef01234567"),
    ],
)
def test_a_token_is_known_by_its_shape(provider: str, value: bytes) -> None:
    assert family_named(provider).looks_like_token(value)


USERNAMES = (b"", b"pat", b"jane", b"x-access-token", b"oauth2", b"gitlab-ci-token", b"fabrikam")
NEARLY: dict[str, tuple[bytes, ...]] = {
    "azure-devops": (
        *(AZURE_84[:-1], AZURE_84 + b"x", b"A" * 84),
        *(AZURE_52[:-1], AZURE_52 + b"a", AZURE_52[:-1] + b"1"),
    ),
    "github": (b"ghp_" + b"A" * 35, b"A" * 40, b"github_pat_" + b"A" * 81),
    "gitlab": (b"glpat-" + b"A" * 18, b"A" * 25),
    "gitea": (b"0" * 39, b"0" * 41, b"0" * 39 + b"X"),
}


@pytest.mark.parametrize("provider", [host.provider for host in HOSTS])
def test_neither_a_usual_username_nor_nearly_a_token_is_taken_for_one(provider: str) -> None:
    values = (*USERNAMES, *NEARLY.get(provider, ()))
    assert [value for value in values if family_named(provider).looks_like_token(value)] == []


def test_a_value_of_20_bytes_may_be_a_token_of_any_family() -> None:
    assert looks_like_any_token(b"ATATT3" + b"A" * 14)
    assert not looks_like_any_token(b"ATATT3" + b"A" * 13)
    assert not looks_like_any_token(b"j" * 20)


def test_a_web_token_is_not_what_a_user_seeds_for_azure() -> None:
    assert not family_named("azure-devops").expects_token(b"eyJ0eXAiOiJKV1QifQ.e30.c2ln")
    assert family_named("azure-devops").expects_token(AZURE_84)
    assert family_named("generic").expects_token(b"anything")
    assert family_named("github").expects_token(b"ghp_" + b"A" * 36)
    assert not family_named("github").expects_token(b"anything")


LACKS = 'it lacks the permission "{}"'


@pytest.mark.parametrize(
    ("provider", "token", "permissions", "obstacle"),
    [
        ("github", b"github_pat_x", (), "it is fine-grained, and packages take classic tokens alone"),
        ("github", b"ghp_x", (), ""),
        ("github", b"ghp_x", ("repo", "read:packages"), ""),
        ("github", b"ghp_x", ("write:packages",), ""),
        ("github", b"gho_x", ("repo", "gist"), LACKS.format("read:packages")),
        ("gitlab", b"glpat-x", (), ""),
        ("gitlab", b"glpat-x", ("read_registry",), ""),
        ("gitlab", b"glpat-x", ("write_repository",), LACKS.format("read_api")),
        ("azure-devops", AZURE_84, (), ""),
        ("generic", b"x", ("read",), ""),
    ],
)
def test_it_is_known_which_tokens_cannot_read_packages(
    provider: str, token: bytes, permissions: tuple[str, ...], obstacle: str
) -> None:
    assert family_named(provider).package_obstacle(token, permissions) == obstacle


AZURE_PAGE = "https://dev.azure.com/fabrikam/_usersSettings/tokens"
BELOW = "https://x.example.com/Tools/x"


@pytest.mark.parametrize(
    ("url", "provider", "base", "page"),
    [
        ("https://dev.azure.com/fabrikam", "azure-devops", (), AZURE_PAGE),
        ("https://dev.azure.com/fabrikam/web", "azure-devops", (), AZURE_PAGE),
        ("https://dev.azure.com", "azure-devops", (), None),
        ("https://tfs.example", "azure-devops-server", (), "https://tfs.example/_usersSettings/tokens"),
        ("https://github.com/fabrikam", "github", (), "https://github.com/settings/personal-access-tokens"),
        ("https://git.example/a", "gitlab", (), "https://git.example/-/user_settings/personal_access_tokens"),
        (
            "https://bitbucket.org/a",
            "bitbucket",
            (),
            "https://id.atlassian.com/manage-profile/security/api-tokens",
        ),
        (
            "https://bitbucket.example.com/scm/proj",
            "bitbucket",
            (),
            "https://bitbucket.example.com/plugins/servlet/access-tokens/manage",
        ),
        ("https://codeberg.org/jane", "gitea", (), "https://codeberg.org/user/settings/applications"),
        ("https://git.example.com/a", "generic", (), None),
        # Below a path, and in its own capitals
        (f"{BELOW}/jane", "gitea", (b"Tools", b"x"), f"{BELOW}/user/settings/applications"),
        (BELOW, "gitlab", (b"Tools", b"x"), f"{BELOW}/-/user_settings/personal_access_tokens"),
        (f"{BELOW}/scm/p", "bitbucket", (b"Tools", b"x"), f"{BELOW}/plugins/servlet/access-tokens/manage"),
        ("https://x.example.com", "azure-devops-server", (b"Tools", b"x"), f"{BELOW}/_usersSettings/tokens"),
        (BELOW, "azure-devops-server", (b"Tools", b"x"), f"{BELOW}/_usersSettings/tokens"),
        ("https://tfs.example/a", "azure-devops-server", (), "https://tfs.example/a/_usersSettings/tokens"),
    ],
)
def test_the_user_hears_where_a_token_is_made(
    url: str, provider: str, base: tuple[bytes, ...], page: str | None
) -> None:
    scope = parse_url(url).scope
    assert family_named(provider, base).token_page(scope.folded if base else scope) == page


@pytest.mark.parametrize(
    ("provider", "path", "bases"),
    [
        ("azure-devops-server", b"Ado/F/web/_git/x", [b"Ado", b"", b"Ado/F", b"Ado/F/web", b"tfs"]),
        ("gitlab", b"jane", [b"", b"jane"]),
    ],
)
def test_a_server_is_looked_for_where_its_address_says_then_at_three_folders_at_most(
    provider: str, path: bytes, bases: list[bytes]
) -> None:
    found = family_named(provider).bases(tuple(path.split(b"/")))
    assert [b"/".join(base) for base in found] == bases


@pytest.mark.parametrize(
    ("path", "is_server"),
    [(b"TFS/x", True), (b"F/web/_Git/x", True), (b"F/tfs", False), (b"", False)],
)
def test_azure_devops_server_is_known_by_its_paths(path: bytes, *, is_server: bool) -> None:
    said = family_by_path(tuple(path.split(b"/")))
    assert (said.name if said else "") == ("azure-devops-server" if is_server else "")


@pytest.mark.parametrize(
    ("url", "is_secret"),
    [
        ("https://a", False),
        ("https://jane@a", False),
        ("https://jane:@a", True),
        (f"https://{AZURE_52.decode()}@a", True),
    ],
)
def test_a_password_or_a_token_before_a_host_is_a_secret(url: str, *, is_secret: bool) -> None:
    assert holds_secret(parse_url(url)) is is_secret


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"no {AZURE_52.decode()}, nor", "no (a token), nor"),
        (f"--option-{AZURE_52.decode()}", "(a token)"),
        (f"--option-glpat-{'A' * 20}", "(a token)"),
        ("of an organization-that-has-a-long-name", "of an organization-that-has-a-long-name"),
        (f"ATATT3{'A' * 14} ATATT3{'A' * 13}", f"(a token) ATATT3{'A' * 13}"),
    ],
)
def test_a_message_is_shown_without_the_words_that_end_in_a_token(text: str, shown: str) -> None:
    assert without_tokens(text) == shown


def test_an_organization_is_a_label_of_letters_digits_and_inner_hyphens() -> None:
    azure = family_named("azure-devops")
    for name in (b"fabrikam", b"Fabrikam", b"a", b"0", b"a-b", b"a--b"):
        assert azure.named_by(name) == Scope(b"https", b"dev.azure.com", (as_bytes(name.decode().lower()),))
    for name in (b"", b"-a", b"a-", b"a.b", b"a_b", b"a b", b"a@b", b"\xc3\xbc", b"a/b"):
        assert azure.named_by(name) is None
