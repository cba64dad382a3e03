"""Breaks in what keeps secrets in: who may reach files, what is told, started and loaded."""

from reliability.mutations.mutation import Mutation

FILE = "tests/vault/test_file.py::"
ISOLATION = "tests/install/test_isolation.py::test_no_code_from_outside_runs_in_any_command"

MUTATIONS = (
    # Files and folders
    Mutation(
        "read a file that others can reach",
        "vault/file.py",
        '& _OTHERS:\n            raise PatError(f"others can reach {quoted(path)}',
        '& 0o022:\n            raise PatError(f"others can reach {quoted(path)}',
        (
            f"{FILE}test_a_file_that_others_can_reach_is_refused_until_the_command_was_run",
            "campaign:ownership=40",
        ),
    ),
    Mutation(
        "use a folder that others can reach",
        "vault/file.py",
        "            if status.st_mode & _OTHERS:\n",
        "            if status.st_mode & 0o002:\n",
        (f"{FILE}test_a_folder_that_others_can_reach_is_refused_until_the_command_was_run",),
    ),
    Mutation(
        "read what belongs to another user",
        "vault/file.py",
        "    if status.st_uid != os.geteuid():\n",
        "    if status.st_uid != os.geteuid() and not os.access(path, os.R_OK):\n",
        (
            f"{FILE}test_what_belongs_to_another_user_is_refused_until_the_command_was_run",
            "campaign:ownership=40",
        ),
    ),
    Mutation(
        "read a file that has a second name",
        "vault/file.py",
        "        if status.st_nlink > 1:",
        "        if status.st_nlink > 2:",
        (f"{FILE}test_a_file_with_a_second_name_is_refused",),
    ),
    Mutation(
        "wait for whoever writes to a FIFO in a file's place",
        "vault/file.py",
        "os.O_NOFOLLOW | os.O_NONBLOCK",
        "os.O_NOFOLLOW",
        (f"{FILE}test_a_fifo_is_refused_without_waiting_for_its_writer",),
    ),
    Mutation(
        "read what is no file",
        "vault/file.py",
        '        if not stat.S_ISREG(status.st_mode):\n            raise PatError(f"{quoted(path)} is not',
        '        if not status.st_mode:\n            raise PatError(f"{quoted(path)} is not',
        (f"{FILE}test_a_fifo_is_refused_without_waiting_for_its_writer", "campaign:ownership=40"),
    ),
    Mutation(
        "tell of a socket only what the system says",
        "vault/file.py",
        "(errno.ENXIO, errno.EISDIR)",
        "(errno.EISDIR,)",
        (f"{FILE}test_a_socket_in_the_place_of_a_file_is_refused",),
    ),
    Mutation(
        "make files with the modes of the user's umask",
        "vault/file.py",
        "    descriptor = os.open(name, _MAKE_FILE, 0o600, dir_fd=folder)\n",
        "    descriptor = os.open(name, _MAKE_FILE, 0o666, dir_fd=folder)\n",
        (
            f"{FILE}test_folders_are_made_0700_and_files_0600_whatever_the_umask_allows",
            "tests/backends/test_vault_backup.py::test_a_copy_is_the_very_bytes_and_private",
        ),
    ),
    Mutation(
        "run with another user's rights",
        "cli.py",
        "    if os.geteuid() != os.getuid():\n",
        "    if os.geteuid() < 0:\n",
        ("campaign:ownership=1",),
    ),
    # What is told
    Mutation(
        "show the secret in an entry's repr",
        "entry.py",
        'return f"Entry({self.scope.text!r}, {self.username!r}, {self.state})"',
        'return f"Entry({self.scope.text!r}, {self.username!r}, {self.secret!r})"',
        ("tests/vault/test_backend.py::test_neither_files_nor_messages_nor_representations_show_a_token",),
    ),
    Mutation(
        "repeat a line of a request that has no equals sign",
        "protocol.py",
        "raise PatError('the request has a line without \"=\"; nothing was done')",
        "raise PatError(f'the request has a line without \"=\" ({shown(line)}); nothing was done')",
        ("tests/test_unrepeated.py::test_the_rest_of_a_password_with_a_line_end_in_it_is_not_repeated",),
    ),
    Mutation(
        "repeat a token that stands behind a dash",
        "hosts/__init__.py",
        "for at in range(len(parts)))",
        "for at in range(1))",
        ("tests/test_unrepeated.py::test_a_token_behind_a_dash_is_not_repeated",),
    ),
    Mutation(
        "repeat a token in a message",
        "cli.py",
        "        return report(error, _without_tokens(str(error)))\n",
        "        return report(error, str(error))\n",
        ("tests/test_unrepeated.py::test_a_token_in_the_place_of_a_file_s_name_is_not_repeated",),
    ),
    Mutation(
        "name a day's note by the token itself",
        "reminders.py",
        '    return hmac.digest(entry.secret, entry.scope.text.encode(), "sha256").hex()[:_HASH_DIGITS]\n',
        "    return entry.secret.hex()[:_HASH_DIGITS]\n",
        ("campaign:canary=1",),
    ),
    Mutation(
        "name a day's note by a hash without a key",
        "reminders.py",
        "hmac.digest(entry.secret, ",
        'hmac.digest(b"-", ',
        (
            "tests/test_reminders.py::test_a_note_is_empty_private_and_its_name_cannot_be_computed_without_the_token",
        ),
    ),
    # What is started and loaded
    Mutation(
        "have children inherit the variable that holds a token",
        "commands/session.py",
        "self.environment.items() if kept != taken}\n",
        "self.environment.items() if taken}\n",
        (
            "tests/commands/test_seed.py::test_no_child_inherits_the_variable_that_holds_the_token",
            "campaign:canary=1",
        ),
    ),
    Mutation(
        "start Python with the environment's settings",
        "launcher",
        'exec "$python" -I -S "$main"',
        'exec "$python" -s -S "$main"',
        (ISOLATION, "campaign:hostile_surroundings=1"),
    ),
    Mutation(
        "load the libraries that OPENSSL_CONF names",
        "launcher",
        "unset OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES\n",
        ":\n",
        ("campaign:hostile_surroundings=1",),
    ),
    Mutation(
        "let the environment choose the keyring",
        "os_keyring.py",
        "        self._names = (class_name,) if class_name else",
        "        class_name = class_name or os.environ.get('PYTHON_KEYRING_BACKEND', '')\n"
        "        self._names = (class_name,) if class_name else",
        ("campaign:hostile_surroundings=1",),
    ),
    Mutation(
        "read the configuration of the repository",
        "settings.py",
        '    return {**kept, "GIT_DIR": os.devnull}\n',
        "    return dict(environment)\n",
        (
            "campaign:hostile_surroundings=1",
            "tests/verification/test_ways.py::test_a_repository_has_no_say_in_where_a_token_is_sent",
        ),
    ),
    Mutation(
        "stay in the working folder",
        "settings.py",
        '    os.chdir("/")\n',
        "    pass\n",
        ("tests/test_hardening.py::test_it_works_in_no_folder_of_the_user_s_and_makes_nothing_for_others",),
    ),
    Mutation(
        "look for the user's bash when a variable says so",
        "commands/__init__.py",
        '            complete_var="",',
        "            complete_var=None,",
        ("tests/install/test_isolation.py::test_no_variable_makes_it_a_script_for_shells",),
    ),
    Mutation(
        "make files for others, too",
        "cli.py",
        "        umask = os.umask(0o077)\n",
        "        umask = os.umask(0o022)\n",
        ("tests/test_hardening.py::test_it_works_in_no_folder_of_the_user_s_and_makes_nothing_for_others",),
    ),
    Mutation(
        "repeat a password in the place of a URL's host",
        "scope.py",
        "        known_host = canonical_host(host, known_protocol)\n    except PatError:",
        "        known_host = canonical_host(host, known_protocol)\n    except ValueError:",
        ("tests/test_scope.py::test_a_password_whose_host_was_forgotten_is_not_repeated",),
    ),
)
