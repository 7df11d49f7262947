from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DataCatalog, DatasetError, MemoryDataset
from kedro.runner import SequentialRunner

from sequence_learning.inference.parameters import PredictParameters
from sequence_learning.io.table_stream_dataset import TableStreamDataset
from sequence_learning.pipelines.prediction.pipeline import create_pipeline
from tests.inference.bundles import bundle, tables


def _run(folder: Path, entities: Any, events: Any) -> dict[str, Any]:
    scored = TableStreamDataset(filepath=str(folder / "scored.parquet"))
    given = {
        "bundle": bundle(),
        "new_entities": entities,
        "new_events": events,
        "params:predict": PredictParameters(batch_rows=7),
    }
    catalog = DataCatalog({name: MemoryDataset(data, copy_mode="assign") for name, data in given.items()})
    catalog["scored"] = scored
    summary: dict[str, Any] = SequentialRunner().run(create_pipeline(), catalog)["scoring_summary"].load()
    return summary


def test_one_file_holds_all_predictions_and_the_summary_tells_of_them(tmp_path: Path) -> None:
    entities, events = tables(seed=8)
    summary = _run(tmp_path, entities.drop(columns="y"), events)
    scored = pd.read_parquet(tmp_path / "scored.parquet")
    expected = bundle().predict(entities, events)
    pd.testing.assert_frame_equal(scored, expected, rtol=1e-4, atol=1e-4)  # computed in ONNX Runtime
    assert (summary["rows"], summary["events"]) == (40, len(events))


def test_a_rule_that_breaks_late_leaves_the_earlier_file(tmp_path: Path) -> None:
    entities, events = tables(seed=8)
    _run(tmp_path, entities, events)
    before = (tmp_path / "scored.parquet").read_bytes()
    events.loc[events["id"] == entities["id"].iloc[-2], "at"] = 21.0
    with pytest.raises(DatasetError, match="events 'at' must not lie after its entity's prediction time"):
        _run(tmp_path, entities, events)
    assert [path.name for path in tmp_path.iterdir()] == ["scored.parquet"]
    assert (tmp_path / "scored.parquet").read_bytes() == before
