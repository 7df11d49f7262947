import numpy as np
import pandas as pd
import pytest

from sequence_learning.diagnosis.curves import advise, plan_curves, summarise_curves
from sequence_learning.diagnosis.matrix import half_width
from sequence_learning.diagnosis.parameters import CurvesParameters
from tests.diagnosis.small import make_bench


def test_every_encoder_meets_every_size_of_each_task_and_test_rows_stay_as_many() -> None:
    bench = make_bench(seeds=[0, 1], training={"max_epochs": 10})
    parameters = CurvesParameters(
        tasks={"order_free": (10, 40), "linear_recency": (80,)}, encoders=("gru", "tabular_only")
    )
    trials = plan_curves(bench, parameters)
    assert [(t.task.name, t.rows.train, t.name, t.seed) for t in trials] == [
        (task, size, encoder, seed)
        for task, size in (("order_free", 10), ("order_free", 40), ("linear_recency", 80))
        for encoder in ("gru", "tabular_only")
        for seed in (0, 1)
    ]
    assert {trial.rows.test for trial in trials} == {30}
    assert {(t.rows.train, t.rows.validation, t.training.max_epochs) for t in trials} == {
        (10, 2, 40),
        (40, 10, 10),
        (80, 10, 8),
    }


def test_curves_need_numbers_with_nothing_missing_whatever_the_diagnosis_measures() -> None:
    bench = make_bench(options={"target": "binary", "missing": 0.2, "max_length": 9})
    parameters = CurvesParameters(tasks={"order_free": (10,)}, encoders=("gru",))
    (trial,) = plan_curves(bench, parameters)
    config = trial.task.build().config
    assert (config.target, config.missing, config.max_length) == ("regression", 0.0, 9)


def test_mistakes_are_refused_before_anything_is_trained() -> None:
    bench = make_bench()
    with pytest.raises(ValueError, match="must be a configured encoder, got 'lstm'"):
        plan_curves(bench, CurvesParameters(tasks={"order_free": (10,)}, encoders=("lstm",)))


def test_a_point_is_the_mean_over_seeds() -> None:
    points = [(30, "gru", 80.0, 2.0), (30, "gru", 90.0, 4.0), (10, "gru", 50.0, 1.0), (30, "cnn", 70.0, 5.0)]
    results = pd.DataFrame(points, columns=["train_rows", "model", "attained", "fit_seconds"]).assign(task="order_free")
    first, few, other = summarise_curves(results).to_dict("records")
    assert (first["task"], first["train_rows"], first["model"], first["seeds"]) == ("order_free", 30, "gru", 2)
    assert (first["attained"], first["fit_seconds"]) == (85.0, 3.0)
    assert first["attained_interval"] == pytest.approx(half_width(pd.Series([80.0, 90.0])))
    assert (few["train_rows"], few["attained"]) == (10, 50.0)
    assert np.isnan(few["attained_interval"])
    assert (other["model"], other["attained"]) == ("cnn", 70.0)


def curves(*points: tuple[str, float, float], task: str = "order_free", train_rows: int = 10) -> pd.DataFrame:
    columns = ["model", "attained", "fit_seconds"]
    return pd.DataFrame(points, columns=columns).assign(task=task, train_rows=train_rows)


@pytest.mark.parametrize(
    ("quick", "use"),
    [(96.0, "quick"), (95.9, "best")],  # the margin is two points
)
def test_advice_is_the_quickest_within_the_margin(quick: float, use: str) -> None:
    points = curves(("slow", 97.5, 9.0), ("best", 98.0, 5.0), ("quick", quick, 1.0), ("hopeless", 10.0, 0.1))
    (row,) = advise(points).to_dict("records")
    assert row == {
        "task": "order_free",
        "train_rows": 10,
        "use": use,
        "attained": {"quick": quick, "best": 98.0}[use],
        "best": "best",
        "best_attained": 98.0,
    }


def test_a_wider_margin_admits_more() -> None:
    points = curves(("best", 98.0, 5.0), ("quick", 90.0, 1.0))
    assert advise(points, margin=8.0)["use"].tolist() == ["quick"]
    assert advise(points, margin=7.9)["use"].tolist() == ["best"]


def test_every_task_and_size_has_advice_of_its_own() -> None:
    tables = [
        curves(("gru", 90.0, 5.0), ("cnn", 10.0, 1.0)),
        curves(("gru", 90.0, 5.0), ("cnn", 89.0, 1.0), train_rows=20),
        curves(("gru", 10.0, 5.0), ("cnn", 90.0, 9.0), task="local_motif"),
    ]
    assert advise(pd.concat(tables))[["task", "train_rows", "use"]].to_numpy().tolist() == [
        ["order_free", 10, "gru"],
        ["order_free", 20, "cnn"],
        ["local_motif", 10, "cnn"],
    ]
