"""Imported by the process that forks children: what they will need, as far as it can be had.

An error here would end that process; a child says what is wrong when it is asked for it.
"""

import os
from contextlib import suppress
from importlib import import_module

for _module in os.environ.pop("JOBS_PRELOADED", "").split():
    with suppress(Exception):
        import_module(_module)
