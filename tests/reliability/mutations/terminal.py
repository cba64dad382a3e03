"""Breaks in what the terminal is told and asked: what may steer it, who is asked, and what is left behind."""

from reliability.mutations.mutation import Mutation

_TERMINAL = "terminal.py"
_ASKED = "tests/test_terminal.py::"
_SIGNALS = "tests/test_terminal_signals.py::"
_QUESTION = "tests/test_question_signals.py::"
_NOT_ASKED = "tests/test_question_not.py::"
_MESSAGE = "tests/test_message.py::"
_LIST = "tests/commands/test_list.py::"

MUTATIONS = (
    Mutation(
        "show outside text as it came",
        "errors.py",
        "if 0x21 <= byte <= 0x7E and byte != 0x25 else",
        "if byte else",
        ("tests/commands/test_seed_url.py::test_a_message_shows_outside_text_percent_encoded",),
    ),
    Mutation(
        "show outside text without end",
        "errors.py",
        "    if len(data) > SHOWN_LIMIT or len(text) > SHOWN_LIMIT:\n",
        "    if not SHOWN_LIMIT:\n",
        ("tests/test_properties.py::test_outside_text_is_shown_in_at_most_100_graphic_ascii_characters",),
    ),
    Mutation(
        "show the control characters of a label, of a path, and of what a repository brings to doctor",
        "errors.py",
        'character if character.isprintable() else "?" for',
        "character for",
        (
            f"{_LIST}test_control_characters_of_a_label_reach_neither_terminal_nor_pipe",
            "tests/diagnosis/test_finding.py::test_a_text_shows_no_secret_and_steers_no_terminal",
            "tests/test_pasting.py::test_a_path_steers_no_terminal",
        ),
    ),
    Mutation(
        "show the control characters of a username",
        "commands/list.py",
        "    return shown(username) if username else",
        "    return username.decode('latin-1') if username else",
        (f"{_LIST}test_control_characters_of_a_username_that_git_approved_do_not_reach_the_terminal",),
    ),
    Mutation(
        "tell a command that a shell takes for another",
        "notices.py",
        "    return quoted(scope.text)\n",
        "    return scope.text\n",
        (
            "tests/test_pasting.py::test_the_commands_of_a_notice_run_nothing_that_a_path_names",
            "tests/test_pasting.py::test_the_commands_of_a_refusal_run_nothing_that_a_path_names",
        ),
    ),
    Mutation(
        "ask about a path of any length",
        "question.py",
        "    return text if len(text) <= SHOWN_LIMIT else",
        "    return text if text else",
        (
            "tests/test_question_texts.py::test_the_question_names_a_place_of_any_length_in_a_hundred_characters",
        ),
    ),
    Mutation(
        "show what is typed at a hidden question",
        _TERMINAL,
        "self._before[_LOCAL_MODES] & ~termios.ECHO | termios.ECHONL",
        "self._before[_LOCAL_MODES]",
        (f"{_ASKED}test_the_token_is_asked_for_hidden_and_kept",),
    ),
    Mutation(
        "leave the echo off after an answer or a signal",
        _TERMINAL,
        "            self._leaving = True\n            self._restore()\n",
        "            self._leaving = True\n",
        (
            f"{_SIGNALS}test_the_echo_is_put_back_by_the_program_and_not_by_the_shell",
            f"{_SIGNALS}test_a_signal_at_the_hidden_question_ends_it_with_the_echo_on",
        ),
    ),
    Mutation(
        "leave the echo off while stopped",
        _TERMINAL,
        "        self._restore()\n        signal.signal(number, signal.SIG_DFL)\n",
        "        signal.signal(number, signal.SIG_DFL)\n",
        (
            f"{_SIGNALS}test_the_echo_is_put_back_by_the_program_and_not_by_the_shell",
            f"{_QUESTION}test_the_echo_is_put_back_by_the_helper_and_not_by_the_shell",
        ),
    ),
    Mutation(
        "let a second signal disturb the end of a question",
        _TERMINAL,
        "        if is_first and not self._leaving:\n",
        "        if number:\n",
        (f"{_SIGNALS}test_a_second_signal_does_not_disturb_the_end",),
    ),
    Mutation(
        "write the question to standard output",
        _TERMINAL,
        "        os.write(self._terminal, self._prompt)\n",
        "        os.write(1, self._prompt)\n",
        (f"{_QUESTION}test_an_interrupted_helper_says_quit_and_nothing_else",),
    ),
    Mutation(
        "take what was typed before the question for its answer",
        _TERMINAL,
        "        termios.tcflush(terminal, termios.TCIFLUSH)",
        "        termios.tcgetattr(terminal)",
        (f"{_QUESTION}test_what_was_typed_before_the_question_is_no_answer_to_it",),
    ),
    Mutation(
        "ask in the background of a terminal",
        _TERMINAL,
        "        return os.tcgetpgrp(terminal) == os.getpgrp()\n",
        "        return os.tcgetpgrp(terminal) >= 0\n",
        (f"{_NOT_ASKED}test_in_the_background_of_a_terminal_nothing_is_asked_and_nothing_stops",),
    ),
    Mutation(
        "ask without a terminal",
        _TERMINAL,
        "    except OSError:\n        return False\n    try:\n",
        "    except OSError:\n        return True\n    try:\n",
        (f"{_NOT_ASKED}test_without_a_terminal_nothing_is_asked",),
    ),
    Mutation(
        "ask although GIT_TERMINAL_PROMPT forbids it",
        "settings.py",
        '    return frozenset(("GIT_TERMINAL_PROMPT",)) if is_off else frozenset()\n',
        "    return frozenset()\n",
        (
            f"{_NOT_ASKED}test_where_git_would_not_ask_on_the_terminal_nothing_is_asked",
            f"{_ASKED}test_seed_does_not_ask_where_questions_are_switched_off",
        ),
    ),
    Mutation(
        "ask beside Git's askpass",
        "question.py",
        "    if settings.askpass or not is_there():\n",
        "    if not is_there():\n",
        (f"{_NOT_ASKED}test_where_git_would_not_ask_on_the_terminal_nothing_is_asked",),
    ),
    Mutation(
        "let Git go on where the user broke off",
        "question.py",
        "        write_output(QUIT)\n",
        "",
        (
            f"{_QUESTION}test_an_interrupted_helper_says_quit_and_nothing_else",
            f"{_QUESTION}test_where_only_the_helper_is_interrupted_git_is_told_to_quit_and_asks_nobody",
        ),
    ),
    Mutation(
        "take a line that the terminal cut for a whole answer",
        _TERMINAL,
        "    if len(line) >= _LINE_LIMIT:\n",
        "    if not line:\n",
        (f"{_ASKED}test_an_answer_that_the_terminal_did_not_take_whole_is_refused",),
    ),
    Mutation(
        "take anything for a yes",
        _TERMINAL,
        'in ("y", "yes")\n',
        'not in ("n", "no")\n',
        (f"{_ASKED}test_remove_asks_and_anything_but_yes_keeps",),
    ),
    Mutation(
        "write an answer in part",
        "message.py",
        "    while view:\n        view = view[write(descriptor, view) :]\n",
        "    write(descriptor, view)\n",
        (f"{_MESSAGE}test_what_is_taken_piece_by_piece_is_written_whole",),
    ),
    Mutation(
        "complain of a reader that has gone",
        "message.py",
        "    except BrokenPipeError:\n        return\n",
        "    except InterruptedError:\n        return\n",
        (
            f"{_MESSAGE}test_a_reader_that_has_gone_is_no_error",
            "tests/test_cli.py::test_a_reader_that_has_gone_is_quiet",
        ),
    ),
    Mutation(
        "take an answer that was not written for a success",
        _TERMINAL,
        "    except OSError as error:\n        raise unwritable(error) from None\n",
        "    except OSError:\n        return\n",
        ("tests/test_cli.py::test_a_result_that_cannot_be_written_is_one_plain_line",),
    ),
    Mutation(
        "tell the text of an unforeseen error",
        "cli.py",
        'f"internal error ({type(error).__name__} at {place});',
        'f"internal error ({error!r} at {place});',
        ("tests/test_internal_errors.py::test_a_fault_of_ours_is_told_by_its_kind_and_place_alone",),
    ),
    Mutation(
        "print a traceback where the program cannot even start",
        "__main__.py",
        "sys.excepthook = _tell_no_more\n",
        "",
        ("tests/test_internal_errors.py::test_a_program_that_cannot_start_prints_no_traceback",),
    ),
    Mutation(
        "colour a table without a terminal",
        _TERMINAL,
        "    if not os.isatty(1):\n        widths",
        "    if not columns:\n        widths",
        (f"{_LIST}test_a_pipe_gets_no_colours_and_unbroken_lines",),
    ),
    Mutation(
        "show progress where nobody watches",
        _TERMINAL,
        "    if not total or not os.isatty(2):\n",
        "    if not total:\n",
        ("tests/commands/test_verify_terminal.py::test_no_progress_is_shown_where_nobody_watches",),
    ),
    Mutation(
        "leave the cursor hidden after a signal",
        _TERMINAL,
        "        bar.console.show_cursor()  #",
        "        #",
        ("tests/commands/test_verify_terminal.py::test_a_signal_leaves_the_cursor_visible",),
    ),
    Mutation(
        "take Ctrl-C before the request is read for a fault",
        "__main__.py",
        "    if kind is KeyboardInterrupt:",
        "    if False:",
        ("tests/test_hardening.py::test_ctrl_c_while_git_still_writes_is_told_as_everywhere",),
    ),
    Mutation(
        "tell an error in several lines",
        _TERMINAL,
        'notice(" ".join(message.split()))',
        "notice(message)",
        ("tests/test_internal_errors.py::test_an_error_is_one_line_whatever_stands_in_its_message",),
    ),
)
