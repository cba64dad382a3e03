"""A second writer of docs/vault-format.md: of the files of tests/vectors/vault, and of any other vault.

Nothing here imports the program, nor the second reader (support/second_reader.py): all three were made from
the specification, so that they check each other. What each file is for, and what a reader must make of it,
is written by hand in good/NAME.json and bad/index.json; `python -m support.vault_vectors` (with
PYTHONPATH=tests) writes the vaults, and into the descriptions of the good ones what is derived. The files
are the same bytes each time.
"""
