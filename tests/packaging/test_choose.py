"""Which model is bundled."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.inference.no_bundle import NoBundle
from sequence_learning.packaging.choose import best_seed, choose_encoder
from sequence_learning.packaging.parameters import BundleParameters


def predictions(noise: dict[int, tuple[float, float]]) -> pd.DataFrame:
    """By seed, how wrong validation and test rows are predicted."""
    target = np.arange(10.0)
    tables = [
        pd.DataFrame({"part": part, "seed": seed, "target": target, "prediction": target + error * (-1) ** target})
        for seed, errors in noise.items()
        for part, error in zip(("validation", "test"), errors, strict=True)
    ]
    return pd.concat(tables)


def chosen(decided: str | None, **asked: Any) -> str | NoBundle:
    return choose_encoder({"chosen": decided}, ["gru", "cnn"], BundleParameters(name="x", **asked))


def test_validation_rows_choose_the_seed_and_test_rows_do_not() -> None:
    table = predictions({0: (0.5, 0.1), 2: (0.3, 0.9), 7: (0.4, 0.2)})
    assert best_seed("regression", table) == 2
    assert best_seed("regression", table, asked=7) == 7


def test_of_equal_seeds_and_of_undefined_scores_the_first_is_taken() -> None:
    assert best_seed("regression", predictions({3: (0.5, 0.1), 1: (0.5, 0.1)})) == 1
    table = predictions({3: (0.5, 0.1), 1: (0.5, 0.1)}).assign(target=1, p_0=0.5, p_1=0.5).drop(columns="prediction")
    assert best_seed("binary", table) == 1


def test_a_seed_that_was_not_trained_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must be one that was trained, got 5; use null .* or one of: 0, 2"):
        best_seed("regression", predictions({2: (0.5, 0.1), 0: (0.5, 0.1)}), asked=5)


def test_the_decision_chooses_unless_an_encoder_is_asked_for() -> None:
    assert chosen("gru") == "gru"
    assert chosen("gru", encoder="cnn") == "cnn"
    assert chosen(None, encoder="cnn") == "cnn"


def test_without_a_choice_there_is_no_bundle_and_a_way_out() -> None:
    nothing = chosen(None)
    assert isinstance(nothing, NoBundle)
    assert nothing.reason == (
        "no encoder fits the budget; raise decision.budget, or name an encoder all the same in bundle.encoder"
    )


def test_an_encoder_that_was_not_trained_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'lstm'; train it, or use one of: gru, cnn"):
        chosen("gru", encoder="lstm")
