import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.cautions import cautions
from sequence_learning.evaluation.leakage import NEARLY_THE_TARGET

FALLING, LEVEL = np.geomspace(1, 0.5, 10), np.r_[np.geomspace(1, 0.5, 8), 0.5, 0.499]


def history(**losses: np.ndarray) -> pd.DataFrame:
    """Of two seeds, which differ a little."""
    return pd.DataFrame(
        [
            {"encoder": encoder, "seed": seed, "epoch": epoch, "val_loss": loss * (1 + 0.1 * seed)}
            for encoder, of_epochs in losses.items()
            for seed in (0, 1)
            for epoch, loss in enumerate(of_epochs)
        ]
    )


def leakage(verdict: str, check: str = NEARLY_THE_TARGET) -> pd.DataFrame:
    return pd.DataFrame({"check": [check], "found": ["rank correlation 1.00 of cost"], "verdict": [verdict]})


FINE = leakage("fine")
NONE = pd.DataFrame(columns=["model", "seed", "reason"])


@pytest.mark.parametrize(
    "losses",
    [
        pytest.param(LEVEL, id="level in the end"),
        pytest.param(FALLING[:-1], id="ended by early stopping"),
        pytest.param(FALLING[::-1], id="rising"),
    ],
)
def test_nothing_is_said_of_a_sound_fit(losses: np.ndarray) -> None:
    assert cautions(history(gru=losses), ["gru"], 10, FINE, NONE) == []


def test_other_checks_of_the_data_are_for_those_who_read_on() -> None:
    assert cautions(history(gru=LEVEL), ["gru"], 10, leakage("look", "drift"), NONE) == []


def test_a_feature_like_the_target_is_told_with_its_name() -> None:
    (said,) = cautions(history(gru=LEVEL), ["gru"], 10, leakage("look"), NONE)
    assert "(rank correlation 1.00 of cost)" in said
    assert "leave it out of schema" in said


def test_a_single_epoch_tells_nothing() -> None:
    assert cautions(history(gru=FALLING[:1]), ["gru"], 1, FINE, NONE) == []


def test_encoders_whose_loss_still_falls_are_named() -> None:
    (one,) = cautions(history(cnn=FALLING, gru=LEVEL, lstm=FALLING), ["cnn", "gru"], 10, FINE, NONE)
    assert one == (
        "The validation loss of cnn was still falling when training.max_epochs (10) ended it: with more, the answer "
        "may be another."
    )
    names = ["cnn", "learned_decay", "lstm", "gru"]
    (four,) = cautions(history(**dict.fromkeys(names, FALLING)), names, 10, FINE, NONE)
    assert "loss of cnn, gru, learned decay and lstm was" in four
    many = [*names, "transformer", "state_space"]
    (six,) = cautions(history(**dict.fromkeys(many, FALLING)), many, 10, FINE, NONE)
    assert "loss of cnn, gru, learned decay and 3 others was" in six


def test_models_that_were_left_out_are_named_after_a_leak_and_before_what_is_unfinished() -> None:
    failed = pd.DataFrame({"model": ["state_space"] * 2 + ["gru"], "seed": [0, 1, 1], "reason": "OSError: full"})
    leak, left_out, unfinished = cautions(history(cnn=FALLING), ["cnn"], 10, leakage("look"), failed)
    assert leak.startswith("A feature is nearly the target")
    assert left_out == (
        "Nothing is said of state space and gru, as not every fit succeeded: one left out might be the better choice."
    )
    assert unfinished.startswith("The validation loss of cnn")
