"""The benchmark as Markdown, for the README."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sequence_learning.benchmark.words import CASES, pool_figures
from sequence_learning.diagnosis.markdown import table, words

#: How a ratio is shown, by what it says of its goal.
_SHOWN = {"met": "{}", "missed": "**{}**", "beyond": "_{}_"}


def benchmark_section(benchmark: pd.DataFrame, pool: Mapping[str, Any]) -> str:
    """A ratio by encoder and case, the queue's figures, and the machine."""
    cases = [case for case in CASES if case in set(benchmark["case"])]
    cells = {(row["encoder"], row["case"]): _cell(row) for _, row in benchmark.iterrows()}
    rows = [
        [words(encoder), *(cells.get((encoder, case), "") for case in cases)]
        for encoder in benchmark["encoder"].unique()
    ]
    counts = benchmark["verdict"].value_counts()
    met, missed, beyond = (counts.get(verdict, 0) for verdict in ("met", "missed", "beyond"))
    goals = (
        f"Goals of single encoders: met {met}, missed {missed + beyond}, {beyond} of them (_slanted_) by the plain "
        "loop without sequences, too."
    )
    queue = (
        f"{pool['fits']} fits of {pool['epochs']} epochs: the queue took {pool['queue_seconds']:.0f} s with "
        f"{pool['workers']} workers, plain loops one by one {pool['one_by_one_seconds']:.0f} s. {_machine(pool)}"
    )
    return "\n\n".join(
        [
            table(["encoder", *(CASES[case] for case in cases)], rows),
            goals,
            table(["the queue", "measured", "goal", "met"], [_figure(*figure) for figure in pool_figures(pool)]),
            queue,
        ]
    )


def _cell(row: "pd.Series[Any]") -> str:
    ratio = f"{row['ratio']:.2f}"
    if row["unit"] == "MB":
        return f"{ratio} ({row['ours']:.0f} / {row['reference']:.0f} MB)"
    span = f" ({row['lowest']:.2f} to {row['highest']:.2f})"
    if row["verdict"] in _SHOWN:
        validated = f"{row['with_validation']:.2f} with validation"
        return f"{_SHOWN[row['verdict']].format(ratio)}{span}, goal {row['goal']:g}; {validated}"
    return ", ".join(filter(None, [f"{ratio}{span}", row["verdict"]]))


def _figure(name: str, measured: str, goal: str, verdict: str) -> list[str]:
    return [name, measured, goal, "yes" if verdict == "met" else "**no**"]


def _machine(pool: Mapping[str, Any]) -> str:
    machine = pool["machine"]
    return f"Measured on {machine['cores']} cores ({machine['processor']}) with PyTorch {machine['torch']}."
