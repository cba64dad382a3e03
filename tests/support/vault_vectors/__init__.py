"""A second implementation of docs/vault-format.md, and the files that it makes for tests/vectors/vault.

Nothing here imports the program: the reader and the writer were made from the specification, so that
the two implementations check each other. `python -m support.vault_vectors` (with PYTHONPATH=tests)
writes the files; they are the same bytes each time.
"""
