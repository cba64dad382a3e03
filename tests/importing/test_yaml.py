"""The YAML of gh and glab is read as they write it; any other form is refused or passed over."""

from __future__ import annotations

import pytest

from git_credential_pat.errors import PatError
from git_credential_pat.importing.support.yaml import settings_of


def read(text: str) -> dict[str, str | None]:
    """Return the values by their names, joined."""
    return {
        "/".join(name.decode() for name in setting.names): None
        if setting.value is None
        else setting.value.decode()
        for setting in settings_of("f", text.encode())
    }


def test_mappings_of_any_indentation_are_read() -> None:
    text = "---\n# mine\na:\n    b: 1\n\n    c:\n        d: 2\n    # more\n    e: 3\nf:\n  g: 4\n\n"
    assert read(text) == {"a": "", "a/b": "1", "a/c": "", "a/c/d": "2", "a/e": "3", "f": "", "f/g": "4"}


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        *[("word", "word"), ("two words", "two words"), ("a#b", "a#b"), ("word # comment", "word")],
        *[('"quoted # word"', "quoted # word"), ("'it''s'", "it's"), ('"" # none', ""), ("''", "")],
        *[("", ""), ("# comment", ""), ("~", ""), ("null", ""), ("[]", ""), ("{}", ""), ("!!null", "")],
        *[("!!null glpat-word", "glpat-word"), ("!!str 12", "12"), ('!!str "word"', "word"), ("-1", "-1")],
        *[("host:8080", "host:8080"), ("https://a.example.com/b", "https://a.example.com/b")],
    ],
)
def test_a_value_is_what_the_program_means_by_it(value: str, meant: str) -> None:
    assert read(f"a: {value}\n") == {"a": meant}


@pytest.mark.parametrize(
    "value",
    [
        *["|", ">-", "&anchor word", "*alias", "!!binary word", "!own word", "{a: b}", "[a]", "{", "[a,"],
        *['"two', "'two", '"a\\tb"', "'a' b", '"a" b', "a: b", "a:", "- a", "-", "? a", "@a", "`a", "%a"],
    ],
)
def test_a_value_of_another_form_is_none_and_hides_what_is_below_it(value: str) -> None:
    assert read(f"a: {value}\n  token: word\n\n  b\n    c: word\nd: word\n") == {"a": None, "d": "word"}


def test_a_list_is_passed_over() -> None:
    text = "a:\n  - token: word\n    b: c\n  - d\nb:\n- token: word\n  c: d\nc: word\n"
    assert read(text) == {"a": "", "b": "", "c": "word"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        *[("word\n", 1), (" a: b\n", 1), ("\ta: b\n", 1), ("a:\n\tb: c\n", 2), ("a: b\n  c: d\n", 2)],
        *[("a: b\n  more words\n", 2), ("a:\n    b: c\n  d: e\n", 3), ("a:b\n", 1), ("? a\n: b\n", 1)],
        *[("a:\n  b: c\n   d: e\n", 3), ("a: b\n---\na: c\n", 2), ("{a: b}\n", 1), ("a: b\n...\n", 2)],
        *[('a: "b"\n  c: d\n', 2), ("\ufeffa: b\n---\n", 2), ("*a : b\n", 1), ("a: b\n" * 9 + "\0\n", 10)],
    ],
)
def test_a_line_of_another_form_is_refused_by_its_number(text: str, line: int) -> None:
    with pytest.raises(PatError, match=f"^f:{line} is written in a form that is not read; "):
        read(text)


def test_names_are_plain_or_quoted_and_may_hold_a_port() -> None:
    assert read("a.example.com:8080:\n  \"12\": b\n  'c d': e\n") == {
        "a.example.com:8080": "",
        "a.example.com:8080/12": "b",
        "a.example.com:8080/c d": "e",
    }
