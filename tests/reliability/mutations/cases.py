"""The tests of single test vectors, by their names or how these begin, where only one begins so."""

from __future__ import annotations

from support.vectors import read


def request(file: str, beginning: str) -> str:
    """Return the test of a request in tests/vectors/protocol."""
    test = "tests/test_protocol.py::test_a_request_is_understood_or_refused_as_its_vector_says"
    return _case(test, "protocol", file, beginning)


def place(file: str, beginning: str) -> str:
    """Return the test of a place in tests/vectors/scopes."""
    return _case(
        "tests/hosts/test_hosts.py::test_a_request_points_where_its_vector_says", "scopes", file, beginning
    )


def conversation(file: str, beginning: str) -> str:
    """Return the test of a conversation in tests/vectors/scopes."""
    return _case(
        "tests/test_resolve.py::test_a_conversation_goes_as_its_vector_says", "scopes", file, beginning
    )


def answer(file: str, beginning: str) -> str:
    """Return the test of a host's answer in tests/vectors/answers."""
    return _case(
        "tests/verification/test_answers.py::test_an_answer_means_what_it_says", "answers", file, beginning
    )


def _case(test: str, folder: str, file: str, beginning: str) -> str:
    names = [case["name"] for case in read(folder, file) if case["name"].startswith(beginning)]
    (name,) = [beginning] if beginning in names else names
    return f"{test}[{file}: {name}]"
