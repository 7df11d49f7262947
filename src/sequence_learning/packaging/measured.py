"""What was measured of the model that is bundled: its scores, how sure it is, and that the bundle gives them."""

import math
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.evaluation.calibration import calibrate, scale_by_temperature
from sequence_learning.evaluation.conformal import measure_conformal
from sequence_learning.evaluation.uncertainty import estimate, scored
from sequence_learning.features.events import Events, events_of
from sequence_learning.inference.bundle import RUNTIMES, Bundle
from sequence_learning.inference.calibration import Calibration
from sequence_learning.inference.errors import BundleError
from sequence_learning.metrics import METRICS, ranking_score, score
from sequence_learning.parameters import Task

#: Test rows that the bundle predicts again from the raw tables before it is kept.
_ROWS = 200
#: In standard deviations of the training target, or as a difference of probabilities.
_TOLERANCE = 1e-4


def measure(
    task: Task,
    predictions: pd.DataFrame,
    scores: pd.DataFrame,
    units: "pd.Series[int]",
    coverage: float,
    confidence: float,
) -> dict[str, Any]:
    """Scores and calibration of one fit, as plain numbers (None where one is not defined).

    Args:
        task: kind of target.
        predictions: of one encoder and one seed, as the training pipeline gives them.
        scores: as :func:`~sequence_learning.evaluation.comparison.score_table` gives them, of all models.
        units: of every test row, by its id.
        coverage: that intervals are asked for.
        confidence: of the scores' intervals.

    Returns:
        ``metric``, the ranking one; ``confidence``; ``model``: score of this fit on test rows with its interval, and on
        validation rows; ``encoder``: the mean over seeds, with its interval; ``test``: every metric of this fit;
        ``calibration``: the coverage and width of its intervals, or its temperature with the log loss and the
        calibration error before and after.
    """
    name = str(predictions["encoder"].iloc[0])
    own = {name: predictions.drop(columns="encoder")}
    validation, test = (predictions[predictions["part"] == part] for part in ("validation", "test"))
    alone = estimate(scored(task, test, units), confidence)
    (mean,) = scores[scores["encoder"] == name].to_dict("records")
    measured = {
        "metric": METRICS[task][0],
        "confidence": confidence,
        "model": {
            "score": alone.value,
            "low": alone.low,
            "high": alone.high,
            "validation": ranking_score(task, validation),
        },
        "encoder": {key: mean[key] for key in ("score", "low", "high", "seeds", "units")},
        "test": score(task, test),
        "calibration": (measure_conformal(own, units, coverage) if task == "regression" else calibrate(own, task))
        .drop(columns="encoder")
        .iloc[0]
        .to_dict(),
    }
    plain: dict[str, Any] = _plain(measured)
    return plain


def fit_calibration(task: Task, predictions: pd.DataFrame, units: "pd.Series[int]", coverage: float) -> Calibration:
    """Width of intervals, or the temperature, from the validation rows of one fit; arguments as for :func:`measure`."""
    own = {"it": predictions.drop(columns="encoder")}
    if task == "regression":
        width = float(measure_conformal(own, units, coverage)["width"].iloc[0])
        return Calibration(coverage=coverage, half_width=width / 2)
    return Calibration(temperature=float(calibrate(own, task)["temperature"].iloc[0]))


def check_predictions(
    bundle: Bundle, entities: pd.DataFrame, events: Events, predictions: pd.DataFrame
) -> dict[str, float]:
    """Predict some test rows from the raw tables, and compare with what was measured.

    Args:
        bundle: that is about to be kept.
        entities: the raw tables.
        events: likewise.
        predictions: of the same encoder and seed, as the training pipeline gives them.

    Returns:
        The largest difference by runtime, in standard deviations of the training target or of probabilities.

    Raises:
        BundleError: if one is larger than 1e-4.
    """
    expected = predictions[predictions["part"] == "test"].head(_ROWS).set_index("id")
    key = bundle.schema.id
    rows = entities[entities[key].isin(expected.index)]
    theirs = events_of(events, key, rows[key])
    expected = expected.loc[rows[key]]
    differences: dict[str, float] = {}
    for runtime in RUNTIMES:
        differences[runtime] = _difference(bundle.within(runtime).predict(rows, theirs), expected, bundle)
        if not differences[runtime] <= _TOLERANCE:
            raise BundleError(
                f"a bundle must predict what was measured, but differs by {differences[runtime]:.2g} from it in "
                f"{runtime}; if the tables or parameters have changed since the training, train again"
            )
    return differences


def _difference(predicted: pd.DataFrame, expected: pd.DataFrame, bundle: Bundle) -> float:
    target = bundle.transformer.target
    if target.task == "regression":
        residuals = (predicted["prediction"].to_numpy() - expected["prediction"].to_numpy()) / target.std
        return float(np.abs(residuals).max())
    before = expected[[f"p_{k}" for k in range(len(target.classes))]].to_numpy()
    after = predicted[[f"p_{name}" for name in target.classes]].to_numpy()
    return float(np.abs(after - scale_by_temperature(before, bundle.calibration.temperature)).max())


def _plain(value: Any) -> Any:  # noqa: ANN401
    """As JSON has it: numbers of Python, and None for what is not defined or not finite."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
