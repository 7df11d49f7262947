"""What training took, and how good a model was after how many seconds of it."""

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation.labels import shown
from sequence_learning.evaluation.palette import PALETTE

_COSTS = ["fit_seconds", "samples_per_second", "epochs", "kept_epoch"]
# Of each curve, at most this share may lie below the picture.
_BELOW = 0.2


def training_costs(results: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """What a fit of each model took, as means over seeds.

    Args:
        results: a row per ``encoder`` and ``seed`` with the costs of its fit.
        history: a row per ``encoder``, ``seed`` and ``epoch``, with ``seconds`` since the fit began.

    Returns:
        In the order of ``results``: ``encoder``, ``fit_seconds``, ``samples_per_second``, ``epochs``, ``kept_epoch``
        (from 0) and ``seconds_to_kept``, from the beginning of the fit to the end of that epoch. What a baseline does
        not have is missing; a fit that keeps the best epoch goes on for ``training.patience`` more.
    """
    kept = results[["encoder", "seed", "kept_epoch"]].merge(
        history[["encoder", "seed", "epoch", "seconds"]],
        left_on=["encoder", "seed", "kept_epoch"],
        right_on=["encoder", "seed", "epoch"],
        how="left",
    )
    costs = results.groupby("encoder", sort=False)[_COSTS].mean()
    return costs.assign(seconds_to_kept=kept.groupby("encoder")["seconds"].mean()).reset_index()


def plot_score_by_seconds(history: pd.DataFrame, metric_name: str) -> go.Figure:
    """Validation score against seconds of training, a line per encoder; means over seeds.

    Epochs that not all seeds of an encoder reached are left out, because their mean would be that of other fits.
    Scores of the first epochs may be so low that they lie below the picture.

    Args:
        history: a row per ``encoder``, ``seed`` and ``epoch``, with ``val_score`` and ``seconds`` since the fit began.
        metric_name: of ``val_score``.
    """
    figure = go.Figure()
    means = []
    for i, (encoder, rows) in enumerate(history.groupby("encoder", sort=False)):
        by_epoch = rows.groupby("epoch")
        reached_by_all = by_epoch.size() == rows["seed"].nunique()
        mean = by_epoch[["seconds", "val_score"]].mean()[reached_by_all]
        means.append(mean["val_score"])
        figure.add_scatter(
            x=mean["seconds"],
            y=mean["val_score"],
            name=shown(encoder),
            line={"color": PALETTE[i % len(PALETTE)], "width": 2},
            marker={"size": 5},
            mode="lines+markers",
            customdata=mean.index,
            hovertemplate="epoch %{customdata}: %{y:.3f} after %{x:.2f} s",
        )
    return figure.update_layout(
        xaxis={"title": "seconds of training", "type": "log", "automargin": True},
        yaxis={"title": f"validation {metric_name}", "range": _range(means), "automargin": True},
        legend={"orientation": "h", "y": -0.2},
        margin={"t": 20, "r": 10},
        template="plotly_white",
        height=400 + 20 * len(figure.data),  # on a narrow screen each name has a line of its own
    )


def _range(curves: "list[pd.Series[float]]") -> list[float] | None:
    """Most of the lowest curve to the top of the highest; None, for the library to choose, if there is no score."""
    known = [scores for curve in curves if len(scores := curve.dropna())]
    if not known:
        return None
    bottom = min(float(scores.quantile(_BELOW, interpolation="higher")) for scores in known)
    top = max(float(scores.max()) for scores in known)
    margin = 0.05 * (top - bottom) or 0.05
    return [bottom - margin, top + margin]
