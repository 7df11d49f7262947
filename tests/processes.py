"""Processes that tests start, and what is left of them."""

import os
import time

import psutil


def living(group: int) -> list[int]:
    """Processes of a group that are not merely waiting to be taken note of."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def wait_until_gone(group: int, seconds: float) -> None:
    """Fails if some are left after so long."""
    deadline = time.monotonic() + seconds
    while left := living(group):
        assert time.monotonic() < deadline, f"processes {left} are left"
        time.sleep(0.1)
