import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.ladder import build_ladder, plot_ladder
from sequence_learning.evaluation.rungs import Rung
from sequence_learning.evaluation.uncertainty import difference, holm, scored
from sequence_learning.metrics import METRICS, score
from sequence_learning.parameters import Task
from tests.builders import TASKS

N = 1200
UNITS = pd.Series(np.arange(N), index=np.arange(N))
TRUTH = np.random.default_rng(0).normal(size=N)
#: Errors that all models share, as models of the same data do.
SHARED = np.random.default_rng(1).normal(size=N)

Models = Mapping[str, tuple[Rung, float]]


def predictions_of(
    error: float, test_error: float | None = None, task: Task = "regression", shared: float = 0.99
) -> pd.DataFrame:
    """Two seeds; the standard deviation of the errors on validation and, if it is another, on test rows."""
    part = np.where(np.arange(N) % 2, "test", "validation")
    size = np.where(part == "test", error if test_error is None else test_error, error)
    rng = np.random.default_rng(int(1e6 * error))
    tables = []
    for seed in (0, 1):
        guess = TRUTH + size * (shared * SHARED + np.sqrt(1 - shared**2) * rng.normal(size=N))
        columns: dict[str, Any] = {"target": TRUTH, "prediction": guess}
        if task == "binary":
            p = 1 / (1 + np.exp(-guess))
            columns = {"target": (TRUTH > 0).astype(int), "p_0": 1 - p, "p_1": p}
        elif task == "multiclass":
            logits = np.exp(-((guess[:, None] - [-1, 0, 1]) ** 2))
            p_each = logits / logits.sum(axis=1, keepdims=True)
            columns = {"target": np.digitize(TRUTH, [-0.5, 0.5])} | {f"p_{k}": p_each[:, k] for k in range(3)}
        tables.append(pd.DataFrame({"id": np.arange(N), "part": part, "seed": seed} | columns))
    return pd.concat(tables, ignore_index=True)


def ladder_of(models: Models, *, has_times: bool = True, **options: Any) -> pd.DataFrame:
    predictions = {name: predictions_of(error) for name, (_, error) in models.items()}
    rungs = {name: rung for name, (rung, _) in models.items()}
    return build_ladder("regression", predictions, rungs, UNITS, has_times, **options)


def meaning(models: Models, rung: Rung, **options: Any) -> str:
    return str(ladder_of(models, **options).set_index("rung").loc[rung, "meaning"])


WHOLE: Models = {
    "gru": ("time_aware", 0.3),
    "statistical_aggregation": ("order_free", 0.5),
    "lightgbm_order_free": ("order_free", 0.6),
    "gru_blind_to_time": ("order_aware", 0.4),
    "predict_the_mean": ("mean", 1.0),
    "lightgbm_tabular": ("tabular", 0.8),
    "tabular_only": ("tabular", 0.9),
    "lightgbm_length": ("length", 0.7),
}


WHOLE_BEST = {
    "tabular": "lightgbm tabular",
    "length": "lightgbm length",
    "order_free": "statistical aggregation",
    "time_aware": "gru",
}


def test_rungs_come_in_order_with_the_best_model_of_each() -> None:
    table = ladder_of(WHOLE)
    assert table[["rung", "encoder"]].to_numpy().tolist() == [
        ["mean", "predict_the_mean"],
        ["tabular", "lightgbm_tabular"],
        ["length", "lightgbm_length"],
        ["order_free", "statistical_aggregation"],
        ["order_aware", "gru_blind_to_time"],
        ["time_aware", "gru"],
    ]
    assert list(table.columns) == [
        "rung", "encoder", "score", "low", "high", "gain", "gain_low", "gain_high", "p", "also", "meaning"
    ]  # fmt: skip
    assert table["also"].astype(bool).tolist() == [False, True, False, True, False, False]


@pytest.mark.parametrize("task", TASKS)
def test_scores_and_gains_are_those_of_test_rows_paired_with_the_best_below(task: Task) -> None:
    errors = {"predict_the_mean": 1.0, "tabular_only": 0.9, "gru": 0.4}
    predictions = {name: predictions_of(error, task=task) for name, error in errors.items()}
    rungs: dict[str, Rung] = {"predict_the_mean": "mean", "tabular_only": "tabular", "gru": "order_aware"}
    table = build_ladder(task, predictions, rungs, UNITS, has_times=False, confidence=0.9).iloc[:3]
    tests = {name: own.query("part == 'test'") for name, own in predictions.items()}
    metric = METRICS[task][0]
    expected = [np.mean([score(task, rows)[metric] for _, rows in own.groupby("seed")]) for own in tests.values()]
    assert table["score"].tolist() == pytest.approx(expected)
    assert (table["low"] < table["score"]).all()
    assert (table["score"] < table["high"]).all()
    one, two, three = (scored(task, own, UNITS) for own in tests.values())
    gains = [difference(two, one, 0.9), difference(three, two, 0.9)]
    assert table["gain"].tolist() == pytest.approx([np.nan, *(gain.value for gain in gains)], nan_ok=True)
    assert table["gain_low"].tolist() == pytest.approx([np.nan, *(gain.low for gain in gains)], nan_ok=True)
    assert table["gain_high"].tolist() == pytest.approx([np.nan, *(gain.high for gain in gains)], nan_ok=True)
    corrected = holm(np.array([gain.p for gain in gains]))
    assert table["p"].tolist() == pytest.approx([np.nan, *corrected], nan_ok=True)


def test_the_best_is_chosen_on_validation_rows() -> None:
    predictions = {"gru": predictions_of(0.5, 0.8), "lstm": predictions_of(0.6, 0.2), "cnn": predictions_of(0.9)}
    rungs: dict[str, Rung] = dict.fromkeys(predictions, "order_aware")
    (row,) = build_ladder("regression", predictions, rungs, UNITS, has_times=True).to_dict("records")
    assert row["encoder"] == "gru"
    lstm, cnn = (
        scored("regression", predictions[name].query("part == 'test'"), UNITS).mean for name in ("lstm", "cnn")
    )
    assert row["also"] == f"lstm {lstm:.3f}, cnn {cnn:.3f}"
    assert row["score"] < lstm


def test_the_lowest_rung_gains_nothing() -> None:
    table = ladder_of({"gru": ("order_aware", 0.4), "tabular_only": ("tabular", 0.9)})
    assert table.loc[0, ["gain", "gain_low", "gain_high", "p"]].isna().all()
    score, low, high = table.loc[0, ["score", "low", "high"]]
    assert table.loc[0, "meaning"] == (
        f"Tabular only reaches R² {score:.3f} ({low:.3f} to {high:.3f}); no model was trained that knows less."
    )


def test_a_gain_is_said_to_help_with_its_interval() -> None:
    table = ladder_of(WHOLE).set_index("rung")
    row = table.loc["order_aware"]
    assert row["meaning"] == (
        f"Knowing the order of events helps: gru blind to time reaches R² {row['score']:.3f}, {row['gain']:.3f} "
        f"({row['gain_low']:.3f} to {row['gain_high']:.3f}) above statistical aggregation, the best that sees the "
        "events in no order."
    )
    for rung, knowing, below in (
        ("tabular", "the tabular features", "predict the mean, which knows no features"),
        ("length", "how many events there were", "lightgbm tabular, the best on the tabular features alone"),
        (
            "order_free",
            "what the events say",
            "lightgbm length, the best that knows no more of the events than their number",
        ),
        (
            "time_aware",
            "the times of events",
            "gru blind to time, the best that sees the order of events but not their times",
        ),
    ):
        words = str(table.loc[rung, "meaning"])
        assert words.startswith(f"Knowing {knowing} helps: {WHOLE_BEST[rung]} reaches R² ")
        assert words.endswith(f" above {below}.")


def test_a_weak_rung_does_not_make_the_next_one_look_strong() -> None:
    models: Models = {
        "statistical_aggregation": ("order_free", 0.5),
        "gru_blind_to_time": ("order_aware", 0.8),
        "gru": ("time_aware", 0.6),
    }
    row = ladder_of(models).iloc[2]
    assert row["gain_high"] < 0
    assert row["meaning"].startswith("Knowing the times of events costs more than it gives: gru reaches")
    assert row["meaning"].endswith(" below statistical aggregation, the best that sees the events in no order.")


def test_a_loss_is_said_to_cost_with_its_interval() -> None:
    row = ladder_of({"gru": ("order_aware", 0.7), "statistical_aggregation": ("order_free", 0.5)}).iloc[1]
    assert row["gain_high"] < 0
    assert row["meaning"] == (
        f"Knowing the order of events costs more than it gives: gru reaches R² {row['score']:.3f}, {-row['gain']:.3f} "
        f"({-row['gain_high']:.3f} to {-row['gain_low']:.3f}) below statistical aggregation, the best that sees the "
        "events in no order."
    )


def test_no_difference_is_said_with_what_it_may_be() -> None:
    predictions = {"statistical_aggregation": predictions_of(0.5, shared=0.5), "gru": predictions_of(0.501, shared=0.5)}
    rungs: dict[str, Rung] = {"statistical_aggregation": "order_free", "gru": "order_aware"}
    row = build_ladder("regression", predictions, rungs, UNITS, has_times=True).iloc[1]
    assert row["gain_low"] < 0 < row["gain_high"]
    assert row["meaning"] == (
        "Knowing the order of events adds nothing that these rows can show: gru lies between a loss of "
        f"{-row['gain_low']:.3f} and a gain of {row['gain_high']:.3f} R² against statistical aggregation, the best "
        "that sees the events in no order."
    )


def test_the_same_predictions_differ_by_nothing() -> None:
    same: Models = {"gru": ("order_aware", 0.5), "statistical_aggregation": ("order_free", 0.5)}
    assert "between a loss of 0.000 and a gain of 0.000 R²" in meaning(same, "order_aware")


@pytest.mark.parametrize(
    ("error", "verdict", "side"), [(0.4, "may help", "above"), (0.7, "may cost more than it gives", "below")]
)
def test_what_is_not_certain_among_all_rungs_is_said_to_be_possible(
    error: float, verdict: str, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sequence_learning.evaluation.ladder.holm", lambda p: np.full(len(p), 0.06))
    models: Models = {"gru": ("order_aware", error), "statistical_aggregation": ("order_free", 0.5)}
    doubted = meaning(models, "order_aware")
    assert doubted.startswith(
        f"Knowing the order of events {verdict}, though not for certain when all rungs are judged together: gru reaches"
    )
    assert f" {side} statistical aggregation" in doubted
    assert "though" not in meaning(models, "order_aware", confidence=0.9)
    assert ladder_of(models).loc[1, "p"] == 0.06


def test_rungs_without_a_model_are_left_out_and_what_they_would_know_is_named() -> None:
    models: Models = {"gru": ("order_aware", 0.4), "tabular_only": ("tabular", 0.9), "predict_the_mean": ("mean", 1.0)}
    assert ladder_of(models)["rung"].tolist() == ["mean", "tabular", "order_aware"]
    assert meaning(models, "order_aware").startswith(
        "Knowing how many events there were, what the events say and the order of events helps: gru"
    )


def test_data_without_times_are_said_to_have_none() -> None:
    table = ladder_of({"gru": ("order_aware", 0.4), "tabular_only": ("tabular", 0.9)}, has_times=False)
    last = table.iloc[-1]
    assert (last["rung"], last["encoder"], last["also"]) == ("time_aware", "", "")
    assert last["meaning"].startswith("The events of these data have no times (schema.time)")
    assert pd.isna(last["score"])


@pytest.mark.parametrize(("task", "words"), [("regression", "the mean"), ("binary", "the shares of the classes")])
def test_the_mean_is_said_to_know_nothing(task: Task, words: str) -> None:
    predictions = {"predict_the_mean": predictions_of(1.0, task=task)}
    (row,) = build_ladder(task, predictions, {"predict_the_mean": "mean"}, UNITS, has_times=True).to_dict("records")
    assert row["meaning"].startswith(f"Knowing no features, {words} of the training rows as prediction")
    assert f"{'R²' if task == 'regression' else 'AUC'} {row['score']:.3f} ({row['low']:.3f} to" in row["meaning"]


def test_a_score_that_rounds_to_zero_has_no_sign() -> None:
    mean = predictions_of(0.0).assign(prediction=TRUTH[1::2].mean() + 0.01)
    ladder = build_ladder("regression", {"predict_the_mean": mean}, {"predict_the_mean": "mean"}, UNITS, has_times=True)
    assert -0.0005 < ladder["score"].iloc[0] < 0
    assert "R² 0.000 (" in ladder["meaning"].iloc[0]


def test_a_model_without_a_rung_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"every model needs a rung, but lstm has none; name it in evaluation/rungs.py"
    ):
        build_ladder("regression", {"lstm": predictions_of(0.5)}, {"gru": "order_aware"}, UNITS, has_times=True)


def test_the_figure_has_a_point_with_its_interval_per_rung_that_has_a_model() -> None:
    table = ladder_of({"gru": ("order_aware", 0.4), "learned_weighted_average": ("order_free", 0.9)}, has_times=False)
    figure = plot_ladder(table, "r2")
    (points,) = figure.data
    scores = table["score"].iloc[:2]
    assert list(points.x) == scores.tolist()
    assert list(points.y) == [
        f"<b>+ events: {scores[0]:.3f}</b><br>learned weighted<br>average",
        f"<b>+ order: {scores[1]:.3f}</b><br>gru",
    ]
    np.testing.assert_allclose(points.x + points.error_x.array, table["high"].iloc[:2])
    np.testing.assert_allclose(points.x - points.error_x.arrayminus, table["low"].iloc[:2])
    assert "R²" in figure.layout.xaxis.title.text
    assert json.loads(figure.to_json())["data"]
