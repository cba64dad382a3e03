"""Breaks in which bytes are entries, and in what is written back of them."""

from reliability.mutations.mutation import Mutation
from reliability.mutations.vault_format import bad, case

RECORDS = "vault/records.py"

MUTATIONS = (
    Mutation(
        "read entries in any order",
        RECORDS,
        "        if key <= previous:",
        "        if key == previous:",
        (bad("records-descending"),),
    ),
    Mutation(
        "read any number of padding bytes",
        RECORDS,
        "    if len(body) != at + -at % BLOCK or body.count",
        "    if body.count",
        (bad("padding-block-too-many"),),
    ),
    Mutation(
        "read a field twice",
        RECORDS,
        "return previous < tag or (previous == tag > 0 and (tag == _PERMISSION or tag not in _KNOWN))",
        "return 0 < tag >= previous",
        (bad("secret-repeated"),),
    ),
    Mutation(
        "read fields in any order",
        RECORDS,
        " or not _may_follow(fields[-1][0] if fields else 0, tag):",
        ":",
        (bad("tags-descending"),),
    ),
    Mutation(
        "read a state that is none",
        RECORDS,
        "    if state >= len(_STATES):",
        "    state %= len(_STATES)\n    if False:",
        (bad("state-3"),),
    ),
    Mutation(
        "let malformed text out as an error of Python",
        RECORDS,
        "    except (error, UnicodeDecodeError, ValueError):",
        "    except error:",
        (bad("label-latin-1"),),
    ),
    Mutation(
        "drop the fields of newer versions",
        RECORDS,
        "    fields.extend(entry.unknown)\n",
        "",
        (
            case("records", "unknown_fields_are_written_back_as_they_were"),
            case("vectors", "a_commit_keeps_what_this_version_does_not_understand[unknown-tags]"),
        ),
    ),
    Mutation(
        "write entries in the order in which they come",
        RECORDS,
        "    records = sorted((_encode_key(entry), _encode_fields(entry)) for entry in entries)",
        "    records = [(_encode_key(entry), _encode_fields(entry)) for entry in entries]",
        (case("records", "entries_stand_in_the_order_of_their_encoded_keys"),),
    ),
)
