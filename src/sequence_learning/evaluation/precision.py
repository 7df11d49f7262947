"""Whether training in bf16 is faster, and at which price."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from sequence_learning.evaluation.ablation import Variation
from sequence_learning.metrics import METRICS
from sequence_learning.parameters import EncoderParameters, ModelParameters, Task, TrainingParameters

_CONFIDENCE = 0.95
#: Gains below this are within the noise of a machine that others use too.
_FASTER = 1.05


def plan_precisions(
    encoders: Mapping[str, EncoderParameters], model: ModelParameters, training: TrainingParameters
) -> list[Variation]:
    """Every encoder in 32 bits and in bf16; a seed's two fits follow each other, so that a machine slows down both."""
    return [
        Variation("precision", precision, encoder, model, training.model_copy(update={"precision": precision}))
        for encoder in encoders.values()
        for precision in ("32", "bf16")
    ]


def compare_precisions(task: Task, measured: pd.DataFrame) -> pd.DataFrame:
    """One row per encoder.

    Args:
        task: kind of target.
        measured: as :func:`~sequence_learning.evaluation.ablation.measure_all` gives it for :func:`plan_precisions`.

    Returns:
        ``speed``: samples per second in bf16 over those in 32 bits, the median over seeds; ``difference``: of the
        ranking metric on validation rows, bf16 less 32 bits, mean over seeds with its 95% interval ``low``, ``high``
        (missing for a single seed); ``precision``: ``bf16`` if it is faster by 5% or more and the interval does not
        lie below zero.
    """
    rows = []
    for encoder, own in measured.groupby("encoder", sort=False):
        full, half = (own[own["change"] == name].set_index("seed") for name in ("32", "bf16"))
        speed = float((half["samples_per_second"] / full["samples_per_second"]).median())
        difference = half[f"val_{METRICS[task][0]}"] - full[f"val_{METRICS[task][0]}"]
        mean, reach = float(difference.mean()), _reach(difference.to_numpy())
        worse = not np.isfinite(mean) or mean + (reach if np.isfinite(reach) else 0.0) < 0
        rows.append(
            {
                "encoder": encoder,
                "speed": speed,
                "difference": mean,
                "low": mean - reach,
                "high": mean + reach,
                "precision": "bf16" if speed >= _FASTER and not worse else "32",
            }
        )
    return pd.DataFrame(rows)


def _reach(differences: np.ndarray) -> float:
    """Half of the t-interval of their mean."""
    n = len(differences)
    if n < 2:
        return float("nan")
    return float(stats.t.ppf((1 + _CONFIDENCE) / 2, n - 1) * differences.std(ddof=1) / np.sqrt(n))
