"""Mocks of the interfaces by which hosts make, rotate, extend and revoke tokens, each with its state.

They are mocks because a test cannot have the real ones: those need accounts, tokens that live, and a host
that one may ask a thousand times and cut off. What they answer is taken from the hosts' documentation and,
where it is public, their source; each file cites its own. TLS under the hosts' names and HTTP are real.

Each host is a small class. Its `answer` is a pure step of its state: no clock, no network, no file.

    gitlab = GitLab()
    old = gitlab.add(now=NOW)
    rotate = f"{gitlab.url}/api/v4/personal_access_tokens/self/rotate"
    gitlab.answer("POST", rotate, {"PRIVATE-TOKEN": old.value}, b"expires_at=2027-06-01", NOW)
    assert gitlab.rotations and not gitlab.reuses

`TokenServer` (serving.py) serves any number of them over TLS, with faults (faults.py):

    with TokenServer(tmp_path / "hosts", [gitlab, azure]) as server:
        server.configure_client(program.home)
        server.faults.add(Fault(asks("POST", "/rotate"), cut=100))
        program.run("rotate", "https://gitlab.com/group")
"""
