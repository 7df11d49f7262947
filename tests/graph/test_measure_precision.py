"""The pipeline ``measure_precision``, and what the main job makes of it."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from sequence_learning.encoders import ENCODERS


def test_precisions_are_measured_kept_and_used(
    kedro_run: Callable[..., None], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kedro_run("measure_precision", {"training": {"seeds": [0], "max_epochs": 1}})
    table = pd.read_parquet(project / "data/08_reporting/smoke/precisions.parquet")
    assert table["encoder"].tolist() == list(ENCODERS)
    file = project / "data/06_models/smoke/precision_choices.json"
    chosen = json.loads(file.read_text())
    assert chosen["encoders"] == dict(zip(table["encoder"], table["precision"], strict=True))
    assert "Training in bf16, against 32 bits" in capsys.readouterr().out

    file.write_text(json.dumps(chosen | {"encoders": dict.fromkeys(ENCODERS, "bf16")}))
    kedro_run("train_tabular_only", from_nodes=["split_rows"], to_outputs=["train.tabular_only.costs"])
    costs = pd.read_parquet(project / "data/06_models/smoke/tabular_only_costs.parquet")
    assert set(costs["precision"]) == {16}
    assert "bf16 for tabular_only" in " ".join(capsys.readouterr().out.split())
