"""The picture of average ranks over data sets."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sequence_learning.evaluation.critical_difference import CriticalDifferences
from sequence_learning.evaluation.labels import shown


def plot_critical_differences(found: CriticalDifferences | None) -> go.Figure:
    """A dot per model, best on top; beside them, bars join models that are not shown to differ.

    Args:
        found: None where too little was measured to compare; the figure says so.
    """
    if found is None:
        return _nothing("Ranks need at least 3 data sets<br>and 3 models measured on all of them.")
    names = [shown(name) for name in found.ranks.index]
    figure = make_subplots(cols=2, shared_yaxes=True, column_widths=[0.75, 0.25], horizontal_spacing=0.02)
    figure.add_scatter(
        x=found.ranks,
        y=names,
        mode="markers+text",
        text=found.ranks.map("{:.1f}".format),
        textposition="top center",
        marker={"size": 9, "color": "#1f4e79"},
        hovertemplate="%{y}: %{x:.2f}<extra></extra>",
        showlegend=False,
        row=1,
        col=1,
    )
    for i, group in enumerate(found.groups):
        joined = [shown(name) for name in group]
        figure.add_scatter(
            x=[i] * len(joined),
            y=joined,
            mode="lines",
            line={"width": 7, "color": "#999999"},
            hovertemplate="%{y}<extra></extra>",
            showlegend=False,
            row=1,
            col=2,
        )
    n_models = len(names)
    figure.update_xaxes(title="average rank", range=[0.6, n_models + 0.4], col=1)
    figure.update_xaxes(range=[-0.7, max(1, len(found.groups)) - 0.3], visible=False, col=2)
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure.update_layout(
        title=f"Average ranks over {found.n_sets} data sets"
        f"<br><sup>bars join models not shown to differ; critical difference {found.critical:.2f}</sup>",
        margin={"r": 10},
        template="plotly_white",
        height=170 + 34 * n_models,
    )


def _nothing(why: str) -> go.Figure:
    figure = go.Figure().add_annotation(text=why, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
    return figure.update_layout(template="plotly_white", height=200, xaxis={"visible": False}, yaxis={"visible": False})
