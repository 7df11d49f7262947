import pandas as pd

from sequence_learning.evaluation.cautions import cautions
from sequence_learning.evaluation.leakage import NEARLY_THE_TARGET


def board(**epochs: float) -> pd.DataFrame:
    return pd.DataFrame({"encoder": list(epochs), "epochs": list(epochs.values())})


def leakage(verdict: str, check: str = NEARLY_THE_TARGET) -> pd.DataFrame:
    return pd.DataFrame({"check": [check], "found": ["rank correlation 1.00 of cost"], "verdict": [verdict]})


FINE = leakage("fine")


def test_nothing_is_said_of_a_sound_run() -> None:
    trees = board(gru=9.5, lightgbm_aggregates=10.0)
    assert cautions(trees, ["gru"], 10, FINE) == []
    assert cautions(trees, ["gru"], 10, leakage("look", "drift")) == []


def test_a_feature_like_the_target_is_told_with_its_name() -> None:
    (said,) = cautions(board(gru=9.5), ["gru"], 10, leakage("look"))
    assert "(rank correlation 1.00 of cost)" in said
    assert "leave it out of schema" in said


def test_fits_that_only_the_last_epoch_ended_are_named() -> None:
    (one,) = cautions(board(cnn=10.0, gru=9.75), ["cnn", "gru"], 10, FINE)
    assert one == ("Early stopping never ended a fit of cnn: training.max_epochs (10) did; it may do better.")
    names = ["cnn", "learned_decay", "lstm", "gru"]
    (four,) = cautions(board(**dict.fromkeys(names, 10.0)), names, 10, FINE)
    assert "a fit of cnn, learned decay, lstm and gru: " in four
    many = [*names, "transformer", "state_space"]
    (six,) = cautions(board(**dict.fromkeys(many, 10.0)), many, 10, FINE)
    assert "a fit of cnn, learned decay, lstm and 3 others: " in six
