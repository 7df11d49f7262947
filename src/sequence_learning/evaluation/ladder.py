"""Does the sequence matter, does its order, does time? The best model of each rung against the best of those below.

A rung is what a model may know (see :mod:`sequence_learning.evaluation.rungs`). Its best is chosen on validation rows,
so that the test rows' word on it is unbiased; so is the best of all rungs below, lest a weak rung makes the next one
look strong. The two may differ in more than what they know: a gain speaks for the knowledge as far as both make good
use of theirs.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sequence_learning.evaluation.comparison import score_models, validation_scores
from sequence_learning.evaluation.labels import metric_name, shown, wrapped
from sequence_learning.evaluation.ladder_words import NO_TIMES, Climb, Place, in_words
from sequence_learning.evaluation.palette import PALETTE
from sequence_learning.evaluation.rungs import RUNGS, Rung
from sequence_learning.evaluation.uncertainty import Scored, difference, estimate, holm
from sequence_learning.parameters import Task

_COLUMNS = ("rung", "encoder", "score", "low", "high", "gain", "gain_low", "gain_high", "p", "also", "meaning")

_LABELS: dict[Rung, str] = {
    "mean": "nothing",
    "tabular": "tabular",
    "length": "+ length",
    "order_free": "+ events",
    "order_aware": "+ order",
    "time_aware": "+ times",
}


def build_ladder(
    task: Task,
    predictions: Mapping[str, pd.DataFrame],
    rungs: Mapping[str, Rung],
    units: "pd.Series[int]",
    has_times: bool,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """One row per rung that has a model, and one for time where the data have none.

    Args:
        task: chooses the metric.
        predictions: of validation and test rows, by model.
        rungs: of each of these models.
        units: by ``id``, what is resampled together with the row.
        has_times: whether the events of the data have times.
        confidence: of each interval by itself, and of all that is said in words together.

    Returns:
        ``rung``; ``encoder``, its best model on validation rows; then, all on test rows, ``score`` with its interval
        ``low`` to ``high``; ``gain`` over the best model of all rungs before, with ``gain_low``, ``gain_high`` and
        ``p``, corrected after Holm for the number of gains (missing for the lowest rung); ``also``, the rung's other
        models and their scores, best on validation rows first; ``meaning``, what that says of the data, in a sentence.

    Raises:
        ValueError: if a model has no rung, or models were not scored on the same rows with the same seeds.
    """
    unknown = sorted(set(predictions) - set(rungs))
    if unknown:
        raise ValueError(f"every model needs a rung, but {', '.join(unknown)} has none; name it in evaluation/rungs.py")
    on_validation = validation_scores(task, predictions)
    names = sorted(predictions, key=lambda name: on_validation[name], reverse=True)
    models = score_models(task, predictions, units)
    members = {rung: own for rung in RUNGS if (own := [name for name in names if rungs[name] == rung])}
    places = [Place(rung, own[0], estimate(models[own[0]], confidence)) for rung, own in members.items()]
    climbs = [None, *_climbs(places, on_validation, models, confidence)]
    rows = [_row(place, climb, task) for place, climb in zip(places, climbs, strict=True)]
    for row, own in zip(rows, members.values(), strict=True):
        row["also"] = ", ".join(f"{shown(name)} {models[name].mean:z.3f}" for name in own[1:])
    if not has_times:
        rows.append({"rung": "time_aware", "encoder": "", "also": "", "meaning": NO_TIMES})
    return pd.DataFrame(rows, columns=_COLUMNS)


def plot_ladder(ladder: pd.DataFrame, metric: str) -> go.Figure:
    """Score of each rung's best model with its interval, the lowest rung at the bottom.

    Args:
        ladder: as :func:`build_ladder` gives it.
        metric: name of the ranking metric.
    """
    rows = ladder.dropna(subset="score")
    labels = [
        f"<b>{_LABELS[rung]}: {score:z.3f}</b><br>{wrapped(name)}"
        for rung, name, score in rows[["rung", "encoder", "score"]].to_numpy()
    ]
    figure = go.Figure(
        go.Scatter(
            x=rows["score"],
            y=labels,
            error_x={"type": "data", "array": rows["high"] - rows["score"], "arrayminus": rows["score"] - rows["low"]},
            mode="lines+markers",
            line={"color": "#cccccc", "width": 1, "dash": "dot"},
            marker={"size": 9, "color": PALETTE[0]},
        )
    )
    return figure.update_layout(
        template="plotly_white",
        xaxis={"title": f"test {metric_name(metric)}", "automargin": True},
        yaxis={"automargin": True},
        margin={"l": 10, "r": 20, "t": 30, "b": 10},
        height=100 + 60 * len(rows),
    )


def _climbs(
    places: list[Place], on_validation: Mapping[str, float], models: Mapping[str, Scored], confidence: float
) -> list[Climb]:
    """To each place but the lowest, from the best below it."""
    highs = [max(places[:i], key=lambda place: on_validation[place.encoder]) for i in range(1, len(places))]
    gains = [
        difference(models[above.encoder], models[below.encoder], confidence)
        for above, below in zip(places[1:], highs, strict=True)
    ]
    corrected = holm(np.array([gain.p for gain in gains]))
    return [
        Climb(below, before.rung, gain, p=float(p), certain=bool(p < 1 - confidence))
        for below, before, gain, p in zip(highs, places, gains, corrected, strict=False)  # nothing climbs from the last
    ]


def _row(place: Place, climb: Climb | None, task: Task) -> dict[str, object]:
    own = place.score
    row: dict[str, object] = {"rung": place.rung, "encoder": place.encoder}
    row |= {"score": own.value, "low": own.low, "high": own.high}
    if climb is not None:
        gain = climb.gain
        row |= {"gain": gain.value, "gain_low": gain.low, "gain_high": gain.high, "p": climb.p}
    return row | {"meaning": in_words(place, climb, task)}
