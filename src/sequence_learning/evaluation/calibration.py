"""Whether predicted probabilities can be taken at their word, before and after temperature scaling."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.optimize import minimize_scalar
from scipy.special import softmax

from sequence_learning.evaluation.labels import shown
from sequence_learning.evaluation.palette import PALETTE
from sequence_learning.metrics import score
from sequence_learning.parameters import Task

_MOST = 20.0
_BINS = 10
_FEW = 10


def calibrate(predictions: Mapping[str, pd.DataFrame], task: Task) -> pd.DataFrame:
    """Calibration on test rows as predicted, and after temperature scaling (Guo et al., 2017).

    A temperature per seed is fitted on the validation rows and applied to the test rows.
    https://arxiv.org/abs/1706.04599

    Args:
        predictions: by name of the model: ``part``, ``seed``, ``target`` and ``p_0``, ``p_1``, ...
        task: ``binary`` or ``multiclass``.

    Returns:
        Means over seeds: ``encoder``, ``temperature``, ``log_loss``, ``log_loss_scaled``, ``calibration_error`` and
        ``calibration_error_scaled``. A temperature above 1 says that the model is too sure of itself.
    """
    rows = [
        {"encoder": encoder} | _calibrate_one(of_seed, task)
        for encoder, table in predictions.items()
        for _, of_seed in table.groupby("seed")
    ]
    return pd.DataFrame(rows).groupby("encoder", sort=False).mean().reset_index()


def fit_temperature(probabilities: np.ndarray, target: np.ndarray) -> float:
    """The temperature with the lowest log loss, from 1/20 to 20; 1 if no other is better.

    Args:
        probabilities: ``(N, C)``.
        target: ``(N,)``, index of the class.
    """

    def log_loss(log_temperature: float) -> float:
        scaled = scale_by_temperature(probabilities, np.exp(log_temperature))
        return float(-np.log(_positive(scaled[np.arange(len(target)), target])).mean())

    limit = np.log(_MOST)
    found = minimize_scalar(log_loss, bounds=(-limit, limit), method="bounded")
    # Where all classes are as probable the temperature changes nothing, and the search ends anywhere.
    return float(np.exp(found.x)) if found.fun < log_loss(0.0) else 1.0


def scale_by_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities ``(N, C)`` of the logits divided by ``temperature``.

    Logarithms of probabilities are logits up to a constant of each row, which the softmax takes away.
    """
    scaled: np.ndarray = softmax(np.log(_positive(probabilities)) / temperature, axis=1)
    return scaled


def plot_reliability(predictions: Mapping[str, pd.DataFrame]) -> go.Figure:
    """How often class 1 occurs among test rows, by its predicted probability; on the dotted line as predicted.

    Rows of all seeds share ten bins of equal width; a point is at the mean probability of its bin. Bins of less than
    ten rows are left out.

    Args:
        predictions: by name of the model, as for :func:`calibrate`; of two classes.
    """
    figure = go.Figure(
        go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": "grey"}, name="calibrated")
    )
    for i, (encoder, table) in enumerate(predictions.items()):
        test = table[table["part"] == "test"]
        bins = test.groupby(np.minimum(test["p_1"] * _BINS // 1, _BINS - 1))
        points = bins.agg(predicted=("p_1", "mean"), observed=("target", "mean"), rows=("target", "size"))
        points = points[points["rows"] >= _FEW]
        figure.add_scatter(
            x=points["predicted"],
            y=points["observed"],
            name=shown(encoder),
            line={"color": PALETTE[i % len(PALETTE)], "width": 2},
            mode="lines+markers",
            customdata=points["rows"],
            hovertemplate="predicted %{x:.2f}, observed %{y:.2f} in %{customdata} rows",
        )
    return figure.update_layout(
        xaxis={"title": "predicted probability", "range": [-0.02, 1.02], "automargin": True},
        yaxis={"title": "observed frequency", "range": [-0.02, 1.02], "automargin": True},
        legend={"orientation": "h", "y": -0.2},
        margin={"t": 20, "r": 10},
        template="plotly_white",
        height=400 + 20 * len(figure.data),  # on a narrow screen each name has a line of its own
    )


def _calibrate_one(predictions: pd.DataFrame, task: Task) -> dict[str, float]:
    validation, test = (predictions[predictions["part"] == part] for part in ("validation", "test"))
    names = predictions.filter(regex=r"^p_\d+$").columns
    temperature = fit_temperature(validation[names].to_numpy(), validation["target"].to_numpy(dtype=np.int64))
    scaled = test.copy()
    scaled[names] = scale_by_temperature(test[names].to_numpy(), temperature)
    before, after = score(task, test), score(task, scaled)
    values = {"temperature": temperature}
    for name in ("log_loss", "calibration_error"):
        values |= {name: before[name], f"{name}_scaled": after[name]}
    return values


def _positive(probabilities: np.ndarray) -> np.ndarray:
    """A sigmoid far from zero rounds to 0 or 1, and 0 has no logarithm."""
    clipped: np.ndarray = np.maximum(probabilities, np.finfo(np.float64).tiny)
    return clipped
