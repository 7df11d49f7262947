from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from sequence_learning.evaluation.comparison import difference_table, score_models, score_table, validation_scores
from sequence_learning.evaluation.uncertainty import Scored, difference, estimate, holm
from tests.evaluation.simulated import World

WORLD = World("regression", n_seeds=2, n_groups=40)


@pytest.fixture(scope="module")
def models() -> dict[str, Scored]:
    drawn = WORLD.draw(np.random.default_rng(0), {"cnn": 0.8, "gru": 0.3, "lstm": 0.5})
    tables = {name: table.assign(part="test") for name, table in drawn.items()}
    return score_models("regression", tables, WORLD.groups())


def test_test_rows_alone_are_scored() -> None:
    (table,) = WORLD.draw(np.random.default_rng(0), {"gru": 0.3}).values()
    part = np.where(table["id"] < 10, "validation", "test")
    (found,) = score_models("regression", {"gru": table.assign(part=part)}, WORLD.groups()).values()
    assert found.units.tolist() == list(range(10, 40))


def test_validation_rows_alone_give_the_validation_scores() -> None:
    drawn = WORLD.draw(np.random.default_rng(0), {"gru": 0.3, "cnn": 0.8})
    part = {name: np.where(table["id"] < 10, "validation", "test") for name, table in drawn.items()}
    found = validation_scores("regression", {name: table.assign(part=part[name]) for name, table in drawn.items()})
    for name, table in drawn.items():
        rows = table[part[name] == "validation"]
        own = [r2_score(seed["target"], seed["prediction"]) for _, seed in rows.groupby("seed")]
        assert found[name] == pytest.approx(np.mean(own))
    none = {name: table.assign(part="test") for name, table in drawn.items()}
    one_row = {name: table.assign(part=np.where(table["id"] < 1, "validation", "test")) for name, table in none.items()}
    assert set(validation_scores("regression", one_row).values()) == {-np.inf}


def test_every_model_has_its_score_with_its_interval_best_first(models: dict[str, Scored]) -> None:
    table = score_table(models, {"cnn": 0.1, "gru": 0.3, "lstm": 0.2}, confidence=0.9)
    assert list(table.columns) == [
        "encoder", "score", "low", "high", "standard_error", "validation_score", "seeds", "units",
    ]  # fmt: skip
    assert table["encoder"].tolist() == ["gru", "lstm", "cnn"]
    assert table["score"].is_monotonic_decreasing
    own = estimate(models["lstm"], 0.9)
    assert table.iloc[1].tolist() == ["lstm", own.value, own.low, own.high, own.standard_error, 0.2, 2, 40]


def test_every_pair_stands_there_both_ways_round(models: dict[str, Scored]) -> None:
    table = difference_table(models, confidence=0.9)
    assert set(zip(table["encoder"], table["other"], strict=True)) == set(permutations(models, 2))
    rows = table.set_index(["encoder", "other"])
    for one, other in permutations(models, 2):
        own = difference(models[one], models[other], 0.9)
        expected = [own.value, own.low, own.high, own.standard_error, own.df, own.p]
        assert rows.loc[(one, other)].tolist()[:-1] == pytest.approx(expected)


def test_p_values_are_corrected_for_the_number_of_pairs_not_of_rows(models: dict[str, Scored]) -> None:
    table = difference_table(models)
    once = table[table["encoder"] < table["other"]]
    assert len(once) == 3
    assert once["p_holm"].to_numpy() == pytest.approx(holm(once["p"].to_numpy()))


def test_models_that_predict_the_same_differ_by_a_plain_zero(models: dict[str, Scored]) -> None:
    table = difference_table({"one": models["gru"], "other": models["gru"]})
    for column in ("difference", "low", "high"):
        assert [f"{value:+.3f}" for value in table[column]] == ["+0.000", "+0.000"]
    assert table["p_holm"].tolist() == [1, 1]


def test_a_model_alone_has_a_score_and_no_pair(models: dict[str, Scored]) -> None:
    alone = {"gru": models["gru"]}
    assert len(score_table(alone, {"gru": 0.5})) == 1
    table = difference_table(alone)
    assert table.empty
    assert list(table.columns) == list(difference_table(models).columns)
    assert all(pd.api.types.is_float_dtype(table[name]) for name in table.columns[2:])
