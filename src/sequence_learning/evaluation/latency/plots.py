"""Figures of what models cost to use."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sequence_learning.evaluation.palette import PALETTE

_DASHES = {"eager": "solid", "onnx": "dot"}


def plot_scaling(scaling: pd.DataFrame) -> go.Figure:
    """Median time against length, both logarithmic: eager full, ONNX Runtime dotted, a colour per encoder.

    Args:
        scaling: as :func:`~sequence_learning.evaluation.latency.scaling.measure_scaling` gives it. The smallest and the
            largest batch size are shown, one below the other.
    """
    measured = scaling[scaling["calls"] > 0]
    sizes = sorted(measured["batch_size"].unique().tolist())
    sizes = sorted({*sizes[:1], *sizes[-1:]})
    encoders = list(measured["encoder"].unique())
    figure = make_subplots(
        rows=max(1, len(sizes)),
        shared_xaxes=True,
        vertical_spacing=0.08,
        subplot_titles=[f"{size} row{'s' * (size > 1)} per call" for size in sizes],
    )
    shown: set[str] = set()
    for (size, encoder, runtime), cells in measured.groupby(["batch_size", "encoder", "runtime"], sort=False):
        if size not in sizes:
            continue
        name = str(encoder).replace("_", " ")
        figure.add_scatter(
            x=cells["length"],
            y=cells["p50_ms"],
            name=name,
            legendgroup=name,
            showlegend=name not in shown,
            mode="lines+markers",
            marker={"size": 5},
            line={"dash": _DASHES[str(runtime)], "color": PALETTE[encoders.index(encoder) % len(PALETTE)]},
            hovertemplate=f"{name}, {runtime}: %{{x}} steps, %{{y:.3g}} ms<extra></extra>",
            row=sizes.index(size) + 1,
            col=1,
        )
        shown.add(name)
    lengths = sorted(measured["length"].unique())
    figure.update_xaxes(type="log", tickvals=lengths, ticktext=[f"{length:,}" for length in lengths])
    figure.update_xaxes(title="steps per sequence", row=max(1, len(sizes)))
    figure.update_yaxes(type="log", title="median ms", automargin=True, exponentformat="none", dtick="D2")
    return figure.update_layout(
        title="Full: eager, dotted: ONNX Runtime",
        template="plotly_white",
        height=160 + 320 * len(sizes),
        margin={"l": 10, "r": 10},
        legend={"orientation": "h", "yanchor": "top", "y": -0.1 if len(sizes) > 1 else -0.2},
    )
