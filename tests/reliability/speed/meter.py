"""Run a command and write its peak memory into a file, in bytes: python -I -S meter.py FILE COMMAND...

The system counts in a process's peak also what it held before it became its command: the copy of the
process that started it. That one is therefore this small program, and not the whole benchmark; what is
left of it, about 5 MiB, is the least that can be seen. Of a command that starts others and waits for
them, the largest process counts.
"""

import os
import sys


def main() -> int:
    """Return the command's exit status."""
    file, *command = sys.argv[1:]
    child = os.fork()  # and not os.posix_spawn, which lends the child all of this process's memory
    if child == 0:
        os.execv(command[0], command)  # noqa: S606  # no shell must be measured too
    _, status, usage = os.wait4(child, 0)
    with open(file, "w", encoding="ascii") as output:
        output.write(str(usage.ru_maxrss * 1024))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
