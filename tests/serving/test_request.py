import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sequence_learning.serving.request import main, request_body
from sequence_learning.serving.wide import two_tables
from tests.inference.bundles import bundle, tables


def test_a_body_gives_the_predictions_of_its_tables() -> None:
    entities, events = tables(seed=3)
    records = pd.DataFrame(json.loads(request_body(bundle(), entities, events))["dataframe_records"])
    found = bundle().predict(*two_tables(bundle(), records))
    pd.testing.assert_frame_equal(found, bundle().predict(entities, events), rtol=0, atol=1e-6)


def test_the_command_prints_the_first_rows_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entities, events = tables(seed=4)
    bundle().save(tmp_path / "bundle")
    entities.to_parquet(tmp_path / "entities.parquet")
    events.to_parquet(tmp_path / "events.parquet")
    arguments = [f"--{name}={tmp_path / name}.parquet" for name in ("entities", "events")]
    main([f"--bundle={tmp_path / 'bundle'}", *arguments, "--rows=3"])
    records = json.loads(capsys.readouterr().out)["dataframe_records"]
    assert [record["id"] for record in records] == entities["id"][:3].tolist()
    assert [len(record["price"]) for record in records] == [
        int(np.sum(events["id"] == key)) for key in entities["id"][:3]
    ]
