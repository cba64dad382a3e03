"""A second writer of docs/vault-format.md: of the files of tests/vectors/vault, and of any other vault.

Nothing here imports the program, nor the second reader (support/second_reader.py): all three were made from
the specification, so that they check each other. `python -m support.vault_vectors` (with PYTHONPATH=tests)
writes the files; they are the same bytes each time.
"""
