"""Breaks in how files are read, made, locked, flushed and replaced."""

from reliability.mutations import Mutation

_CRASH = "reliability/test_crash.py::"
_ORDER = f"{_CRASH}test_what_a_commit_writes_is_flushed_before_it_is_in_place_and_its_folder_after"
_FILE = "vault/test_file.py::"
_BACKUP = "backends/test_vault_backup.py::"

_REPLACING = """\
                    with _none_left(folder, temporary):
                        _write_durably(folder, temporary, data)
                        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
"""
_WRITING_IN_PLACE = """\
                    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, dir_fd=folder)
                    for part in (data[:100], data[100:]):
                        os.write(descriptor, part)
                        os.fsync(descriptor)
                    os.close(descriptor)
"""

MUTATIONS = (
    Mutation(
        "system/files.py",
        "write the vault in its place instead of replacing it",
        _REPLACING,
        _WRITING_IN_PLACE,
        (
            "campaign:killed_at_calls=14",
            "campaign:killed_at_random",
            f"{_ORDER}[store]",
        ),
    ),
    Mutation(
        "system/files.py",
        "replace the vault without flushing it",
        "view = view[os.write(descriptor, view) :]\n            os.fsync(descriptor)\n",
        "view = view[os.write(descriptor, view) :]\n",
        (f"{_ORDER}[store]",),
    ),
    Mutation(
        "system/files.py",
        "do not flush the folder of the vault",
        "                self._flush(folder, name)\n",
        "",
        (f"{_ORDER}[store]",),
    ),
    Mutation(
        "system/files.py",
        "write into a file that is there already",
        "_MAKE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL |",
        "_MAKE_FILE = os.O_WRONLY | os.O_CREAT |",
        (f"{_BACKUP}test_what_is_there_already_is_never_replaced",),
    ),
    Mutation(
        "system/files.py",
        "leave the temporary of a commit that failed",
        "        _unlink_if_there(name, folder)\n        raise\n",
        "        raise\n",
        ("campaign:faults_at_calls=13", "campaign:full_disk"),
    ),
    Mutation(
        "system/files.py",
        "take what was written in part for the whole",
        "            while view:\n                view = view[os.write(descriptor, view) :]\n",
        "            os.write(descriptor, view)\n",
        ("campaign:faults_at_calls=13",),
    ),
    Mutation(
        "system/files.py",
        "take no lock",
        "            lock_exclusively(descriptor, self.file_path(lock), self._lock_timeout)\n",
        "",
        ("vault/test_processes.py::test_a_writer_waits_while_another_holds_the_lock",),
    ),
    Mutation(
        "backends/vault/__init__.py",
        "change the vault as it was before the lock was taken",
        "        self.open()  # what must be asked is asked before the lock is taken\n"
        "        with self._data.locked(LOCK):\n"
        "            opened = self._open_silently() or self._made()\n",
        "        before = self.open()\n"
        "        with self._data.locked(LOCK):\n"
        "            opened = before or self._made()\n",
        ("campaign:crowd=4", "backends/test_interleavings.py"),
    ),
    Mutation(
        "system/files.py",
        "let Ctrl-C come before a file that was made is known",
        "(signal.SIG_BLOCK, (signal.SIGINT,))",
        "(signal.SIG_BLOCK, ())",
        (f"{_BACKUP}test_ctrl_c_as_the_file_is_made_leaves_none",),
    ),
    Mutation(
        "backends/vault/__init__.py",
        "move the vault away before its copy is in its place",
        "                self._data.replace(name, before)\n",
        '                __import__("os").rename(self.path, self._data.file_path(name))\n',
        (f"{_ORDER}[recover]",),
    ),
    Mutation(
        "system/files.py",
        "read a file that other users can reach",
        '& _OTHERS:\n            raise PatError(f"other users can reach {quoted(path)}',
        '& 0o022:\n            raise PatError(f"other users can reach {quoted(path)}',
        (
            "campaign:ownership=40",
            f"{_FILE}test_a_file_that_others_can_reach_is_refused_until_the_command_was_run",
        ),
    ),
    Mutation(
        "system/files.py",
        "make files with the modes of the user's umask",
        "    descriptor = os.open(name, _MAKE_FILE, 0o600, dir_fd=folder)\n",
        "    descriptor = os.open(name, _MAKE_FILE, 0o666, dir_fd=folder)\n",
        (f"{_FILE}test_folders_are_made_0700_and_files_0600_whatever_the_umask_allows",),
    ),
    Mutation(
        "system/files.py",
        "read a file of the folder that took the place of the one that was looked at",
        "descriptor = os.open(name, _OPEN_FILE, dir_fd=folder)",
        "descriptor = os.open(self.file_path(name), _OPEN_FILE)",
        (f"{_FILE}test_what_is_read_lies_in_the_folder_that_was_looked_at",),
    ),
    Mutation(
        "system/files.py",
        "write a file of tokens in its place instead of replacing it",
        "        os.rename(lock, path)\n",
        '        __import__("shutil").copyfile(lock, path)\n        os.unlink(lock)\n',
        (f"{_CRASH}test_killed_before_another_s_file_is_replaced_it_is_as_it_was[import]",),
    ),
    Mutation(
        "commands/import_.py",
        "delete at the source before the tokens are stored",
        "    commit(session.backend, decide)\n    _finish",
        "    decide()\n"
        "    if options.scrub:\n"
        "        scrub(plans[-1].traces)\n"
        "    commit(session.backend, decide)\n"
        "    _finish",
        ("commands/test_import_scrub.py::test_a_commit_that_fails_deletes_nothing",),
    ),
    Mutation(
        "importing/remotes.py",
        "change what a link in a repository leads to",
        "if os.path.isfile(path) and not os.path.islink(path))",
        "if os.path.isfile(path))",
        (
            "importing/test_remotes_repositories.py::test_nothing_is_read_or_changed_that_links_and_pointers_lead_to",
        ),
    ),
    Mutation(
        "git/block.py",
        "leave a line end that was not there",
        'before.removesuffix("\\n") if flag == _NO_LINE_END else before',
        "before",
        ("git/test_gitconfig.py::test_unconfigure_gives_every_byte_back",),
    ),
    Mutation(
        "system/files.py",
        "make root's folders in another user's home",
        "        require_own_home(self.path)\n",
        "",
        ("git/test_others_homes.py::test_git_approves_for_root_and_nothing_is_made",),
    ),
    Mutation(
        "system/homes.py",
        "let root read what any user has put there",
        "    return home is not None and home.owner == status.st_uid\n",
        "    return True\n",
        ("vault/test_file.py::test_what_belongs_to_another_user_is_refused_until_the_command_was_run",),
    ),
)
