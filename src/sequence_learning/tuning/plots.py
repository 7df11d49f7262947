"""The figure of the search."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sequence_learning.evaluation.labels import metric_name, shown
from sequence_learning.evaluation.palette import PALETTE

_AXES = {"trials": "trials", "cpu_seconds": "CPU-seconds"}


def plot_best_after(curves: pd.DataFrame, metric: str) -> go.Figure:
    """Best validation score so far against trials (left) and CPU-seconds (right), with bands over searches."""
    figure = make_subplots(cols=2, shared_yaxes=True, horizontal_spacing=0.03)
    for i, (model, own) in enumerate(curves.groupby("model", sort=False)):
        colour = PALETTE[i % len(PALETTE)]
        for column, by in enumerate(_AXES, start=1):
            line = own[own["by"] == by]
            if line["low"].notna().any():
                figure.add_scatter(
                    x=[*line["used"], *line["used"][::-1]],
                    y=[*line["high"], *line["low"][::-1]],
                    fill="toself",
                    fillcolor=colour,
                    opacity=0.12,
                    line={"width": 0},
                    hoverinfo="skip",
                    legendgroup=str(model),
                    showlegend=False,
                    row=1,
                    col=column,
                )
            figure.add_scatter(
                x=line["used"],
                y=line["best"],
                mode="lines+markers" if by == "trials" else "lines",
                line={"color": colour, "width": 2, "shape": "hv"},
                name=shown(model),
                legendgroup=str(model),
                showlegend=column == 1,
                row=1,
                col=column,
            )
    for column, title in enumerate(_AXES.values(), start=1):
        figure.update_xaxes(title_text=title, row=1, col=column)
    figure.update_yaxes(title_text=f"best validation {metric_name(metric)}", row=1, col=1)
    return figure.update_layout(
        title="Best validation score so far, mean over searches with its 95% interval",
        legend={"orientation": "h", "y": -0.2},
        template="plotly_white",
        height=560,
    )
