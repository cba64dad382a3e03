"""The second reader of requests is held to the same vectors as the product: neither sets the rules."""

from __future__ import annotations

from typing import Any

from support.second_parser import RefusedError, understood
from support.vectors import Case, as_attributes, as_bytes, cases


def outcome(data: bytes) -> dict[str, Any] | str:
    try:
        return understood(data)
    except RefusedError:
        return "refused"


@cases("protocol", "lines", "attributes", "places", "hostile")
def test_it_understands_or_refuses_a_request_as_its_vector_says(case: Case) -> None:
    expect = case["expect"]
    assert outcome(as_bytes(case["input"])) == (expect if expect == "refused" else as_attributes(expect))
