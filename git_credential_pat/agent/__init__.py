"""The agent: a process of the user that holds the vault's unlocked key, and answers Git at once.

`client` asks it and is what every call of Git runs first, so it, `frames` and `identity` stand on built-in
modules alone. `server` moves bytes between clients and `service`, which answers them by the same
`answering.answer` as a call without an agent. `starting` brings one to life; `borrowing` says how a process
gets at a key that is locked.
"""
