"""The certificates as a picture. Needs no PyTorch."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

_STATES = ("not applicable", "broken", "holds")
_COLOURS = ("#eeeeee", "#d62728", "#a6dba0")
_MARKS = {0: "", 1: "✗", 2: "✓"}


def plot_certificates(certificates: pd.DataFrame) -> go.Figure:
    """Variants by certificates: green holds, red is broken, grey does not apply; the numbers are in the hover."""
    table = certificates.assign(
        row=[_title(row["encoder"], row["variant"]) for _, row in certificates.iterrows()],
        state=certificates["holds"].map({False: 1, True: 2}),
        said=[_said(row) for _, row in certificates.iterrows()],
    )
    rows, columns = table["row"].drop_duplicates(), table["certificate"].drop_duplicates()
    state, said = (
        table.pivot_table(index="row", columns="certificate", values=name, aggfunc="first").loc[rows, columns]
        for name in ("state", "said")
    )
    state = state.fillna(0).astype(int)
    figure = go.Figure(
        go.Heatmap(
            z=state,
            x=columns,
            y=rows,
            text=state.map(_MARKS.__getitem__),
            texttemplate="%{text}",
            customdata=said.fillna(_STATES[0]),
            hovertemplate="<b>%{y}</b><br>%{x}: %{customdata}<extra></extra>",
            zmin=-0.5,
            zmax=2.5,
            colorscale=[[edge / 3, colour] for i, colour in enumerate(_COLOURS) for edge in (i, i + 1)],
            colorbar={"tickvals": [0, 1, 2], "ticktext": _STATES, "lenmode": "pixels", "len": 160},
            xgap=1,
            ygap=1,
        )
    )
    return figure.update_layout(
        title={
            "text": f"Certificates: {int(certificates['holds'].sum())} of {len(certificates)} hold",
            "yref": "container",
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 16},
        },
        margin={"t": 170},  # room for slanted names under the title
        xaxis={"side": "top", "tickangle": -40, "automargin": True},
        yaxis={"autorange": "reversed", "automargin": True},
        template="plotly_white",
        height=220 + 20 * len(rows),
    )


def _said(row: "pd.Series[Any]") -> str:
    verdict = _STATES[2] if row["holds"] else _STATES[1]
    return (
        f"{verdict}<br>measured {row['measured']:.3g}, must be {row['relation']} {row['limit']:g}<br>{row['meaning']}"
    )


def _title(encoder: str, variant: str) -> str:
    """The plain form of a family bears its name alone."""
    return (encoder if encoder == variant else f"{encoder} · {variant}").replace("_", " ")
