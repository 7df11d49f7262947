"""What the report tells, part by part, from the tables that a run left behind."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation.labels import METRIC_NAMES, shown
from sequence_learning.evaluation.leaderboard import latency_batches
from sequence_learning.evaluation.rungs import RUNGS
from sequence_learning.report.blocks import Block, Chart, Column, Listing, Paragraph, Points, Section, Table

Decision = Mapping[str, Any]

_QUESTIONS = {
    "order_free": "Does it matter what the events were?",
    "order_aware": "Does their order matter?",
    "time_aware": "Do their times matter?",
}


def decision_section(decision: Decision, ladder: pd.DataFrame) -> Section:
    """What to use, why, what the data say of themselves, and what would change it."""
    # A gain over a rung further down would answer several questions at once.
    before, there = dict(zip(RUNGS[1:], RUNGS, strict=False)), set(ladder["rung"])
    told = {rung: text for rung, text in ladder[["rung", "meaning"]].to_numpy() if before.get(rung) in there}
    questions = [(question, told[rung]) for rung, question in _QUESTIONS.items() if rung in told]
    changes = [("What would change this" if i == 0 else "", text) for i, text in enumerate(decision["would_change"])]
    beside = (
        [("Beside models that are no encoder", decision["beside_baselines"])] if decision["beside_baselines"] else []
    )
    return Section(decision["headline"], [Paragraph(decision["reason"]), Points([*questions, *beside, *changes])])


def pareto_section(plot: go.Figure, candidates: pd.DataFrame, decision: Decision) -> Section:
    """Score against cost."""
    metric = _metric(decision)
    columns = {
        "encoder": Column("encoder"),
        "score": Column(metric, "{:.3f}"),
        "low": Column("low", "{:.3f}"),
        "high": Column("high", "{:.3f}"),
        "behind": Column("behind the best", "{:.3f}"),
        "latency": Column("ms, 1 row", "{:.2f}"),
        "disk": Column("kB", "{:,.0f}"),
        "memory": Column("MB", "{:.1f}"),
        "training": Column("fit, s", "{:.0f}"),
        "within_budget": Column("within budget"),
        "good_enough": Column("good enough"),
        "margin_needed": Column("margin needed", "{:.3f}"),
    }
    return Section(
        "Score against cost",
        [
            Chart(
                plot,
                f"Test {metric} with its {decision['confidence']:.0%} interval against the median prediction time. "
                f"The line joins the models that no quicker one exceeds; the band reaches {decision['margin']:g} below "
                "the best encoder.",
            ),
            Table.of(
                candidates,
                columns,
                "Candidates, cheapest first. Good enough: shown to be within the margin of all others. Margin needed: "
                "the least with which it would be.",
                marked=decision["chosen"],
            ),
        ],
    )


def leaderboard_section(leaderboard: pd.DataFrame, differences: pd.DataFrame, decision: Decision) -> Section:
    """All models and all metrics; differences from the best."""
    metric = str(leaderboard.columns[1])
    costs = {
        "parameters": Column("parameters", "{:,.0f}"),
        "disk_kb": Column("kB", "{:,.0f}"),
        "peak_memory_mb": Column("MB", "{:.1f}"),
        "flops": Column("FLOPs a row", "{:,.0f}"),
        "fit_seconds": Column("fit, s", "{:.0f}"),
    }
    latencies = {name: Column(f"ms, {n:,} rows", "{:.2f}") for n, name in latency_batches(leaderboard).items()}
    score = {
        "encoder": Column("model"),
        metric: Column(METRIC_NAMES.get(metric, metric), "{:.3f}"),
        f"{metric}_low": Column("low", "{:.3f}"),
        f"{metric}_high": Column("high", "{:.3f}"),
        f"{metric}_std": Column("± seeds", "{:.3f}"),
    }
    others = {
        name: Column(METRIC_NAMES.get(name, name.replace("_", " ")), "{:.3f}")
        for name in map(str, leaderboard.columns[2:])
        if f"{name}_std" in leaderboard
    }
    best = str(leaderboard["encoder"].iloc[0])
    to_best = differences[differences["other"] == best].sort_values("difference", ascending=False)
    return Section(
        "Leaderboard",
        [
            Table.of(
                leaderboard,
                score | latencies | costs,
                "Test score with its interval over test rows and seeds, and its standard deviation over seeds; "
                "medians of prediction time in PyTorch on one thread, features prepared.",
                marked=decision["chosen"],
            ),
            Table.of(leaderboard, {"encoder": Column("model")} | others, "Other metrics", folded=True),
            Table.of(
                to_best,
                {
                    "encoder": Column("model"),
                    "difference": Column(f"from {shown(best)}", "{:+.3f}"),
                    "low": Column("low", "{:+.3f}"),
                    "high": Column("high", "{:+.3f}"),
                    "p_holm": Column("p, corrected", "{:.2g}"),
                },
                "Differences from the best model, paired over test rows and seeds; p after Holm's correction for all "
                "pairs of models",
                folded=True,
            ),
        ],
    )


def ladder_section(ladder: pd.DataFrame, ladder_plot: go.Figure, drops: pd.DataFrame, drops_plot: go.Figure) -> Section:
    """What each kind of knowledge adds, and what trained models lose without it."""
    blocks: list[Block] = [
        Chart(
            ladder_plot,
            "The best model of each rung (chosen on validation rows) on the test rows. Rungs may differ in the kind "
            "of model as well as in what it knows.",
        ),
        Points([(_rung(row["rung"]), row["meaning"]) for _, row in ladder.iterrows()]),
        Table.of(
            ladder,
            {
                "rung": Column("rung"),
                "encoder": Column("model"),
                "score": Column("score", "{:.3f}"),
                "gain": Column("gain", "{:+.3f}"),
                "gain_low": Column("low", "{:+.3f}"),
                "gain_high": Column("high", "{:+.3f}"),
                "p": Column("p, corrected", "{:.2g}"),
                "also": Column("also"),
            },
            "The rungs in numbers",
            folded=True,
        ),
    ]
    if not drops.empty:
        blocks.append(
            Chart(
                drops_plot,
                "What trained models lose when the events of test rows are shuffled (each keeping what it says, its "
                "age included), cut to a random half, or to the newest few. Sequences cut far shorter than those of "
                "training can mislead a model: such a drop says what it relies on, not what is to be had.",
            )
        )
        columns = {
            "encoder": Column("model"),
            "alteration": Column("change"),
            "score": Column("score", "{:.3f}"),
            "drop": Column("drop", "{:+.3f}"),
            "low": Column("low", "{:+.3f}"),
            "high": Column("high", "{:+.3f}"),
        }
        blocks.append(Table.of(drops.dropna(subset="drop"), columns, "The drops with their intervals", folded=True))
    return Section("What the sequence adds", blocks)


def training_section(learning_curves: go.Figure, score_by_seconds: go.Figure, training_costs: pd.DataFrame) -> Section:
    """How models learned, and what that took."""
    columns = {
        "encoder": Column("encoder"),
        "fit_seconds": Column("fit, s", "{:.1f}"),
        "samples_per_second": Column("rows per s", "{:,.0f}"),
        "epochs": Column("epochs", "{:.1f}"),
        "best_epoch": Column("best epoch", "{:.1f}"),
        "seconds_to_best": Column("s to the best", "{:.1f}"),
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
        ],
    )


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


def data_section(
    by_part: pd.DataFrame, by_column: pd.DataFrame, leakage: pd.DataFrame, problems: pd.DataFrame
) -> Section:
    """What the data are, what is odd about them, and whether something in them tells the target that should not."""
    to_look_at = int((leakage["verdict"] == "look").sum())
    found = f"{to_look_at} of {len(leakage)} checks want a look" if to_look_at else "no check found a leak"
    columns = {
        "where": Column("where"),
        "rule": Column("what should hold"),
        "found": Column("what was found"),
        "rows": Column("rows", "{:,}"),
        "ids": Column("such as"),
        "remedy": Column("what to do"),
    }
    where = (problems["table"] + " " + problems["column"]).str.rstrip()
    warnings = [Table.of(problems.assign(where=where), columns, "Warnings")] if len(problems) else []
    broken = "1 rule is broken" if len(problems) == 1 else f"{len(problems)} rules are broken"
    told = f"{broken}, but not so that it stops a run" if len(problems) else "the tables keep every rule"
    return Section(
        "Data and leakage checks",
        [
            Paragraph(
                f"Of what is checked before anything is trained, {told}. Tables in which ids repeat, events lie after "
                "the prediction, a feature equals the target or a class is in no training row are refused."
            ),
            *warnings,
            Paragraph(f"The rows by part and by column, and signs that the target leaks into the inputs: {found}."),
            Table.of(leakage, _all_columns(leakage), "Leakage checks"),
            Table.of(by_part, _all_columns(by_part), "Parts"),
            Table.of(by_column, _all_columns(by_column), "Columns", folded=True),
        ],
    )


def settings_section(parameters: Mapping[str, Any]) -> Section:
    """How to get the same again."""
    from omegaconf import OmegaConf

    return Section(
        "Settings",
        [
            Paragraph(
                "The same command with these parameters (in conf/ or by --params) gives the same scores again; times "
                "depend on the machine."
            ),
            Listing(OmegaConf.to_yaml(OmegaConf.create(_plain(parameters))), "All parameters"),
        ],
    )


def _metric(decision: Decision) -> str:
    return METRIC_NAMES.get(str(decision["metric"]), str(decision["metric"]))


def _all_columns(table: pd.DataFrame) -> dict[str, Column]:
    """Every column as it is, numbers with three digits."""
    forms = {name: "{:.3g}" if pd.api.types.is_float_dtype(table[name]) else "{}" for name in table}
    return {str(name): Column(str(name).replace("_", " "), form) for name, form in forms.items()}


def _rung(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _plain(values: Any) -> Any:  # noqa: ANN401
    """Pydantic models and tuples as what YAML can write."""
    if hasattr(values, "model_dump"):
        values = values.model_dump(mode="json")
    if isinstance(values, Mapping):
        return {str(key): _plain(value) for key, value in values.items()}
    return [_plain(value) for value in values] if isinstance(values, (list, tuple)) else values
