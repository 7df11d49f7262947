"""Tables of the diagnosis as Markdown, for the README."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from sequence_learning.diagnosis.matrix import BLIND

_METRICS = {"r2": "R²", "auc": "AUC"}
_YES_NO = {True: "yes", False: "**no**"}


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    titles = list(titles)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def matrix_section(matrix: pd.DataFrame, verdicts: pd.DataFrame, explanations: pd.DataFrame) -> str:
    """Percent of the attainable by model and task, what it says of theory, and what models have learned."""
    tasks = list(matrix["task"].unique())
    cells = {(row["model"], row["task"]): _cell(row) for _, row in matrix.iterrows()}
    rows = [[words(model), *(cells.get((model, task), "") for task in tasks)] for model in matrix["model"].unique()]
    parts = [table(["model", *map(words, tasks)], rows), table(_JUDGED, map(_judged, verdicts.to_dict("records")))]
    if len(explanations):
        grouped = explanations.groupby(["task", "model", "explains"], sort=False)["agreement"]
        parts.append(
            table(
                ["task", "model", "what was read", "agreement with the truth, by seed"],
                [
                    [words(task), words(model), str(what), _agreement(str(what), seeds)]
                    for (task, model, what), seeds in grouped
                ],
            )
        )
    return "\n\n".join(parts)


def claims_section(claims: pd.DataFrame) -> str:
    """Every claim with its experiment, figure and verdict."""
    titles = ["approach", "it is said that it ...", "experiment", "measured", "verdict"]
    names = ["approach", "claim", "experiment", "figure", "verdict"]
    return table(titles, ([str(row[name]) for name in names] for _, row in claims.iterrows()))


def advice_section(advice: pd.DataFrame, curves: pd.DataFrame) -> str:
    """Percent of the attainable by task and number of training rows, and what to use there."""
    models = list(curves["model"].unique())
    points = {(row["task"], row["train_rows"], row["model"]): _cell(row) for _, row in curves.iterrows()}
    rows = [
        [
            words(row["task"]),
            f"{row['train_rows']:,}",
            *(points[row["task"], row["train_rows"], model] for model in models),
            words(row["use"]),
        ]
        for _, row in advice.iterrows()
    ]
    return table(["task", "training rows", *map(words, models), "use"], rows)


def words(name: object) -> str:
    """A name as a reader wants it."""
    return str(name).replace("_", " ")


def _cell(row: "pd.Series[Any]") -> str:
    if pd.isna(row["attained"]):
        return f"{_METRICS[row['metric']]} {row['score']:.3f}"
    interval = "" if pd.isna(row["attained_interval"]) else f" ± {row['attained_interval']:.1f}"
    cell = f"{row['attained']:.1f}{interval}"
    return f"★ **{cell}**" if row.get("role") == "simplest" else cell


_JUDGED = [
    "task",
    "best",
    "theory's choice (distance to the best)",
    f"most for a model {BLIND}",
    "closest that cannot do it",
    "best ≥ 95%",
    "choice within 2 points",
    "others 5 points below",
]


def _judged(row: dict[Any, Any]) -> list[str]:
    if pd.isna(row["named"]):  # nothing can be attained, so nothing should be found
        verdict = "nothing found" if row["enough"] else "**something found in noise**"
        return [
            words(row["task"]),
            f"{words(row['best'])}, score {row['best_attained'] / 100:.3f}",
            *[""] * 3,
            verdict,
            "",
            "",
        ]
    return [
        words(row["task"]),
        _named(row["best"], row["best_attained"]),
        _named(row["named"], row["named_attained"]) + _gap(row),
        "" if pd.isna(row["blind_to_order"]) else f"{row['blind_to_order']:.0f}",
        _named(row["closest_insufficient"], row["insufficient_attained"]),
        *(_YES_NO[bool(row[name])] for name in ("enough", "named_is_close", "insufficient_are_below")),
    ]


def _named(name: object, value: float) -> str:
    return "" if name is None or pd.isna(value) else f"{words(name)} {value:.1f}"


def _gap(row: dict[Any, Any]) -> str:
    """How far theory's choice is from the best, where it is another model."""
    if row["named"] == row["best"] or pd.isna(row["named_gap"]):
        return ""
    interval = "" if pd.isna(row["named_gap_interval"]) else f" ± {row['named_gap_interval']:.1f}"
    return f" ({row['named_gap']:.1f}{interval})"


def _agreement(what: str, seeds: "pd.Series[float]") -> str:
    kind, form = ("off by a factor of", "{:.2f}") if what == "half-lives" else ("correlation", "{:.3f}")
    return f"{kind} {', '.join(form.format(value) for value in seeds)}"
