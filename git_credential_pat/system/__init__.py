"""The operating system behind one face: what the rest of the program needs of it.

It loads the standard library's `typing` without `re`, for which Git would wait 6 ms at every call. Up to
Python 3.12 `typing` loads `re` for `typing.Pattern` and `typing.Match` alone. They get stand-ins here, unless
something has loaded either module before. Whoever imports `re` later gets the real one.
"""

import sys

if not {"re", "typing"} & sys.modules.keys():
    stand_in = type(sys)("re")
    stand_in.Pattern = type("Pattern", (), {})  # type: ignore[attr-defined]  # a module takes any name
    stand_in.Match = type("Match", (), {})  # type: ignore[attr-defined]  # as above
    sys.modules["re"] = stand_in
    import typing  # noqa: F401  # it is loaded now, and finds the stand-in

    del sys.modules["re"]
