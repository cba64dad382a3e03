"""Breaks in what `configure` writes for other tools, and in how it is undone."""

from reliability.mutations import Mutation

_WAY = "tools/test_configure_tools.py::test_what_is_in_the_way_is_left_alone_and_said_with_what_to_paste"
_UNDONE = "tools/test_configure_tools.py::test_what_is_configured_is_undone_byte_for_byte"

MUTATIONS = (
    Mutation(
        "tools/support/lines.py",
        "write our line beside one of the user's own",
        "if other:",
        "if other and not other:",
        (f"{_WAY}[go-.config/go/env-GOAUTH=netrc\\n]",),
    ),
    Mutation(
        "tools/support/blocks.py",
        "leave the line end that a block needed",
        'if found["unended"] and at == len(text):',
        'if found["unended"] and at > len(text):',
        (f"{_UNDONE}[own files there-bazel]",),
    ),
    Mutation(
        "tools/support/json_keys.py",
        "leave helpers of hosts that have no token any more",
        "left = {key: value for key, value in there.items() if value != self._value}",
        "left = {key: value for key, value in there.items() if key not in self._keys}",
        (f"{_UNDONE}[nothing there-docker]",),
    ),
    Mutation(
        "tools/support/files.py",
        "replace a program that is not ours by a link",
        'not self.is_there():\n            return [Obstacle(self.path, "there is another program")]',
        'os.path.isdir(self.path):\n            return [Obstacle(self.path, "there is another program")]',
        (f"{_WAY}[nuget-bin/nuget-plugin-pat-mine\\n]",),
    ),
)
