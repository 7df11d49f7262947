"""What a reader should know before trusting a decision."""

import pandas as pd

from sequence_learning.evaluation.labels import listed, shown
from sequence_learning.evaluation.leakage import NEARLY_THE_TARGET
from sequence_learning.fits.outcomes import left_out

_NAMED = 3
#: Share of the epochs that are looked at, in which the learning rate is below a tenth of its peak, and the share of the
#: validation loss that a fit which has learned enough does not lose in these. Of fits with two or three times the
#: epochs, those that had lost 10% or more did better (by .03 to .07 R²), and those that had lost 4% or less did not.
_LAST, _FALL = 0.2, 0.05


def cautions(
    history: pd.DataFrame, encoders: list[str], max_epochs: int, leakage: pd.DataFrame, failed_fits: pd.DataFrame
) -> list[str]:
    """Sentences, the most serious first; none if there is nothing to say.

    Args:
        history: a row per ``encoder``, ``seed`` and ``epoch`` with its ``val_loss``.
        encoders: those that the decision was made among.
        max_epochs: that a fit may take.
        leakage: as :func:`~sequence_learning.evaluation.leakage.check_leakage` gives it.
        failed_fits: ``model``, ``seed`` and ``reason`` of each.
    """
    return [*_leaks(leakage), *_failures(failed_fits), *_unfinished(history, encoders, max_epochs)]


def _leaks(leakage: pd.DataFrame) -> list[str]:
    suspicious = leakage[(leakage["check"] == NEARLY_THE_TARGET) & (leakage["verdict"] == "look")]
    return [
        f"A feature is nearly the target ({found}): if it was measured after the target, or made from it, "
        "no score here counts; leave it out of schema."
        for found in suspicious["found"]
    ]


def _failures(failed_fits: pd.DataFrame) -> list[str]:
    if failed_fits.empty:
        return []
    told = listed([shown(model) for model in left_out(failed_fits)])
    return [f"Nothing is said of {told}, as not every fit succeeded: one left out might be the better choice."]


def _unfinished(history: pd.DataFrame, encoders: list[str], max_epochs: int) -> list[str]:
    names = [shown(name) for name in sorted(encoders) if _still_falls(history[history["encoder"] == name], max_epochs)]
    if not names:
        return []
    told = listed(names if len(names) <= _NAMED + 1 else [*names[:_NAMED], f"{len(names) - _NAMED} others"])
    sentence = (
        f"The validation loss of {told} was still falling when training.max_epochs ({max_epochs}) ended it: with more, "
        "the answer may be another."
    )
    return [sentence]


def _still_falls(history: pd.DataFrame, max_epochs: int) -> bool:
    """Whether one encoder's does, as a mean over seeds; a fit that early stopping ended has learned enough."""
    losses = history.pivot_table(index="seed", columns="epoch", values="val_loss")
    last = max_epochs - 1
    before = last - max(1, round(_LAST * max_epochs))
    if not {before, last} <= set(losses) or losses[last].isna().any():
        return False
    return bool((1 - losses[last] / losses[before]).mean() > _FALL)
