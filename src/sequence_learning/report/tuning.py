"""The section about the search for options, where the models were trained with what it found."""

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation.labels import metric_name
from sequence_learning.report.blocks import Chart, Column, Paragraph, Section, Table


def sections(plot: go.Figure | None, summary: pd.DataFrame | None) -> list[Section]:
    """One section, or none if nothing was searched."""
    return [] if plot is None or summary is None else [_section(plot, summary)]


def _section(plot: go.Figure, summary: pd.DataFrame) -> Section:
    metric = metric_name(summary["metric"].iloc[0])
    columns = {
        "model": Column("model"),
        "searches": Column("searches"),
        "trials": Column("trials"),
        "trials_allowed": Column("of"),
        "pruned": Column("pruned"),
        "cut_off": Column("cut off"),
        "cpu_seconds": Column("CPU-seconds", "{:,.0f}"),
        "cpu_seconds_allowed": Column("of", "{:,.0f}"),
        "default": Column("as configured", "{:.3f}"),
        "best": Column("tuned", "{:.3f}"),
        "gain": Column("gain", "{:+.3f}"),
        "gain_low": Column("low", "{:+.3f}"),
        "gain_high": Column("high", "{:+.3f}"),
    }
    return Section(
        "Search with equal budgets",
        [
            Paragraph(
                "The models of this page were trained with options that a search had found for them. Every model had "
                "the same budget: so many trials or so many CPU-seconds, whichever ended first, and the configured "
                f"options were the first trial. Validation rows decided, so that the validation {metric} of what was "
                "chosen is flattered; scores on this page are those of test rows, which no search has read."
            ),
            Chart(plot, f"Best validation {metric} so far, mean over searches with its 95% interval."),
            Table.of(
                summary,
                columns,
                f"What was used and allowed in all searches; validation {metric} as means over searches, with the 95% "
                "interval of the gain.",
            ),
        ],
    )
