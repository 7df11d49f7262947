"""Trials side by side; what has been measured before is read, not measured again."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from typing import Any

import pandas as pd

from sequence_learning.diagnosis.trial import FEATURES, Trial, attained, run_trial
from sequence_learning.io.result_store import ResultStore
from sequence_learning.parameters import BESIDE_THE_RECIPE
from sequence_learning.source_code import LIBRARIES, OF_A_FIT, fingerprint

logger = logging.getLogger(__name__)
#: What results depend on beside the code of a fit and of the task; what is made of results cannot change them.
_PARTS = (
    "diagnosis/explanation.py",
    "diagnosis/trial.py",
    "evaluation/held_out.py",
    "features",
    "tasks/base.py",
    "tasks/parameters.py",
    "tasks/sequences.py",
)
_LIBRARIES = ("pandas", "scipy", *LIBRARIES)


def measure(trials: Sequence[Trial], store: ResultStore, n_workers: int) -> pd.DataFrame:
    """Run the trials that the store does not hold, each of which it holds as soon as it has ended.

    Seconds of a fit that is read are those of the machine and the hour at which it was measured.

    Returns:
        A row per trial, in their order, as :func:`~sequence_learning.diagnosis.trial.run_trial` gives it; ``attained``,
        percent of the attainable; ``task_options``, the task as JSON; and the trial's ``key``.

    Raises:
        FloatingPointError: if trials could not be trained, once all others are done and stored.
    """
    keys = [key_of(trial) for trial in trials]
    missing = {key: trial for key, trial in zip(keys, trials, strict=True) if store.get(key) is None}
    kept = len(set(keys)) - len(missing)
    if kept:
        logger.info("%d of %d fits are kept from earlier runs, in %s", kept, len(set(keys)), store.folder)
    _run(missing, store, n_workers)
    rows = [
        (store.get(key) or {}) | {"model": trial.name, "task_options": trial.task.model_dump_json(), "key": key}
        for key, trial in zip(keys, trials, strict=True)
    ]
    results = pd.DataFrame(rows)
    shares = [attained(row["metric"], row["score"], row["best"]) for row in rows]
    results["attained"] = pd.Series(shares, dtype="float64")  # numbers even where every one is missing
    return results


def code_of(task: str, encoder: str) -> str:
    """A fingerprint of the code of a trial, without that of other tasks and encoders."""
    return fingerprint(*OF_A_FIT, *_PARTS, f"tasks/{task}.py", encoder=encoder)


def key_of(trial: Trial) -> str:
    """A hash of all that a trial's result depends on: its configuration, the code and the libraries.

    Not its name, nor how many workers there are.
    """
    parts = trial.model_dump(mode="json", exclude={"name": True, "training": BESIDE_THE_RECIPE})
    code = [code_of(trial.task.name, trial.encoder.name), *map(version, _LIBRARIES)]
    whole = json.dumps([parts, FEATURES.model_dump(mode="json"), code], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def _run(missing: Mapping[str, Trial], store: ResultStore, n_workers: int) -> None:
    from sequence_learning.training.pool import side_by_side

    if not missing:
        return
    # Trials on the same tables follow each other, so that a worker need not draw them anew.
    items = sorted(missing.items(), key=lambda item: _tables_of(item[1]))
    failures = side_by_side(
        [partial(_run_and_keep, trial, key, store) for key, trial in items],
        titles=[trial.title for _, trial in items],
        n_steps=max(trial.training.max_epochs for trial in missing.values()),
        n_workers=n_workers,
        title="trials",
    )
    failed = [failure for failure in failures if failure is not None]
    if failed:
        raise FloatingPointError(
            f"every trial must end with a finite loss, but {len(failed)} of {len(missing)} did not (the others are "
            f"stored): {'; '.join(failed)}"
        )


def _run_and_keep(
    trial: Trial, key: str, store: ResultStore, on_epoch: Callable[[Mapping[str, Any]], None]
) -> str | None:
    """Run and store a trial; what went wrong, if training diverged."""
    try:
        store.write(key, run_trial(trial, on_epoch))
    except FloatingPointError as error:
        return f"{trial.title}: {error}"
    return None


def _tables_of(trial: Trial) -> tuple[str, str, int]:
    return trial.task.model_dump_json(), trial.rows.model_dump_json(), trial.seed
