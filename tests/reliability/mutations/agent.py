"""Breaks in the agent: whom it answers, what it knows, and how its clients do without it."""

from reliability.mutations import Mutation

_USERS = "agent/test_users.py::"

MUTATIONS = (
    Mutation(
        "agent/server.py",
        "answer any user",
        "        if not _is_ours(connection):\n            connection.close()\n            return\n",
        "",
        (f"{_USERS}test_a_process_of_another_user_gets_nothing_even_if_it_reaches_the_socket",),
    ),
    Mutation(
        "agent/client.py",
        "believe any user",
        "        if not identity.is_with_own_user(connection):\n            return SILENT, []\n",
        "",
        (f"{_USERS}test_whoever_else_listens_in_a_folder_of_ours_is_not_believed",),
    ),
    Mutation(
        "agent/identity.py",
        "use a folder that other users can reach",
        "status.st_mode & _KIND_AND_OTHERS == _PRIVATE_FOLDER and status.st_uid == geteuid()",
        "status.st_uid == geteuid()",
        ("agent/test_bad_agents.py::test_an_agent_in_a_folder_that_others_could_reach_is_not_asked",),
    ),
    Mutation(
        "system/background.py",
        "let processes of the same user read its memory",
        "prctl(_PR_SET_DUMPABLE, 0,",
        "prctl(_PR_SET_DUMPABLE, 1,",
        (f"{_USERS}test_its_memory_is_closed_to_other_processes_of_its_user",),
    ),
    Mutation(
        "system/locks.py",
        "follow a link in the lock's place",
        "os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC",
        "os.O_CREAT | os.O_CLOEXEC",
        (f"{_USERS}test_a_lock_that_is_a_link_is_not_followed",),
    ),
    Mutation(
        "agent/starting.py",
        "keep the environment of the call that started it",
        "{**identity.lasting(variables), **kept}",
        "{**environment, **kept}",
        ("agent/test_starting.py::test_it_has_the_variables_that_it_needs_and_no_other",),
    ),
    Mutation(
        "agent/watch.py",
        "answer by settings of before",
        "if self._settings is None or self._state != _state(self._files):",
        "if self._settings is None:",
        ("agent/test_changes.py::test_a_username_that_is_set_changed_and_unset_is_obeyed_at_once",),
    ),
    Mutation(
        "agent/server.py",
        "do what a client wanted that has gone",
        'if _has_gone(client.connection) and fields[:1] != [b"stop"]:',
        'if _has_gone(client.connection) and fields[:1] == [b"status"]:',
        (
            "agent/test_bad_agents.py::test_what_a_client_that_gave_up_has_done_itself_is_not_done_again_later",
        ),
    ),
    Mutation(
        "agent/server.py",
        "serve one client at a time",
        "CLIENT_LIMIT = 256",
        "CLIENT_LIMIT = 1",
        ("agent/test_bad_clients.py::test_the_slow_are_dropped_in_time_and_nobody_waits_for_them",),
    ),
    Mutation(
        "agent/service.py",
        "end by an error in one client's request",
        "except Exception:  #",
        "except PatError:  #",
        ("campaign:agent_troubles=40",),
    ),
    Mutation(
        "agent/sign_ins.py",
        "answer a call with the token of another's sign-in",
        "        is_alike = lent is not None and lent.variables == variables\n",
        "        is_alike = lent is not None\n",
        ("agent/test_sign_ins.py::test_a_call_that_would_sign_in_as_another_does_so_itself",),
    ),
    Mutation(
        "operations/changes.py",
        "keep the token of a sign-in",
        "    if lent_by(match, request, settings, now):\n        return []\n",
        "",
        ("core/test_sign_ins.py::test_the_token_of_a_sign_in_changes_nothing",),
    ),
    Mutation(
        "model/entry.py",
        "write a sign-in as if older versions knew it",
        "    return _LONG_AGO if entry.sign_in else entry.expires\n",
        "    return entry.expires\n",
        ("install/test_upgrade.py::test_the_last_release_answers_no_empty_login_for_a_sign_in_and_keeps_it",),
    ),
)
