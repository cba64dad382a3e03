"""The variables of tools whose files stand from the working folder upwards, and of tools that are named."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from support.checks import keep, refusal
from support.program import AZURE_TOKEN, CONTOSO, FABRIKAM, OTHER_AZURE_TOKEN, Program
from support.variables import FEEDS, given, project

FAB, CON = FEEDS.format("fabrikam"), FEEDS.format("contoso")
ENCODED, OTHER_ENCODED = (base64.b64encode(t.encode()).decode() for t in (AZURE_TOKEN, OTHER_AZURE_TOKEN))
BOTH = ("fabrikam", "contoso")
GROUP_TOKEN = "glpat-" + "a" * 20
OF_GROUP = {"http-basic": {"gitlab.com": {"username": "jane", "password": GROUP_TOKEN}}}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path / "home")
    keep(program, FABRIKAM)
    keep(program, CONTOSO, token=OTHER_AZURE_TOKEN)
    keep(program, "https://gitlab.com/group", token=GROUP_TOKEN, username="jane")
    return program


def nuget(**sources: str) -> str:
    rows = "".join(f'<add key="{name}" value="{url}" />' for name, url in sources.items())
    return f"<configuration><packageSources><clear/>{rows}</packageSources></configuration>"


def login(token: str) -> str:
    return f"Username=pat;Password={token};ValidAuthenticationTypes=Basic"


def uv(**indexes: str) -> str:
    return "".join(f'[[tool.uv.index]]\nname = "{name}"\nurl = "{url}"\n' for name, url in indexes.items())


def basic(token: str, username: str = "pat") -> str:
    return "Basic " + base64.b64encode(f"{username}:{token}".encode()).decode()


CASES = {
    "nuget": (
        {
            "nuget.config": nuget(
                fab=f"{FAB}/nuget/v3/index.json", other="https://api.example.org/v3/index.json"
            ),
            "src/NuGet.Config": nuget(
                con="https://contoso.pkgs.visualstudio.com/_packaging/x/nuget/v3/index.json"
            ),
        },
        {
            "NuGetPackageSourceCredentials_fab": login(AZURE_TOKEN),
            "NuGetPackageSourceCredentials_con": login(OTHER_AZURE_TOKEN),
        },
    ),
    "uv": (
        {
            "pyproject.toml": uv(**{"fab.feed-1": f"{FAB}/pypi/simple/"}),
            "src/uv.toml": '[[index]]\nname="gl"\nurl="https://gitlab.com/group/x/simple"\n',
        },
        {"UV_INDEX_FAB_FEED_1_USERNAME": "pat", "UV_INDEX_FAB_FEED_1_PASSWORD": AZURE_TOKEN},
    ),
    "npm": (
        {
            ".npmrc": f"; a comment\nregistry = {FAB}/npm/registry/\n@c:registry=https://registry.example.org/\n",
            "package.json": json.dumps(
                {"publishConfig": {"@x:registry": f"{CON}/npm/registry/", "tag": "x"}}
            ),
        },
        {
            f"npm_config_//pkgs.dev.azure.com/{organization}/{registry}:{name}": value
            for organization, password in (("fabrikam", ENCODED), ("contoso", OTHER_ENCODED))
            for registry in ("", "_packaging/feed/npm/registry/")
            for name, value in (("username", "pat"), ("_password", password))
        },
    ),
    "cargo": (
        {
            ".cargo/config.toml": f'[registries.fab-rikam]\nindex = "sparse+{FAB}/Cargo/index/"\n'
            '[registries.other]\nindex = "sparse+https://crates.example.com/"\n'
        },
        {
            "CARGO_REGISTRIES_FAB_RIKAM_TOKEN": basic(AZURE_TOKEN),
            "CARGO_REGISTRIES_FAB_RIKAM_CREDENTIAL_PROVIDER": "cargo:token",
        },
    ),
    "gradle": (
        {
            "build.gradle": "repositories {\n mavenCentral()\n maven {\n name = 'fab'\n"
            f"  url = uri('{FAB}/maven/v1')\n  credentials(PasswordCredentials) {{ }}\n }}\n"
            f" maven {{ name = 'open'; url = '{CON}/maven/v1' }}\n}}\n"
        },
        {"ORG_GRADLE_PROJECT_fabUsername": "pat", "ORG_GRADLE_PROJECT_fabPassword": AZURE_TOKEN},
    ),
    "composer": (
        {
            "composer.json": json.dumps(
                {"repositories": {"a": {"type": "vcs", "url": "https://gitlab.com/group/x"}}}
            )
        },
        {"COMPOSER_AUTH": json.dumps(OF_GROUP)},
    ),
    "bundler": (
        {"Gemfile": 'source "https://gems.example.org"\nsource("https://gitlab.com/group/x") do\nend\n'},
        {"BUNDLE_GITLAB__COM": f"jane:{GROUP_TOKEN}"},
    ),
    "terraform": (
        {"src/main.tf": 'module "x" {\n  source = "gitlab.com/group/x/aws"\n}\n# "https://gitlab.com"\n'},
        {"TF_TOKEN_gitlab_com": GROUP_TOKEN},
    ),
}


@pytest.mark.parametrize("tool", CASES)
def test_a_tool_s_files_say_which_variables_there_are(program: Program, tool: str) -> None:
    files, expected = CASES[tool]
    below = project(program, files)
    urls = {"uv": ("fabrikam",), "cargo": ("fabrikam",), "gradle": ("fabrikam",)}.get(tool, (*BOTH, "group"))
    found = given(program, *urls, cwd=below, says=": not set" if len(urls) > 1 else "")
    hosts = given(program, *urls, says=": not set" if len(urls) > 1 else "")
    assert {name: value for name, value in found.items() if hosts.get(name) != value} == expected


@pytest.mark.parametrize("tool", CASES)
def test_a_named_tool_gets_its_own_variables_alone(program: Program, tool: str) -> None:
    files, expected = CASES[tool]
    files = {
        **files,
        **{
            name: text
            for other in CASES
            if other != tool
            for name, text in CASES[other][0].items()
            if name not in files
        },
    }
    found = program.run("exec", *BOTH, "group", "--tool", tool, "--show", cwd=project(program, files)).stdout
    names = {line.split()[0] for line in found.decode().splitlines()[1:]}
    start = {name.split("_")[0] for name in expected}
    assert expected.keys() <= names
    assert {name.split("_")[0] for name in names} <= start


@pytest.mark.parametrize(
    "url",
    [
        "http://pkgs.dev.azure.com/fabrikam/x",
        "https://pkgs.dev.azure.com.evil.test/fabrikam/x",
        "https://pkgs.dev.azure.com:8443/fabrikam/x",
        "https://evil.test\\@pkgs.dev.azure.com/fabrikam/x",
        "https://evil.test/@pkgs.dev.azure.com/fabrikam/x",
        "https://pkgs.dev.azure.com/fabrikam/../other/x",
        "https://pkgs.dev.azure.com/fabrikam/%2e%2e/other",
        "https://pkgs.dev.azure.com/${ORG}/x",
        "https://me:secret@pkgs.dev.azure.com/fabrikam/x",
        "https://pkgs.dev.azure.com/other/x",
        "https://pkgs.dev.azure.com/fabrik\u00e4m/x",
        "https://pkgs.dev.azure.com",
        "fabrikam",
        "",
    ],
)
def test_a_url_that_is_not_surely_the_organization_s_gets_no_token(program: Program, url: str) -> None:
    escaped = url.replace("\\", "\\\\")
    below = project(
        program,
        {
            "nuget.config": nuget(x=url),
            "pyproject.toml": uv(x=escaped),
            ".npmrc": f"registry={url}\n",
            ".cargo/config.toml": f'[registries.x]\nindex = "{escaped}"\n',
            "composer.json": json.dumps({"repositories": [{"url": url}]}),
            "Gemfile": f'source "{url}"\n',
            "main.tf": f'source = "{url.removeprefix("https://")}"\n',
        },
    )
    assert given(program, "fabrikam", cwd=below) == given(program, "fabrikam")


def test_a_url_without_tls_gets_no_token_though_git_may_have_one_there(program: Program) -> None:
    assert program.git("config", "--global", "pat.http://git.acme.test.provider", "gitea").status == 0
    keep(program, "http://git.acme.test/acme", token="secret")
    below = project(program, {".npmrc": "registry=http://git.acme.test/api/packages/acme/npm/\n"})
    assert given(program, "http://git.acme.test/acme", cwd=below) == given(
        program, "http://git.acme.test/acme"
    )


def test_a_name_that_stands_for_two_urls_gets_no_token(program: Program) -> None:
    files = {
        "nuget.config": nuget(feed=f"{FAB}/nuget/v3/index.json"),
        "src/nuget.config": nuget(Feed="https://evil.test/fabrikam"),
        "src/web/pyproject.toml": uv(**{"a-b": f"{FAB}/pypi/simple/", "a.b": f"{CON}/pypi/simple/"}),
    }
    below = project(program, files)
    found = given(program, "fabrikam", cwd=below, says='"Feed" in ')
    assert [name for name in found if name.startswith(("NuGetPackage", "UV_"))] == []


def test_a_file_of_another_language_gets_no_token_and_is_said(program: Program) -> None:
    doctype = '<!DOCTYPE c [<!ENTITY u "https://pkgs.dev.azure.com/fabrikam/x">]>'
    broken = {
        "nuget.config": doctype + nuget(x="&u;"),
        "pyproject.toml": "[tool",
        "package.json": "[" * 100_000,
    }
    below = project(program, broken)
    for name in broken:
        found = given(
            program, "fabrikam", cwd=below, says=f"/{name} is not understood, so no token is set for it"
        )
        assert found == given(program, "fabrikam")


def test_a_large_file_is_not_read(program: Program) -> None:
    below = project(program, {".npmrc": f"registry={FAB}/npm/registry/\n" + "#" * (1 << 20)})
    found = given(
        program, "fabrikam", cwd=below, says=".npmrc is larger than 1 MiB, so no token is set for it"
    )
    assert found == given(program, "fabrikam")


# NuGet


def test_nuget_s_credential_provider_is_given_one_organization(program: Program) -> None:
    files = {
        "nuget.config": nuget(a=f"{FAB}/nuget/v3/index.json", b="https://fabrikam.pkgs.visualstudio.com/x")
    }
    found = given(program, "fabrikam", cwd=project(program, files))
    prefixes = "https://pkgs.dev.azure.com/fabrikam/;https://fabrikam.pkgs.visualstudio.com/"
    for start in ("ARTIFACTS_CREDENTIALPROVIDER_", "VSS_NUGET_"):
        assert found[f"{start}URI_PREFIXES"] == prefixes
        assert found[f"{start}ACCESSTOKEN"] == AZURE_TOKEN


def test_a_source_that_no_variable_can_be_named_after_is_said(program: Program) -> None:
    below = project(program, {"nuget.config": nuget(**{"a=b": f"{FAB}/nuget/v3/index.json"})})
    found = given(
        program, "fabrikam", cwd=below, says='"NuGetPackageSourceCredentials_a=b" cannot be the name'
    )
    assert [name for name in found if "Credentials" in name] == []


# uv


def test_uv_gets_an_index_above_each_of_several_organizations(program: Program) -> None:
    below = project(program, {"pyproject.toml": uv(a=f"{FAB}/pypi/simple/", b=f"{CON}/pypi/simple/")})
    (program.home / "etc" / "uv").mkdir(parents=True)
    (program.home / "etc" / "uv" / "uv.toml").write_text("offline = true\nindex = []\n")
    variables = "$XDG_CONFIG_DIRS $UV_INDEX_PAT_PKGS_DEV_AZURE_COM_CONTOSO_PASSWORD"
    script = f'cat "${{XDG_CONFIG_DIRS%%:*}}/uv/uv.toml"; echo "{variables}"'
    words = (*BOTH, "--tool", "uv", "--", "sh", "-c", script)
    run = program.run("exec", *words, cwd=below, environment={"XDG_CONFIG_DIRS": str(program.home / "etc")})
    *lines, last = run.stdout.decode().splitlines()
    folder = Path(last.partition(":")[0])
    assert last == f"{folder}:{program.home}/etc {OTHER_AZURE_TOKEN}"
    assert "offline = true" in lines
    assert [line for line in lines if line.startswith("url")] == [
        f'url = "https://pkgs.dev.azure.com/{name}/"' for name in BOTH
    ]
    assert not folder.exists()


# npm and bun


def test_a_login_that_npm_would_take_first_is_said(program: Program) -> None:
    place = "//pkgs.dev.azure.com/fabrikam/_packaging/feed/npm/registry/"
    below = project(program, {".npmrc": f"registry=https:{place}\n{place}:_password=${{NPM}}\n"})
    found = given(
        program, "fabrikam", cwd=below, says=f".npmrc has a login of its own for {place}, which npm uses"
    )
    assert "npm_config_//pkgs.dev.azure.com/fabrikam/:_password" in found


def test_bun_reads_the_user_s_own_lines_and_ours_from_a_file_that_is_nowhere(program: Program) -> None:
    (program.home / ".npmrc").write_text("fund=false")
    script = 'cat "$NPM_CONFIG_USERCONFIG" "$NPM_CONFIG_USERCONFIG"; echo "$NPM_CONFIG_USERCONFIG"'
    run = program.run("exec", "fabrikam", "--tool", "bun", "--", "sh", "-c", script)
    start = "//pkgs.dev.azure.com/fabrikam/:"
    *lines, path = run.stdout.decode().splitlines()
    assert lines == ["fund=false", f"{start}username=pat", f"{start}_password={ENCODED}"] * 2
    assert path.startswith("/dev/fd/")


def test_a_registry_of_bearers_gets_the_token_itself(program: Program) -> None:
    below = project(program, {".npmrc": "@g:registry=https://gitlab.com/group/npm/\n"})
    found = given(program, "group", "--tool", "npm", cwd=below)
    assert found == {f"npm_config_//gitlab.com/{path}:_authToken": GROUP_TOKEN for path in ("", "group/npm/")}


OTHER_GROUP = "glpat-" + "b" * 20


def test_two_owners_at_one_host_get_a_key_each_and_a_number_names_neither(program: Program) -> None:
    keep(program, "https://gitlab.com/other", token=OTHER_GROUP)
    registries = "https://gitlab.com/api/v4/groups/{}/-/packages/npm/"
    lines = [f"@{name}:registry={registries.format(name)}" for name in ("group", "other")]
    lines += ["@n:registry=https://gitlab.com/api/v4/projects/1/packages/npm/"]
    folder = project(program, {".npmrc": "\n".join(lines)})
    found = given(
        program,
        "group",
        "other",
        cwd=folder,
        says="projects/1/packages/npm/ could be of several of these organizations, so no token",
    )
    assert found == {
        f"npm_config_//gitlab.com/api/v4/groups/{name}/{below}:_authToken": token
        for name, token in (("group", GROUP_TOKEN), ("other", OTHER_GROUP))
        for below in ("", "-/packages/npm/")
    }


GITHUB_TOKEN = "ghp_" + "g" * 36


def test_packages_of_github_are_at_hosts_of_their_own(program: Program) -> None:
    keep(program, "https://github.com/acme", token=GITHUB_TOKEN)
    files = {
        ".npmrc": "@acme:registry=https://npm.pkg.github.com\n",
        "nuget.config": nuget(
            acme="https://nuget.pkg.github.com/acme/index.json",
            no="https://nuget.pkg.github.com/octo/index.json",
        ),
        "Gemfile": 'source "https://rubygems.pkg.github.com/acme"\n',
    }
    below = project(program, files)
    found = given(program, "acme", cwd=below)
    assert found["npm_config_//npm.pkg.github.com/:_authToken"] == GITHUB_TOKEN
    assert found["NuGetPackageSourceCredentials_acme"].startswith(
        f"Username=x-access-token;Password={GITHUB_TOKEN};"
    )
    assert found["BUNDLE_RUBYGEMS__PKG__GITHUB__COM"] == f"x-access-token:{GITHUB_TOKEN}"
    assert "NuGetPackageSourceCredentials_no" not in found


# Tools that are named


def test_a_tool_needs_no_file_where_the_organization_says_enough(program: Program) -> None:
    assert given(program, "group", "--tool", "nix") == {
        "NIX_CONFIG": f"extra-access-tokens = gitlab.com/group=PAT:{GROUP_TOKEN}"
    }
    assert given(program, "fabrikam", "--tool", "npm").keys() == {
        f"npm_config_//pkgs.dev.azure.com/fabrikam/:{name}" for name in ("username", "_password")
    }
    rules = json.loads(given(program, *BOTH, "--tool", "renovate")["RENOVATE_HOST_RULES"])
    assert {
        "matchHost": "https://pkgs.dev.azure.com/contoso/",
        "username": "pat",
        "password": OTHER_AZURE_TOKEN,
    } in rules
    assert [rule for rule in rules if rule["matchHost"] == "pkgs.dev.azure.com"] == []


def test_homebrew_gets_the_only_token_for_github(program: Program) -> None:
    for owner, token in (("acme", "ghp_" + "a" * 36), ("octo", "ghp_" + "b" * 36)):
        keep(program, f"https://github.com/{owner}", token=token)
    assert given(program, "acme", "fabrikam", "--tool", "homebrew") == {
        "HOMEBREW_GITHUB_API_TOKEN": "ghp_" + "a" * 36
    }
    run = program.run("exec", "acme", "octo", "--tool", "homebrew", "--", "true")
    assert run.stderr.startswith(
        "git-credential-pat: not set, because each holds one token: HOMEBREW_GITHUB_API_TOKEN;"
    )


def test_docker_gets_a_login_for_each_host(program: Program) -> None:
    assert json.loads(given(program, "group", "--tool", "docker")["DOCKER_AUTH_CONFIG"]) == {
        "auths": {"registry.gitlab.com": {"auth": basic(GROUP_TOKEN, "jane").removeprefix("Basic ")}}
    }


def test_pip_finds_our_keyring_first_while_it_runs(program: Program) -> None:
    found = given(program, "fabrikam", "--tool", "pip")
    assert found["PIP_KEYRING_PROVIDER"] == "subprocess"
    folder, _, rest = found["PATH"].partition(":")
    assert rest == program.environment["PATH"]
    assert not Path(folder).exists()
    run = program.run(
        "exec", "fabrikam", "--tool", "pip", "--", "sh", "-c", 'keyring get "$0" pat', f"{FAB}/pypi/simple/"
    )
    assert run.stdout == f"{AZURE_TOKEN}\n".encode()


def test_a_tool_that_is_not_known_or_gets_nothing_is_reported(program: Program) -> None:
    why = refusal(program.run("exec", "fabrikam", "--tool", "nugget", "--", "true"), 2)
    assert why.startswith('unknown tool "nugget"; use one of nuget, uv, ')
    why = refusal(program.run("exec", "fabrikam", "--tool", "uv", "--", "true"), 2)
    assert why.startswith("nothing is set for uv: no file of it from ")
    given(program, "fabrikam", "--tool", "uv", "--tool", "npm", says="nothing is set for uv")


# What the user has set


RULES_OF_GROUP = [
    {"matchHost": place, "token": GROUP_TOKEN}
    for place in ("https://gitlab.com/group/", "https://gitlab.com/", "gitlab.com", "registry.gitlab.com")
]


@pytest.mark.parametrize(
    ("tool", "name", "own", "expected"),
    [
        ("composer", "COMPOSER_AUTH", {"bearer": {"x": "y"}}, {"bearer": {"x": "y"}, **OF_GROUP}),
        ("renovate", "RENOVATE_HOST_RULES", [{"matchHost": "x"}], [*RULES_OF_GROUP, {"matchHost": "x"}]),
    ],
)
def test_values_that_take_several_keep_the_user_s(
    program: Program, tool: str, name: str, own: object, expected: object
) -> None:
    own_value = {name: json.dumps(own)}
    found = given(program, "group", "--tool", tool, **own_value)  # type: ignore[arg-type]  # no cwd
    assert json.loads(found[name]) == expected
    why = f"{name} is not understood and stays as it is; unset it to have the stored token"
    for odd in ("no JSON", "1", '{"x": 1}', "[1]"):
        run = program.run("exec", "group", "--tool", tool, "--", "true", environment={name: odd})
        assert refusal(run, 0) == why


def test_lines_of_nix_and_logins_of_composer_that_the_user_has_stay(program: Program) -> None:
    found = given(program, "group", "--tool", "nix", NIX_CONFIG="cores = 2")
    assert found["NIX_CONFIG"].splitlines()[0] == "cores = 2"
    own = '{"gitlab-token": {"gitlab.com": "mine"}}'
    run = program.run("exec", "group", "--tool", "composer", "--", "true", environment={"COMPOSER_AUTH": own})
    assert refusal(run, 0) == "COMPOSER_AUTH has a login for gitlab.com already, which stays as it is"


def test_a_variable_that_the_user_has_set_stays_with_what_belongs_to_it(program: Program) -> None:
    below = project(program, {"pyproject.toml": uv(x=f"{FAB}/pypi/simple/")})
    found = given(
        program, "fabrikam", cwd=below, UV_INDEX_X_PASSWORD="mine", says="UV_INDEX_X_PASSWORD is set already"
    )
    assert "UV_INDEX_X_USERNAME" not in found
    assert "UV_INDEX_X_PASSWORD" not in found


def test_a_registry_without_a_slash_at_its_end_gives_npm_no_key_above_it(program: Program) -> None:
    below = project(program, {".npmrc": "registry=https://pkgs.dev.azure.com/fabrikam\n"})
    keys = given(program, "fabrikam", "--tool", "npm", cwd=below).keys()
    assert keys == {f"npm_config_//pkgs.dev.azure.com/fabrikam/:{name}" for name in ("username", "_password")}
