"""The environment in which a program sees another clock, by libfaketime.

Its wrapper, `faketime`, leaves a semaphore behind for each process that becomes another, and fails where a
process id comes again.
"""

LIBFAKETIME = {
    "LD_PRELOAD": "/usr/$LIB/faketime/libfaketimeMT.so.1",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    "DONT_FAKE_MONOTONIC": "1",
}
"""What goes with FAKETIME or FAKETIME_TIMESTAMP_FILE; faketime(1) says how a moment is written."""
