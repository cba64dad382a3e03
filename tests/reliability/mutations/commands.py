"""Breaks in the user's commands: what destroys, moves or shows a token, and what another program is given."""

from reliability.mutations.mutation import Mutation

_IMPORT = "commands/import_.py"
_SCRUBBING = "importing/scrubbing.py"
_SCRUB = "tests/commands/test_import_scrub.py::"
_SCRUB_CRASH = "tests/reliability/test_scrub_crash.py::"
_REMOTES = "tests/importing/test_remotes.py::"
_GUESS = "tests/commands/test_import_guess.py::"
_REMOVE = "tests/commands/test_remove_restore.py::"
_EXEC = "tests/commands/test_exec.py::"
_VARIABLES = "tests/commands/test_exec_variables.py::"
_CONFIG = "tests/test_gitconfig.py::"
_CONFIGURE = "tests/commands/test_configure.py::"
_SEED_URL = "tests/commands/test_seed_url.py::"
_DIAGNOSIS = "tests/diagnosis/"

MUTATIONS = (
    Mutation(
        "delete at the source before the tokens are kept",
        _IMPORT,
        "    commit(session.backend, decide)\n    _finish",
        "    decide()\n    if options.scrub:\n        scrub(plans[-1].traces)\n"
        "    commit(session.backend, decide)\n    _finish",
        (f"{_SCRUB}test_a_commit_that_fails_deletes_nothing",),
    ),
    Mutation(
        "delete at the source although Git knows nothing of the tokens",
        _IMPORT,
        "    traces = plan.traces\n    lines",
        "    scrub(plan.traces)\n    traces: list[object] = []\n    lines",
        (f"{_SCRUB}test_where_git_cannot_be_told_nothing_is_deleted",),
    ),
    Mutation(
        "delete at the source without a question",
        _IMPORT,
        "    asks = options.scrub and not options.yes\n",
        "    asks = False\n",
        (
            f"{_SCRUB}test_any_other_answer_changes_nothing",
            f"{_SCRUB}test_breaking_off_the_question_changes_nothing",
        ),
    ),
    Mutation(
        "delete at the source what is kept only as a rejected token",
        "importing/plan.py",
        "self.end == KEPT and self.entry is not None and self.entry.state != REJECTED",
        "self.end == KEPT and self.entry is not None",
        ("tests/commands/test_import.py::test_a_rejected_token_stays_rejected_and_at_its_source",),
    ),
    Mutation(
        "put a file in the place of a link",
        _SCRUBBING,
        "    path = os.path.realpath(path)\n    lock",
        "    lock",
        (f"{_SCRUB}test_the_files_mode_and_links_to_it_stay",),
    ),
    Mutation(
        "change the mode of a file of tokens",
        _SCRUBBING,
        "            os.fchmod(descriptor, status.st_mode & 0o7777)\n",
        "            os.fchmod(descriptor, 0o644)\n",
        (f"{_SCRUB}test_the_files_mode_and_links_to_it_stay",),
    ),
    Mutation(
        "write a file of tokens that another git writes",
        _SCRUBBING,
        "os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)",
        "os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)",
        (f"{_SCRUB}test_a_file_that_git_is_writing_is_left_alone",),
    ),
    Mutation(
        "put a file of tokens in place without flushing it",
        _SCRUBBING,
        "            os.fsync(descriptor)\n",
        "",
        (f"{_SCRUB_CRASH}test_killed_before_the_file_is_replaced_it_is_as_it_was[flush-what-stays]",),
    ),
    Mutation(
        "write a file of tokens in its place instead of replacing it",
        _SCRUBBING,
        "        os.rename(lock, path)\n",
        "        __import__('shutil').copyfile(lock, path)\n        os.unlink(lock)\n",
        (f"{_SCRUB_CRASH}test_killed_before_the_file_is_replaced_it_is_as_it_was[replace-the-file]",),
    ),
    Mutation(
        "leave the lock of a scrub that failed",
        _SCRUBBING,
        "        os.unlink(lock)\n",
        "        pass\n",
        (
            f"{_SCRUB_CRASH}test_a_call_that_fails_is_told_and_leaves_the_file_as_it_was[write-what-stays-EIO]",
        ),
    ),
    Mutation(
        "give a file of tokens to another group",
        _SCRUBBING,
        "                os.fchown(descriptor, status.st_uid, status.st_gid)\n",
        "                pass\n",
        (f"{_SCRUB}test_the_files_owner_and_group_stay",),
    ),
    Mutation(
        "put git's configuration in place without flushing it",
        "gitconfig.py",
        "                os.fsync(self._descriptor)\n",
        "",
        (
            (
                "tests/reliability/test_config_crash.py::"
                "test_killed_before_the_configuration_is_replaced_it_is_as_it_was[flush-the-configuration]"
            ),
        ),
    ),
    Mutation(
        "delete at the source what was changed there meanwhile",
        _SCRUBBING,
        "    if any(not data.startswith(span.text, span.start) for span in spans):\n",
        "    if not spans:\n",
        (f"{_SCRUB}test_a_file_that_was_changed_meanwhile_is_left_alone",),
    ),
    Mutation(
        "take a URL for another that only begins like it",
        _SCRUBBING,
        """ + rb"(?![^\\s\\"';#\\\\])")""",
        ")",
        (f"{_REMOTES}test_a_url_that_is_not_kept_stays_beside_one_that_begins_it",),
    ),
    Mutation(
        "write into a configuration what git cannot read",
        _SCRUBBING,
        "clean = _written(login.clean)\n",
        "clean = login.clean\n",
        (f"{_REMOTES}test_whatever_a_password_holds_the_file_stays_one_that_git_reads",),
    ),
    Mutation(
        "take a password for a proxy for a token",
        "importing/remotes.py",
        "in_key if name in _OF_OTHERS else [*in_key, *_login(value)]",
        "[*in_key, *_login(value)]",
        (f"{_REMOTES}test_what_git_does_not_ask_its_helpers_for_is_left_alone",),
    ),
    Mutation(
        "leave the tokens of submodules",
        "importing/remotes.py",
        '    yield from _of_modules(os.path.join(git_folder, "modules"), depth)\n',
        "",
        (f"{_REMOTES}test_worktrees_submodules_and_theirs_are_scrubbed_with_the_superproject",),
    ),
    Mutation(
        "change a file that is tracked",
        "importing/remotes.py",
        'trace=None if file.kind == "tracked" else trace',
        "trace=trace",
        (f"{_REMOTES}test_what_is_tracked_is_kept_and_told_but_not_changed",),
    ),
    Mutation(
        "change what a link in a repository leads to",
        "importing/remotes.py",
        "if os.path.isfile(path) and not os.path.islink(path))",
        "if os.path.isfile(path))",
        (f"{_REMOTES}test_nothing_is_read_or_changed_that_links_and_pointers_lead_to",),
    ),
    Mutation(
        "trust the guess of an older version",
        "importing/placing.py",
        "is_certain = entry.owner or Guess(organization, secret) in self._proven\n",
        "is_certain = True\n",
        (f"{_GUESS}test_what_an_older_version_guessed_is_tried_before_its_source_is_deleted",),
    ),
    Mutation(
        "cut off git-credential-store before its tokens are placed",
        "commands/git_lines.py",
        " or is_stored_elsewhere(kept, environment):",
        ":",
        (f"{_GUESS}test_git_credential_store_is_not_cut_off_before_anything_is_imported",),
    ),
    Mutation(
        "take a username for the organization without asking",
        "importing/placing.py",
        "is_proven = place.open and guess in self._proven\n",
        "is_proven = place.open and family.named_by(username) is not None\n",
        (f"{_GUESS}test_any_other_username_is_none_and_the_token_stays_at_its_source",),
    ),
    Mutation(
        "cut off a helper that alone has a token",
        _IMPORT,
        "needs_source=plan.needs_source,\n",
        "needs_source=False,\n",
        (f"{_GUESS}test_what_another_helper_has_alone_goes_on_being_answered_by_it",),
    ),
    Mutation(
        "keep a token of GitHub's variables for github.com whatever they name",
        "importing/variables.py",
        "if variable.is_for.get(name, bool)(request.host):",
        "if request.host:",
        ("tests/importing/test_variables.py::test_a_token_whose_host_no_variable_names_is_not_taken",),
    ),
    Mutation(
        "follow the includes of a repository",
        "importing/remotes.py",
        '"config", "--file", path, "--null",',
        '"config", "--file", path, "--includes", "--null",',
        (f"{_REMOTES}test_a_hostile_repository_has_nothing_of_it_run",),
    ),
    Mutation(
        "wait for whoever writes to a pipe in a file's place",
        "importing/files.py",
        "os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC",
        "os.O_RDONLY | os.O_CLOEXEC",
        (
            "tests/importing/test_git_credentials.py::test_a_pipe_or_folder_in_the_files_place_is_refused_at_once",
        ),
    ),
    Mutation(
        "show a token that stands in a username's place",
        "commands/import_shown.py",
        'b"(a token)" if looks_like_any_token(outcome.username) else outcome.username',
        "outcome.username",
        ("tests/commands/test_import.py::test_no_token_is_in_any_output",),
    ),
    Mutation(
        "remove without a question",
        "commands/remove.py",
        "    if not yes and stdin_is_terminal():\n",
        "    if not url:\n",
        (
            "tests/test_terminal.py::test_remove_asks_and_anything_but_yes_keeps",
            "tests/test_terminal_signals.py::test_ctrl_c_keeps_what_remove_asks_about",
        ),
    ),
    Mutation(
        "remove every token of a scope",
        "commands/remove.py",
        "    if len(entries) > 1 and not every:\n",
        "    if not entries:\n",
        (f"{_REMOVE}test_remove_of_one_of_several_must_say_which",),
    ),
    Mutation(
        "restore the first of several tokens",
        "commands/restore.py",
        "    entries = [entry for entry in found if entry.state != ACTIVE]\n",
        "    entries = found[:1]\n",
        (
            f"{_REMOVE}test_restore_takes_the_rejected_one_of_several",
            f"{_REMOVE}test_restore_of_one_of_several_rejected_must_say_which",
        ),
    ),
    Mutation(
        "restore an expired token",
        "commands/restore.py",
        "    if not entries and found[0].is_expired(session.now):\n",
        "    entries = entries or list(found)\n    if not found:\n",
        (f"{_REMOVE}test_an_expired_token_cannot_be_restored_and_its_successor_s_page_is_named",),
    ),
    Mutation(
        "list a token that stands in a username's place",
        "commands/showing.py",
        '    return b"(a token)" if looks_like_any_token(name) else name\n',
        "    return name\n",
        ("tests/commands/test_list.py::test_a_token_in_the_place_of_a_username_is_not_shown",),
    ),
    Mutation(
        "list tokens",
        "commands/list.py",
        '        "label": entry.label,\n',
        '        "label": entry.label or entry.secret.decode("latin-1"),\n',
        ("tests/commands/test_list.py::test_no_part_of_a_token_is_shown",),
    ),
    Mutation(
        "let doctor show what looks like a token",
        "diagnosis/finding.py",
        'text = _USERINFO.sub("", without_tokens(self.text))',
        'text = _USERINFO.sub("", self.text)',
        ("tests/diagnosis/test_finding.py::test_a_text_shows_no_secret_and_steers_no_terminal",),
    ),
    Mutation(
        "show what stands in the place of a proxy's port",
        "diagnosis/proxy.py",
        'port = f":{parts.port}" if parts.port else ""',
        'port = parts.netloc.rpartition("@")[2].removeprefix(host)',
        ("tests/diagnosis/test_host_faults.py::test_a_proxy_is_named_by_nothing_that_may_be_a_password",),
    ),
    Mutation(
        "show all of a helper whose quotation mark is open",
        "diagnosis/helpers.py",
        'return [""]',
        "return [row.value]",
        (
            f"{_DIAGNOSIS}test_helper_faults.py::test_of_a_neighbour_with_an_open_quotation_mark_no_argument_is_shown",
        ),
    ),
    Mutation(
        "repeat the login in a setting's URL",
        "settings.py",
        'place = shown(url.rpartition("@")[2])',
        "place = shown(url)",
        (
            f"{_DIAGNOSIS}test_setting_faults.py::test_a_password_in_a_setting_that_is_not_understood_is_not_repeated",
        ),
    ),
    Mutation(
        "see no token in the username's place of url.insteadOf",
        "diagnosis/plaintext.py",
        " or looks_like_any_token(userinfo)",
        "",
        ("tests/diagnosis/test_setting_faults.py::test_a_secret_in_a_key_is_kept_and_taken_out",),
    ),
    Mutation(
        "let doctor show the login in a URL",
        "diagnosis/finding.py",
        'text = _USERINFO.sub("", without_tokens(self.text))',
        "text = without_tokens(self.text)",
        ("tests/diagnosis/test_finding.py::test_a_text_shows_no_secret_and_steers_no_terminal",),
    ),
    Mutation(
        "advise to move a vault away that only waits to be unlocked",
        "diagnosis/vault.py",
        '    if "away and seed again" not in str(error):\n        return None\n',
        "",
        ("tests/diagnosis/test_vault_faults.py::test_the_vault_is_locked_by_a_passphrase",),
    ),
    Mutation(
        "take a URL with a secret from the command line",
        "hosts/__init__.py",
        '(b":" in url.userinfo or looks_like_any_token(url.userinfo))',
        "not url.userinfo",
        (f"{_SEED_URL}test_every_command_refuses_a_url_with_a_secret",),
    ),
    Mutation(
        "leave the variable that held a token to children",
        "settings.py",
        "    value = environment.pop(name, None)\n",
        "    value = environment.get(name)\n",
        ("tests/commands/test_seed.py::test_no_child_inherits_the_variable_that_holds_the_token",),
    ),
    Mutation(
        "give a command its token as a word",
        "commands/exec_.py",
        "    become(words, {**",
        "    become([*words, _token(entry).decode()], {**",
        (f"{_EXEC}test_the_token_stands_on_no_command_line",),
    ),
    Mutation(
        "take the user's OpenSSL settings from the command",
        "commands/becoming.py",
        "    return users | kept\n",
        "    return users\n",
        (f"{_VARIABLES}test_the_rest_of_the_environment_is_the_user_s_to_the_byte",),
    ),
    Mutation(
        "leave the launcher's variables to the command",
        "commands/becoming.py",
        "    ours = {_LAUNCHER, *_CHANGED, *(_MARK + name for name in _CHANGED)}\n",
        "    ours = {*_CHANGED}\n",
        (f"{_VARIABLES}test_the_rest_of_the_environment_is_the_user_s_to_the_byte",),
    ),
    Mutation(
        "put a token into a variable that says where programs come from",
        "commands/exec_.py",
        '    if name == "PATH" or name.startswith(_LOADING):\n',
        "    if not name:\n",
        (f"{_VARIABLES}test_a_variable_that_says_where_programs_come_from_is_refused",),
    ),
    Mutation(
        "run a command with the program's own umask",
        "commands/becoming.py",
        "    os.umask(umask)\n",
        "",
        (f"{_EXEC}test_the_command_has_the_user_s_umask",),
    ),
    Mutation(
        "let a command dump its core, with the token in it",
        "launcher",
        "\tulimit -S -c 0 2>/dev/null || :\n",
        "",
        (
            f"{_EXEC}test_the_command_dumps_no_core_unless_it_wants_to",
            "tests/test_hardening.py::test_a_process_that_holds_a_secret_leaves_no_core_dump",
        ),
    ),
    Mutation(
        "write git's configuration beside another git",
        "gitconfig.py",
        "os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)",
        "os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)",
        (f"{_CONFIGURE}test_a_lock_that_git_holds_is_named_and_nothing_is_written",),
    ),
    Mutation(
        "put a file in the place of a link to git's configuration",
        "gitconfig.py",
        "        self._path = os.path.realpath(path)\n",
        "        self._path = path\n",
        (f"{_CONFIG}test_a_symbolic_link_stays_one",),
    ),
    Mutation(
        "open git's configuration to everybody",
        "gitconfig.py",
        "os.stat(self._path).st_mode & 0o777\n",
        "0o644\n",
        (f"{_CONFIG}test_the_files_mode_stays",),
    ),
    Mutation(
        "let neighbouring helpers have copies of an organization's token",
        "gitconfig.py",
        'lines += [Line("credential", url, "helper", ""), Line(',
        "lines += [Line(",
        (f"{_CONFIGURE}test_neighbours_never_see_a_token_of_azure_devops",),
    ),
)
