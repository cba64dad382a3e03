"""Breaks in how the vault lies on the disk and how it is replaced."""

from reliability.mutations.mutation import Mutation

MUTATIONS = (
    Mutation(
        "replace the vault without flushing it",
        "vault/file.py",
        "            view = view[os.write(descriptor, view) :]\n        os.fsync(descriptor)\n",
        "            view = view[os.write(descriptor, view) :]\n",
        ("tests/reliability/test_crash.py::test_killed_before_the_new_vault_is_in_place_the_old_one_stays",),
    ),
)
