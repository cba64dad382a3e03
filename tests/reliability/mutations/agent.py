"""Breaks in the agent: whom it answers, what it knows, when it ends, and how its clients do without it."""

from reliability.mutations.mutation import Mutation

AGENT = "tests/agent/"
USERS, STARTING, ENDING = (f"{AGENT}test_{name}.py::" for name in ("users", "starting", "ending"))
CHANGES, CLIENTS, AGENTS = (f"{AGENT}test_{name}.py::" for name in ("changes", "bad_clients", "bad_agents"))
SAME = f"{AGENT}test_same_answers.py::"
PROCESSES = "tests/vault/test_processes.py::"
DESCRIPTORS = f"{CLIENTS}test_without_any_descriptor_it_sleeps_and_serves_many_again_once_there_are_some"

TRUST = (
    Mutation(
        "answer any user",
        "agent/server.py",
        "        if not _is_ours(connection):\n            connection.close()\n            return\n",
        "",
        (
            "campaign:agent_strangers=25",
            f"{USERS}test_a_process_of_another_user_gets_nothing_even_if_it_reaches_the_socket",
        ),
    ),
    Mutation(
        "believe any user",
        "agent/client.py",
        "        if trust.peer_of(connection) != geteuid():\n            return [SILENT]\n",
        "",
        (
            "campaign:agent_strangers=25",
            f"{USERS}test_whoever_else_listens_in_a_folder_of_ours_is_not_believed",
        ),
    ),
    Mutation(
        "use a folder that others can reach",
        "agent/trust.py",
        "status.st_mode & _KIND_AND_OTHERS == _PRIVATE_FOLDER and status.st_uid == geteuid()",
        "status.st_uid == geteuid()",
        (f"{AGENTS}test_an_agent_in_a_folder_that_others_could_reach_is_not_asked",),
    ),
    Mutation(
        "use a folder of another user's",
        "agent/trust.py",
        "status.st_mode & _KIND_AND_OTHERS == _PRIVATE_FOLDER and status.st_uid == geteuid()",
        "status.st_mode & _KIND_AND_OTHERS == _PRIVATE_FOLDER",
        (f"{USERS}test_a_folder_of_another_user_s_is_not_used",),
    ),
    Mutation(
        "make something in a folder of another user's",
        "agent/trust.py",
        'if lstat(path.rpartition(b"/")[0]).st_uid == geteuid():',
        "if path:",
        (f"{USERS}test_in_a_runtime_folder_of_another_user_s_nothing_is_made_and_the_caches_serve",),
    ),
    Mutation(
        "let processes of the same user read its memory",
        "agent/running.py",
        "prctl(_PR_SET_DUMPABLE, 0,",
        "prctl(_PR_SET_DUMPABLE, 1,",
        (f"{USERS}test_its_memory_is_closed_to_other_processes_of_its_user",),
    ),
    Mutation(
        "dump core",
        "agent/running.py",
        "    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n",
        "",
        (f"{STARTING}test_it_can_dump_no_core_whatever_its_starter_could",),
    ),
    Mutation(
        "follow a link in the lock's place",
        "agent/starting.py",
        "os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC",
        "os.O_CREAT | os.O_CLOEXEC",
        (f"{USERS}test_a_lock_that_is_a_link_is_not_followed",),
    ),
)
KNOWING = (
    Mutation(
        "answer from memory although the vault has changed",
        "backends/vault.py",
        "elif self._memory is None or self._memory.glance != glance:",
        "elif self._memory is None:",
        (
            "campaign:interleavings=20",
            f"{CHANGES}test_what_another_process_keeps_is_answered_at_once",
            "tests/vault/test_memory.py::test_what_another_process_stores_between_two_finds_is_found",
        ),
    ),
    Mutation(
        "answer by settings of before",
        "agent/watch.py",
        "if self._settings is None or self._state != _state(self._files):",
        "if self._settings is None:",
        (f"{CHANGES}test_a_username_that_is_set_changed_and_unset_is_obeyed_at_once",),
    ),
    Mutation(
        "answer calls for which other settings of git's prompts hold",
        "agent/standing.py",
        '_OUR_SECTIONS = (b"pat.", b"credential.", b"include")',
        '_OUR_SECTIONS = (b"pat.", b"include")',
        ("tests/agent/test_standing.py::test_a_stand_tells_names_values_and_options_apart",),
    ),
    Mutation(
        "miss what changes in git's configuration while git reads it",
        "agent/watch.py",
        "            self._settings = SettingsReader().finish(self._backend, _GIT_TIMEOUT)\n",
        "            self._settings = SettingsReader().finish(self._backend, _GIT_TIMEOUT)\n"
        "            self._state = _state(self._files)\n",
        (f"{AGENT}test_watch.py::test_what_changes_while_git_reads_is_noticed_by_the_next_request",),
    ),
    Mutation(
        "know git's configuration by size and time alone",
        "agent/watch.py",
        "return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns",
        "return status.st_size, status.st_mtime_ns",
        (f"{AGENT}test_watch.py::test_a_change_is_noticed_though_the_file_has_its_size_and_time_of_before",),
    ),
    Mutation(
        "answer calls that have other settings",
        "agent/service.py",
        "if stand != self._stand or not self._is_current():",
        "if not self._is_current():",
        (f"{AGENT}test_standing.py::test_settings_of_one_call_are_obeyed",),
    ),
    Mutation(
        "tell a client with a terminal that nothing is kept",
        "agent/service.py",
        "outcome = DONE if result.lack is None else LACKING",
        "outcome = DONE",
        (f"{SAME}test_what_the_user_may_be_asked_for_the_agent_leaves_to_a_client_with_a_terminal",),
    ),
    Mutation(
        "give the key for any path",
        "agent/service.py",
        "key = self._backend.data_key() if os.fsdecode(path) == self._backend.path else None",
        "key = self._backend.data_key()",
        (f"{CLIENTS}test_a_key_is_given_only_for_the_vault_s_own_path",),
    ),
    Mutation(
        "take a key that does not open the vault",
        "agent/service.py",
        "if backend.data_key() is None:  #",
        "if not data_key:  #",
        (f"{CHANGES}test_a_key_of_before_takes_none_away_from_it",),
    ),
    Mutation(
        "look for a key where nobody gave it one",
        "agent/service.py",
        "by_slots=False",
        "by_slots=True",
        (f"{CHANGES}test_of_another_vault_in_the_place_of_the_first_the_agent_is_given_the_key",),
    ),
    Mutation(
        "do what a client wanted that has gone",
        "agent/server.py",
        'if _has_gone(client.connection) and fields[:1] != [b"stop"]:',
        'if _has_gone(client.connection) and fields[:1] == [b"status"]:',
        (
            "campaign:agent_troubles=40",
            f"{AGENTS}test_what_a_client_that_gave_up_has_kept_itself_is_not_kept_again_later",
        ),
    ),
)
LIFE = (
    Mutation(
        "go on after stop and lock",
        "agent/service.py",
        "        self.stopped = True\n",
        "        self.stopped = False\n",
        (
            f"{ENDING}test_it_is_gone_when_the_command_that_ends_it_returns",
            f"{AGENT}test_commands.py::test_after_lock_a_vault_with_a_passphrase_stays_closed",
        ),
    ),
    Mutation(
        "never be idle for too long",
        "agent/server.py",
        "while not self._ended and self._service.seconds_left > 0 and self._is_in_place():",
        "while not self._ended and self._is_in_place():",
        (f"{ENDING}test_it_ends_after_its_idle_seconds_and_takes_its_socket_away",),
    ),
    Mutation(
        "go on without a socket",
        "agent/server.py",
        "while not self._ended and self._service.seconds_left > 0 and self._is_in_place():",
        "while not self._ended and self._service.seconds_left > 0:",
        (f"{ENDING}test_it_ends_when_its_socket_is_gone_and_leaves_another_s_alone",),
    ),
    Mutation(
        "go on beside clients of another version",
        "agent/server.py",
        "            self._ended = self._ended or frames.is_of_another_version(client.received)\n",
        "",
        (f"{AGENT}test_versions.py::test_what_opens_as_another_version_s_frame_ends_it_whatever_follows",),
    ),
    Mutation(
        "take the frames of any version",
        "agent/frames.py",
        "if data[: len(OPENING)] != OPENING[: len(data)]:",
        "if data[: len(FAMILY)] != FAMILY[: len(data)]:",
        (f"{AGENT}test_frames.py::test_what_can_be_no_frame_is_refused_at_its_first_wrong_byte",),
    ),
    Mutation(
        "leave a stale socket in its place",
        "agent/starting.py",
        "    with contextlib.suppress(FileNotFoundError):\n        os.unlink(path)\n",
        "",
        (f"{STARTING}test_an_agent_that_died_without_a_word_is_followed_by_another",),
    ),
    Mutation(
        "let two agents be",
        "agent/starting.py",
        "fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)",
        (f"{AGENT}test_commands.py::test_a_second_one_in_the_foreground_is_refused",),
    ),
    Mutation(
        "keep the environment of the call that started it",
        "agent/starting.py",
        "{**standing.lasting(variables), **kept}",
        "{**environment, **kept}",
        (f"{STARTING}test_it_has_the_variables_that_it_needs_and_no_other",),
    ),
    Mutation(
        "leave socket and lock to the git that it starts",
        "agent/running.py",
        "os.set_inheritable(descriptor, False)",
        "os.set_inheritable(descriptor, True)",
        (f"{STARTING}test_git_inherits_neither_its_socket_nor_its_lock",),
    ),
    Mutation(
        "live on because its status is asked for",
        "agent/service.py",
        "        seconds = max(0, round(self.seconds_left))\n",
        "        self._used = monotonic()\n        seconds = max(0, round(self.seconds_left))\n",
        (f"{ENDING}test_what_is_asked_keeps_it_alive_but_a_question_for_its_status_does_not",),
    ),
    Mutation(
        "live on for calls that it does not answer",
        "agent/service.py",
        "        if stand != self._stand or not self._is_current():\n",
        "        self._used = monotonic()\n        if stand != self._stand or not self._is_current():\n",
        (f"{ENDING}test_calls_that_stand_on_something_else_do_not_keep_it_alive",),
    ),
    Mutation(
        "keep the descriptors of the call that started it",
        "agent/running.py",
        '    os.closerange(LOCK_DESCRIPTOR + 1, os.sysconf("SC_OPEN_MAX"))\n',
        "",
        (f"{STARTING}test_it_inherits_no_descriptor",),
    ),
)
TROUBLES = (
    Mutation(
        "wait longer for a stopped agent than anybody should",
        "agent/client.py",
        "_ANSWER_TIMEOUT = 2.0",
        "_ANSWER_TIMEOUT = 6.0",
        (f"{AGENTS}test_what_is_slow_is_passed_over",),
    ),
    Mutation(
        "serve one client at a time",
        "agent/server.py",
        "CLIENT_LIMIT = 256",
        "CLIENT_LIMIT = 1",
        (
            "campaign:agent_troubles=40",
            f"{CLIENTS}test_the_slow_are_dropped_in_time_and_nobody_waits_for_them",
        ),
    ),
    Mutation(
        "never drop the slow",
        "agent/server.py",
        "if client.deadline <= now]",
        "if not client.deadline]",
        (f"{CLIENTS}test_the_slow_are_dropped_in_time_and_nobody_waits_for_them",),
    ),
    Mutation(
        "take frames of any length",
        "agent/frames.py",
        "if length > BODY_LIMIT:",
        "if length > 1 << 32:",
        (f"{AGENT}test_frames.py::test_two_mebibytes_are_the_most",),
    ),
    Mutation(
        "hold all that clients begin to say",
        "agent/server.py",
        "for other in self._clients.values()) > HELD_LIMIT",
        "for other in self._clients.values()) > HELD_LIMIT << 10",
        (f"{CLIENTS}test_all_that_clients_have_begun_to_say_takes_little_memory",),
    ),
    Mutation(
        "end by an error in one client's request",
        "agent/service.py",
        "except Exception:  #",
        "except PatError:  #",
        ("campaign:agent_troubles=40", f"{CLIENTS}test_a_request_that_it_does_not_know_is_declined"),
    ),
    Mutation(
        "let several processes hold the vault's lock",
        "vault/file.py",
        "fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)",
        (
            "campaign:crowd=4",
            f"{PROCESSES}test_processes_that_store_entries_at_once_lose_none_from_the_first_commit_on",
        ),
    ),
    Mutation(
        "change what another process has changed meanwhile",
        "backends/__init__.py",
        "if kept.get(change.key) != change.before:",
        "if change.before is not None and change.key not in kept:",
        (
            "campaign:interleavings=20",
            "tests/backends/test_interleavings.py::test_two_meet_in_one_entry_or_pass_each_other",
            "tests/backends/test_interleavings.py::test_the_same_holds_in_a_keyring",
        ),
    ),
    Mutation(
        "try without end to take a client for whom there is no descriptor",
        "agent/server.py",
        "self._pauses_until = monotonic() + _PAUSE",
        "self._pauses_until = 0.0",
        (DESCRIPTORS,),
    ),
    Mutation(
        "take no client any more once there was no descriptor for one",
        "agent/server.py",
        "self._pauses_until = monotonic() + _PAUSE",
        'self._pauses_until = float("inf")',
        (DESCRIPTORS,),
    ),
)
MUTATIONS = (*TRUST, *KNOWING, *LIFE, *TROUBLES)
