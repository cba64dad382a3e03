"""A folder for `keyring-path`: other Python environments see nothing else of this program in it."""
