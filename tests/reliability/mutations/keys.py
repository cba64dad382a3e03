"""Breaks in keys and keyrings, in questions for passphrases, in the clock and in git's configuration."""

from reliability.mutations.mutation import Mutation

_REFUSALS = "tests/test_os_keyring_refusals.py"
_MEANWHILE = "tests/test_os_keyring_meanwhile.py"
_SIGNALS = "tests/test_terminal_signals.py"
_GITCONFIG = "tests/test_gitconfig.py"

MUTATIONS = (
    Mutation(
        "wait for a hung keyring twice as long",
        "os_keyring.py",
        "    thread.join(seconds)\n",
        "    thread.join(2 * seconds)\n",
        (f"{_REFUSALS}::test_a_hung_keyring_is_told_as_soon_when_questions_are_allowed",),
    ),
    Mutation(
        "tell a key that is not to be had by another status",
        "errors.py",
        'cannot use."""\n\n    status = 3\n',
        'cannot use."""\n\n    status = 1\n',
        ("campaign:locked=16",),
    ),
    Mutation(
        "have the keyring ask by its own window where nobody may be asked",
        "os_keyring.py",
        "if self._interactive and outcome.end in",
        "if outcome.end in",
        (f"{_REFUSALS}::test_a_locked_keyring_is_told_at_once_and_nobody_is_asked",),
    ),
    Mutation(
        "show the keyring's prompt that the library starts",
        "keyring_classes.py",
        "collection = _default_collection(_Silent(connection))",
        "collection = _default_collection(connection)",
        (f"{_REFUSALS}::test_nobody_is_asked_when_it_is_locked_between_our_look_and_the_librarys",),
    ),
    Mutation(
        "believe what a keyring says to the first message of a connection",
        "keyring_classes.py",
        "    except ItemNotFoundException:\n        return get_collection_by_alias",
        "    except ItemNotFoundException:\n        raise\n        return get_collection_by_alias",
        (
            f"{_MEANWHILE}::test_a_keyring_that_does_not_know_a_new_connection_yet_is_asked_again",
            (
                f"{_MEANWHILE}::"
                "test_a_keyring_that_does_not_know_a_new_connection_yet_is_not_asked_for_another_collection"
            ),
        ),
    ),
    Mutation(
        "tell what another program deletes meanwhile as a refusal",
        "os_keyring.py",
        "_ATTEMPTS = 5",
        "_ATTEMPTS = 1",
        (
            f"{_MEANWHILE}::test_a_secret_that_another_program_replaces_meanwhile_is_read_anew",
            f"{_MEANWHILE}::test_what_another_program_deletes_meanwhile_is_deleted",
        ),
    ),
    Mutation(
        "take a locked keyring for one that holds nothing",
        "os_keyring.py",
        "        if outcome.end != _DONE:\n            message",
        "        if outcome.end not in (_DONE, _LOCKED):\n            message",
        (f"{_REFUSALS}::test_a_locked_keyring_is_told_at_once_and_nobody_is_asked",),
    ),
    Mutation(
        "delete the items of removed entries before the index is written",
        "backends/keyring.py",
        "        self._keyring.set(SERVICE, INDEX, _encode(new))\n"
        "        for item in {row.item for row in old.values()} - {row.item for row in new}:\n"
        "            self._keyring.delete(*item)\n",
        "        for item in {row.item for row in old.values()} - {row.item for row in new}:\n"
        "            self._keyring.delete(*item)\n"
        "        self._keyring.set(SERVICE, INDEX, _encode(new))\n",
        (
            (
                "tests/backends/test_keyring_writes.py::"
                "test_tokens_are_written_first_then_the_index_and_removed_ones_are_deleted_last"
            ),
        ),
    ),
    Mutation(
        "take a key file of any length",
        "vault/keyslots/keyfile.py",
        "if key is not None and len(key) != KEY_SIZE:",
        "if key is not None and len(key) > KEY_SIZE:",
        (
            (
                "tests/vault/test_backend.py::"
                "test_a_key_file_that_is_missing_or_of_the_wrong_length_is_locked_and_named"
            ),
        ),
    ),
    Mutation(
        "make another key file where it is missing beside its vault",
        "vault/keyslots/keyfile.py",
        "    if key is None:\n        raise LockedError(",
        "    if key is None:\n        _, key = make_key(store_id, around)\n"
        "    if not key:\n        raise LockedError(",
        ("tests/commands/test_unlock.py::test_a_missing_key_file_is_status_3_and_not_made",),
    ),
    Mutation(
        "rekey to the data key of before",
        "backends/vault_slots.py",
        "    data_key = backend.around.randomness(KEY_SIZE)\n",
        "    data_key = keyslots.opened(*found[0], header.store_id)\n",
        ("tests/vault/test_rekey.py::test_rekeying_gives_another_data_key_that_all_slots_open",),
    ),
    Mutation(
        "break off while the echo is put back",
        "terminal.py",
        "if is_first and not self._leaving:",
        "if is_first:",
        (f"{_SIGNALS}::test_a_signal_at_any_moment_of_the_question_ends_it_with_the_echo_on",),
    ),
    Mutation(
        "ask for a passphrase where questions are forbidden",
        "agent/unlocking.py",
        "asks = may_ask and not settings.no_prompt and is_there()",
        "asks = may_ask and is_there()",
        ("tests/agent/test_prompts.py::test_where_questions_are_forbidden_nobody_is_asked",),
    ),
    Mutation(
        "answer a token after its time by a clock of other units",
        "entry.py",
        "self.expires is not None and self.expires * SECOND <= now",
        "self.expires is not None and self.expires * SECOND * SECOND <= now",
        ("campaign:clock=50",),
    ),
    Mutation(
        "change what is kept at impossible times",
        "clock.py",
        "if not 0 < moment < _LAST:",
        "if False:",
        ("tests/test_clock.py::test_what_needs_the_time_says_that_the_clock_is_wrong",),
    ),
    Mutation(
        "answer nothing at impossible times",
        "cli.py",
        'nearest() if operation == "get" else now()',
        "now()",
        ("tests/test_clock.py::test_get_answers_all_the_same",),
    ),
    Mutation(
        "have the agent tell the time in microseconds",
        "agent/service.py",
        "self._settings, now())",
        "self._settings, now() // 1000)",
        ("campaign:clock=50",),
    ),
    Mutation(
        "configure without what else the file holds",
        "gitconfig.py",
        "        rest = parts.rest\n",
        '        rest = ""\n',
        ("campaign:configuration=10",),
    ),
    Mutation(
        "leave a line end that was not there",
        "gitconfig.py",
        'before.removesuffix("\\n") if flag == _NO_LINE_END else before',
        "before",
        ("campaign:configuration=20", f"{_GITCONFIG}::test_unconfigure_gives_every_byte_back"),
    ),
    Mutation(
        "take out with our block what others wrote into it",
        "gitconfig.py",
        "others = self.foreign + self.after",
        "others = self.after",
        (f"{_GITCONFIG}::test_comments_that_the_user_writes_between_our_lines_survive",),
    ),
    Mutation(
        "have git refuse a relative include",
        "gitconfig.py",
        '["--file", "/dev/stdin", "--includes"]',
        '["--file", "-"]',
        (f"{_GITCONFIG}::test_unconfigure_gives_every_byte_back",),
    ),
    Mutation(
        "believe a keyring that says it keeps a secret",
        "os_keyring.py",
        "        if library.get_password(service, account) == secret:\n            return\n",
        "        return\n",
        (f"{_REFUSALS}::test_a_keyring_that_does_not_keep_what_it_takes_refused_it",),
    ),
)
