"""Trials side by side; what has been measured before is read, not measured again."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import pandas as pd

from sequence_learning.diagnosis.source import fingerprint
from sequence_learning.diagnosis.trial import Trial, attained, run_trial
from sequence_learning.io.result_store import ResultStore


def measure(trials: list[Trial], store: ResultStore, n_workers: int) -> pd.DataFrame:
    """Run the trials that the store does not hold, each of which it holds as soon as it has ended.

    Returns:
        A row per trial, in their order, as :func:`~sequence_learning.diagnosis.trial.run_trial` gives it; ``attained``,
        percent of the attainable; and ``task_options``, the task as JSON.
    """
    from sequence_learning.training.pool import side_by_side

    keys = [key_of(trial) for trial in trials]
    missing = {key: trial for key, trial in zip(keys, trials, strict=True) if key not in store}
    if missing:
        side_by_side(
            [partial(_run_and_keep, trial, key, store) for key, trial in missing.items()],
            titles=[trial.title for trial in missing.values()],
            n_steps=max(trial.training.max_epochs for trial in missing.values()),
            n_workers=n_workers,
        )
    rows = [
        store.read(key) | {"model": trial.name, "task_options": trial.task.model_dump_json()}
        for key, trial in zip(keys, trials, strict=True)
    ]
    results = pd.DataFrame(rows)
    shares = [attained(row["metric"], row["score"], row["best"]) for row in rows]
    results["attained"] = pd.Series(shares, dtype="float64")  # numbers even where every one is missing
    return results


def key_of(trial: Trial) -> str:
    """A hash of all that a trial's result depends on: its configuration, the code and the libraries.

    Not its name, nor how many workers there are.
    """
    parts = trial.model_dump(mode="json", exclude={"name": True, "training": {"seeds", "n_workers"}})
    code = [
        fingerprint(trial.task.name, trial.encoder.name),
        *(version(library) for library in ("torch", "lightning", "numpy")),
    ]
    return hashlib.sha256(json.dumps([parts, code], sort_keys=True).encode()).hexdigest()[:24]


def _run_and_keep(trial: Trial, key: str, store: ResultStore, on_epoch: Callable[[Mapping[str, Any]], None]) -> None:
    store.write(key, run_trial(trial, on_epoch))
