"""How much work something is, whatever else the machine does meanwhile."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if what is done inside computes for longer than that, its threads together.

    What other processes take of the clock does not count, nor does clearing up after other tests.
    """
    gc.disable()
    try:
        start = time.process_time()
        yield
        assert time.process_time() - start < seconds
    finally:
        gc.enable()
