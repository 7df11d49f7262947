"""What a reader should know before trusting a decision."""

import pandas as pd

from sequence_learning.evaluation.labels import shown
from sequence_learning.evaluation.leakage import NEARLY_THE_TARGET

_NAMED = 3


def cautions(leaderboard: pd.DataFrame, encoders: list[str], max_epochs: int, leakage: pd.DataFrame) -> list[str]:
    """Sentences, the most serious first; none if there is nothing to say.

    Args:
        leaderboard: with the mean number of ``epochs`` of each ``encoder``.
        encoders: those that the decision was made among.
        max_epochs: that a fit may take.
        leakage: as :func:`~sequence_learning.evaluation.leakage.check_leakage` gives it.
    """
    return [*_leaks(leakage), *_unfinished(leaderboard, encoders, max_epochs)]


def _leaks(leakage: pd.DataFrame) -> list[str]:
    suspicious = leakage[(leakage["check"] == NEARLY_THE_TARGET) & (leakage["verdict"] == "look")]
    return [
        f"A feature is nearly the target ({found}): if it was measured after the target, or made from it, "
        "no score here counts; leave it out of schema."
        for found in suspicious["found"]
    ]


def _unfinished(leaderboard: pd.DataFrame, encoders: list[str], max_epochs: int) -> list[str]:
    board = leaderboard[leaderboard["encoder"].isin(encoders)]
    names = [shown(name) for name in board.loc[board["epochs"] == max_epochs, "encoder"]]
    if not names:
        return []
    others = [f"{len(names) - _NAMED} others"] if len(names) > _NAMED + 1 else []
    named = names[:_NAMED] if others else names
    *first, last = [*named, *others]
    listed = f"{', '.join(first)} and {last}" if first else last
    they = "they" if len(names) > 1 else "it"
    return [
        f"Early stopping never ended a fit of {listed}: training.max_epochs ({max_epochs}) did; {they} may do better."
    ]
