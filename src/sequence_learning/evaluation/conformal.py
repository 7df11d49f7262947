"""Split conformal prediction: intervals, or sets of classes, that hold the truth as often as asked for.

On exchangeable rows the coverage is guaranteed in expectation, whatever the model (Vovk, Gammerman & Shafer, 2005; Lei
et al., 2018, https://doi.org/10.1080/01621459.2017.1307116). The validation rows that give the quantile here also
stopped the training early, so they look a little better than new rows; and rows of another time are not exchangeable
at all. Therefore the coverage is measured on test rows instead of being taken for granted. The method is a quantile and
a comparison: a library such as MAPIE would wrap models, and here there are predictions.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from scipy.special import stdtrit

from sequence_learning.evaluation.clustered import standard_error

_CONFIDENCE = 0.95
_COLOUR = "#1f77b4"


def measure_conformal(
    predictions: Mapping[str, pd.DataFrame], units: "pd.Series[Any]", coverage: float
) -> pd.DataFrame:
    """Fit on the validation rows and measure on the test rows, for every seed by itself.

    Regression: the prediction ± a quantile of the absolute residuals. Classes: the set of those whose probability is
    high enough, with one threshold for all (least ambiguous sets, Sadinle, Lei & Wasserman, 2019,
    https://doi.org/10.1080/01621459.2017.1395341); it may be empty.

    Args:
        predictions: by name of the model: ``id``, ``part``, ``seed``, ``target`` and ``prediction``, or ``p_0``,
            ``p_1``, ...
        units: of every test row, by its id; rows of the same unit depend on each other.
        coverage: share of rows that should be covered.

    Returns:
        ``encoder``; ``nominal``, the coverage asked for; ``coverage``, the share of test rows that are covered, with a
        95% interval from ``coverage_low`` to ``coverage_high``. Then for regression ``width`` of the interval in units
        of the target and ``relative_width``, in standard deviations of the test target; for classes ``set_size``, the
        mean number of classes. All are means over seeds. With too few validation rows for the coverage, less than
        ``coverage / (1 - coverage)``, a width is infinite, and a set holds every class. The interval of the coverage is
        missing if all test rows are of one unit.
    """
    return pd.DataFrame(
        [{"encoder": encoder} | _measure_one(table, units, coverage) for encoder, table in predictions.items()]
    )


def conformal_quantile(scores: np.ndarray, coverage: float) -> float:
    """The smallest bound that a new score keeps with probability ``coverage``; infinite if there are too few scores."""
    # The share is one of n + 1 because the new score is as likely at each place among the others.
    rank = math.ceil((len(scores) + 1) * coverage - 1e-9)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else math.inf


def coverage_interval(covered: np.ndarray, unit: np.ndarray) -> tuple[float, float]:
    """95% interval of the mean of ``covered`` ``(N,)``, whose rows depend on each other within a ``unit`` ``(N,)``.

    Student's t with the cluster-robust standard error, cut to 0 and 1. It has no width if all rows are covered, and is
    missing (NaN) for one unit.
    """
    error, n_units = standard_error(covered, unit)
    if math.isnan(error):
        return math.nan, math.nan
    mean, half = float(covered.mean()), float(stdtrit(n_units - 1, (1 + _CONFIDENCE) / 2)) * error
    return max(0.0, mean - half), min(1.0, mean + half)


def plot_coverage(conformal: pd.DataFrame) -> go.Figure:
    """Measured coverage of every model with its 95% interval, beside the coverage asked for (dotted).

    Args:
        conformal: as :func:`measure_conformal` gives it; widths, or sizes of sets, stand as text.
    """
    rows = conformal[::-1]
    shown, unit = ("relative_width", "sd") if "relative_width" in rows else ("set_size", "classes")
    names = rows["encoder"].str.replace("_", " ")
    figure = go.Figure(
        go.Scatter(
            x=rows["coverage"],
            y=names,
            error_x={
                "type": "data",
                "array": (rows["coverage_high"] - rows["coverage"]).fillna(0),
                "arrayminus": (rows["coverage"] - rows["coverage_low"]).fillna(0),
            },
            mode="markers+text",
            text=rows[shown].map(f"{{:.2f}} {unit}".format),
            textposition="top center",
            marker={"size": 9, "color": _COLOUR},
            hovertemplate="%{y}: %{x:.3f} covered, %{text}<extra></extra>",
        )
    )
    figure.add_vline(x=float(rows["nominal"].iloc[0]), line={"dash": "dot", "color": "grey"})
    return figure.update_layout(
        xaxis={"title": "test rows covered", "tickformat": "~%", "automargin": True},
        yaxis={"automargin": True},
        margin={"t": 20, "r": 10},
        template="plotly_white",
        height=120 + 46 * len(rows),
    )


def _measure_one(predictions: pd.DataFrame, units: "pd.Series[Any]", coverage: float) -> dict[str, float]:
    regression = "prediction" in predictions
    covered, sizes = [], []
    for _, of_seed in predictions.groupby("seed"):
        validation, test = (of_seed[of_seed["part"] == part].set_index("id") for part in ("validation", "test"))
        bound = conformal_quantile(_true_scores(validation), coverage)
        covered.append(pd.Series(_true_scores(test) <= bound, test.index))
        sizes.append(2 * bound if regression else (_class_scores(test) <= bound).sum(axis=1).mean())
    share = pd.concat(covered, axis=1).mean(axis=1)
    low, high = coverage_interval(share.to_numpy(), units.loc[share.index].to_numpy())
    measured = {"nominal": coverage, "coverage": share.mean(), "coverage_low": low, "coverage_high": high}
    size = float(np.mean(sizes))
    if not regression:
        return measured | {"set_size": size}
    return measured | {"width": size, "relative_width": size / test["target"].std(ddof=0)}


def _true_scores(predictions: pd.DataFrame) -> np.ndarray:
    """How strange the truth looks to the model, ``(N,)``."""
    target = predictions["target"].to_numpy()
    if "prediction" in predictions:
        residuals: np.ndarray = np.abs(target - predictions["prediction"].to_numpy())
        return residuals
    scores: np.ndarray = _class_scores(predictions)[np.arange(len(target)), target.astype(np.int64)]
    return scores


def _class_scores(predictions: pd.DataFrame) -> np.ndarray:
    """How strange each class would look, ``(N, C)``."""
    return 1 - predictions.filter(regex=r"^p_\d+$").to_numpy()
