from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
import pytest

from sequence_learning.features.errors import DataError
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.inference import Bundle
from sequence_learning.inference.bundle import Runtime, inputs_of
from sequence_learning.inference.parameters import PredictParameters
from sequence_learning.inference.scoring import Scores
from sequence_learning.parameters import FeatureParameters, Task
from tests.inference.bundles import bundle, tables
from tests.inference.made import customers_schema, random_checkpoint, raw_tables, small_calibration


def score(entities: Any, events: Any, task: Task = "regression", **parameters: Any) -> tuple[pd.DataFrame, Scores]:
    scores = Scores(bundle(task), entities, events, PredictParameters(**parameters))
    return pd.concat(scores, ignore_index=True), scores


@pytest.mark.parametrize("task", ["regression", "multiclass"])
@pytest.mark.parametrize("batch_rows", [1, 7, 40])
def test_batches_of_any_size_give_what_the_whole_tables_give(task: Task, batch_rows: int) -> None:
    entities, events = tables(seed=1)
    scored, _ = score(entities.drop(columns="y"), events, task, batch_rows=batch_rows)
    pd.testing.assert_frame_equal(scored, bundle(task).predict(entities, events), rtol=0, atol=1e-6)


def test_events_of_one_moment_keep_their_order() -> None:
    entities, events = tables(seed=2)
    events["at"] = 3.0
    expected = bundle().predict(entities, events)
    assert not np.allclose(bundle().predict(entities, events[::-1])["prediction"], expected["prediction"], atol=1e-4)
    scored, _ = score(entities, events, batch_rows=3)
    pd.testing.assert_frame_equal(scored, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("runtime", ["torch", "onnx"])
def test_files_give_the_same_in_both_runtimes(tmp_path: Path, runtime: Runtime) -> None:
    entities, events = tables(seed=3)
    entities.to_parquet(tmp_path / "entities.parquet")
    events.to_parquet(tmp_path / "events.parquet")
    sources = [pads.dataset(tmp_path / f"{name}.parquet") for name in ("entities", "events")]
    scored = pd.concat(Scores(bundle().within(runtime), *sources, PredictParameters(batch_rows=9)), ignore_index=True)
    pd.testing.assert_frame_equal(scored, bundle().predict(entities, events), rtol=1e-4, atol=1e-4)


def test_a_batch_holds_no_more_events_than_allowed_padding_included() -> None:
    entities, events = tables(n_rows=30, seed=4)
    of_one = pd.DataFrame({"id": entities["id"].iloc[10], "at": 1.0, "price": np.arange(50.0), "kind": "u"})
    events = pd.concat([events[events["id"] != entities["id"].iloc[10]], of_one])
    lengths = events["id"].value_counts().reindex(entities["id"], fill_value=0)
    sizes = [
        len(batch) for batch in Scores(bundle(), entities, events, PredictParameters(batch_rows=8, batch_events=20))
    ]
    assert sum(sizes) == 30
    for start, size in zip(np.cumsum([0, *sizes]), sizes, strict=False):
        assert size == 1 or size * lengths.iloc[start : start + size].max() <= 20
        one_more = lengths.iloc[start : start + size + 1]
        assert size == 8 or start + size == 30 or len(one_more) * one_more.max() > 20


def test_what_was_met_is_told() -> None:
    entities, events = tables(seed=5)
    entities.loc[[0, 5, 7], "shop"] = ["new", None, "new"]
    events.loc[3, "kind"] = "newer"
    scored, scores = score(entities, events, batch_rows=6)
    summary = scores.summary
    assert (summary["rows"], summary["events"], summary["rows_without_events"]) == (40, len(events), 14)
    assert summary["unseen"] == {
        "shop": {"values": 2, "share": 0.05},
        "kind": {"values": 1, "share": 1 / len(events)},
    }
    assert summary["rows_per_second"] == pytest.approx(40 / summary["seconds"], rel=0.01)
    assert {"data", "encoder", "seed"} <= summary["bundle"].keys()
    again = pd.concat(scores, ignore_index=True)
    pd.testing.assert_frame_equal(again, scored)
    assert scores.summary["rows"] == 40


def test_a_run_that_was_cut_short_has_no_summary() -> None:
    scores = Scores(bundle(), *tables(), PredictParameters(batch_rows=6))
    next(iter(scores))
    assert scores.summary == {}


@pytest.mark.parametrize("what", ["durations", "ordered categories", "float16"])
def test_columns_of_rare_types_are_scored_as_by_the_bundle(what: str) -> None:
    entities, events = raw_tables()
    days = (events["at"] - events["at"].min()).dt.floor("D")
    if what == "durations":
        events["at"], events["shop"] = days, days
    elif what == "float16":
        entities["age"], events["amount"] = entities["age"].astype("float16"), events["amount"].astype("float16")
    else:
        names = [f"{day} days" for day in range(80)]
        events["at"] = pd.Categorical(days.astype(str), names, ordered=True)
    transformer = FeatureTransformer.fit(entities, events, customers_schema(timed=False), FeatureParameters(periods=()))
    checkpoint, inputs = random_checkpoint(transformer, "gru"), inputs_of(transformer, entities, events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sequence_learning.exported_model.export_model", lambda model, spec: b"")
        model = Bundle.pack(checkpoint, transformer, small_calibration("regression"), data="customers", inputs=inputs)
    scored = pd.concat(Scores(model, entities, events, PredictParameters(batch_rows=5)), ignore_index=True)
    pd.testing.assert_frame_equal(scored, model.predict(entities, events), rtol=0, atol=1e-4)


def test_no_events_at_all_can_be_scored() -> None:
    entities, events = tables(seed=6)
    scored, scores = score(entities, events[:0])
    pd.testing.assert_frame_equal(scored, bundle().predict(entities, events[:0]), atol=1e-6)
    assert scores.summary["unseen"]["kind"] == {"values": 0, "share": 0.0}


def test_extra_columns_are_ignored() -> None:
    entities, events = tables(seed=7)
    expected, _ = score(entities, events)
    found, _ = score(entities.assign(more=[[1]] * 40), events.assign(row=1, place="x"))
    pd.testing.assert_frame_equal(found, expected)


def test_all_missing_columns_are_told_at_once() -> None:
    with pytest.raises(DataError) as error:
        score(pa.table({"id": ["a"]}), tables()[1].drop(columns=["at", "kind"]))
    assert str(error.value) == (
        "every column that the model reads must be in its table, but entities lacks asked_at, size, shop and events "
        "lacks at, kind; add them (a value may be missing, a column may not)"
    )


def test_a_rule_that_a_late_batch_breaks_is_told() -> None:
    entities, events = tables()
    late = entities["id"].iloc[-2]
    events.loc[events["id"] == late, "at"] = 21.0
    with pytest.raises(DataError, match=f"'at' must not lie after its entity's prediction time 'asked_at'.*{late}"):
        score(entities, events, batch_rows=4)


def test_no_rows_are_refused() -> None:
    entities, events = tables()
    with pytest.raises(DataError, match="a table must have rows, but entities has none"):
        score(entities[:0], events[:0])
