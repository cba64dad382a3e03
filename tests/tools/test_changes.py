"""Changes of text files: what is added, what stays, and that taking it out gives back every byte."""

from __future__ import annotations

import configparser
import json
from typing import TYPE_CHECKING

import pytest
import tomlkit
from hypothesis import example, given, settings
from hypothesis import strategies as st

from git_credential_pat.errors import PatError
from git_credential_pat.tools.support.ini import Ini
from git_credential_pat.tools.support.json_keys import JsonKeys
from git_credential_pat.tools.support.lines import Lines
from git_credential_pat.tools.support.toml import Toml, TomlItem
from git_credential_pat.tools.yarn import plugins

if TYPE_CHECKING:
    from git_credential_pat.tools.support.change import Text

PATH = "/home/jane/file"
LINES = Lines(PATH, "bazel", ["common --credential_helper=a=b"], in_the_way=r"common --credential_helper=.*")
INI = Ini(PATH, "pip", "global", {"keyring-provider": "subprocess"})
INDEX = ["[[index]]", 'name = "pat-fabrikam"', 'url = "https://fabrikam@pkgs.dev.azure.com/fabrikam/"']
TOML = Toml(PATH, "uv", {"keyring-provider": "subprocess"}, tables=INDEX)
PROVIDERS = ("registry", "global-credential-providers")
CARGO = TomlItem(PATH, "cargo", PROVIDERS, "cargo-credential-pat", ["cargo:token"])
JSON = JsonKeys(PATH, "credHelpers", ["ghcr.io", "registry.gitlab.com"], "pat")
YARN = plugins(PATH, "/home/jane/plugin.cjs")
BY_KIND = {"lines": LINES, "ini": INI, "toml": TOML, "toml list": CARGO, "yaml list": YARN}

PARTS = {
    "lines": ["build --jobs=4", "", "# a comment", "common --credential_helper=x=y", "\ttabs \r"],
    "ini": [
        *("[global]", "[install]", "[list]", "index-url = https://a/", "  b", "user = yes", "", "# note"),
        *("; note", "no-cache = yes\r", "keyring-provider = subprocess", "keyring-provider = import"),
    ],
    "toml": [
        *("[pip]", "[[index]]", 'name = "x"', "offline = true", "", "# note", 'no-cache = true # "'),
        *(
            'keyring-provider = "subprocess"',
            'keyring-provider = "disabled"',
            's = """',
            '[x]"""',
            "a = [",
            "]",
        ),
    ],
    "toml list": [
        *(
            "[registry]",
            "[registry] # note",
            'default = "x"',
            "",
            "# note",
            "[net]",
            "offline = true",
            's = """',
        ),
        *(
            'global-credential-providers = ["cargo:token"]',
            "global-credential-providers = []",
            '[registry]"""',
        ),
        *("global-credential-providers = [ 'a' , # x", "  'b',", "]", 'registry = {default = "x"}'),
        'registry.default = "x"',
    ],
    "yaml list": [
        "plugins:",
        "  - path: ./a.cjs",
        "- ./b",
        "nodeLinker: pnp",
        "",
        "# note",
        "plugins: []",
        "  x: y",
    ],
}


def texts(kind: str) -> st.SearchStrategy[str]:
    """Files of a kind, some of which say nothing that can be understood, with or without a last line end."""
    lines = st.lists(st.sampled_from(PARTS[kind]) | st.text("ab[]=# \t\"'", max_size=6), max_size=9)
    return st.builds(lambda rows, end: "\n".join(rows) + end, lines, st.sampled_from(["", "\n", "\n\n"]))


@pytest.mark.parametrize("kind", BY_KIND)
@settings(max_examples=60)
@given(data=st.data())
def test_what_is_added_is_taken_out_byte_for_byte(kind: str, data: st.DataObject) -> None:
    change: Text = BY_KIND[kind]
    text = data.draw(texts(kind))
    after, obstacles = change.planned(text)
    assert change.removed(after) == text
    assert change.planned(after) == (after, obstacles), "a second time nothing changes"
    if after == text:
        assert obstacles or _says(kind, text), "nothing is added only for a reason"


def _says(kind: str, text: str) -> bool:
    """Whether the user's own lines say what would be added."""
    if kind == "ini":
        return "keyring-provider = subprocess" in text
    return kind == "toml list" and "cargo-credential-pat" in text


@given(texts("ini"))
def test_sections_and_keys_of_the_user_stay_as_they_were_read(text: str) -> None:
    after, obstacles = INI.planned(text)
    if obstacles:
        return
    sections = _sections(text)
    sections.setdefault("global", {})["keyring-provider"] = "subprocess"
    assert _sections(after) == sections


def _sections(text: str) -> dict[str, dict[str, str]]:
    reader = configparser.RawConfigParser()
    reader.read_string(text)
    return {name: dict(reader.items(name)) for name in reader.sections()}


@settings(max_examples=40)
@given(texts("toml"))
@example("offline = true\n[pip]\nstrict = true")
def test_toml_says_what_it_said_and_ours(text: str) -> None:
    after, obstacles = TOML.planned(text)
    if obstacles:
        return
    said = tomlkit.parse(text).unwrap()
    said["keyring-provider"] = "subprocess"
    said.setdefault("index", []).append(tomlkit.parse("\n".join(INDEX)).unwrap()["index"][0])
    assert tomlkit.parse(after).unwrap() == said


@settings(max_examples=40)
@given(texts("toml list"))
@example('[registry]\nglobal-credential-providers = [\n  "cargo:token",\n]\n')
@example('[registry]\nglobal-credential-providers = ["cargo:token"] # mine')
@example('[registry]\nglobal-credential-providers = [\n  "a" # ]\n]\n')
@example("registry.global-credential-providers = [ 'a]' ]")
def test_an_own_list_keeps_its_items_and_ours_is_last(text: str) -> None:
    after, obstacles = CARGO.planned(text)
    if obstacles:
        return
    said = tomlkit.parse(text).unwrap().get("registry", {}).get(PROVIDERS[1], ["cargo:token"])
    assert tomlkit.parse(after).unwrap()["registry"][PROVIDERS[1]] == [*said, "cargo-credential-pat"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('aä"\\<', max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2),
    max_leaves=5,
)
HELPERS = st.dictionaries(st.sampled_from(["ghcr.io", "quay.io"]), st.sampled_from(["pass", "ecr-login"]))


@given(
    st.dictionaries(st.sampled_from(["auths", "credsStore", "proxies"]), VALUES),
    st.none() | HELPERS,
    st.sampled_from([None, 2, 4, "\t"]),
    st.sampled_from(["", "\n"]),
)
def test_json_is_given_back_key_for_key(
    document: dict[str, object], helpers: dict[str, str] | None, indent: int | str | None, end: str
) -> None:
    whole = document if helpers is None else {**document, "credHelpers": helpers}
    text = json.dumps(whole, indent=indent, ensure_ascii=False) + end
    after, obstacles = JSON.planned(text)
    assert len(obstacles) == ("ghcr.io" in (helpers or {}))
    said = {"ghcr.io": "pat", "registry.gitlab.com": "pat", **(helpers or {})}
    assert json.loads(after) == {**whole, "credHelpers": said}
    back = JSON.removed(after)
    assert JSON.is_same(back, text)
    assert [*json.loads(back)] == [name for name in whole if name != "credHelpers" or helpers]
    if helpers != {}:
        assert back == text, "and byte for byte where it is written as programs do"


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 1, "a": 2}', '{"credHelpers": []}', '"x"'])
def test_json_that_is_not_understood_is_left_alone(text: str) -> None:
    after, (obstacle,) = JSON.planned(text)
    assert (after, obstacle.text) == (text, JSON.shown())


@pytest.mark.parametrize("change", [LINES, INI, TOML, YARN], ids=lambda change: type(change).__name__)
def test_a_block_without_its_end_is_not_guessed(change: Text) -> None:
    after, _ = change.planned("")
    cut = after[: after.index("# git-credential-pat: end")]
    with pytest.raises(PatError, match="has no end"):
        change.removed(cut)


@pytest.mark.parametrize("change", [LINES, INI, YARN], ids=lambda change: type(change).__name__)
def test_what_the_user_writes_behind_our_block_stays(change: Text) -> None:
    after, _ = change.planned("before: 1" if change is YARN else "[a]\nb = 1" if change is INI else "build")
    assert change.removed(f"{after}# mine\n").endswith("\n# mine\n")


def test_lines_that_are_no_longer_wanted_go_and_others_come() -> None:
    before = Lines(PATH, "bazel", ["one", "two"]).planned("mine\n")[0]
    after = Lines(PATH, "bazel", ["two", "three"]).planned(before)[0]
    assert [line for line in after.splitlines() if not line.startswith("#")] == ["mine", "two", "three"]
    assert Lines(PATH, "bazel", []).planned(after)[0] == "mine\n"
