import numpy as np
import pytest
import torch

from sequence_learning.baselines import BASELINES, baseline_class
from sequence_learning.baselines.predict_the_mean import PredictTheMean
from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.latency import measure_latency
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import EvaluationParameters
from tests.builders import make_checkpoint, make_model_input

DATA = make_model_input()


def test_there_is_a_time_for_every_model_and_batch_size() -> None:
    sizes = (1, 4, len(DATA.rows("test")) + 5)
    checkpoints = [make_checkpoint(DATA, name) for name in ENCODERS]
    baselines = [cls.fit(DATA, cls.config_class(), 0)[0] for cls in map(baseline_class, BASELINES)]
    parameters = EvaluationParameters(latency_batch_sizes=sizes, latency_seconds=0.001)
    latency = measure_latency(DATA, [*checkpoints, *baselines], parameters)
    assert list(latency) == [*ENCODERS, *BASELINES]
    for by_batch in latency.values():
        assert list(by_batch) == [f"batch_{size}" for size in sizes]
        assert all(0 < milliseconds < 1000 for milliseconds in by_batch.values())


def test_larger_batches_take_longer() -> None:
    parameters = EvaluationParameters(latency_batch_sizes=(1, 4096), latency_seconds=0.01)
    latency = measure_latency(DATA, [make_checkpoint(DATA)], parameters)["gru"]
    assert latency["batch_4096"] > 2 * latency["batch_1"]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_is_left_as_it_was(threads: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    parameters = EvaluationParameters(latency_batch_sizes=(1,), latency_seconds=0.001)
    try:
        measure_latency(DATA, [make_checkpoint(DATA)], parameters)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_a_baseline_predicts_the_rows_that_an_encoder_gets() -> None:
    asked: list[list[int]] = []

    class Listening(PredictTheMean):
        def predict(self, model_input: ModelInput, rows: np.ndarray) -> dict[str, np.ndarray]:
            asked.append(rows.tolist())
            return super().predict(model_input, rows)

    parameters = EvaluationParameters(latency_batch_sizes=(1, 4), latency_seconds=0.001)
    measure_latency(DATA, [Listening(expected=(0.0,))], parameters)
    assert {len(rows) for rows in asked} == {1, 4}
    assert len({tuple(rows) for rows in asked}) == 2
    assert {row for rows in asked for row in rows} <= set(DATA.rows("test").tolist())
