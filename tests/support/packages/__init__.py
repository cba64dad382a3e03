"""Real packages over real HTTPS, under the names of the hosts that they stand in for.

In a test, with the fixture `packages`:

    environment = client_environment(packages, home)
    subprocess.run(["uv", "pip", "install", "--index", packages.url("fabrikam", "pypi", "simple/"), ...])
    assert logins(packages) == {("fabrikam", "pypi", "pat", 200)}
    assert strayed(packages) == []

Every organization has one package of each kind, which is built here: `fabrikam-tool` for pip and Cargo,
`@fabrikam/tool` for npm. One file has one protocol, and `server.PROTOCOLS` has them all.
"""
