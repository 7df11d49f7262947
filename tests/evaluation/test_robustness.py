import json

import numpy as np
import pandas as pd
import pytest

from sequence_learning.baselines.base import BaselineConfig
from sequence_learning.baselines.boosting import AggregatesConfig, BoostingConfig, LightGbmAggregates, LightGbmLength
from sequence_learning.baselines.predict_the_mean import PredictTheMean
from sequence_learning.evaluation.parameters import RobustnessParameters
from sequence_learning.evaluation.robustness import Model, drops, plot_drops, predict_altered
from sequence_learning.features.model_input import ModelInput
from sequence_learning.metrics import METRICS, score
from sequence_learning.training.predict import original_target
from tests.builders import make_checkpoint, make_model_input

PARAMETERS = RobustnessParameters(last=(1, 50), most_rows=10)
ALTERATIONS = ["unaltered", "shuffled", "random_half", "last_1", "last_50"]


def ids_of(data: ModelInput) -> np.ndarray:
    return 1000 + np.arange(len(data))[::-1]


def units_of(data: ModelInput) -> "pd.Series[int]":
    return pd.Series(ids_of(data), index=ids_of(data))


def untrained(data: ModelInput, *encoders: str) -> dict[str, dict[int, Model]]:
    return {encoder: {seed: make_checkpoint(data, encoder, seed) for seed in (0, 1)} for encoder in encoders}


def predicted(table: pd.DataFrame, encoder: str, alteration: str) -> np.ndarray:
    own = table[(table["encoder"] == encoder) & (table["alteration"] == alteration)]
    return own.filter(regex=r"^(prediction|p_\d+)$").to_numpy()


def test_every_model_seed_and_alteration_predicts_the_same_rows(model_input: ModelInput) -> None:
    altered = predict_altered(model_input, untrained(model_input, "gru", "cnn"), ids_of(model_input), PARAMETERS, 1)
    groups = altered.groupby(["encoder", "seed", "alteration"], sort=False)
    assert list(groups.groups) == [(e, s, a) for e in ("gru", "cnn") for s in (0, 1) for a in ALTERATIONS]
    test = model_input.rows("test")
    target = dict(zip(ids_of(model_input)[test], original_target(model_input, test), strict=True))
    first = altered["id"].iloc[:10].tolist()
    assert len(set(first)) == 10 < len(test)
    for _, rows in groups:
        assert rows["id"].tolist() == first
        assert rows["target"].tolist() == [target[i] for i in first]
    assert altered.notna().all(axis=None)


def test_altered_rows_meet_the_models(regression_input: ModelInput) -> None:
    data, parameters = regression_input, PARAMETERS.model_copy(update={"most_rows": 1000})
    models = untrained(data, "gru", "statistical_aggregation")
    altered = predict_altered(data, models, ids_of(data), parameters, 1)
    assert altered["id"].nunique() == len(data.rows("test"))
    from sequence_learning.training.predict import predict

    expected = predict(models["gru"][0].load_model(), data, data.rows("test"))["prediction"]
    gru = predicted(altered, "gru", "unaltered")
    np.testing.assert_allclose(gru[: len(expected), 0], expected, rtol=1e-6)
    np.testing.assert_array_equal(predicted(altered, "gru", "last_50"), gru)
    for alteration in ("shuffled", "random_half", "last_1"):
        assert not np.allclose(predicted(altered, "gru", alteration), gru)
    blind = "statistical_aggregation"
    np.testing.assert_allclose(predicted(altered, blind, "shuffled"), predicted(altered, blind, "unaltered"), rtol=1e-5)


def test_the_seed_says_what_is_drawn(regression_input: ModelInput) -> None:
    data, models = regression_input, untrained(regression_input, "gru")
    first, again, other = (
        predict_altered(data, models, ids_of(data), PARAMETERS.model_copy(update={"seed": seed}), 1)
        for seed in (0, 0, 1)
    )
    pd.testing.assert_frame_equal(first, again)
    assert first["id"].tolist() != other["id"].tolist()


def test_models_that_do_not_look_at_the_sequence_are_left_out(regression_input: ModelInput) -> None:
    data = regression_input
    mean, _ = PredictTheMean.fit(data, BaselineConfig(), 0)
    length, _ = LightGbmLength.fit(data, BoostingConfig(n_rounds=5), 0)
    blind: dict[str, dict[int, Model]] = {"predict_the_mean": {0: mean}, **untrained(data, "tabular_only")}
    altered = predict_altered(data, blind | {"lightgbm_length": {0: length}}, ids_of(data), PARAMETERS, 1)
    assert set(altered["encoder"]) == {"lightgbm_length"}
    nothing = drops("regression", predict_altered(data, blind, ids_of(data), PARAMETERS, 1), units_of(data))
    assert nothing.empty
    assert json.loads(plot_drops(nothing).to_json())["data"]


def test_a_model_that_uses_the_newest_event_loses_by_a_shuffle_and_nothing_by_being_cut_to_it() -> None:
    data = make_model_input(lengths=[6] * 1500)
    newest = np.take(data.values, 0, axis=1)[data.offsets[1:] - 1]
    data.target[:] = newest / newest.std()
    trees, _ = LightGbmAggregates.fit(data, AggregatesConfig(n_rounds=100, last_k=1), 0)
    parameters = RobustnessParameters(last=(1, 6))
    altered = predict_altered(data, {"lightgbm_aggregates": {0: trees}}, ids_of(data), parameters, 1)
    table = drops("regression", altered, units_of(data)).set_index("alteration")
    assert list(table.columns) == ["encoder", "score", "drop", "low", "high", "p"]
    assert table.loc["unaltered", "score"] > 0.9
    assert table.loc["unaltered", ["drop", "low", "high", "p"]].isna().all()
    shuffled = table.loc["shuffled"]
    assert 0.9 < shuffled["low"] < shuffled["drop"] < shuffled["high"]
    assert shuffled["p"] < 1e-6
    assert table.loc["last_1", "drop"] < 0.2
    assert table.loc["last_6", ["drop", "low", "high", "p"]].tolist() == [0, 0, 0, 1]


def test_drops_are_differences_of_mean_scores(model_input: ModelInput) -> None:
    altered = predict_altered(model_input, untrained(model_input, "gru"), ids_of(model_input), PARAMETERS, 1)
    task = model_input.target_spec.task
    table = drops(task, altered, units_of(model_input)).set_index("alteration")
    for alteration, rows in altered.groupby("alteration"):
        expected = np.mean([score(task, own)[METRICS[task][0]] for _, own in rows.groupby("seed")])
        assert table.loc[alteration, "score"] == pytest.approx(expected, nan_ok=True)
    expected_drop = table.loc["unaltered", "score"] - table.loc["last_1", "score"]
    assert table.loc["last_1", "drop"] == pytest.approx(expected_drop, nan_ok=True)


def test_intervals_are_as_wide_as_the_confidence_asks() -> None:
    data = make_model_input(n_rows=200)
    altered = predict_altered(data, untrained(data, "gru"), ids_of(data), PARAMETERS, 1)
    narrow, wide = (drops("regression", altered, units_of(data), confidence).iloc[1] for confidence in (0.8, 0.99))
    assert wide["low"] < narrow["low"] < narrow["drop"] < narrow["high"] < wide["high"]


def test_the_figure_has_a_cell_per_model_and_alteration_and_what_loses_most_on_top() -> None:
    rows = [
        ("gru", "unaltered", 0.9, None),
        ("gru", "shuffled", 0.4, 0.5),
        ("gru", "last_1", 0.8, 0.1),
        ("learned_static_positional_weighting", "unaltered", 0.9, None),
        ("learned_static_positional_weighting", "shuffled", 0.8, 0.1),
        ("learned_static_positional_weighting", "last_1", 1.2, -0.3),
    ]
    (cells,) = plot_drops(pd.DataFrame(rows, columns=["encoder", "alteration", "score", "drop"])).data
    assert list(cells.x) == ["shuffled", "last 1"]
    assert list(cells.y) == ["learned static<br>positional<br>weighting", "gru"]
    np.testing.assert_allclose(cells.z, [[0.1, -0.3], [0.5, 0.1]])
    # White is no drop, and the largest one of many does not take all the colours.
    assert cells.zmin == -cells.zmax
    assert 0.3 < cells.zmax < 0.5
    assert cells.colorbar.title.text == "drop of the score, larger ones in the last colour"
