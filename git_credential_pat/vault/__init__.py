"""The vault: one sealed file, replaced atomically. `docs/vault-format.md` specifies it.

`format` seals and opens bytes, `records` turns entries into bytes, `keyslots` finds the key;
`backends/vault` has the file.
"""
