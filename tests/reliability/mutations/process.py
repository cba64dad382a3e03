"""Breaks in how the program is started and what it starts, in questions at the terminal, and in keyrings."""

from reliability.mutations import Mutation

_ISOLATION = "install/test_isolation.py::"
_SIGNALS = "terminal/test_terminal_signals.py::"
_OTHERS = "terminal/test_question_others.py::"
_HARDENING = "test_hardening.py::"
_IN_ROOT = f"{_HARDENING}test_it_works_in_no_folder_of_the_user_s_and_makes_nothing_for_others"
_SURROUNDINGS = "campaign:hostile_surroundings=1"

MUTATIONS = (
    Mutation(
        "cli.py",
        "ask the user a question of another tool",
        "may_ask=tool == GIT)",
        "may_ask=True)",
        ("frontends/test_answer.py::test_nothing_is_asked_even_on_a_terminal",),
    ),
    Mutation(
        "launcher",
        "start Python with the environment's settings",
        'exec "$python" -I -S "$main"',
        'exec "$python" -s -S "$main"',
        (f"{_ISOLATION}test_no_code_from_outside_runs_in_any_command[by_pip]",),
    ),
    Mutation(
        "launcher",
        "load the libraries that variables of OpenSSL name",
        "unset OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES\n",
        ":\n",
        (f"{_HARDENING}test_no_variable_names_a_library_that_openssl_would_load",),
    ),
    Mutation(
        "launcher",
        "look programs up in the working folder",
        "link=$(PATH=/usr/bin:/bin:$PATH && readlink",
        "link=$(readlink",
        (f"{_ISOLATION}test_the_launcher_runs_nothing_of_the_working_folder",),
    ),
    Mutation(
        "launcher",
        "take a Python of the working folder",
        "\t\tcase $folder in /*) ;; *) continue ;; esac\n\t\tif",
        "\t\tif",
        (f"{_ISOLATION}test_a_python_of_the_working_folder_is_not_the_launcher_s",),
    ),
    Mutation(
        "launcher",
        "let a command dump its core, with the token in it",
        "\tulimit -S -c 0 2>/dev/null || :\n",
        "",
        (
            "commands/test_exec.py::test_the_command_dumps_no_core_unless_it_wants_to",
            f"{_HARDENING}test_a_process_that_holds_a_secret_leaves_no_core_dump",
        ),
    ),
    Mutation(
        "git/settings.py", "stay in the working folder", '    os.chdir("/")\n', "    pass\n", (_IN_ROOT,)
    ),
    Mutation("cli.py", "make files for others, too", "os.umask(0o077)\n", "os.umask(0o022)\n", (_IN_ROOT,)),
    Mutation(
        "git/config.py",
        "read the configuration of the repository",
        '    return {**kept, "GIT_DIR": os.devnull}\n',
        "    return dict(environment)\n",
        (_SURROUNDINGS, "verification/test_ways.py::test_a_repository_has_no_say_in_where_a_token_is_sent"),
    ),
    Mutation(
        "git/helpers.py",
        "run a repository's helper",
        "row.scope in _PROTECTED",
        'row.scope in (*_PROTECTED, "local")',
        (f"{_OTHERS}test_a_repository_s_helper_is_not_run_in_advance_and_nothing_is_asked",),
    ),
    Mutation(
        "oskeyring/keyring.py",
        "let the environment choose the keyring",
        "        self._names = (class_name,) if class_name else",
        '        class_name = class_name or os.environ.get("PYTHON_KEYRING_BACKEND", "")\n'
        "        self._names = (class_name,) if class_name else",
        (_SURROUNDINGS,),
    ),
    Mutation(
        "system/users.py",
        "give another user's bus the key of the vault",
        "return is_own(status) and not (",
        "return not (",
        ("core/test_settings.py::test_a_bus_of_another_user_receives_nothing",),
    ),
    Mutation(
        "suggest.py",
        "suggest a command that a shell takes for another",
        "[start, *map(quoted, words)]",
        "[start, *words]",
        ("test_pasting.py::test_the_commands_of_a_notice_run_nothing_that_a_path_names",),
    ),
    Mutation(
        "text.py",
        "show outside text without end",
        "    if len(data) > SHOWN_LIMIT or len(text) > SHOWN_LIMIT:\n",
        "    if not SHOWN_LIMIT:\n",
        ("core/test_properties.py::test_outside_text_is_shown_in_at_most_100_graphic_ascii_characters",),
    ),
    Mutation(
        "system/terminal.py",
        "show what is typed at a hidden question",
        "self._before[_LOCAL_MODES] & ~termios.ECHO | termios.ECHONL",
        "self._before[_LOCAL_MODES]",
        ("terminal/test_terminal.py::test_the_token_is_asked_for_hidden_with_its_page_and_what_it_needs",),
    ),
    Mutation(
        "system/terminal.py",
        "leave the echo off after an answer or a signal",
        "            self._leaving = True\n            self._restore()\n",
        "            self._leaving = True\n",
        (f"{_SIGNALS}test_a_signal_at_the_hidden_question_ends_it_with_the_echo_on",),
    ),
    Mutation(
        "system/terminal.py",
        "let a second signal disturb the end of a question",
        "        if is_first and not self._leaving:\n",
        "        if number:\n",
        (f"{_SIGNALS}test_a_second_signal_does_not_disturb_the_end",),
    ),
    Mutation(
        "system/terminal.py",
        "write the question to standard output",
        "        os.write(self._terminal, self._prompt)\n",
        "        os.write(1, self._prompt)\n",
        (
            "terminal/test_question_signals.py::test_where_only_the_helper_is_interrupted_git_receives_quit_and_asks_nobody",
        ),
    ),
    Mutation(
        "system/clipboard.py",
        "clear what was copied since",
        "if held is not None and sha256(held).digest() == digest:",
        "if held is not None:",
        ("commands/test_token_copy.py::test_what_was_copied_since_stays",),
    ),
    Mutation(
        "system/clipboard.py",
        "leave the token on the clipboard",
        "        DESKTOPS[name].clear_if(digest)\n",
        "        pass\n",
        ("commands/test_token_copy.py::test_the_desktops_clipboard_has_the_token_and_then_nothing",),
    ),
    Mutation(
        "stdio.py",
        "write an answer in part",
        "    while view:\n        view = view[write(descriptor, view) :]\n",
        "    write(descriptor, view)\n",
        ("core/test_message.py::test_what_is_taken_piece_by_piece_is_written_whole",),
    ),
    Mutation(
        "errors.py",
        "report an unavailable key by another status",
        'cannot use."""\n\n    status = 3\n',
        'cannot use."""\n\n    status = 1\n',
        ("campaign:locked=16",),
    ),
    Mutation(
        "oskeyring/keyring.py",
        "report what another program deletes meanwhile as a refusal",
        "_ATTEMPTS = 5",
        "_ATTEMPTS = 1",
        ("oskeyring/test_os_keyring_meanwhile.py::test_what_another_program_deletes_meanwhile_is_deleted",),
    ),
)
