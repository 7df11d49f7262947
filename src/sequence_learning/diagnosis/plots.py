"""Figures of the diagnosis."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from sequence_learning.diagnosis.explanation_table import list_explanations
from sequence_learning.diagnosis.markdown import words
from sequence_learning.diagnosis.matrix import BLIND
from sequence_learning.evaluation.palette import PALETTE

_BOUND = f"any model {BLIND}"
_MARKS = {"simplest": "★ ", "insufficient": "✗ ", "": ""}
_DARK = 50  # from here on the colour asks for white text


def plot_matrix(matrix: pd.DataFrame, verdicts: pd.DataFrame) -> go.Figure:
    """Percent of the attainable as a heat-map: a row per model, a column per task, ± half the 95% interval.

    A star marks the model that theory names, a cross those that it says cannot do the task; the last row holds what is
    possible at most without knowing the order and the times of events. Where nothing can be attained, cells show the
    score itself.

    Args:
        matrix: as :func:`~sequence_learning.diagnosis.matrix.summarise` gives it.
        verdicts: as :func:`~sequence_learning.diagnosis.matrix.judge` gives them.
    """
    bounds = verdicts[["task", "blind_to_order"]].rename(columns={"blind_to_order": "attained"})
    cells = pd.concat([matrix, bounds.assign(model=_BOUND, role="")], ignore_index=True)
    models, tasks = cells["model"].drop_duplicates(), cells["task"].drop_duplicates()
    shown = cells.pivot_table(index="model", columns="task", values="attained", dropna=False).loc[models, tasks]
    figure = go.Figure(
        go.Heatmap(
            z=shown.clip(lower=0),
            x=tasks.map(words),
            y=models.map(words),
            zmin=0,
            zmax=100,
            colorscale="YlGn",
            colorbar={"title": "% of attainable", "len": 0.6},
            hoverinfo="skip",
            xgap=2,
            ygap=2,
        )
    )
    for _, cell in cells.iterrows():
        figure.add_annotation(
            x=words(cell["task"]), y=words(cell["model"]), showarrow=False, text=_text(cell), font=_font(cell)
        )
    return figure.update_layout(
        title={
            "text": "Percent of the attainable, mean ± 95% interval over seeds"
            "<br><sup>★ named by theory as the simplest that suffices   ✗ unable, says theory</sup>",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 16},
        },
        margin={"t": 170, "b": 30},
        xaxis={"side": "top", "tickangle": -35, "automargin": True, "showgrid": False},
        yaxis={"autorange": "reversed", "automargin": True, "showgrid": False},
        plot_bgcolor="#f2f2f2",
        width=320 + 100 * len(tasks),
        height=220 + 36 * len(models),
    )


def _text(cell: "pd.Series[Any]") -> str:
    if pd.isna(cell["attained"]):
        return "" if cell["model"] == _BOUND else f"{cell['metric']} {cell['score']:.3f}"
    width = cell["attained_interval"]
    interval = "" if pd.isna(width) else f" <span style='font-size:9px'>± {width:.1f}</span>"
    return f"{_MARKS[cell['role']]}<b>{cell['attained']:.1f}</b>{interval}"


def _font(cell: "pd.Series[Any]") -> dict[str, object]:
    dark = not pd.isna(cell["attained"]) and cell["attained"] > _DARK
    return {"size": 12, "color": "white" if dark else "#333333"}


def plot_explanations(results: pd.DataFrame) -> go.Figure:
    """Learned numbers (dots, a colour per seed) over the true ones (the line): weights by size, half-lives by channel.

    Args:
        results: as :func:`~sequence_learning.diagnosis.measure.measure` gives it.
    """
    table = list_explanations(results)
    groups = list(table.groupby(["task", "model"], sort=False))
    figure = make_subplots(rows=1, cols=max(1, len(groups)), subplot_titles=[_panel_title(rows) for _, rows in groups])
    for column, (_, rows) in enumerate(groups, start=1):
        for i, row in enumerate(rows.to_dict("records")):
            figure.add_scatter(
                x=row["true"],
                y=row["learned"],
                mode="markers",
                marker={"size": 6, "color": PALETTE[i % len(PALETTE)], "opacity": 0.7},
                name=f"seed {row['seed']}",
                legendgroup=f"seed {row['seed']}",
                showlegend=column == 1,
                row=1,
                col=column,
            )
        most = max(max(true) for true in rows["true"])
        figure.add_scatter(
            x=[0, most], y=[0, most], mode="lines", line={"color": "#999999", "dash": "dot"}, name="truth",
            showlegend=column == 1, row=1, col=column,
        )  # fmt: skip
        figure.update_xaxes(title="true", row=1, col=column)
        figure.update_yaxes(title="learned" if column == 1 else "", row=1, col=column)
    return figure.update_layout(
        title={
            "text": "What was learned beside what is true",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 16},
        },
        margin={"t": 130},
        template="plotly_white",
        width=160 + 380 * max(1, len(groups)),
        height=480,
    )


def _panel_title(rows: pd.DataFrame) -> str:
    first = rows.iloc[0]
    kind = "off by a factor of" if first["explains"] == "half-lives" else "correlation"
    lines = [f"{first['task']}: {first['explains']}", first["model"], f"{kind} {rows['agreement'].mean():.3f}"]
    return f"<span style='font-size:12px'>{'<br>'.join(map(words, lines))}</span>"


def plot_curves(curves: pd.DataFrame) -> go.Figure:
    """Percent of the attainable against training rows, a panel per task, bars for the 95% interval over seeds.

    Args:
        curves: as :func:`~sequence_learning.diagnosis.curves.summarise_curves` gives it.
    """
    tasks = list(curves["task"].unique())
    figure = make_subplots(rows=1, cols=len(tasks), shared_yaxes=True, subplot_titles=[words(task) for task in tasks])
    for i, (model, rows) in enumerate(curves.groupby("model", sort=False)):
        for column, task in enumerate(tasks, start=1):
            own = rows[rows["task"] == task]
            figure.add_scatter(
                x=own["train_rows"],
                y=own["attained"],
                error_y={"type": "data", "array": own["attained_interval"].fillna(0), "thickness": 1},
                mode="lines+markers",
                name=words(model),
                legendgroup=str(model),
                showlegend=column == 1,
                line={"color": PALETTE[i % len(PALETTE)], "width": 2},
                row=1,
                col=column,
            )
    sizes = sorted(curves["train_rows"].unique())
    figure.update_xaxes(type="log", title="training rows", tickvals=sizes, ticktext=[f"{size:,}" for size in sizes])
    figure.update_yaxes(range=[-5, 105])
    figure.update_yaxes(title="% of attainable", col=1)
    return figure.update_layout(
        title="Percent of the attainable by number of training rows", template="plotly_white", height=480
    )
