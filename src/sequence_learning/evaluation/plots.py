"""Figures for Kedro-Viz, MLflow and the notebook."""

import pandas as pd
import plotly.graph_objects as go
from plotly.colors import qualitative

_PALETTE = qualitative.Dark24


def plot_leaderboard(leaderboard: pd.DataFrame) -> go.Figure:
    """Mean score of each model with its standard deviation over seeds, best on top."""
    metric = str(leaderboard.columns[1])
    best_last = leaderboard[::-1]
    figure = go.Figure(
        go.Scatter(
            x=best_last[metric],
            y=best_last["encoder"].str.replace("_", " "),
            error_x={"type": "data", "array": best_last[f"{metric}_std"].fillna(0)},
            mode="markers+text",
            text=best_last[metric].map("{:.3f}".format),
            textposition="top center",
            marker={"size": 9, "color": _PALETTE[1]},
        )
    )
    seeds = int(leaderboard["seeds"].max())
    return figure.update_layout(
        title=f"Test {metric}: mean of {seeds} seeds ± standard deviation",
        xaxis_title=f"test {metric}",
        yaxis={"automargin": True},
        template="plotly_white",
        height=120 + 46 * len(leaderboard),
    )


def plot_ablations(summary: pd.DataFrame) -> go.Figure:
    """Validation score of every change, mean ± standard deviation over seeds; a colour per encoder, a row per change.

    Args:
        summary: as :func:`~sequence_learning.evaluation.ablation.summarise` gives it.
    """
    metric = next(str(name) for name in summary.columns if str(name).startswith("val_"))
    shown = metric.replace("val_", "validation ")
    figure = go.Figure()
    for i, (encoder, rows) in enumerate(summary.groupby("encoder", sort=False)):
        figure.add_scatter(
            x=rows[metric],
            y=[rows["group"].str.replace("_", " "), rows["change"].str.replace("_", " ")],
            error_x={"type": "data", "array": rows[f"{metric}_std"].fillna(0)},
            mode="markers",
            name=str(encoder).replace("_", " "),
            marker={"size": 9, "color": _PALETTE[i % len(_PALETTE)]},
        )
    n_rows = len(summary.drop_duplicates(["group", "change"]))
    return figure.update_layout(
        title=f"{shown.capitalize()} of each change: mean over seeds ± standard deviation",
        xaxis_title=shown,
        yaxis={"automargin": True, "autorange": "reversed"},
        template="plotly_white",
        height=160 + 26 * n_rows,
    )


def plot_learning_curves(histories: pd.DataFrame) -> go.Figure:
    """Validation (full) and training loss (dotted) by epoch, mean over the seeds still training."""
    figure = go.Figure()
    for i, (encoder, history) in enumerate(histories.groupby("encoder", sort=False)):
        mean = history.groupby("epoch")[["train_loss", "val_loss"]].mean()
        for column, dash in (("val_loss", "solid"), ("train_loss", "dot")):
            figure.add_scatter(
                x=mean.index,
                y=mean[column],
                name=str(encoder).replace("_", " "),
                legendgroup=encoder,
                showlegend=column == "val_loss",
                line={"dash": dash, "color": _PALETTE[i % len(_PALETTE)], "width": 2},
                mode="lines+markers" if len(mean) == 1 else "lines",
            )
    return figure.update_layout(
        title="Loss by epoch, mean over seeds (full: validation, dotted: training)",
        xaxis_title="epoch",
        yaxis_title="loss",
        template="plotly_white",
        height=520,
    )
