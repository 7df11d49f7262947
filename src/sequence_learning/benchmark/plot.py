"""The ratios as a picture."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sequence_learning.benchmark.words import CASES
from sequence_learning.diagnosis.markdown import words

_SHOWN = ("fixed_length", "variable_length", "bf16")
_COLOURS = {
    "met": "#2ca02c",
    "missed": "#d62728",
    "beyond": "#7f7f7f",
    "faster": "#2ca02c",
    "slower": "#d62728",
    "level": "#7f7f7f",
}


def plot_benchmark(benchmark: pd.DataFrame) -> go.Figure:
    """Ratios of rows per second by encoder, from the least to the most of the rounds; a bar marks the goal.

    Args:
        benchmark: as :func:`~sequence_learning.benchmark.summary.summarise` gives it.
    """
    cases = [case for case in _SHOWN if case in set(benchmark["case"])]
    figure = make_subplots(1, len(cases), shared_yaxes=True, subplot_titles=[CASES[case] for case in cases])
    for column, case in enumerate(cases, start=1):
        own = benchmark[benchmark["case"] == case]
        names = own["encoder"].map(words)
        figure.add_scatter(
            x=own["ratio"],
            y=names,
            mode="markers",
            marker={"size": 10, "color": own["verdict"].map(_COLOURS)},
            error_x={
                "symmetric": False,
                "array": own["highest"] - own["ratio"],
                "arrayminus": own["ratio"] - own["lowest"],
            },
            customdata=own["verdict"],
            hovertemplate="<b>%{y}</b><br>%{x:.2f}: %{customdata}<extra></extra>",
            row=1,
            col=column,
        )
        figure.add_scatter(
            x=own["goal"].fillna(1.0),  # where there is none, as fast as what it is compared with
            y=names,
            mode="markers",
            marker={"symbol": "line-ns-open", "size": 18, "color": "#333333"},
            hovertemplate="goal %{x:g}<extra></extra>",
            row=1,
            col=column,
        )
    figure.update_xaxes(type="log", dtick="D2", title_text="ratio")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure.update_layout(
        title="Training rows per second over a plain loop's (bf16: over 32 bits)<br><sup>"
        "bars mark goals; green meets its goal or is faster, red does not or is slower; grey is level, or "
        "does not, nor does the plain loop without sequences</sup>",
        template="plotly_white",
        showlegend=False,
        margin={"t": 110},
        height=260 + 26 * benchmark["encoder"].nunique(),
    )
