"""Run a module under a shifted clock: python -m tests.faults.shifted MODULE ARGUMENTS

libfaketime 0.9.10 (Debian 12) makes every sleep until a monotonic time fail, and that is how Python sleeps.
"""

import runpy
import select
import sys
import time
from typing import SupportsIndex


def sleep(seconds: float | SupportsIndex) -> None:
    select.select([], [], [], float(seconds))


if __name__ == "__main__":
    time.sleep = sleep
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
