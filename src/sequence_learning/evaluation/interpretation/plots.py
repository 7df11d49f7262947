"""Figures of what models look at; a warning sign marks those whose seeds disagree."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sequence_learning.evaluation.interpretation import stability as compared
from sequence_learning.evaluation.labels import shown, wrapped
from sequence_learning.evaluation.palette import PALETTE

_MARK = "⚠ "
_MARK_MEANS = f"{_MARK}seeds disagree"
_BACK = "events back from the newest"


def plot_position_weights(position_weights: pd.DataFrame, stability: pd.DataFrame) -> go.Figure:
    """Weight of each position beside that in a plain mean: the mean over seeds, over thin lines of the single seeds.

    Args:
        position_weights: as in :class:`~.interpret.Interpretation`.
        stability: likewise.
    """
    marks = _marks(stability, compared.POSITION_WEIGHTS)
    figure = go.Figure()
    for i, (encoder, own) in enumerate(position_weights.groupby("encoder", sort=False)):
        colour = PALETTE[i % len(PALETTE)]
        by_seed = own.pivot_table(index="position", columns="seed", values="relative_weight")
        for seed in by_seed.columns if len(by_seed.columns) > 1 else []:
            figure.add_scatter(
                x=by_seed.index,
                y=by_seed[seed],
                mode="lines",
                line={"color": colour, "width": 1},
                opacity=0.35,
                legendgroup=str(encoder),
                showlegend=False,
                hoverinfo="skip",
            )
        figure.add_scatter(
            x=by_seed.index,
            y=by_seed.mean(axis=1),
            mode="lines",
            name=marks.get(str(encoder), "") + shown(encoder),
            line={"color": colour, "width": 2.5},
            legendgroup=str(encoder),
        )
    return figure.update_layout(
        xaxis_title=_titled(_BACK, marks),
        yaxis={"title": "weight, 1: plain mean", "automargin": True},
        legend={"orientation": "h", "yanchor": "top", "y": -0.25, "x": 0},
        margin={"t": 20, "l": 10, "r": 10},
        template="plotly_white",
        height=420 + 12 * position_weights["encoder"].nunique(),
    )


def plot_gradients(gradients: pd.DataFrame, stability: pd.DataFrame) -> go.Figure:
    """Integrated gradients of channels by position, mean over seeds, a panel per encoder in shares of its largest.

    Args:
        gradients: as in :class:`~.interpret.Interpretation`.
        stability: likewise.
    """
    marks = _marks(stability, compared.CHANNELS, compared.POSITIONS)
    of_channels = gradients[gradients["kind"] == "channel"]
    panels = list(of_channels.groupby("encoder", sort=False))
    channels = list(of_channels["feature"].unique())
    panel, gap = 24 * max(1, len(channels)), 44
    plotted = (panel + gap) * max(1, len(panels)) - gap
    figure = make_subplots(
        rows=max(1, len(panels)),
        cols=1,
        vertical_spacing=gap / plotted if len(panels) > 1 else None,
        subplot_titles=[marks.get(str(encoder), "") + shown(encoder) for encoder, _ in panels],
    )
    for row, (_, own) in enumerate(panels, start=1):
        mean = own.pivot_table(index="feature", columns="position", values="importance").reindex(channels)
        figure.add_heatmap(
            x=mean.columns.astype(int),
            y=mean.index,
            z=(mean / (mean.to_numpy().max() or 1)).to_numpy(),
            coloraxis="coloraxis",
            hovertemplate="%{y}, %{x} back: %{z:.2f}<extra></extra>",
            row=row,
            col=1,
        )
    figure.update_yaxes(autorange="reversed", automargin=True, tickfont={"size": 10})
    figure.update_xaxes(title=_titled(_BACK, marks), row=max(1, len(panels)), col=1)
    return figure.update_layout(
        coloraxis=_colours("share of the largest", 140 / plotted, most=1.0),
        margin={"t": 40, "b": 150, "l": 10, "r": 10},
        template="plotly_white",
        height=plotted + 190,
    )


def plot_permutation(permutation: pd.DataFrame, stability: pd.DataFrame) -> go.Figure:
    """Drop of the score without each feature, mean over seeds: models by features, tabular ones above channels.

    Args:
        permutation: as in :class:`~.interpret.Interpretation`.
        stability: likewise.
    """
    marks = _marks(stability, compared.PERMUTATION)
    kinds = {"tabular": "tabular features", "channel": "channels"}
    parts = [(title, permutation[permutation["kind"] == kind]) for kind, title in kinds.items()]
    parts = [(title, part) for title, part in parts if len(part)]
    encoders = list(permutation["encoder"].unique())
    panel, gap = 34 * max(1, len(encoders)), 120
    plotted = panel * max(1, len(parts)) + gap * max(0, len(parts) - 1)
    figure = make_subplots(
        rows=max(1, len(parts)),
        cols=1,
        vertical_spacing=gap / plotted if len(parts) > 1 else None,
        subplot_titles=[title for title, _ in parts],
    )
    for row, (_, part) in enumerate(parts, start=1):
        features = list(part["feature"].unique())
        mean = part.pivot_table(index="encoder", columns="feature", values="importance").reindex(encoders)[features]
        figure.add_heatmap(
            x=features,
            y=[marks.get(encoder, "") + wrapped(encoder) for encoder in encoders],
            z=mean.to_numpy(),
            texttemplate="%{z:.2f}",
            textfont={"size": 9},
            coloraxis="coloraxis",
            hovertemplate="%{y}, %{x}: %{z:.3f}<extra></extra>",
            xgap=1,
            ygap=1,
            row=row,
            col=1,
        )
    figure.update_yaxes(autorange="reversed", automargin=True, tickfont={"size": 10})
    figure.update_xaxes(automargin=True, tickfont={"size": 10}, tickangle=-60)
    if marks:
        figure.update_xaxes(title=_MARK_MEANS, row=max(1, len(parts)), col=1)
    return figure.update_layout(
        coloraxis=_colours("drop of the score", 170 / plotted, most=None),
        margin={"t": 40, "b": 180, "l": 10, "r": 10},
        template="plotly_white",
        height=plotted + 220,
    )


def _marks(stability: pd.DataFrame, *what: str) -> dict[str, str]:
    """What stands before the names of models whose seeds disagree on any of ``what``."""
    disagree = stability[stability["what"].isin(what) & ~stability["stable"].fillna(value=True).astype(bool)]
    return dict.fromkeys(disagree["encoder"], _MARK)


def _titled(title: str, marks: dict[str, str]) -> str:
    return f"{title}<br>{_MARK_MEANS}" if marks else title


def _colours(title: str, below: float, most: float | None) -> dict[str, object]:
    """A colour bar that far below the panels, as a share of their height."""
    place = {"orientation": "h", "yanchor": "bottom", "y": -below, "thickness": 10, "len": 0.9}
    return {
        "colorscale": "YlGnBu",
        "cmin": 0,
        "cmax": most,
        "colorbar": {"title": {"text": title, "side": "top"}} | place,
    }
