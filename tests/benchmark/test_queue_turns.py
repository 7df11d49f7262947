from pathlib import Path

import pytest

from sequence_learning.benchmark import bare_turns, queue_turns
from sequence_learning.benchmark.bare_turns import OneByOneTurns
from sequence_learning.benchmark.queue_turns import QueueTurns
from sequence_learning.fits.encoder_job import EncoderJob
from sequence_learning.fits.outcomes import FitsFailedError

from .small import make_case

BOTH = ("statistical_aggregation", "gru")
RECIPE = {"seeds": (0, 1), "max_epochs": 1, "patience": 1}


@pytest.fixture(autouse=True)
def _one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_turns, "available_cores", lambda: 1)


def test_the_queue_holds_every_encoder_with_every_seed_anew_each_turn(tmp_path: Path) -> None:
    queue = QueueTurns(make_case(tmp_path, "queue", "fixed", *BOTH, **RECIPE))
    for _ in range(2):
        turn = queue.turn()
        assert (turn["fits"], turn["workers"]) == (4, 1)
        assert turn["seconds"] > 0
        assert turn["busy"] > 0


def test_encoders_train_in_16_bits_where_the_case_says_so(tmp_path: Path) -> None:
    case = make_case(tmp_path, "queue", "fixed", *BOTH, **RECIPE).model_copy(update={"in_16_bits": ("gru",)})
    trained = {(job.model, job.parameters.precision) for job in QueueTurns(case)._jobs if isinstance(job, EncoderJob)}
    assert trained == {("statistical_aggregation", "32"), ("gru", "bf16")}


def test_a_fit_that_fails_fails_the_turn(tmp_path: Path) -> None:
    queue = QueueTurns(make_case(tmp_path, "queue", "fixed", "gru", **RECIPE | {"learning_rate": 1e30}))
    with pytest.raises(FitsFailedError, match="gru: "):
        queue.turn()


def test_plain_loops_run_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = OneByOneTurns(make_case(tmp_path, "one_by_one", "fixed", *BOTH, **RECIPE | {"max_epochs": 3}))
    steps: list[int] = []
    monkeypatch.setattr(bare_turns.BareLoop, "step", lambda loop: steps.append(1) or 1)
    assert turns.turn()["seconds"] > 0
    assert len(steps) == 2 * 2 * 3 * 2  # encoders, seeds, epochs, batches
