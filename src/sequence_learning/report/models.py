"""Sections about the models: their training, latency, what they look at, how sure they are, what is proven of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation.labels import shown
from sequence_learning.report.blocks import Block, Chart, Column, Paragraph, Points, Section, Table


def training_section(
    learning_curves: go.Figure,
    score_by_seconds: go.Figure,
    training_costs: pd.DataFrame,
    training_load: Mapping[str, Any],
) -> Section:
    """How models learned, and what that took."""
    columns = {
        "encoder": Column("encoder"),
        "fit_seconds": Column("fit, s", "{:.1f}"),
        "samples_per_second": Column("rows per s", "{:,.0f}"),
        "epochs": Column("epochs", "{:.1f}"),
        "kept_epoch": Column("kept epoch", "{:.1f}"),
        "seconds_to_kept": Column("s to the kept", "{:.1f}"),
    }
    return Section(
        "Training",
        [
            Chart(learning_curves, "Loss by epoch, mean over seeds: validation full, training dotted."),
            Chart(score_by_seconds, "Validation score against seconds of training, mean over seeds."),
            Table.of(
                training_costs,
                columns,
                "Means over seeds; seconds by the clock, whatever else ran; epochs count from 0.",
            ),
            Paragraph(_load(training_load)),
        ],
    )


def _load(load: Mapping[str, Any]) -> str:
    if not load["fits"]:
        return "All fits were kept from earlier runs."
    fits, workers = f"{load['fits']:,.0f} fits", f"{load['workers']:.0f} side by side"
    busy = f"processors were {load['busy']:.0%} busy with them"
    return f"{fits} took {load['seconds']:,.0f} s, {workers}; {busy}. Others, if any, were kept from earlier runs."


def latency_section(
    latency: pd.DataFrame, scaling_plot: go.Figure, exponents: pd.DataFrame, machine: Mapping[str, Any]
) -> Section:
    """Prediction time: as it is, against length, and on what machine."""
    return Section(
        "Latency",
        [
            Chart(
                scaling_plot,
                "Median time of a call against the length of its sequences, on one thread: PyTorch full, ONNX Runtime "
                "dotted. Calls that would take too long were not made.",
            ),
            Table.of(
                exponents,
                {
                    "encoder": Column("encoder"),
                    "runtime": Column("runtime"),
                    "batch_size": Column("rows", "{:,}"),
                    "exponent": Column("exponent", "{:.2f}"),
                    "theory": Column("in theory", "{:.0f}"),
                    "lengths": Column("fitted on lengths"),
                },
                "Time grows as length to the power of the exponent, over the longest lengths measured. Theory counts "
                "operations: at short lengths fixed costs keep the exponent below it.",
                folded=True,
            ),
            Table.of(
                latency,
                {
                    "encoder": Column("model"),
                    "runtime": Column("runtime"),
                    "scope": Column("from"),
                    "batch_size": Column("rows", "{:,}"),
                    "p50_ms": Column("p50, ms", "{:.2f}"),
                    "p95_ms": Column("p95, ms", "{:.2f}"),
                    "p99_ms": Column("p99, ms", "{:.2f}"),
                    "calls": Column("calls", "{:,}"),
                },
                "Prediction time of the data's own test rows. With features: from the raw tables. Percentiles of too "
                "few calls are left out",
                folded=True,
            ),
            Paragraph("Measured on: " + "; ".join(f"{shown(name)} {value}" for name, value in machine.items()) + "."),
        ],
    )


def interpretation_section(
    sentences: Mapping[str, str],
    position_weights_plot: go.Figure,
    gradients_plot: go.Figure,
    permutation_plot: go.Figure,
    half_lives: pd.DataFrame,
    stability: pd.DataFrame,
) -> Section:
    """What models look at."""
    return Section(
        "What models look at",
        [
            Points([(shown(encoder), text) for encoder, text in sentences.items()]),
            Chart(
                position_weights_plot,
                "Weight of each position, 0 being the newest event, as the encoder itself has it.",
            ),
            Chart(gradients_plot, "Integrated gradients: how much each channel at each position moves the output."),
            Chart(permutation_plot, "What the score loses when one channel or feature is permuted among test rows."),
            Table.of(
                half_lives,
                {
                    "encoder": Column("encoder"),
                    "seed": Column("seed"),
                    "channel": Column("channel"),
                    "half_life": Column("half-life", "{:.1f}"),
                    "unit": Column("in"),
                },
                "Half-lives of encoders that weigh by decay",
                folded=True,
            ),
            Table.of(
                stability,
                {
                    "encoder": Column("model"),
                    "what": Column("what"),
                    "agreement": Column("agreement", "{:.2f}"),
                    "stable": Column("stable"),
                },
                "Agreement of the seeds: mean rank correlation",
                folded=True,
            ),
        ],
    )


def calibration_section(
    coverage: pd.DataFrame, coverage_plot: go.Figure, calibration: pd.DataFrame, reliability_plot: go.Figure
) -> Section:
    """Whether models know what they do not know."""
    blocks: list[Block] = [
        Chart(
            coverage_plot,
            "Share of test rows whose prediction interval, or set of classes, holds the truth, against the share asked "
            "for. Fitted on the validation rows (split conformal prediction), whose chance is left out.",
        ),
        Table.of(
            coverage,
            {
                "encoder": Column("model"),
                "nominal": Column("asked for", "{:.0%}"),
                "coverage": Column("measured", "{:.1%}"),
                "coverage_low": Column("low", "{:.1%}"),
                "coverage_high": Column("high", "{:.1%}"),
                "width": Column("width", "{:.3g}"),
                "relative_width": Column("in sd of the target", "{:.2f}"),
                "set_size": Column("classes in the set", "{:.2f}"),
            },
            "Coverage, with its 95% interval, and what it costs in width",
            folded=True,
        ),
    ]
    if reliability_plot.data:
        blocks.append(Chart(reliability_plot, "Share of test rows of class 1 by their predicted probability."))
    if not calibration.empty:
        blocks.append(
            Table.of(
                calibration,
                {
                    "encoder": Column("model"),
                    "temperature": Column("temperature", "{:.2f}"),
                    "log_loss": Column("log loss", "{:.3f}"),
                    "log_loss_scaled": Column("scaled", "{:.3f}"),
                    "calibration_error": Column("calibration error", "{:.3f}"),
                    "calibration_error_scaled": Column("scaled", "{:.3f}"),
                },
                "Probabilities before and after temperature scaling, fitted on the validation rows.",
            )
        )
    return Section("Prediction intervals and calibration", blocks)


def certificates_section(certificates: pd.DataFrame) -> Section:
    """Which promises the encoders keep."""
    holds = int(certificates["holds"].sum())
    broken = certificates[~certificates["holds"]]
    columns = {
        "encoder": Column("encoder"),
        "certificate": Column("certificate"),
        "measured": Column("measured", "{:.2g}"),
        "relation": Column("must be"),
        "limit": Column("limit", "{:g}"),
        "holds": Column("holds"),
    }
    meanings = certificates.drop_duplicates("certificate")
    return Section(
        "Certificates",
        [
            Paragraph(
                f"{holds} of {len(certificates)} measured promises hold for the encoders as configured. "
                "More variants: uv run kedro run --pipeline certify."
            ),
            *([Table.of(broken, columns, "Broken")] if len(broken) else []),
            Table.of(certificates, columns, "All certificates", folded=True),
            Table.of(
                meanings,
                {"certificate": Column("certificate"), "meaning": Column("what it means")},
                "What they mean",
                folded=True,
            ),
        ],
    )
