import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.leaderboard import build_leaderboard
from sequence_learning.metrics import METRICS

BASELINE = "predict_the_mean"
LATENCY = {"gru": {"batch_1": 0.5, "batch_256": 9.0}, "cnn": {"batch_1": 0.2, "batch_256": 4.0}}
RESULTS = pd.DataFrame(
    [
        {"encoder": "cnn", "seed": 0, "r2": 0.5, "rmse": 1.0, "mae": 0.5, "parameters": 10, "fit_seconds": 2.0},
        {"encoder": "cnn", "seed": 1, "r2": 0.7, "rmse": 3.0, "mae": 0.5, "parameters": 10, "fit_seconds": 4.0},
        {"encoder": "gru", "seed": 0, "r2": 0.9, "rmse": 0.5, "mae": 0.1, "parameters": 20, "fit_seconds": 8.0},
        {"encoder": BASELINE, "seed": 0, "r2": 0.0, "rmse": 5.0, "mae": 4.0},
    ]
)


def test_the_best_model_is_first() -> None:
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        assert list(build_leaderboard("regression", RESULTS.iloc[order], LATENCY)["encoder"]) == [
            "gru",
            "cnn",
            BASELINE,
        ]


def test_scores_are_means_with_sample_deviations_over_seeds() -> None:
    board = build_leaderboard("regression", RESULTS, LATENCY).set_index("encoder")
    assert board.loc["cnn", ["r2", "rmse", "mae"]].tolist() == pytest.approx([0.6, 2.0, 0.5])
    assert board.loc["cnn", ["r2_std", "rmse_std", "mae_std"]].tolist() == pytest.approx([np.sqrt(0.02), np.sqrt(2), 0])
    assert board["seeds"].to_dict() == {"gru": 1, "cnn": 2, BASELINE: 1}


def test_one_seed_has_no_spread() -> None:
    board = build_leaderboard("regression", RESULTS, LATENCY).set_index("encoder")
    assert board.loc[["gru", BASELINE], "r2_std"].isna().all()


def test_costs_and_latency_stand_beside_the_scores_and_are_missing_for_the_baseline() -> None:
    board = build_leaderboard("regression", RESULTS, LATENCY).set_index("encoder")
    measured = ["parameters", "fit_seconds", "latency_ms_batch_1", "latency_ms_batch_256"]
    assert board.loc["cnn", measured].tolist() == [10, 3.0, 0.2, 4.0]
    assert board.loc["gru", measured].tolist() == [20, 8.0, 0.5, 9.0]
    assert board.loc[BASELINE, measured].isna().all()


def test_the_ranking_metric_is_the_first_number() -> None:
    for task, metrics in METRICS.items():
        results = pd.DataFrame([{"encoder": "cnn", "seed": 0} | dict.fromkeys(metrics, 0.5)])
        board = build_leaderboard(task, results, {"cnn": {"batch_1": 1.0}})
        columns = [name for metric in metrics for name in (metric, f"{metric}_std")]
        assert list(board.columns) == ["encoder", *columns, "seeds", "latency_ms_batch_1"]


def test_an_undefined_score_is_last() -> None:
    results = pd.DataFrame(
        [
            {"encoder": name, "seed": 0} | dict.fromkeys(METRICS["binary"], 0.5) | {"auc": auc}
            for name, auc in (("cnn", np.nan), ("gru", 0.4), ("lstm", 0.6))
        ]
    )
    assert list(build_leaderboard("binary", results, LATENCY)["encoder"]) == ["lstm", "gru", "cnn"]
