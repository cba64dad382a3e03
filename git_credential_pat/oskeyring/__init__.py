"""The `keyring` library, tamed."""
