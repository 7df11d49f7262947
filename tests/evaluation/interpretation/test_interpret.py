"""All of it on a few models whose truth is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sequence_learning.baselines.base import BaselineConfig
from sequence_learning.baselines.boosting import BoostingConfig, LightGbmTabular
from sequence_learning.baselines.predict_the_mean import PredictTheMean
from sequence_learning.evaluation.interpretation.describe import describe
from sequence_learning.evaluation.interpretation.interpret import Interpretation, interpret
from sequence_learning.evaluation.parameters import InterpretationParameters
from sequence_learning.features.model_input import ModelInput
from tests.builders import make_checkpoint
from tests.evaluation.interpretation.small import names_of, newest_reading, reader, with_events

PARAMETERS = InterpretationParameters(rows=20, permutation_rows=30, steps=4, repeats=1)


@pytest.fixture(scope="module")
def data() -> ModelInput:
    return newest_reading(with_events(200), channel=1)


@pytest.fixture(scope="module")
def fitted(data: ModelInput) -> dict[str, list[tuple[int, object]]]:
    trees = [(seed, LightGbmTabular.fit(data, BoostingConfig(n_rounds=5), seed)[0]) for seed in (3, 4)]
    return {
        "last": [(seed, reader(data, {1: 1.0, 2: 0.1}, seed=seed)) for seed in (3, 4)],
        "torn": [(3, reader(data, {1: 1.0, 2: 0.1, 0: 0.01})), (4, reader(data, {0: 1.0, 1: 0.01, 2: 0.1}))],
        "learned_decay": [(seed, make_checkpoint(data, "learned_decay", seed)) for seed in (3, 4)],
        "random_convolution": [(3, make_checkpoint(data, "random_convolution", 3))],
        "tabular_only": [(3, make_checkpoint(data, "tabular_only", 3))],
        "predict_the_mean": [(0, PredictTheMean.fit(data, BaselineConfig(), 0)[0])],
        "lightgbm_tabular": trees,
    }


@pytest.fixture(scope="module")
def found(data: ModelInput, fitted: dict[str, list[tuple[int, object]]]) -> Interpretation:
    return interpret(data, names_of(data), fitted, PARAMETERS, n_workers=1)  # type: ignore[arg-type]


def fits(table: pd.DataFrame) -> set[tuple[str, int]]:
    return set(zip(table["encoder"], table["seed"], strict=True))


def test_every_table_has_the_models_that_it_is_about(found: Interpretation) -> None:
    decay = {("learned_decay", 3), ("learned_decay", 4)}
    differentiable = decay | {(name, seed) for name in ("last", "torn") for seed in (3, 4)}
    every = differentiable | {("random_convolution", 3), ("tabular_only", 3)}
    assert fits(found.position_weights) == fits(found.half_lives) == decay
    assert fits(found.gradients) == differentiable
    assert fits(found.permutation) == every | {("lightgbm_tabular", 3), ("lightgbm_tabular", 4)}
    assert found.gradients.columns.tolist() == [
        "encoder", "seed", "kind", "feature", "position", "importance", "rows"
    ]  # fmt: skip
    for table in vars(found).values():
        assert table.index.tolist() == list(range(len(table)))
        assert table.columns.name is None


def test_the_truth_is_found(found: Interpretation) -> None:
    own = found.gradients[found.gradients["encoder"] == "last"]
    assert own.loc[own["importance"] > 1e-6, ["feature", "position"]].drop_duplicates().to_numpy().tolist() == [
        ["channel_1", 0], ["channel_2", 0]
    ]  # fmt: skip
    missed = found.permutation[found.permutation["encoder"] == "last"].groupby("feature")["importance"].mean()
    assert missed.idxmax() == "channel_1"


def test_so_is_whether_seeds_agree(found: Interpretation) -> None:
    table = found.stability.set_index(["encoder", "what"])["stable"]
    assert table["last", "gradients by channel"]
    assert table["last", "permutation"]
    assert not table["torn", "gradients by channel"]
    assert table["torn", "gradients by position"]
    assert pd.isna(table["random_convolution", "permutation"])


def test_rows_are_drawn_from_the_test_rows(data: ModelInput, found: Interpretation) -> None:
    assert found.gradients["rows"].max() == 20  # every row has events, and no more are explained
    elsewhere = data.target.copy()
    elsewhere[data.rows("train")] = 99
    fitted = {"last": [(0, reader(data, {1: 1.0}))]}
    one, other = (
        interpret(given, names_of(data), fitted, PARAMETERS, n_workers=1)
        for given in (data, replace(data, target=elsewhere))
    )
    pd.testing.assert_frame_equal(one.permutation, other.permutation)


def test_tables_without_rows_keep_their_columns(data: ModelInput) -> None:
    mean = PredictTheMean.fit(data, BaselineConfig(), 0)[0]
    nothing = interpret(data, names_of(data), {"predict_the_mean": [(0, mean)]}, PARAMETERS, n_workers=1)
    for table in vars(nothing).values():
        assert table.empty
        assert "encoder" in table.columns
    assert describe(nothing) == {}


def test_every_model_has_a_sentence(found: Interpretation) -> None:
    said = describe(found)
    assert list(said) == ["last", "torn", "learned_decay", "random_convolution", "tabular_only", "lightgbm_tabular"]
    assert said["last"].startswith("looks mostly at channel_1 (89%) and channel_2 (11%)")
    assert (
        "the newest 5 events carry 100% of the gradient; seeds agree on channels (1.00) and positions" in said["last"]
    )
    assert "seeds agree on positions (1.00), seeds disagree on channels (-0." in said["torn"]
    assert said["torn"].endswith(": do not rely on these")
    assert said["random_convolution"].endswith("whether seeds agree is not known")
    assert said["tabular_only"].startswith("loses")
    assert not np.isnan(found.permutation["importance"]).any()
