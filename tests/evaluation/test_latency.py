import pytest
import torch

from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.latency import measure_latency
from sequence_learning.parameters import EvaluationParameters
from tests.builders import make_checkpoint, make_model_input

DATA = make_model_input()


def test_there_is_a_time_for_every_encoder_and_batch_size() -> None:
    sizes = (1, 4, len(DATA.rows("test")) + 5)
    checkpoints = {name: make_checkpoint(DATA, name) for name in ENCODERS}
    parameters = EvaluationParameters(latency_batch_sizes=sizes, latency_seconds=0.001)
    latency = measure_latency(DATA, checkpoints, parameters)
    assert list(latency) == list(ENCODERS)
    for by_batch in latency.values():
        assert list(by_batch) == [f"batch_{size}" for size in sizes]
        assert all(0 < milliseconds < 1000 for milliseconds in by_batch.values())


def test_larger_batches_take_longer() -> None:
    parameters = EvaluationParameters(latency_batch_sizes=(1, 4096), latency_seconds=0.01)
    latency = measure_latency(DATA, {"gru": make_checkpoint(DATA)}, parameters)["gru"]
    assert latency["batch_4096"] > 2 * latency["batch_1"]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_is_left_as_it_was(threads: int) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    parameters = EvaluationParameters(latency_batch_sizes=(1,), latency_seconds=0.001)
    try:
        measure_latency(DATA, {"gru": make_checkpoint(DATA)}, parameters)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
