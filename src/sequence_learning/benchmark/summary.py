"""Ratios of the measured rounds, and which goals are met."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sequence_learning.benchmark.goals import BUSY, STRETCH, goal_of, mixed_speed_up_goal, pace, speed_up_goal, verdict

COLUMNS = [
    "encoder",
    "case",
    "unit",
    "ours",
    "reference",
    "ratio",
    "lowest",
    "highest",
    "with_validation",
    "goal",
    "verdict",
]
_UNKNOWN = float("nan")


def summarise(rounds: pd.DataFrame) -> pd.DataFrame:
    """Ratios by case and encoder.

    Args:
        rounds: as :func:`~sequence_learning.benchmark.measure.measure_benchmark` gives them.

    Returns:
        Columns :data:`COLUMNS`. Cases: ``fixed_length`` and ``variable_length`` are our training rows per second over
        those of the plain loop, ``memory_fixed_length`` and ``memory_variable_length`` our peak memory over the plain
        loop's, ``bf16`` our rows per second in 16 bits over those in 32, and ``no_sequences`` those of the plain loop
        without sequences over its own with variable lengths. ``ours`` and ``reference`` are medians in
        ``unit``, ``ratio``, ``lowest`` and ``highest`` those of the rounds' ratios; ``with_validation`` is the ratio
        where our time includes validation, which the plain loop leaves out. ``verdict`` is ``met``, ``missed`` or, if
        all ratios of ``no_sequences`` are below it, ``beyond`` where there is a ``goal``, and ``faster``,
        ``slower`` or ``level`` for ``bf16``.
    """
    rows = []
    for (lengths, encoder), own in rounds.groupby(["lengths", "encoder"], sort=False):
        rows += _rows(str(encoder), str(lengths), own.set_index(["side", "round"]))
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values("case", key=lambda case: case.map(_CASES.index), kind="stable", ignore_index=True)


_CASES = ["fixed_length", "variable_length", "no_sequences", "memory_fixed_length", "memory_variable_length", "bf16"]


def _rows(encoder: str, lengths: str, own: pd.DataFrame) -> list[dict[str, Any]]:
    speed, memory = own["rows_per_second"], own["peak_mb"]
    fit, bare = speed["fit"], speed["bare"]
    case = f"{lengths}_length"
    goal = goal_of(encoder, case)
    named = {"encoder": encoder, "goal": _UNKNOWN, "with_validation": _UNKNOWN, "verdict": ""}
    compared = _compare(fit, bare)
    limit = _compare(speed["no_sequences"], bare) if lengths == "variable" else {}
    judged = verdict(compared["ratio"] >= goal, attainable=not limit or limit["highest"] >= goal)
    rows = [
        named
        | {"case": case, "unit": "rows/s", "goal": goal, "verdict": judged}
        | compared
        | {"with_validation": (own["with_validation"]["fit"] / bare).median()},
        named
        | {"case": f"memory_{case}", "unit": "MB"}
        | _compare(memory["fit"].nlargest(1).reset_index(drop=True), memory["bare"].nlargest(1).reset_index(drop=True)),
    ]
    if limit:
        rows.append(named | {"case": "no_sequences", "unit": "rows/s"} | limit)
    if "bf16" in speed.index.get_level_values("side"):
        compared = _compare(speed["bf16"], fit)
        rows.append(named | {"case": "bf16", "unit": "rows/s", "verdict": pace(compared["ratio"])} | compared)
    return rows


def _compare(ours: "pd.Series[float]", reference: "pd.Series[float]") -> dict[str, float]:
    """Medians, and the ratios of what was measured in the same round."""
    ratios = ours / reference
    return {"ours": float(ours.median()), "reference": float(reference.median())} | _spread(ratios)


def summarise_pool(turns: Sequence[Mapping[str, float]], epochs: int) -> dict[str, Any]:
    """The queue beside plain loops one by one.

    Args:
        turns: as :func:`~sequence_learning.benchmark.measure.measure_benchmark` gives them.
        epochs: of each fit.

    Returns:
        ``fits``, ``epochs``, ``workers``, ``repeats``; medians ``queue_seconds`` and ``one_by_one_seconds``; and three
        figures, each with ``ratio``, ``lowest``, ``highest``, ``goal`` and ``verdict``: ``speed_up`` (the second over
        the first), ``busy`` (share of time in which cores worked) and ``stretch`` (the first over the second divided
        by the workers). Where some encoders train faster in 16 bits, ``mixed`` too: the speed-up with these in 16 bits.
    """
    table = pd.DataFrame(list(turns))
    workers = int(table["workers"].iloc[0])
    speed_up = table["one_by_one_seconds"] / table["seconds"]
    mixed = {}
    if "mixed_seconds" in table:
        faster = table["one_by_one_seconds"] / table["mixed_seconds"]
        mixed = {"mixed": _judged(faster, mixed_speed_up_goal(workers), at_least=True)}
    return {
        "fits": int(table["fits"].iloc[0]),
        "epochs": epochs,
        "workers": workers,
        "repeats": len(table),
        "queue_seconds": float(table["seconds"].median()),
        "one_by_one_seconds": float(table["one_by_one_seconds"].median()),
        "speed_up": _judged(speed_up, speed_up_goal(workers), at_least=True),
        "busy": _judged(table["busy"], BUSY, at_least=True),
        "stretch": _judged(workers / speed_up, STRETCH, at_least=False),
        **mixed,
    }


def _judged(values: "pd.Series[float]", goal: float, *, at_least: bool) -> dict[str, float | str]:
    spread = _spread(values)
    met = spread["ratio"] >= goal if at_least else spread["ratio"] <= goal
    return {**spread, "goal": goal, "verdict": verdict(met)}


def _spread(values: "pd.Series[float]") -> dict[str, float]:
    return {"ratio": float(values.median()), "lowest": float(values.min()), "highest": float(values.max())}
