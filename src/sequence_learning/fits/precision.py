"""What was measured of bf16, and whether it was measured on this machine."""

import hashlib
import json
import logging
import math
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import configure
from sequence_learning.fits.encoder_job import EncoderJob, read_fit
from sequence_learning.fits.plan import plan_jobs
from sequence_learning.fits.queue import Outcome, run_all
from sequence_learning.fits.store import FitStore
from sequence_learning.parameters import ModelParameters, TrainingParameters
from sequence_learning.processor import gpu_name, processor_name
from sequence_learning.training.pool import workers_for
from sequence_learning.training.precision import Precision, on_gpu

logger = logging.getLogger(__name__)


def hardware(training: TrainingParameters) -> dict[str, str]:
    """What a measurement of speed holds for."""
    return {"trains_on": gpu_name() if on_gpu(training) else processor_name(), "torch": version("torch")}


def chosen_here(measured: Mapping[str, Any], training: TrainingParameters) -> dict[str, Precision]:
    """The precision of every encoder that was measured on hardware like this.

    None where ``precision`` is no ``auto``, nor for a cluster, whose hardware is not known.

    Args:
        measured: what ``kedro run --pipeline measure_precision`` left; empty if it has not run.
        training: its ``precision``, and what it trains on.
    """
    if training.precision != "auto" or training.backend == "ray":
        return {}
    if not measured or measured["hardware"] != hardware(training):
        logger.info(
            "training.precision auto: bf16 was not measured for these data on this machine with this PyTorch, so %s; "
            "kedro run --pipeline measure_precision tells where it is faster",
            "a GPU takes it wherever it can" if on_gpu(training) else "training computes with 32 bits",
        )
        return {}
    precisions: dict[str, Precision] = measured["encoders"]
    in_bf16 = [name for name, precision in precisions.items() if precision == "bf16"]
    logger.info("training.precision auto: bf16 for %s, as measured", ", ".join(in_bf16) or "no encoder")
    return precisions


def measure_precisions(
    model_input: ModelInput,
    store: FitStore,
    encoders: Mapping[str, object],
    model: ModelParameters,
    training: TrainingParameters,
) -> pd.DataFrame:
    """Fit every encoder with every seed in 32 bits and in bf16, as far as this machine can.

    Returns:
        Columns ``encoder``, ``precision``, ``seed``, ``samples_per_second`` and ``val_score``, that of the kept epoch;
        the last two are missing where a fit failed.
    """
    training = training.model_copy(update={"backend": "local"})  # speeds are those of this machine
    store = FitStore(store.folder / _hash_of(hardware(training)))  # what another machine measured is not this one's
    # A seed's two fits follow each other: a machine that slows down slows both.
    jobs = [
        job
        for name, block in encoders.items()
        for seed in training.seeds
        for precision in ("32", "bf16")
        for job in plan_jobs(
            model_input, configure({name: block}, model, _in(training, precision)).values(), [seed], {}
        )
    ]
    outcomes, _ = run_all(jobs, model_input, store, workers_for(training))
    return pd.DataFrame(
        {"encoder": job.model, "precision": job.parameters.precision, "seed": job.seed} | _measured(outcome, store)
        for job, outcome in zip(jobs, outcomes, strict=True)
        if isinstance(job, EncoderJob)
    )


def _hash_of(hardware: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(hardware, sort_keys=True).encode()).hexdigest()[:8]


def _in(training: TrainingParameters, precision: str) -> TrainingParameters:
    return training.model_copy(update={"precision": precision})


def _measured(outcome: Outcome, store: FitStore) -> dict[str, float]:
    if outcome.failure is not None:
        return {"samples_per_second": math.nan, "val_score": math.nan}
    result = read_fit(store.file(outcome.key))
    score = result.history[result.costs["kept_epoch"]]["val_score"]
    return {"samples_per_second": result.costs["samples_per_second"], "val_score": score}
