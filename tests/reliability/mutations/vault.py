"""Breaks in how the vault lies on the disk and how it is replaced."""

from reliability.mutations.mutation import Mutation

CRASH = "tests/reliability/test_crash.py::"
SLOTS = "tests/reliability/test_slot_crash.py::"
DISK = "tests/reliability/test_disk.py::"
FILE = "tests/vault/test_file.py::"
BACKEND = "tests/vault/test_backend.py::"
PROCESSES = "tests/vault/test_processes.py::"
BACKUP = "tests/backends/test_vault_backup.py::"
RECOVER = "tests/backends/test_vault_recover.py::"

REPLACING = """\
                with _none_left(folder, temporary):
                    _write_durably(folder, temporary, data)
                    os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
"""
WRITING_IN_PLACE = """\
                descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, dir_fd=folder)
                for part in (data[:100], data[100:]):
                    os.write(descriptor, part)
                    os.fsync(descriptor)
                os.close(descriptor)
"""

MUTATIONS = (
    Mutation(
        "leave the temporary where it cannot take the vault's place",
        "vault/file.py",
        "                with _none_left(folder, temporary):\n",
        "                if True:\n",
        (f"{CRASH}test_a_call_that_fails_is_one_line_and_keeps_the_old_vault[replace-the-vault-ENOSPC]",),
    ),
    Mutation(
        "write the vault in its place instead of replacing it",
        "vault/file.py",
        REPLACING,
        WRITING_IN_PLACE,
        (
            "campaign:killed_at_calls=14",
            "campaign:killed_at_random",
            f"{CRASH}test_killed_before_the_new_vault_is_in_place_the_old_one_stays[write-the-vault]",
        ),
    ),
    Mutation(
        "replace the vault without flushing it",
        "vault/file.py",
        "view = view[os.write(descriptor, view) :]\n            os.fsync(descriptor)\n",
        "view = view[os.write(descriptor, view) :]\n",
        (f"{CRASH}test_killed_before_the_new_vault_is_in_place_the_old_one_stays[flush-the-file]",),
    ),
    Mutation(
        "do not flush the folder of the vault",
        "vault/file.py",
        "                self._flush(folder, name)\n",
        "",
        (f"{CRASH}test_killed_after_the_new_vault_is_in_place_it_stays",),
    ),
    Mutation(
        "say that nothing was changed where only the folder is not flushed",
        "vault/file.py",
        'raise PatError(f"{path} is changed, but the disk does not confirm it: {reason}") from None',
        "raise",
        (f"{CRASH}test_a_call_that_fails_is_one_line_and_keeps_the_old_vault[flush-the-folder-ENOSPC]",),
    ),
    Mutation(
        "write into a temporary that is there already",
        "vault/file.py",
        "_MAKE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL |",
        "_MAKE_FILE = os.O_WRONLY | os.O_CREAT |",
        (f"{BACKUP}test_what_is_there_already_is_never_replaced",),
    ),
    Mutation(
        "leave the temporary of a commit that failed",
        "vault/file.py",
        "        _unlink_if_there(name, folder)\n        raise\n",
        "        raise\n",
        (
            "campaign:faults_at_calls",
            "campaign:full_disk",
            f"{DISK}test_a_file_that_can_be_written_only_in_part_replaces_nothing",
        ),
    ),
    Mutation(
        "leave the temporaries of processes that were killed",
        "vault/file.py",
        "                self._sweep(folder)\n",
        "",
        ("campaign:killed_at_calls=14", f"{DISK}test_what_killed_processes_left_on_a_full_disk_makes_room"),
    ),
    Mutation(
        "remove what only begins like a temporary",
        "vault/file.py",
        'return digits != name and len(digits) == 2 * _RANDOM_BYTES and not digits.strip("0123456789abcdef")',
        "return digits != name",
        (f"{FILE}test_a_file_that_is_no_temporary_of_ours_is_not_swept",),
    ),
    Mutation(
        "take what was written in part for the whole",
        "vault/file.py",
        "            while view:\n                view = view[os.write(descriptor, view) :]\n",
        "            os.write(descriptor, view)\n",
        (
            "campaign:faults_at_calls=13",
            f"{DISK}test_a_file_that_can_be_written_only_in_part_replaces_nothing",
        ),
    ),
    Mutation(
        "tell of an error in closing what was read",
        "vault/file.py",
        "    with suppress(OSError):\n        os.close(descriptor)\n",
        "    os.close(descriptor)\n",
        (f"{CRASH}test_what_does_not_close_well_is_no_matter",),
    ),
    Mutation(
        "leave a copy whose folder could not be flushed",
        "vault/file.py",
        "        with _none_left(folder, name):\n            os.fsync(folder)\n",
        "        os.fsync(folder)\n",
        (f"{BACKUP}test_a_backup_that_cannot_be_flushed_leaves_no_file",),
    ),
    Mutation(
        "take no lock",
        "vault/file.py",
        "            lock_exclusively(descriptor, self.file_path(lock), self._lock_timeout)\n",
        "",
        (f"{PROCESSES}test_a_writer_waits_while_another_holds_the_lock",),
    ),
    Mutation(
        "hold the lock after an error",
        "vault/file.py",
        "            yield\n        finally:\n            _close(descriptor)\n",
        "            yield\n            _close(descriptor)\n        finally:\n            pass\n",
        (f"{PROCESSES}test_a_commit_that_fails_frees_the_lock",),
    ),
    Mutation(
        "wait for the lock ten times as long",
        "vault/file.py",
        "    signal.setitimer(signal.ITIMER_REAL, timeout)\n",
        "    signal.setitimer(signal.ITIMER_REAL, 10 * timeout)\n",
        (f"{PROCESSES}test_a_lock_that_is_not_freed_is_a_clear_error_and_changes_nothing",),
    ),
    Mutation(
        "leave the alarm of the lock behind",
        "vault/file.py",
        "        signal.setitimer(signal.ITIMER_REAL, 0)\n",
        "",
        (f"{PROCESSES}test_no_alarm_is_left_behind_when_the_lock_was_waited_for",),
    ),
    Mutation(
        "change the vault as it was before the lock was taken",
        "backends/vault.py",
        "        self.open()  # what must be asked is asked before the lock is taken\n"
        "        with self._data.locked(LOCK):\n"
        "            opened = self._open_silently() or self._made()\n",
        "        before = self.open()\n"
        "        with self._data.locked(LOCK):\n"
        "            opened = before or self._made()\n",
        (
            "campaign:crowd=4",
            "campaign:interleavings=20",
            f"{PROCESSES}test_processes_that_store_entries_at_once_lose_none_from_the_first_commit_on[2-20]",
        ),
    ),
    Mutation(
        "make another vault where the key of the one that is there is missing",
        "backends/vault.py",
        "        self.open()  # what must be asked is asked before the lock is taken\n"
        "        with self._data.locked(LOCK):\n"
        "            opened = self._open_silently() or self._made()\n",
        "        with self._data.locked(LOCK):\n"
        "            try:\n"
        "                opened = self._open_silently() or self._made()\n"
        "            except LockedError:\n"
        "                opened = self._made()\n",
        (f"{BACKEND}test_a_missing_configuration_folder_is_locked_and_not_made",),
    ),
    Mutation(
        "make another key where one is there",
        "vault/keyslots/keyfile.py",
        "        key = _read(around.config)\n        if key is None:\n",
        "        key = None\n        if key is None:\n",
        (f"{BACKEND}test_a_key_file_without_a_vault_is_used_and_not_replaced",),
    ),
    Mutation(
        "write a vault that did not change",
        "backends/vault.py",
        "            if after != opened:\n",
        "            if opened:\n",
        (f"{BACKEND}test_an_unchanged_entry_writes_nothing",),
    ),
    Mutation(
        "take the lock where there is nothing to change",
        "backends/vault.py",
        "        if wanted:\n            self.rewrite",
        "        if wanted is not None:\n            self.rewrite",
        (
            f"{BACKEND}test_no_changes_touch_neither_vault_nor_lock",
            f"{CRASH}test_storing_what_is_held_takes_no_lock_and_writes_and_replaces_nothing",
        ),
    ),
    Mutation(
        "keep the generation",
        "backends/vault.py",
        "            generation=opened.header.generation + 1,\n",
        "            generation=opened.header.generation or 1,\n",
        (f"{BACKEND}test_each_commit_raises_the_generation_by_one_and_takes_a_fresh_salt",),
    ),
    Mutation(
        "let Ctrl-C come before a file that was made is known",
        "vault/file.py",
        "(signal.SIG_BLOCK, (signal.SIGINT,))",
        "(signal.SIG_BLOCK, ())",
        ("tests/backends/test_vault_backup.py::test_ctrl_c_as_the_file_is_made_leaves_none",),
    ),
    Mutation(
        "put Ctrl-C off for good where no file could be made",
        "vault/file.py",
        "    except OSError:\n        signal.pthread_sigmask(signal.SIG_SETMASK, before)\n        raise\n",
        "    except OSError:\n        raise\n",
        ("tests/backends/test_vault_backup.py::test_a_refusal_to_make_the_file_leaves_ctrl_c_as_it_was",),
    ),
    Mutation(
        "count on after the last generation",
        "vault/format.py",
        "if header.generation > LAST_GENERATION:",
        "if False:",
        ("tests/vault/test_vectors.py::test_after_the_last_generation_there_is_no_other",),
    ),
    Mutation(
        "seal twice with one salt",
        "backends/vault.py",
        "            body_salt=self._randomness(sealed.SALT_SIZE),\n",
        "            body_salt=opened.header.body_salt or self._randomness(sealed.SALT_SIZE),\n",
        (f"{BACKEND}test_each_commit_raises_the_generation_by_one_and_takes_a_fresh_salt",),
    ),
    Mutation(
        "recover without keeping the vault that is replaced",
        "backends/vault.py",
        "                self._data.replace(name, before)\n",
        "",
        (
            "campaign:killed_at_calls=26",
            f"{RECOVER}test_a_copy_takes_the_place_of_the_vault_which_is_kept_beside_it",
        ),
    ),
    Mutation(
        "move the vault away before its copy is in its place",
        "backends/vault.py",
        "                self._data.replace(name, before)\n",
        '                __import__("os").rename(self.path, self._data.file_path(name))\n',
        (
            "campaign:killed_at_calls=26",
            f"{SLOTS}test_killed_at_any_moment_an_old_or_a_new_slot_opens_the_vault[recover-write the vault]",
        ),
    ),
    Mutation(
        "recover though the vault that is replaced could not be kept",
        "backends/vault.py",
        "                self._data.replace(name, before)\n",
        '                with __import__("contextlib").suppress(PatError):\n'
        "                    self._data.replace(name, before)\n",
        (f"{RECOVER}test_recovering_on_a_full_disk_keeps_the_vault[keeping the vault of now]",),
    ),
    Mutation(
        "recover over a vault that was kept in the same second",
        "backends/vault.py",
        "name = next(name for name in chain([aside], numbered) if self._data.read(name, 0) is None)",
        "name = next(chain([aside], numbered))",
        (f"{RECOVER}test_recovering_twice_in_a_second_keeps_both_replaced_vaults",),
    ),
    Mutation(
        "recover a copy that was not checked",
        "backends/vault_copies.py",
        "    return data, backend.read_copy(data, path)\n",
        "    return data, backend.open()\n",
        (f"{RECOVER}test_a_copy_that_is_damaged_replaces_nothing[one_bit]",),
    ),
    Mutation(
        "copy a damaged vault",
        "backends/vault_copies.py",
        "    with suppress(LockedError):\n        backend.open()\n",
        "",
        (f"{BACKUP}test_a_damaged_vault_is_not_copied[in the body]",),
    ),
    Mutation(
        "replace slots that another process changed meanwhile",
        "backends/vault_slots.py",
        "        if opened.header.slots != before:\n",
        "        if not opened.header.slots:\n",
        ("tests/vault/test_rekey.py::test_slots_that_were_changed_meanwhile_are_not_overwritten",),
    ),
    Mutation(
        "remove a slot without trying another",
        "backends/vault_slots.py",
        '    data_key = backend.open_by(rest, f", by another slot than {number}")\n',
        "    data_key = _open(backend).data_key\n",
        ("tests/vault/test_slots.py::test_a_slot_is_removed_only_if_another_one_was_opened",),
    ),
    Mutation(
        "fail where the vault cannot be read for the agent after what was asked for is done",
        "agent/starting.py",
        "    except PatError:\n        return None\n",
        "    except ZeroDivisionError:\n        return None\n",
        (f"{SLOTS}test_a_vault_that_cannot_be_read_for_the_agent_has_another_data_key_all_the_same",),
    ),
    Mutation(
        "remove the last slot",
        "backends/vault_slots.py",
        "    if not rest:\n",
        "    if False:\n",
        ("tests/vault/test_slots.py::test_the_last_slot_is_never_removed",),
    ),
    Mutation(
        "read a file of the folder that took the place of the one that was looked at",
        "vault/file.py",
        "descriptor = os.open(name, _OPEN_FILE, dir_fd=folder)",
        "descriptor = os.open(self.file_path(name), _OPEN_FILE)",
        (f"{FILE}test_what_is_read_lies_in_the_folder_that_was_looked_at",),
    ),
    Mutation(
        "lock a file of the folder that took the place of the one that was looked at",
        "vault/file.py",
        "descriptor = os.open(lock, _MAKE_LOCK, 0o600, dir_fd=folder)",
        "descriptor = os.open(self.file_path(lock), _MAKE_LOCK, 0o600)",
        (f"{FILE}test_the_lock_lies_in_the_folder_that_was_looked_at",),
    ),
    Mutation(
        "replace a file of the folder that took the place of the one that was looked at",
        "vault/file.py",
        "os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)",
        "os.rename(temporary, self.file_path(name), src_dir_fd=folder)",
        (f"{FILE}test_what_is_written_lies_in_the_folder_that_was_looked_at",),
    ),
    Mutation(
        "ask for a passphrase while others wait for the lock",
        "backends/vault.py",
        "        self.around = around.silently()\n",
        "",
        (
            (
                "tests/vault/test_rekey.py::"
                "test_nobody_is_asked_while_the_lock_is_held_because_the_key_was_changed_meanwhile"
            ),
        ),
    ),
    Mutation(
        "put the key file beside the vault",
        "settings.py",
        '    return data, config if config != data else os.path.join(config, "config")\n',
        "    return data, config\n",
        ("tests/test_settings.py::test_the_key_never_lies_beside_the_vault",),
    ),
)
