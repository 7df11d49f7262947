import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.leaderboard import build_leaderboard
from sequence_learning.metrics import METRICS

BASELINE = "predict_the_mean"
LATENCY = pd.DataFrame(
    [
        ("gru", "eager", "model", 1024, 9.0),
        ("gru", "eager", "model", 1, 0.5),
        ("gru", "onnx", "model", 1, 0.1),
        ("gru", "eager", "with_features", 1, 2.0),
        ("cnn", "cuda", "model", 1, 0.1),
        ("cnn", "eager", "model", 1, 0.2),
        ("cnn", "eager", "model", 1024, 4.0),
        (BASELINE, "eager", "model", 1, 0.05),
    ],
    columns=["encoder", "runtime", "scope", "batch_size", "p50_ms"],
)
FOOTPRINT = pd.DataFrame(
    [("cnn", 100.0, 2.0, 5000.0), ("gru", 80.0, 1.5, 4000.0), (BASELINE, 0.5, None, None)],
    columns=["encoder", "disk_kb", "peak_memory_mb", "flops"],
)
SCORES = pd.DataFrame(
    [("cnn", 0.6, 0.5, 0.7), ("gru", 0.9, 0.8, 1.0), (BASELINE, 0.0, -0.1, 0.1)],
    columns=["encoder", "score", "low", "high"],
)
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
        assert list(build_leaderboard("regression", RESULTS.iloc[order], SCORES, LATENCY, FOOTPRINT)["encoder"]) == [
            "gru",
            "cnn",
            BASELINE,
        ]


def test_scores_are_means_with_sample_deviations_over_seeds() -> None:
    board = build_leaderboard("regression", RESULTS, SCORES, LATENCY, FOOTPRINT).set_index("encoder")
    assert board.loc["cnn", ["r2", "rmse", "mae"]].tolist() == pytest.approx([0.6, 2.0, 0.5])
    assert board.loc["cnn", ["r2_std", "rmse_std", "mae_std"]].tolist() == pytest.approx([np.sqrt(0.02), np.sqrt(2), 0])
    assert board["seeds"].to_dict() == {"gru": 1, "cnn": 2, BASELINE: 1}


def test_the_interval_stands_beside_the_ranking_metric() -> None:
    board = build_leaderboard("regression", RESULTS, SCORES, LATENCY, FOOTPRINT).set_index("encoder")
    assert board.loc["gru", ["r2_low", "r2_high"]].tolist() == [0.8, 1.0]
    assert not {"rmse_low", "mae_high"} & set(board)


def test_one_seed_has_no_spread() -> None:
    board = build_leaderboard("regression", RESULTS, SCORES, LATENCY, FOOTPRINT).set_index("encoder")
    assert board.loc[["gru", BASELINE], "r2_std"].isna().all()


def test_costs_latency_and_footprint_stand_beside_the_scores() -> None:
    board = build_leaderboard("regression", RESULTS, SCORES, LATENCY, FOOTPRINT).set_index("encoder")
    measured = ["parameters", "fit_seconds", "latency_ms_batch_1", "latency_ms_batch_1024"]
    measured += ["disk_kb", "peak_memory_mb", "flops"]
    assert list(board.columns[-7:]) == measured
    assert board.loc["cnn", measured].tolist() == [10, 3.0, 0.2, 4.0, 100.0, 2.0, 5000.0]
    assert board.loc["gru", measured].tolist() == [20, 8.0, 0.5, 9.0, 80.0, 1.5, 4000.0]


def test_what_a_baseline_was_not_measured_for_is_missing() -> None:
    board = build_leaderboard("regression", RESULTS, SCORES, LATENCY, FOOTPRINT).set_index("encoder")
    assert board.loc[BASELINE, ["latency_ms_batch_1", "disk_kb"]].tolist() == [0.05, 0.5]
    missing = ["parameters", "fit_seconds", "latency_ms_batch_1024", "peak_memory_mb", "flops"]
    assert board.loc[BASELINE, missing].isna().all()


def test_the_ranking_metric_is_the_first_number() -> None:
    for task, metrics in METRICS.items():
        results = pd.DataFrame([{"encoder": "cnn", "seed": 0} | dict.fromkeys(metrics, 0.5)])
        board = build_leaderboard(task, results, SCORES, LATENCY.query("batch_size == 1"), FOOTPRINT)
        columns = [name for metric in metrics for name in (metric, f"{metric}_std")]
        columns += [f"{metrics[0]}_low", f"{metrics[0]}_high", "seeds", "latency_ms_batch_1"]
        assert list(board.columns) == ["encoder", *columns, *FOOTPRINT.columns[1:]]


def test_an_undefined_score_is_last() -> None:
    results = pd.DataFrame(
        [
            {"encoder": name, "seed": 0} | dict.fromkeys(METRICS["binary"], 0.5) | {"auc": auc}
            for name, auc in (("cnn", np.nan), ("gru", 0.4), ("lstm", 0.6))
        ]
    )
    assert list(build_leaderboard("binary", results, SCORES, LATENCY, FOOTPRINT)["encoder"]) == ["lstm", "gru", "cnn"]
