"""Figures for Kedro-Viz, MLflow and the notebook."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation.labels import metric_name
from sequence_learning.evaluation.leaderboard import latency_batches
from sequence_learning.evaluation.palette import PALETTE


def plot_leaderboard(leaderboard: pd.DataFrame) -> go.Figure:
    """Mean score of each model with its interval over test rows and seeds, best on top."""
    metric = str(leaderboard.columns[1])
    best_last = leaderboard[::-1]
    figure = go.Figure(
        go.Scatter(
            x=best_last[metric],
            y=best_last["encoder"].str.replace("_", " "),
            error_x=_interval(best_last, metric),
            mode="markers+text",
            text=best_last[metric].map("{:z.3f}".format),
            textposition="top center",
            marker={"size": 9, "color": PALETTE[1]},
        )
    )
    seeds = int(leaderboard["seeds"].max())
    return figure.update_layout(
        title=f"Test {metric_name(metric)}: mean of {seeds} seeds with its interval",
        xaxis_title=f"test {metric_name(metric)}",
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
            marker={"size": 9, "color": PALETTE[i % len(PALETTE)]},
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
                line={"dash": dash, "color": PALETTE[i % len(PALETTE)], "width": 2},
                mode="lines+markers" if len(mean) == 1 else "lines",
            )
    return figure.update_layout(
        title="Loss by epoch, mean over seeds (full: validation, dotted: training)",
        xaxis_title="epoch",
        yaxis_title="loss",
        legend={"orientation": "h", "y": -0.2},
        template="plotly_white",
        height=560,
    )


def plot_pareto(leaderboard: pd.DataFrame, candidates: pd.DataFrame, chosen: str | None, margin: float) -> go.Figure:
    """Score with its interval against the median time to predict one row.

    Args:
        leaderboard: as :func:`~sequence_learning.evaluation.leaderboard.build_leaderboard` gives it.
        candidates: those of the :class:`~sequence_learning.evaluation.decision.Decision`; all others are baselines.
        chosen: the model that stands out.
        margin: height of the band below the best candidate.

    The mean, which takes no time, is left out: it would be half of the picture.
    """
    metric = str(leaderboard.columns[1])
    cost = next(iter(latency_batches(leaderboard).values()))
    table = leaderboard[leaderboard["encoder"] != "predict_the_mean"].dropna(subset=[cost])
    table = table.sort_values([cost, metric], ascending=[True, False])
    front = table[table[metric] > table[metric].cummax().shift(fill_value=-float("inf"))]
    first = [name for name in (chosen, leaderboard["encoder"].iloc[0]) if name is not None]
    named = _apart(table.set_index("encoder")[[cost, metric]], [*first, *front["encoder"][::-1]])
    best = float(candidates["score"].max())
    figure = go.Figure()
    figure.add_hrect(y0=best - margin, y1=best, fillcolor=PALETTE[1], opacity=0.08, line_width=0)
    figure.add_scatter(
        x=front[cost], y=front[metric], mode="lines", line={"color": "#9aa5b1", "dash": "dot"}, name="front"
    )
    encoders = set(candidates["encoder"])
    kinds = {
        "encoder": (table["encoder"].isin(encoders) & (table["encoder"] != chosen), "circle", "#1f5fa8", 9),
        "baseline": (~table["encoder"].isin(encoders), "diamond", "#8a6d3b", 9),
        "chosen": (table["encoder"] == chosen, "star", "#d62728", 16),
    }
    for kind, (members, symbol, colour, size) in kinds.items():
        rows = table[members]
        labels = rows["encoder"].str.replace("_", " ")
        figure.add_scatter(
            x=rows[cost],
            y=rows[metric],
            error_y=_interval(rows, metric),
            mode="markers+text",
            text=labels.where(rows["encoder"].isin(named), ""),
            textposition="top center",
            cliponaxis=False,
            hovertext=labels,
            name=kind,
            marker={"symbol": symbol, "color": colour, "size": size},
        )
    return figure.update_layout(
        title=f"Test {metric_name(metric)} against prediction time",
        xaxis={"title": "milliseconds per row, one at a time", "type": "log"},
        yaxis={"title": f"test {metric_name(metric)}", "automargin": True},
        legend={"orientation": "h", "y": -0.25},
        template="plotly_white",
        height=480,
    )


def _interval(rows: pd.DataFrame, metric: str) -> dict[str, object]:
    return {
        "type": "data",
        "symmetric": False,
        "array": rows[f"{metric}_high"] - rows[metric],
        "arrayminus": rows[metric] - rows[f"{metric}_low"],
        "thickness": 1,
    }


def _apart(places: pd.DataFrame, names: list[str]) -> set[str]:
    """Those of ``names`` whose labels do not cover each other: the first of any that lie together."""
    x = np.log(places.iloc[:, 0])
    width, height = np.ptp(x) or 1.0, np.ptp(places.iloc[:, 1]) or 1.0
    kept: list[str] = []
    for name in (name for name in names if name in places.index):
        near = [
            abs(x[name] - x[other]) < 0.35 * width
            and abs(places.loc[name].iloc[1] - places.loc[other].iloc[1]) < 0.06 * height
            for other in kept
        ]
        if not any(near):
            kept.append(name)
    return set(kept)
