from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sequence_learning.io.tracked_table_dataset import TrackedTableDataset, curves, final_metrics

HISTORY = pd.DataFrame(
    {"encoder": "gru", "seed": [0, 0, 1], "epoch": [0, 1, 0], "val_loss": [4.0, 2.0, 6.0], "train_loss": [1.0, 2, 3]}
)
RESULTS = pd.DataFrame({"encoder": "gru", "seed": [0, 1, 2], "r2": [0.1, 0.2, 0.3], "epochs": [5, 5, 5]})

LONG = pd.DataFrame({"seed": 0, "round": range(1500), "loss": range(1500)})


def points(curve: list[dict[str, float]]) -> list[tuple[float, float]]:
    return [(point["step"], point["value"]) for point in curve]


def test_curves_are_the_mean_over_the_seeds_that_got_there_and_each_seed() -> None:
    histories = {name: points(curve) for name, curve in curves(HISTORY, "epoch").items()}
    assert histories == {
        "val_loss": [(0, 5.0), (1, 2.0)],
        "val_loss_seed_0": [(0, 4.0), (1, 2.0)],
        "val_loss_seed_1": [(0, 6.0)],
        "train_loss": [(0, 2.0), (1, 2.0)],
        "train_loss_seed_0": [(0, 1.0), (1, 2.0)],
        "train_loss_seed_1": [(0, 3.0)],
    }


def test_final_numbers_are_means_and_sample_deviations() -> None:
    metrics = {name: points(curve) for name, curve in final_metrics(RESULTS).items()}
    assert metrics["r2"] == [(0, pytest.approx(0.2))]
    assert metrics["r2_std"] == [(0, pytest.approx(0.1))]
    assert metrics["epochs"] == [(0, 5.0)]


def test_no_nan_is_sent() -> None:
    undefined = pd.DataFrame({"encoder": "gru", "seed": [0], "auc": [np.nan], "accuracy": [0.5]})
    sent = final_metrics(undefined) | curves(undefined.assign(epoch=[0]), "epoch")
    assert np.isfinite([point["value"] for curve in sent.values() for point in curve]).all()
    assert points(sent["accuracy"]) == [(0, 0.5)]


def test_without_a_run_it_is_a_parquet_table(tmp_path: Path) -> None:
    dataset = TrackedTableDataset(filepath=str(tmp_path / "history.parquet"), step="epoch")
    dataset.save(HISTORY)
    pd.testing.assert_frame_equal(dataset.load(), HISTORY)


@pytest.mark.parametrize(
    ("table", "step", "metric", "expected"),
    [
        (HISTORY, "epoch", "val_loss", [(0, 5.0), (1, 2.0)]),
        (RESULTS, None, "r2", [(0, pytest.approx(0.2))]),
        (RESULTS.assign(auc=np.nan), None, "auc", []),
        (LONG, "round", "loss", [(step, float(step)) for step in range(1500)]),
        (LONG.iloc[:0], "round", "loss", []),
    ],
)
def test_with_a_run_its_numbers_are_metrics_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    table: pd.DataFrame,
    step: str | None,
    metric: str,
    expected: list[tuple[int, float]],
) -> None:
    import mlflow

    before = mlflow.get_tracking_uri()
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    try:
        client = mlflow.MlflowClient()
        run_id = client.create_run("0").info.run_id
        TrackedTableDataset(filepath=str(tmp_path / "table.parquet"), step=step, run_id=run_id).save(table)
        logged = client.get_metric_history(run_id, metric)
    finally:
        mlflow.set_tracking_uri(before)
    assert [(m.step, m.value) for m in logged] == expected
