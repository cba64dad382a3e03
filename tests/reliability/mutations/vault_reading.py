"""Breaks in how the vault's entries are read and written, and in which of its slots opens it."""

from reliability.mutations.mutation import Mutation

BOTH_READERS = "campaign:readers_agree=3000"
RECORDS, KEYSLOTS = "vault/records.py", "vault/keyslots/__init__.py"


def refused(*vectors: str) -> tuple[str, ...]:
    """Return the tests that these bad vectors are refused, by their names."""
    test = "tests/vault/test_vectors.py::test_a_bad_vault_is_refused_with_its_status_and_stays_as_it_is"
    return tuple(f"{test}[{vector}]" for vector in vectors)


def read(*vectors: str) -> tuple[str, ...]:
    """Return the tests that these good vectors open, by their names and which of their keys is used."""
    test = (
        "tests/vault/test_vectors.py::test_a_good_vault_opens_by_each_key_and_holds_what_its_description_says"
    )
    return tuple(f"{test}[{vector}]" for vector in vectors)


def written(*vectors: str) -> tuple[str, ...]:
    """Return the tests that these good vectors are written as they are, by their names."""
    test = "tests/vault/test_vectors.py::test_the_program_writes_a_good_vault_byte_for_byte"
    return tuple(f"{test}[{vector}]" for vector in vectors)


MUTATIONS = (
    Mutation(
        "cut a field that is longer than what is left",
        RECORDS,
        "        if at + length > len(body) or not _may_follow",
        "        length = min(length, len(body) - at)\n        if not _may_follow",
        (*refused("field-beyond-end", "field-largest"), BOTH_READERS),
    ),
    Mutation(
        "take two entries of one key",
        RECORDS,
        "if key <= previous:",
        "if key < previous:",
        (*refused("records-repeated", "records-equal-keys"), BOTH_READERS),
    ),
    Mutation(
        "take entries in any order",
        RECORDS,
        "if key <= previous:",
        "if key == previous:",
        refused("records-descending"),
    ),
    Mutation(
        "let malformed text out as an error of Python",
        RECORDS,
        "    except (error, UnicodeDecodeError, ValueError):",
        "    except error:",
        refused("label-latin-1"),
    ),
    Mutation(
        "take a label that is not UTF-8",
        RECORDS,
        'known.get(_LABEL, b"").decode()',
        'known.get(_LABEL, b"").decode("utf-8", "replace")',
        refused("label-latin-1", "label-overlong", "label-surrogate", "label-cut", "label-beyond-unicode"),
    ),
    Mutation(
        "take a permission that is not UTF-8",
        RECORDS,
        "tuple(value.decode() for",
        'tuple(value.decode("utf-8", "surrogateescape") for',
        refused("permission-not-utf-8"),
    ),
    Mutation(
        "take an owner that is not UTF-8",
        RECORDS,
        'known.get(_OWNER, b"").decode()',
        'known.get(_OWNER, b"").decode("utf-8", "ignore")',
        refused("owner-not-utf-8"),
    ),
    Mutation(
        "take a label without bytes",
        RECORDS,
        '        or known.get(_LABEL) == b""\n',
        "",
        (*refused("label-empty"), BOTH_READERS),
    ),
    Mutation(
        "take an owner without bytes",
        RECORDS,
        '        or known.get(_OWNER) == b""\n',
        "",
        (*refused("owner-empty"), BOTH_READERS),
    ),
    Mutation(
        "take a pinned with bytes",
        RECORDS,
        "        known.get(_PINNED)\n        or ",
        "        ",
        refused("pinned-with-value"),
    ),
    Mutation(
        "do without the time of the last change",
        RECORDS,
        "not {_SECRET, _STATE, _CREATED, _UPDATED} <= known.keys()",
        "not {_SECRET, _STATE, _CREATED} <= known.keys()",
        (*refused("updated-missing"), BOTH_READERS),
    ),
    Mutation(
        "take a state that is one too large",
        RECORDS,
        "if state >= len(_STATES):",
        "if state > len(_STATES):",
        refused("state-3"),
    ),
    Mutation(
        "take times of any length",
        RECORDS,
        "(number,) = _U64.unpack(value)",
        'number = int.from_bytes(value, "big")',
        (*refused("created-7-bytes", "updated-9-bytes", "expires-4-bytes", "put-aside-empty"), BOTH_READERS),
    ),
    Mutation(
        "take a known field twice",
        RECORDS,
        "(previous == tag > 0 and (tag == _PERMISSION or tag not in _KNOWN))",
        "previous == tag > 0",
        (*refused("secret-repeated", "expires-repeated", "owner-repeated"), BOTH_READERS),
    ),
    Mutation(
        "take the tag 0",
        RECORDS,
        "previous == tag > 0",
        "previous == tag",
        (*refused("tag-0"), BOTH_READERS),
    ),
    Mutation(
        "take tags in any order",
        RECORDS,
        "return previous < tag or",
        "return previous != tag or",
        (*refused("tags-descending", "permissions-apart", "unknown-before-known"), BOTH_READERS),
    ),
    Mutation(
        "refuse fields of unknown tags that stand repeatedly",
        RECORDS,
        "(tag == _PERMISSION or tag not in _KNOWN)",
        "tag == _PERMISSION",
        (*read("unknown-tags-1"), BOTH_READERS),
    ),
    Mutation(
        "forget fields of unknown tags",
        RECORDS,
        "unknown=tuple(field for field in fields if field[0] not in _KNOWN)",
        "unknown=()",
        (*read("unknown-tags-1"), BOTH_READERS),
    ),
    Mutation(
        "drop fields of unknown tags where they are written",
        RECORDS,
        "    fields.extend(entry.unknown)\n",
        "",
        (
            "tests/vault/test_records.py::test_unknown_fields_are_written_back_as_they_were",
            "tests/vault/test_vectors.py::test_a_commit_keeps_what_this_version_does_not_understand[unknown-tags]",
        ),
    ),
    Mutation(
        "take any padding",
        RECORDS,
        " or body.count(0, at) != len(body) - at:",
        ":",
        (*refused("padding-first-byte", "padding-last-byte"), BOTH_READERS),
    ),
    Mutation(
        "take a block too many",
        RECORDS,
        "if len(body) != at + -at % BLOCK or",
        "if len(body) % BLOCK or",
        (*refused("padding-block-too-many"), BOTH_READERS),
    ),
    Mutation(
        "write entries in the order in which they came",
        RECORDS,
        "records = sorted((",
        "records = list((",
        (
            *written("every-field"),
            "tests/vault/test_records.py::test_entries_stand_in_the_order_of_their_encoded_keys",
        ),
    ),
    Mutation(
        "write a label that is not there",
        RECORDS,
        "    if entry.label:\n",
        "    if entry.label is not None:\n",
        (*written("one-entry"), BOTH_READERS),
    ),
    Mutation(
        "write permissions sorted",
        RECORDS,
        "for permission in entry.permissions)",
        "for permission in sorted(entry.permissions))",
        (*written("every-field"), BOTH_READERS),
    ),
    Mutation(
        "try the first slot of a kind alone",
        KEYSLOTS,
        "for slot in slots if unwrap(slot, key, store_id) is not None",
        "for slot in slots[:1] if unwrap(slot, key, store_id) is not None",
        (*read("eight-slots-1", "two-keyring-slots-1"), BOTH_READERS),
    ),
    Mutation(
        "let a key that does not fit end the trying",
        KEYSLOTS,
        "        except (LockedError, DamagedError) as error:\n",
        "        except LockedError as error:\n",
        (*refused("kinds-keyring-missing-key-wrong"), *read("unfitting-keys-1"), BOTH_READERS),
    ),
    Mutation(
        "say of several failures the last",
        KEYSLOTS,
        "raise max(reversed(refusals), key=lambda error: isinstance(error, LockedError))",
        "raise refusals[-1]",
        (*refused("kinds-key-missing-keyring-wrong"), BOTH_READERS),
    ),
    Mutation(
        "call a vault damaged that has unknown slots alone",
        KEYSLOTS,
        'raise LockedError(f"the vault {around.vault} opens only by',
        'raise DamagedError(f"the vault {around.vault} opens only by',
        (*refused("only-kind-200"), BOTH_READERS),
    ),
    Mutation(
        "normalize a passphrase only if all of it is text",
        "vault/keyslots/passphrase.py",
        'text = unicodedata.normalize("NFC", phrase.decode("utf-8", "surrogateescape"))',
        'text = phrase.decode("utf-8", "surrogateescape")\n'
        '    if phrase.decode("utf-8", "ignore").encode() == phrase:\n'
        '        text = unicodedata.normalize("NFC", text)',
        read("passphrase-partly-text-1"),
    ),
    Mutation(
        "recover a vault that another process is writing",
        "backends/vault.py",
        "        with self._data.locked(LOCK):\n            before = self.read_bytes()\n",
        "        if True:\n            before = self.read_bytes()\n",
        (
            "tests/backends/test_vault_recover.py::test_a_vault_that_another_process_is_writing_is_not_replaced",
        ),
    ),
)
