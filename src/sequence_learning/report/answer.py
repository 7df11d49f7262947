"""Sections with the answer: the decision, the scores that it rests on, what the data hold."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation.labels import metric_name, shown
from sequence_learning.evaluation.leaderboard import latency_batches
from sequence_learning.evaluation.rungs import RUNGS
from sequence_learning.report.blocks import Block, Chart, Column, Paragraph, Points, Section, Table

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
    cautions = [("Before you trust this" if i == 0 else "", text) for i, text in enumerate(decision["cautions"])]
    points = Points([*cautions, *beside, *questions, *changes])
    return Section(decision["headline"], [Paragraph(decision["reason"]), points])


def pareto_section(plot: go.Figure, candidates: pd.DataFrame, decision: Decision) -> Section:
    """Score against cost."""
    metric = _metric(decision)
    columns = {
        "encoder": Column("encoder"),
        "score": Column(metric, "{:z.3f}"),
        "low": Column("low", "{:z.3f}"),
        "high": Column("high", "{:z.3f}"),
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


def leaderboard_section(
    leaderboard: pd.DataFrame, differences: pd.DataFrame, failed_fits: pd.DataFrame, decision: Decision
) -> Section:
    """All models and all metrics; models that could not be fitted; differences from the best."""
    metric = str(leaderboard.columns[1])
    costs = {
        "parameters": Column("parameters", "{:,.0f}"),
        "disk_kb": Column("kB", "{:,.0f}"),
        "peak_memory_mb": Column("MB", "{:.1f}"),
        "flops": Column("FLOPs a row", "{:,.0f}"),
        "fit_seconds": Column("fit, s", "{:.0f}"),
    }
    latencies = {
        name: Column(f"ms, {n:,} row{'s' * (n > 1)}", "{:.2f}") for n, name in latency_batches(leaderboard).items()
    }
    score = {
        "encoder": Column("model"),
        metric: Column(metric_name(metric), "{:z.3f}"),
        f"{metric}_low": Column("low", "{:z.3f}"),
        f"{metric}_high": Column("high", "{:z.3f}"),
        f"{metric}_std": Column("± seeds", "{:.3f}"),
    }
    others = {
        name: Column(metric_name(name), "{:.3f}")
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
            *_failures(failed_fits),
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


def _failures(failed_fits: pd.DataFrame) -> list[Block]:
    if failed_fits.empty:
        return []
    columns = {"model": Column("model"), "seed": Column("seed"), "reason": Column("why")}
    caption = "Fits that failed. Their models are left out of every comparison, which is one over all seeds."
    return [Table.of(failed_fits.assign(model=failed_fits["model"].map(shown)), columns, caption)]


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


def _metric(decision: Decision) -> str:
    return metric_name(decision["metric"])


def _rung(name: str) -> str:
    return name.replace("_", " ").capitalize()
