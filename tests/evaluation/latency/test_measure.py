import numpy as np
import pytest
import torch

from sequence_learning.baselines import BASELINES, baseline_class
from sequence_learning.baselines.predict_the_mean import PredictTheMean
from sequence_learning.batch import SequenceBatch
from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.latency import measure
from sequence_learning.evaluation.latency.measure import measure_latency
from sequence_learning.evaluation.parameters import LatencyParameters
from sequence_learning.exported_model import ExportedModel, export_model
from sequence_learning.features.model_input import ModelInput
from tests.builders import make_checkpoint, make_model_input

from .raw import PREPARED, RAW

DATA = make_model_input()


def brief(*batch_sizes: int, seconds: float = 0.001) -> LatencyParameters:
    return LatencyParameters(batch_sizes=batch_sizes, seconds=seconds)


class Listening(PredictTheMean):
    """Notes which rows it is asked for, and with how many threads."""

    def predict(self, model_input: ModelInput, rows: np.ndarray) -> dict[str, np.ndarray]:
        ASKED.append((model_input, rows.tolist(), torch.get_num_threads()))
        return super().predict(model_input, rows)


ASKED: list[tuple[ModelInput, list[int], int]] = []


@pytest.fixture(autouse=True)
def _nothing_asked() -> None:
    ASKED.clear()


def test_there_is_a_time_for_every_model_and_batch_size() -> None:
    sizes = (1, 4, len(DATA.rows("test")) + 5)
    checkpoints = [make_checkpoint(DATA, name) for name in ENCODERS]
    baselines = [cls.fit(DATA, cls.config_class(), 0)[0] for cls in map(baseline_class, BASELINES)]
    latency = measure_latency(DATA, [*checkpoints, *baselines], None, brief(*sizes), {})

    expected = [(name, "eager", "model", size) for size in sizes for name in [*ENCODERS, *BASELINES]]
    assert list(latency[["encoder", "runtime", "scope", "batch_size"]].itertuples(index=False, name=None)) == expected
    assert latency["p50_ms"].between(0, 1000, inclusive="neither").all()
    assert (latency["calls"] >= 3).all()


def test_an_exported_encoder_and_the_way_from_raw_tables_are_timed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    exported_calls: list[SequenceBatch] = []

    class Noted(ExportedModel):
        def __call__(self, batch: SequenceBatch) -> torch.Tensor:
            exported_calls.append(batch)
            return super().__call__(batch)

    monkeypatch.setattr(measure, "ExportedModel", Noted)
    checkpoint = make_checkpoint(PREPARED, "statistical_aggregation")
    graph = export_model(checkpoint.load_model(), PREPARED.spec)
    models = [checkpoint, make_checkpoint(PREPARED, "gru"), PredictTheMean(expected=(0.0,))]
    latency = measure_latency(PREPARED, models, RAW, brief(1, 100), {"statistical_aggregation": graph})

    timed = latency.groupby("encoder")[["runtime", "scope"]].agg(list)
    eager = [("eager", "model"), ("eager", "with_features")]
    both = [("eager", "model"), ("onnx", "model"), ("eager", "with_features")]
    for encoder, kinds in (("statistical_aggregation", both), ("gru", eager), ("predict_the_mean", eager)):
        assert list(zip(*timed.loc[encoder], strict=True)) == 2 * kinds
    assert {len(batch) for batch in exported_calls} == {1, 100}
    times = latency.pivot_table("p50_ms", ["encoder", "batch_size"], ["runtime", "scope"])
    assert (times["eager", "with_features"] > times["eager", "model"]).all()


def test_larger_batches_take_longer() -> None:
    latency = measure_latency(DATA, [make_checkpoint(DATA)], None, brief(1, 4096, seconds=0.01), {})
    one, many = latency["p50_ms"]
    assert many > 2 * one


@pytest.mark.parametrize("threads", [1, 2])
def test_calls_have_one_thread_and_the_number_of_threads_is_left_as_it_was(threads: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        measure_latency(DATA, [Listening(expected=(0.0,))], None, brief(1), {})
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert {used for _, _, used in ASKED} == {1}


def test_every_model_predicts_the_same_test_rows() -> None:
    measure_latency(DATA, [Listening(expected=(0.0,))], None, brief(1, 4), {})
    asked = {tuple(rows) for _, rows, _ in ASKED}
    assert {len(rows) for rows in asked} == {1, 4}
    assert len(asked) == 2
    assert {row for rows in asked for row in rows} <= set(DATA.rows("test").tolist())


def test_raw_tables_lead_to_the_features_of_the_same_rows() -> None:
    measure_latency(PREPARED, [Listening(expected=(0.0,))], RAW, brief(1), {})
    prepared = next(rows for data, rows, _ in ASKED if data is PREPARED)
    from_raw, every, _ = next(asked for asked in ASKED if asked[0] is not PREPARED)
    np.testing.assert_array_equal(from_raw.numeric[every], PREPARED.numeric[prepared])
    np.testing.assert_array_equal(from_raw.lengths_of(np.array(every)), PREPARED.lengths_of(np.array(prepared)))


def test_tables_of_other_rows_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must have the same rows, got 80 and 60; run the pipeline feature_prep"):
        measure_latency(DATA, [PredictTheMean(expected=(0.0,))], RAW, brief(1), {})


def test_percentiles_of_too_few_calls_are_missing() -> None:
    latency = measure_latency(DATA, [make_checkpoint(DATA)], None, brief(1), {})
    assert latency[["p95_ms", "p99_ms"]].isna().all(axis=None)
