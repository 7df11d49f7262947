"""What worker processes import before their first fit. No other process imports this module.

On Linux one process does so, once, and the workers are forks of it (see :mod:`sequence_learning.training.pool`).
"""

import contextlib
import gc
import multiprocessing.spawn
import os
import sys
from types import ModuleType

# Read by libraries while they are imported.
for _library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB"):
    os.environ[f"{_library}_{'MAXIMUM' if _library == 'VECLIB' else 'NUM'}_THREADS"] = "1"

# What is imported stays: to look through it for garbage again and again takes a third of the time.
gc.disable()

# TorchMetrics, which Lightning imports, looks whether SciPy's signal processing has one name, and to import all of it
# takes two seconds. Nothing here needs it; what does so later imports it then.
_unread = ModuleType("scipy.signal")
vars(_unread)["hamming"] = None
_stands_in = sys.modules.setdefault(_unread.__name__, _unread) is _unread
try:
    import sequence_learning.training.fit  # noqa: F401
finally:
    if _stands_in:
        del sys.modules[_unread.__name__]

with contextlib.suppress(ImportError, OSError):  # where it does not load, those fits say so
    import lightgbm  # noqa: F401
gc.freeze()
gc.enable()


def _needs_no_main_module(name: str) -> None:
    """Forks would run the script that was started, as a module: to find there what joblib sends by value anyway."""


multiprocessing.spawn._fixup_main_from_name = _needs_no_main_module  # type: ignore[attr-defined]
multiprocessing.spawn._fixup_main_from_path = _needs_no_main_module  # type: ignore[attr-defined]
