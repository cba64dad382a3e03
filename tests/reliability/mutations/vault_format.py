"""Breaks in which bytes are a vault, which key opens it, and what becomes of one that is damaged."""

from reliability.mutations.mutation import Mutation

FORMAT = "vault/format.py"
PASSPHRASE, BACKEND, SLOTS = "vault/keyslots/passphrase.py", "backends/vault.py", "backends/vault_slots.py"


def case(file: str, name: str) -> str:
    """Return a test of the vault."""
    return f"tests/vault/test_{file}.py::test_{name}"


def bad(name: str) -> str:
    """Return the test of a vault of tests/vectors/vault/bad."""
    return case("vectors", f"a_bad_vault_is_refused_with_its_status_and_stays_as_it_is[{name}]")


HEADER = (
    Mutation(
        "believe a header without its checksum",
        FORMAT,
        "    if _digest(header_bytes) != rest[:_DIGEST_SIZE]:",
        "    if False:",
        ("campaign:damage=20", bad("digest-bit")),
    ),
    Mutation(
        "read every version",
        FORMAT,
        "    if (major, minor) != VERSION:",
        "    if False:",
        (bad("minor-1"),),
    ),
    Mutation(
        "read a header of any length",
        FORMAT,
        "<= size <= HEADER_LIMIT or",
        "<= size or",
        ("campaign:costly_slots=1", bad("header-too-long")),
    ),
    Mutation(
        "read a vault of generation 0",
        FORMAT,
        " or generation == 0:",
        ":",
        (bad("generation-0"),),
    ),
    Mutation(
        "read a vault whose field zero is not",
        FORMAT,
        "    if zero or not 1",
        "    if not 1",
        (bad("not-zero"),),
    ),
    Mutation(
        "read any number of slots",
        FORMAT,
        "not 1 <= count <= SLOT_LIMIT",
        "not count",
        ("campaign:costly_slots=1", bad("nine-slots")),
    ),
    Mutation(
        "read a vault with bytes behind it",
        FORMAT,
        "or body_length != len(body):",
        "or body_length > len(body):",
        ("campaign:damage=20", bad("key-missing-byte-appended")),
    ),
    Mutation(
        "read a header with bytes behind its slots",
        FORMAT,
        "    if at != len(data):",
        "    if False:",
        (bad("byte-after-slots"),),
    ),
    Mutation(
        "take damage of the version for another version",
        FORMAT,
        "    if _digest(header_bytes) != rest[:_DIGEST_SIZE]:\n",
        "    if _digest(header_bytes) != rest[:_DIGEST_SIZE] and (major, minor) == VERSION:\n",
        (
            "tests/vault/test_format.py::test_damage_of_a_header_is_told_as_such_and_not_as_what_its_bytes_would_mean",
        ),
    ),
    Mutation(
        "read two slots of one number",
        FORMAT,
        " or number in (slot.id for slot in slots):",
        ":",
        (bad("slot-id-repeated"),),
    ),
)

SEALS = (
    Mutation(
        "trust the checksum instead of the seals",
        FORMAT,
        """    if not is_key(parsed, data_key):
        raise DamagedError("its header was changed, or its key is not this one")
    key, nonce = _body_key(parsed.header, data_key)
""",
        """    key, nonce = _body_key(parsed.header, data_key)
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    unchecked = Cipher(algorithms.AES(key), modes.CTR(nonce + bytes((0, 0, 0, 2)))).decryptor()
    return unchecked.update(parsed.body[:-TAG_SIZE])
""",
        ("campaign:splices=20", "campaign:damage=20", bad("body-tag-bit")),
    ),
    Mutation(
        "take every key for the one that sealed the header",
        FORMAT,
        "    except InvalidSignature:\n        return False\n",
        "    except InvalidSignature:\n        return True\n",
        (
            bad("mac-key"),
            case("memory", "the_data_key_is_forgotten_when_another_process_rekeyed"),
        ),
    ),
    Mutation(
        "read a body that is not bound to its header",
        FORMAT,
        "decrypt(nonce, parsed.body, associated)",
        "decrypt(nonce, parsed.body, None)",
        (bad("body-unbound"), case("format", "the_largest_body_opens")),
    ),
    Mutation(
        "read a body that is not bound to the header's MAC",
        FORMAT,
        "    associated = parsed.header_bytes + _digest(parsed.header_bytes) + parsed.mac\n",
        "    associated = parsed.header_bytes\n",
        (bad("body-bound-to-header-only"),),
    ),
    Mutation(
        "derive the body's key without the store id",
        FORMAT,
        "        info=_INFO_BODY + header.store_id,\n",
        "        info=_INFO_BODY,\n",
        (bad("body-info"),),
    ),
    Mutation(
        "bind slots to no store",
        FORMAT,
        "return _INFO_SLOT + store_id + bytes",
        "return _INFO_SLOT + bytes",
        (case("format", "a_slot_opens_with_its_key_and_store_id_and_parameters_only"),),
    ),
    Mutation(
        "bind slots without their parameters",
        FORMAT,
        "bytes((slot.kind, slot.id)) + slot.params",
        "bytes((slot.kind, slot.id))",
        (bad("slot-params-unbound"),),
    ),
    Mutation(
        "wrap a second key with the nonce of the first",
        SLOTS,
        "store_id, slot._replace(nonce=nonce))",
        "store_id, slot)",
        (case("rekey", "rekeying_gives_another_data_key_that_all_slots_open"),),
    ),
    Mutation(
        "believe a slot that holds another data key",
        BACKEND,
        "        if not sealed.is_key(parsed, data_key):\n            raise DamagedError",
        "        if False:\n            raise DamagedError",
        (case("slots", "a_slot_that_holds_another_data_key_is_not_enough"),),
    ),
    Mutation(
        "drop the slots of newer versions",
        BACKEND,
        "        header = opened.header._replace(\n",
        """        header = opened.header._replace(
            slots=tuple(slot for slot in opened.header.slots if slot.kind in (1, 2, 3)),
""",
        (
            case("keyslots", "a_slot_of_an_unknown_kind_is_passed_over_and_kept"),
            case("vectors", "a_commit_keeps_what_this_version_does_not_understand[two-slots]"),
        ),
    ),
    Mutation(
        "seal a body that no reader takes",
        FORMAT,
        "    if len(body) + TAG_SIZE > BODY_LIMIT:",
        "    if False:",
        (case("format", "a_body_that_would_be_too_large_is_refused_and_called_no_damage"),),
    ),
)

COSTS = (
    Mutation(
        "derive keys at any cost",
        PASSPHRASE,
        "    if not cost.is_allowed:",
        "    if False:",
        ("campaign:costly_slots=1", bad("passphrase-memory-too-small")),
    ),
    Mutation(
        "derive keys that cost more than the bounds",
        PASSPHRASE,
        "            least <= value <= most\n",
        "            least <= value\n",
        ("campaign:costly_slots=1",),
    ),
    Mutation(
        "check the cost of the first passphrase slot alone",
        PASSPHRASE,
        "    for slot in slots:\n        _cost_and_salt(slot.params)\n",
        "    _cost_and_salt(slots[0].params)\n",
        (
            "campaign:costly_slots=1",
            case("passphrase", "one_bad_slot_is_found_before_another_one_is_derived"),
        ),
    ),
    Mutation(
        "derive keys before the costs are checked",
        PASSPHRASE,
        "    check(slots)\n",
        """    for slot in slots:
        derive(b"", RFC_9106_SECOND, slot.params[-16:])
    check(slots)
""",
        (
            "tests/vault/test_passphrase.py::test_a_cost_out_of_bounds_is_damage_before_anything_is_derived_or_asked",
            "campaign:costly_slots=1",
        ),
    ),
    Mutation(
        "ask for a passphrase before the costs are checked",
        PASSPHRASE,
        "    check(slots)\n",
        """    if around.unlocking.passphrase:
        around.unlocking.passphrase("Passphrase: ")
    check(slots)
""",
        ("campaign:costly_slots=1",),
    ),
    Mutation(
        "rekey a vault before the costs of all slots are checked",
        SLOTS,
        '        passphrase.check([slot for slot, kind in slots if kind.name == "passphrase"])',
        "        pass",
        (
            "campaign:costly_slots=1",
            case("rekey", "rekeying_asks_for_no_passphrase_while_another_passphrase_slot_costs_too_much"),
        ),
    ),
    Mutation(
        "take a salt of any length",
        PASSPHRASE,
        "    if len(params) != _PARAMS.size:",
        "    params = params[: _PARAMS.size]\n    if len(params) != _PARAMS.size:",
        ("campaign:costly_slots=1", bad("passphrase-params-29-bytes")),
    ),
)

DAMAGE = (
    Mutation(
        "call a passphrase slot well whatever it costs",
        "diagnosis/vault.py",
        "        passphrase.check([slot])\n",
        "        pass\n",
        ("tests/diagnosis/test_vault_faults.py::test_a_passphrase_slot_that_costs_more_than_is_allowed",),
    ),
    Mutation(
        "take a damaged vault for none",
        BACKEND,
        "            if data is not None:\n",
        "            if data is not None and data.startswith(sealed.MAGIC):\n",
        (
            "campaign:damage=20",
            case("backend", "a_file_that_is_no_vault_is_damage_and_is_never_replaced"),
        ),
    ),
    Mutation(
        "leave a note beside a damaged vault",
        BACKEND,
        "        except DamagedError as error:\n",
        '        except DamagedError as error:\n            self._data.replace("damaged", b"")\n',
        ("campaign:damage=20", "campaign:splices=20", "campaign:costly_slots=1", bad("digest-bit")),
    ),
    Mutation(
        "call damage locked",
        BACKEND,
        '            raise DamagedError(f"{name} cannot be used',
        '            raise LockedError(f"{name} cannot be used',
        ("campaign:damage=20", "campaign:splices=20", bad("digest-bit")),
    ),
    Mutation(
        "call a key file that fits no slot missing",
        "vault/keyslots/keyfile.py",
        "        raise DamagedError",
        "        raise LockedError",
        (case("backend", "another_key_of_the_right_length_is_damage"),),
    ),
    Mutation(
        "look for changes of a vault in its header alone",
        BACKEND,
        "self._memory.glance != glance:",
        "self._memory.glance.start != glance.start:",
        (case("memory", "a_file_that_was_changed_in_its_place_is_damage_also_after_it_was_read"),),
    ),
)

MUTATIONS = (*HEADER, *SEALS, *COSTS, *DAMAGE)
