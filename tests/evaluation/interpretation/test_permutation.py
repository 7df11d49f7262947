from dataclasses import replace

import numpy as np
import pytest

from sequence_learning.baselines.boosting import BoostingConfig, LightGbmTabular
from sequence_learning.evaluation.interpretation.permutation import permutation_importance, permuted
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.names import TO_PREDICTION, ColumnName
from tests.builders import make_checkpoint, make_model_input
from tests.evaluation.interpretation.small import names_of, newest_reading, reader, with_events

FEATURES = ["number_0", "number_1", "category_0", "category_1", "channel_0", "channel_1", "channel_2", "code_0"]


def importance(model: object, data: ModelInput, repeats: int = 2) -> dict[str, float]:
    table = permutation_importance(model, data, names_of(data), repeats, seed=0)  # type: ignore[arg-type]
    assert table.columns.tolist() == ["kind", "feature", "importance"]
    return dict(zip(table["feature"], table["importance"], strict=True))


def test_only_what_a_model_reads_is_missed() -> None:
    data = newest_reading(with_events(), channel=1)
    found = importance(reader(data, {1: 1.0}).load_model(), data)
    assert list(found) == FEATURES
    # The score falls from 1 to about -1, as if a stranger's reading were the prediction.
    assert 1 < found.pop("channel_1") < 3
    assert set(found.values()) == {0.0}


def test_tabular_columns_are_told_from_channels() -> None:
    table = permutation_importance(
        make_checkpoint(with_events()).load_model(), with_events(), names_of(with_events()), 1, seed=0
    )
    assert table["kind"].tolist() == ["tabular"] * 4 + ["channel"] * 4
    assert (table["importance"] != 0).all()


def test_baselines_are_asked_too() -> None:
    data = with_events(200)
    data = replace(data, target=data.numeric[:, 1])
    fitted, _ = LightGbmTabular.fit(data, BoostingConfig(n_rounds=50, min_data_in_leaf=5, feature_fraction=1.0), 0)
    found = importance(fitted, data)
    assert found.pop("number_1") > 0.5
    assert max(abs(drop) for drop in found.values()) < 0.1
    assert found["channel_0"] == found["code_0"] == 0


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_classes_are_scored_by_their_own_metric(task: str) -> None:
    data = with_events(task=task)
    reading = newest_reading(data, 1).target
    # The model's one number is the logit of class 1 of two, and of class 0 of three.
    target = reading > 0 if task == "binary" else reading <= 0
    data = replace(data, target=target.astype(np.float32))
    found = importance(reader(data, {1: 1.0}).load_model(), data)
    assert found.pop("channel_1") > 0.1
    assert set(found.values()) == {0.0}


def test_the_same_seed_gives_the_same_and_more_permutations_a_mean() -> None:
    data = with_events()
    model = make_checkpoint(data).load_model()
    assert importance(model, data) == importance(model, data)
    first, both = importance(model, data, repeats=1), importance(model, data, repeats=2)
    assert first != both


def test_a_channel_loses_its_row_and_its_position_and_nothing_else_moves() -> None:
    data = with_events()
    names = replace(names_of(data), values=(ColumnName("a"), ColumnName("a", "missing"), ColumnName("b")))
    moved = permuted(data, names, "channel", "a", np.random.default_rng(0))
    before, after = data.values, moved.values
    assert (before[:, :2] != after[:, :2]).any(axis=1).mean() > 0.9
    # Value and indicator of an event stay together.
    assert sorted(map(tuple, before[:, :2].tolist())) == sorted(map(tuple, after[:, :2].tolist()))
    np.testing.assert_array_equal(before[:, 2], after[:, 2])
    for name in ("codes", "offsets", "numeric", "categorical", "target"):
        assert getattr(moved, name) is getattr(data, name)


def test_a_tabular_column_moves_between_rows() -> None:
    data = with_events()
    moved = permuted(data, names_of(data), "tabular", "category_1", np.random.default_rng(0))
    assert (data.categorical[:, 1] != moved.categorical[:, 1]).any()
    np.testing.assert_array_equal(data.categorical[:, 0], moved.categorical[:, 0])
    assert moved.numeric is data.numeric
    assert moved.values is data.values


def test_ages_go_with_the_time_to_the_prediction() -> None:
    data = with_events(ages=True)
    assert data.ages is not None
    names = names_of(data)
    channel = permuted(data, names, "channel", "channel_0", np.random.default_rng(0))
    assert channel.ages is data.ages
    time = permuted(data, names, "channel", TO_PREDICTION, np.random.default_rng(0))
    assert time.ages is not None
    assert (time.ages != data.ages).any()
    assert sorted(time.ages) == sorted(data.ages)
    by_age = reader(
        data, {0: 1.0}, {"name": "fixed_positional_weighting", "decay": "exponential", "half_life": 1, "unit": "time"}
    )
    data = replace(data, target=np.random.default_rng(0).normal(size=len(data)).astype(np.float32))
    found = importance(by_age.load_model(), data, repeats=1)
    assert [name for name, drop in found.items() if drop] == ["channel_0", TO_PREDICTION]


def test_the_input_is_left_as_it_was() -> None:
    data, again = with_events(), with_events()
    importance(make_checkpoint(data).load_model(), data)
    for name in ("values", "codes", "numeric", "categorical"):
        np.testing.assert_array_equal(getattr(data, name), getattr(again, name))


def test_rows_may_be_empty() -> None:
    data = make_model_input(lengths=[0] * 12)
    found = importance(make_checkpoint(data).load_model(), data)
    assert found["channel_0"] == 0
