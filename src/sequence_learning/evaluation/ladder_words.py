"""The ladder in words: what each rung means for the data at hand."""

from dataclasses import dataclass

from sequence_learning.evaluation.labels import listed, metric_name, shown
from sequence_learning.evaluation.rungs import RUNGS, Rung
from sequence_learning.evaluation.uncertainty import Estimate
from sequence_learning.metrics import METRICS
from sequence_learning.parameters import Task

NO_TIMES = "The events of these data have no times (schema.time): what they would be worth is not known."

#: What a rung knows that the one before does not.
_KNOWING: dict[Rung, str] = {
    "tabular": "the tabular features",
    "length": "how many events there were",
    "order_free": "what the events say",
    "order_aware": "the order of events",
    "time_aware": "the times of events",
}

#: The best model of a rung, seen from above.
_FROM_ABOVE: dict[Rung, str] = {
    "mean": "which knows no features",
    "tabular": "the best on the tabular features alone",
    "length": "the best that knows no more of the events than their number",
    "order_free": "the best that sees the events in no order",
    "order_aware": "the best that sees the order of events but not their times",
}

_DOUBT = "though not for certain when all rungs are judged together"

#: What is said of a gain whose interval leaves out zero, by whether it is above zero and whether it is certain.
_VERDICTS = {
    (True, True): "helps",
    (True, False): f"may help, {_DOUBT}",
    (False, True): "costs more than it gives",
    (False, False): f"may cost more than it gives, {_DOUBT}",
}


@dataclass(frozen=True)
class Place:
    """The best model of a rung and its score."""

    rung: Rung
    encoder: str
    score: Estimate


@dataclass(frozen=True)
class Climb:
    """To the best model of a rung from the best of all that know less.

    Attributes:
        below: where it starts.
        before: the rung next below that has a model; what is known beyond it is what the climb is about.
        gain: what the score gains, with an interval and a p-value that know of no other climb.
        p: corrected for the number of climbs.
        certain: whether the gain differs from zero by ``p``.
    """

    below: Place
    before: Rung
    gain: Estimate
    p: float
    certain: bool


def in_words(place: Place, climb: Climb | None, task: Task) -> str:
    """One sentence about one rung; ``climb`` leads to it, and is None for the lowest."""
    metric = metric_name(METRICS[task][0])
    if climb is None:
        return _lowest(place, metric, task)
    encoder, below = shown(place.encoder), f"{shown(climb.below.encoder)}, {_FROM_ABOVE[climb.below.rung]}"
    gain, knowing = climb.gain, _knowing(climb.before, place.rung)
    if gain.low <= 0 <= gain.high:
        return (
            f"Knowing {knowing} adds nothing that these rows can show: {encoder} lies between a loss of "
            f"{abs(gain.low):.3f} and a gain of {gain.high:.3f} {metric} against {below}."
        )
    near, far = sorted([abs(gain.low), abs(gain.high)])
    return (
        f"Knowing {knowing} {_VERDICTS[gain.value > 0, climb.certain]}: {encoder} reaches {metric} "
        f"{place.score.value:z.3f}, {abs(gain.value):.3f} ({near:.3f} to {far:.3f}) "
        f"{'above' if gain.value > 0 else 'below'} {below}."
    )


def _lowest(place: Place, metric: str, task: Task) -> str:
    reached = f"{metric} {place.score.value:z.3f} ({place.score.low:z.3f} to {place.score.high:z.3f})"
    if place.rung == "mean":
        guess = "the mean" if task == "regression" else "the shares of the classes"
        return f"Knowing no features, {guess} of the training rows as prediction for every row: {reached}."
    return f"{shown(place.encoder).capitalize()} reaches {reached}; no model was trained that knows less."


def _knowing(before: Rung, rung: Rung) -> str:
    """All that is known here and not there, with what rungs between would have known."""
    return listed([_KNOWING[each] for each in RUNGS[RUNGS.index(before) + 1 : RUNGS.index(rung) + 1]])
