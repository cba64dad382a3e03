"""What the launcher runs, by path and under `python -I -S`: find the package's own folder, then start.

Kept short, because a file that is run by path is compiled anew each time. The process lives for a
moment, so it neither collects garbage nor tidies up at its end: that saves a tenth of Git's waiting.
"""

import gc
import os
import sys

gc.disable()
if not __package__:
    sys.path.append(__file__.rpartition("/git_credential_pat/")[0])

from git_credential_pat.cli import main  # noqa: E402  # the path must be known first

os._exit(main(sys.argv[1:]))
