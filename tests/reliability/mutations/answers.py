"""Breaks in what is understood and answered, kept and read: one for each defence that is pure code."""

from reliability.mutations import Mutation

_CONVERSATION = "core/test_matching.py::test_a_conversation_goes_as_its_vector_says"
_PLACE = "hosts/test_hosts.py::test_a_request_points_where_its_vector_says"
_BAD = "vault/test_vectors.py::test_a_bad_vault_is_refused_with_its_status_and_stays_as_it_is"
_GOOD = "vault/test_vectors.py::test_a_good_vault_opens_by_each_key_and_holds_what_its_description_says"
_BACKEND_OF_KEYRING = "frontends/test_keyring_backend.py::"
_BACKEND = "vault/test_backend.py::"

_SEALS = """\
    if not is_key(parsed, data_key):
        raise DamagedError("its header was changed, or its key is not this one")
    key, nonce = _body_key(parsed.header, data_key)
"""
_NO_SEALS = """\
    key, nonce = _body_key(parsed.header, data_key)
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    unchecked = Cipher(algorithms.AES(key), modes.CTR(nonce + bytes((0, 0, 0, 2)))).decryptor()
    return unchecked.update(parsed.body[:-TAG_SIZE])
"""

MUTATIONS = (
    Mutation(
        "frontends/docker.py",
        "set a token aside at a logout",
        'elif operation != "erase":',
        'elif operation == "erase":\n        yield Call("erase", LIST.request)\n    else:',
        ("frontends/test_tools.py::test_docker_can_neither_store_nor_erase_and_a_logout_is_no_error",),
    ),
    Mutation(
        "frontends/support/asking.py",
        "take a word for a host",
        'not ("." in host or ":" in host or place.startswith("//"))',
        "not host",
        (
            "frontends/test_tools.py::test_a_service_that_is_no_url_is_left_to_the_next_keyring_without_a_look",
            "frontends/test_tools.py::test_a_place_is_a_url_or_a_host[word-None]",
        ),
    ),
    Mutation(
        "frontends/git.py",
        "take the last of two values",
        "elif key in _SINGLE and single.setdefault(key, value) != value:",
        "elif key in _SINGLE and single.update({key: value}):",
        (
            "campaign:parser=10000",
            "core/test_protocol.py::test_a_request_is_understood_or_refused_as_its_vector_says",
        ),
    ),
    Mutation(
        "model/scope.py",
        "cover paths by their text instead of whole segments",
        "and self.path == other.path[: len(self.path)]",
        'and b"/".join(other.path).startswith(b"/".join(self.path))',
        (
            "campaign:near_misses=20000",
            _CONVERSATION,
            "git/test_redirects.py::test_another_organization_gets_no_token",
        ),
    ),
    Mutation(
        "operations/matching.py",
        "pick one of several organizations",
        "    if len(candidates) != 1:\n        return",
        "    if not candidates:\n        return",
        (
            _CONVERSATION,
            f"{_BACKEND_OF_KEYRING}test_a_host_alone_gets_none_of_two_and_the_reason_is_said",
            "git/test_git_azure.py::test_of_several_organizations_none_is_answered_and_the_fix_is_reported",
        ),
    ),
    Mutation(
        "frontends/support/asking.py",
        "ask for the host alone, whatever a tool names",
        "*(scheme, server, _decoded(path) or None,",
        "*(scheme, server, None,",
        (f"{_BACKEND_OF_KEYRING}test_another_tool_s_library_is_given_each_organization_s_token",),
    ),
    Mutation(
        "keyring_path/git_credential_pat_keyring.py",
        "have the program's own keyring ask the program",
        " or _STORE in sys.modules",
        "",
        (f"{_BACKEND_OF_KEYRING}test_the_program_s_own_keyring_never_asks_the_program",),
    ),
    Mutation(
        "keyring_path/git_credential_pat_keyring.py",
        "start a launcher of the working folder",
        "for folder in on_path if os.path.isabs(folder)",
        "for folder in on_path",
        (f"{_BACKEND_OF_KEYRING}test_a_relative_folder_of_path_is_not_looked_into",),
    ),
    Mutation(
        "keyring_path/git_credential_pat_keyring.py",
        "keep what is not ours from the other backends",
        "not _is_ours(ring)]",
        "_is_ours(ring)]",
        (f"{_BACKEND_OF_KEYRING}test_what_is_not_ours_goes_on_to_the_backends_that_would_be_asked",),
    ),
    Mutation(
        "hosts/__init__.py",
        "take every host that begins with a public name for that one",
        "if name in row.names or",
        "if name.startswith(row.names) or",
        (_PLACE,),
    ),
    Mutation(
        "hosts/github.py",
        "take the name of a package for its owner",
        "without_registry(path)[:1]",
        "path[:1]",
        (_CONVERSATION, _PLACE),
    ),
    Mutation(
        "hosts/azure_devops.py",
        "take a GUID for an organization",
        "not segments or (host == _PACKAGES and _is_guid(segments[0]))",
        "not segments",
        (_CONVERSATION, _PLACE),
    ),
    Mutation(
        "hosts/gitlab.py",
        "take a project's number for its group",
        "    if named[:1] and named[0].isdigit():\n        return ()\n",
        "",
        (_CONVERSATION, _PLACE),
    ),
    Mutation(
        "operations/matching.py",
        "answer http with what is kept for https",
        "    found = find(place.scope.protocol, place.scope.host)\n",
        "    found = tuple(entry._replace(scope=entry.scope._replace(protocol=place.scope.protocol))"
        ' for entry in find(b"https", place.scope.host))\n',
        (_CONVERSATION,),
    ),
    Mutation(
        "frontends/git.py",
        "answer values with a carriage return",
        '_UNPRINTABLE_IN_VALUE = (b"\\n", b"\\r", b"\\0")',
        '_UNPRINTABLE_IN_VALUE = (b"\\n", b"\\0")',
        (
            _CONVERSATION,
            "core/test_properties.py::test_no_value_of_an_answer_breaks_its_line_whatever_is_stored",
        ),
    ),
    Mutation(
        "operations/changes.py",
        "erase without comparing the password",
        " if secret is None else _holding(match, secret, request.username)",
        "",
        (_CONVERSATION, "git/test_git.py::test_a_rejection_with_another_password_changes_nothing"),
    ),
    Mutation(
        "operations/changes.py",
        "have what Git approves take the place of what the user stored",
        "for kept in group if kept.is_approved or _gives_way(kept, now)), None)",
        "for kept in group), None)",
        (_CONVERSATION,),
    ),
    Mutation(
        "operations/answering.py",
        "answer the newest token, whoever stored it",
        "(not entry.is_approved, entry.updated)",
        "entry.updated",
        (_CONVERSATION,),
    ),
    Mutation(
        "operations/changes.py",
        "keep a repository's token for all of its owner",
        "    if family.is_for_repository(secret.value):\n",
        "    if family is None:\n",
        (_CONVERSATION,),
    ),
    Mutation(
        "agent/service.py",
        "have the agent give the time in microseconds",
        "self._settings, now(), note)",
        "self._settings, now() // 1000, note)",
        ("campaign:clock=50",),
    ),
    Mutation(
        "vault/format.py",
        "trust the checksum instead of the seals",
        _SEALS,
        _NO_SEALS,
        ("campaign:damage=20", f"{_BAD}[body-tag-bit]"),
    ),
    Mutation(
        "vault/keyslots/passphrase.py",
        "derive keys before the costs are checked",
        "    check(slots)\n",
        '    for slot in slots:\n        derive(b"", RFC_9106_SECOND, slot.params[-16:])\n    check(slots)\n',
        (
            "vault/test_passphrase.py::test_a_cost_out_of_bounds_is_damage_before_anything_is_derived_or_asked",
        ),
    ),
    Mutation(
        "vault/keyslots/__init__.py",
        "try the first slot of a kind alone",
        "for slot in slots if unwrap(slot, key, store_id) is not None",
        "for slot in slots[:1] if unwrap(slot, key, store_id) is not None",
        ("campaign:readers_agree=3000", f"{_GOOD}[eight-slots-1]", f"{_GOOD}[two-keyring-slots-1]"),
    ),
    Mutation(
        "backends/vault/__init__.py",
        "make another vault where the key of the one that is there is missing",
        "        self.open()  # what must be asked is asked before the lock is taken\n"
        "        with self._data.locked(LOCK):\n"
        "            opened = self._open_silently() or self._made()\n",
        "        with self._data.locked(LOCK):\n"
        "            try:\n"
        "                opened = self._open_silently() or self._made()\n"
        "            except LockedError:\n"
        "                opened = self._made()\n",
        (f"{_BACKEND}test_a_key_file_that_is_missing_or_of_the_wrong_length_is_locked_and_named",),
    ),
    Mutation(
        "backends/vault/__init__.py",
        "seal twice with one salt",
        "            body_salt=self._randomness(sealed.SALT_SIZE),\n",
        "            body_salt=opened.header.body_salt or self._randomness(sealed.SALT_SIZE),\n",
        (f"{_BACKEND}test_each_commit_raises_the_generation_by_one_and_takes_a_fresh_salt",),
    ),
)
