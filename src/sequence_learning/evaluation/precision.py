"""Whether training in bf16 is faster, and at which price."""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

_CONFIDENCE = 0.95
#: Gains below this are within the noise of a machine that others use too.
FASTER = 1.05


def compare_precisions(measured: pd.DataFrame) -> pd.DataFrame:
    """One row per encoder.

    Args:
        measured: a row per fit: ``encoder``, ``precision`` (``32`` or ``bf16``), ``seed``, ``samples_per_second`` and
            ``val_score`` (missing where the fit failed: not every processor computes everything in bf16).

    Returns:
        ``speed``: samples per second in bf16 over those in 32 bits, the median over seeds; ``difference``: of
        ``val_score``, bf16 less 32 bits, mean over seeds with its 95% interval ``low``, ``high`` (missing for a single
        seed); ``precision``: ``bf16`` if every seed could be fitted, it is faster by 5% or more, and the interval does
        not lie below zero.
    """
    rows = []
    for encoder, own in measured.groupby("encoder", sort=False):
        full, half = (own[own["precision"] == name].set_index("seed") for name in ("32", "bf16"))
        speed = float((half["samples_per_second"] / full["samples_per_second"]).median())
        difference = half["val_score"] - full["val_score"]
        mean, reach = float(difference.mean(skipna=False)), _reach(difference.to_numpy())
        worse = not np.isfinite(mean) or mean + (reach if np.isfinite(reach) else 0.0) < 0
        rows.append(
            {
                "encoder": encoder,
                "speed": speed,
                "difference": mean,
                "low": mean - reach,
                "high": mean + reach,
                "precision": "bf16" if speed >= FASTER and not worse else "32",
            }
        )
    return pd.DataFrame(rows)


def _reach(differences: np.ndarray) -> float:
    """Half of the t-interval of their mean."""
    n = len(differences)
    if n < 2:
        return float("nan")
    return float(stdtrit(n - 1, (1 + _CONFIDENCE) / 2) * differences.std(ddof=1) / np.sqrt(n))
