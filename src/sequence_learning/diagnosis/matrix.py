"""Results of trials as a matrix of tasks and models, and what it says of theory."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from sequence_learning.diagnosis.trial import NOTHING
from sequence_learning.tasks import TASKS, task_class
from sequence_learning.tasks.ceiling import order_free_attainable
from sequence_learning.tasks.parameters import TaskParameters

#: What a model is called that knows neither the order nor the times of events.
BLIND = "blind to order and time"
#: The best model of a task must attain this much, in percent ...
ENOUGH = 95.0
#: ... the model that theory names be no further from it than this, in points ...
CLOSE = 2.0
#: ... and one that theory says cannot do the task at least this far below it.
VISIBLE = 5.0


def summarise(results: pd.DataFrame) -> pd.DataFrame:
    """One row per task and model, in the order in which they were measured.

    Args:
        results: as :func:`~sequence_learning.diagnosis.measure.measure` gives it.

    Returns:
        ``task``; ``model``; ``role`` (what theory says of the model: ``simplest``, ``insufficient`` or nothing);
        ``attained``, percent of the attainable, mean over seeds, with ``attained_interval``, half the width of its 95%
        confidence interval (Student's t over seeds; missing for a single one), both missing where nothing can be
        attained; ``score`` and ``best``, means of the metric of the model and of the best possible prediction;
        ``metric``; ``seeds``; and means of the costs.
    """
    grouped = results.groupby(["task", "model"], sort=False)
    table = pd.DataFrame(
        {
            "metric": grouped["metric"].first(),
            "attained": grouped["attained"].mean(),
            "attained_interval": grouped["attained"].agg(half_width),
            "score": grouped["score"].mean(),
            "score_interval": grouped["score"].agg(half_width),
            "best": grouped["best"].mean(),
            "seeds": grouped.size(),
            **{cost: grouped[cost].mean() for cost in ("parameters", "epochs", "fit_seconds")},
        }
    )
    table = table.reset_index()
    table.insert(2, "role", [_role(task, model) for task, model in zip(table["task"], table["model"], strict=True)])
    return table


def as_metrics(matrix: pd.DataFrame) -> dict[str, dict[str, float]]:
    """The matrix as MLflow metrics, ``<task>.<model>``; cells without a percentage are left out."""
    known = matrix[matrix["attained"].notna()]
    return {
        f"{row['task']}.{row['model']}": {"value": float(row["attained"]), "step": 0} for _, row in known.iterrows()
    }


def half_width(values: "pd.Series[float]") -> float:
    """Half the width of the 95% confidence interval of a mean, by Student's t; NaN for fewer than two values."""
    n = int(values.count())
    if n < 2:
        return float("nan")
    return float(stdtrit(n - 1, 0.975) * values.std() / np.sqrt(n))


def bounds_without_order(results: pd.DataFrame) -> dict[str, float]:
    """Percent of the attainable that anything blind to the order and the times of events could attain, by task.

    See :func:`~sequence_learning.tasks.ceiling.order_free_attainable`. Tasks on which that is not known (binary
    targets, missing readings, nothing to attain) are left out.
    """
    bounds = {}
    for name, options in results.drop_duplicates("task").set_index("task")["task_options"].items():
        task = TaskParameters.model_validate_json(str(options)).build()
        explained = order_free_attainable(task) / (1 - task.config.noise)
        if task.config.target == "regression" and not task.config.missing and task.simplest is not None:
            bounds[str(name)] = 100 * explained
    return bounds


def judge(results: pd.DataFrame, bounds: dict[str, float]) -> pd.DataFrame:
    """What each task shows, held against theory.

    Args:
        results: as :func:`~sequence_learning.diagnosis.measure.measure` gives it.
        bounds: as :func:`bounds_without_order` gives them.

    Returns:
        One row per task: ``task``; ``named``, the model that theory calls the simplest sufficient one; ``best``, the
        model with the highest mean; ``best_attained`` and ``named_attained``; ``named_gap``, the mean of their
        difference over seeds, which share their tables, with ``named_gap_interval``, half its 95% interval;
        ``blind_to_order``, the bound; ``closest_insufficient`` and its ``insufficient_attained``; and the verdicts on
        means ``enough`` (:data:`ENOUGH`), ``named_is_close`` (:data:`CLOSE`) and ``insufficient_are_below``
        (:data:`VISIBLE`). Where nothing can be attained the numbers are scores above that of knowing nothing, times
        100, and ``enough`` says that no model claims to have found something (more than one point).
    """
    return pd.DataFrame(
        [
            _judge_task(str(task), rows) | {"blind_to_order": bounds.get(str(task), np.nan)}
            for task, rows in results.groupby("task", sort=False)
        ]
    )


def _judge_task(task: str, rows: pd.DataFrame) -> dict[str, Any]:
    cls, attainable = task_class(task), rows["attained"].notna().any()
    rows = rows.assign(points=rows["attained"] if attainable else 100 * (rows["score"] - rows["metric"].map(NOTHING)))
    by_seed = rows.pivot_table(index="seed", columns="model", values="points", sort=False)
    points = by_seed.mean()
    insufficient = points[points.index.isin(cls.insufficient)]
    gaps = by_seed[cls.simplest] - by_seed[points.idxmax()] if cls.simplest in by_seed else pd.Series(dtype="float64")
    found: dict[str, Any] = {
        "task": task,
        "named": cls.simplest,
        "named_attained": points.get(cls.simplest, np.nan),
        "named_gap": gaps.mean(),
        "named_gap_interval": half_width(gaps),
        "best": points.idxmax(),
        "best_attained": points.max(),
        "closest_insufficient": insufficient.idxmax() if len(insufficient) else None,
        "insufficient_attained": insufficient.max() if len(insufficient) else np.nan,
    }
    if not attainable:
        return found | {"enough": bool(points.max() <= 1), "named_is_close": True, "insufficient_are_below": True}
    return found | {
        "enough": bool(points.max() >= ENOUGH),
        "named_is_close": bool(found["named_gap"] >= -CLOSE),
        "insufficient_are_below": not bool((insufficient > points.max() - VISIBLE).any()),
    }


def _role(task: str, model: str) -> str:
    if task not in TASKS:
        return ""
    cls = task_class(task)
    if model == cls.simplest:
        return "simplest"
    return "insufficient" if model in cls.insufficient else ""
