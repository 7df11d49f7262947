"""What was measured of bf16, and whether it was measured on this machine."""

import logging
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from sequence_learning.parameters import TrainingParameters
from sequence_learning.processor import gpu_name, processor_name
from sequence_learning.training.precision import Precision, on_gpu

logger = logging.getLogger(__name__)


def hardware(training: TrainingParameters) -> dict[str, str]:
    """What a measurement of speed holds for."""
    return {"trains_on": gpu_name() if on_gpu(training) else processor_name(), "torch": version("torch")}


def chosen_here(measured: Mapping[str, Any], training: TrainingParameters) -> dict[str, Precision]:
    """The precision of every encoder that was measured on hardware like this; none where ``precision`` is no ``auto``.

    Args:
        measured: what ``kedro run --pipeline measure_precision`` left; empty if it has not run.
        training: its ``precision``, and what it trains on.
    """
    if training.precision != "auto":
        return {}
    if not measured or measured["hardware"] != hardware(training):
        logger.info(
            "training.precision auto: bf16 was not measured on this machine, so %s; "
            "kedro run --pipeline measure_precision tells where it is faster",
            "a GPU takes it wherever it can" if on_gpu(training) else "training computes with 32 bits",
        )
        return {}
    precisions: dict[str, Precision] = measured["encoders"]
    in_bf16 = [name for name, precision in precisions.items() if precision == "bf16"]
    logger.info("training.precision auto: bf16 for %s, as measured", ", ".join(in_bf16) or "no encoder")
    return precisions
