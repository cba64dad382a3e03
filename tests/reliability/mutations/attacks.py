"""Breaks by which what stands in the working folder, or beside the vault, has a say in what runs."""

from reliability.mutations.mutation import Mutation

MUTATIONS = (
    Mutation(
        "tell another user's bus the key of the vault",
        "settings.py",
        "return status.st_uid == os.geteuid() and not (",
        "return not (",
        ("tests/test_settings.py::test_a_bus_of_another_user_is_told_nothing",),
    ),
    Mutation(
        "tell the key to a bus in a folder that others may write to",
        "settings.py",
        " and status.st_mode & 0o022)",
        " and status.st_mode & 0o0)",
        ("tests/test_settings.py::test_a_bus_in_a_folder_that_others_may_write_to_is_told_nothing",),
    ),
    Mutation(
        "look programs up in the working folder",
        "launcher",
        "link=$(PATH=/usr/bin:/bin:$PATH && readlink",
        "link=$(readlink",
        ("tests/install/test_isolation.py::test_the_launcher_runs_nothing_of_the_working_folder",),
    ),
    Mutation(
        "start what a relative folder of PATH has",
        "processes.py",
        '        if folder.startswith("/") and os.path.isfile(path)',
        "        if os.path.isfile(path)",
        ("tests/test_processes.py::test_a_program_is_found_in_absolute_folders_of_the_path_alone",),
    ),
    Mutation(
        "follow a link in the place of a note of today",
        "reminders.py",
        "_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC\n",
        "_MAKE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC\n",
        ("tests/test_reminders.py::test_once_a_day_and_again_the_next_day",),
    ),
    Mutation(
        "load the libraries that OPENSSL_MODULES names",
        "launcher",
        "unset OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES\n",
        "unset OPENSSL_CONF OPENSSL_ENGINES\n",
        (
            "tests/test_hardening.py::test_no_variable_names_a_library_that_openssl_would_load[OPENSSL_MODULES]",
        ),
    ),
    Mutation(
        "load the libraries that OPENSSL_ENGINES names",
        "launcher",
        "unset OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES\n",
        "unset OPENSSL_CONF OPENSSL_MODULES\n",
        (
            "tests/test_hardening.py::test_no_variable_names_a_library_that_openssl_would_load[OPENSSL_ENGINES]",
        ),
    ),
    Mutation(
        "become a Python of the working folder",
        "launcher",
        """ || [ "${python#/}" = "$python" ]; then""",
        "; then",
        ("tests/install/test_isolation.py::test_a_python_of_the_working_folder_is_not_the_launcher_s",),
    ),
    Mutation(
        "let git read what is meant for the program",
        "processes.py",
        "            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),\n",
        "",
        ("tests/test_processes.py::test_what_is_started_gets_no_input_of_ours_and_says_nothing_to_the_user",),
    ),
    Mutation(
        "let git talk to the user",
        "processes.py",
        "            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),\n",
        "",
        ("tests/test_processes.py::test_what_is_started_gets_no_input_of_ours_and_says_nothing_to_the_user",),
    ),
)
