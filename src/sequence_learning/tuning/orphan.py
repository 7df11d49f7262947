"""Workers that outlive the run which started them."""

import multiprocessing
import os


class OrphanedError(RuntimeError):
    """The run is gone, and nobody waits for what this worker does."""


def refuse_if_orphaned() -> None:
    """End a worker whose run was killed: it would go on with its search, which the next run then could not have.

    Raises:
        OrphanedError: in a worker process whose parent has ended. Never on Windows.
    """
    parent = multiprocessing.parent_process()
    if parent is None or parent.pid is None or os.name != "posix":
        return
    try:
        os.kill(parent.pid, 0)  # asks only
    except ProcessLookupError:
        told = f"a worker must not outlive its run, but process {parent.pid} is gone; start the run again"
        raise OrphanedError(told) from None
    except PermissionError:
        return
