"""A fit of ours, turn by turn."""

import time

from sequence_learning.benchmark.case import Case
from sequence_learning.benchmark.memory import beyond, peak_mb
from sequence_learning.benchmark.turns import Measured, few_rows
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.model_input_file import read_model_input
from sequence_learning.model import SequenceModel
from sequence_learning.training.loop import TrainingLoop
from sequence_learning.training.memory import prepare_memory
from sequence_learning.training.quiet import quiet_lightning


class TimedLoop(TrainingLoop):
    """Our loop, with the time of training and that of everything, which includes validation.

    Attributes:
        training_seconds: of all epochs so far, losses of the learning curves included.
        once_seconds: of what was computed before the first.
    """

    training_seconds = once_seconds = 0.0

    def _encode_once(self, model_input: ModelInput) -> tuple[SequenceModel, ModelInput]:
        started = time.perf_counter()
        learner, encoded = super()._encode_once(model_input)
        self.once_seconds = time.perf_counter() - started
        return learner, encoded

    def _train(self) -> float:
        started = time.perf_counter()
        loss = super()._train()
        self.training_seconds += time.perf_counter() - started
        return loss


class FitTurns:
    """Whole epochs of a fit, as a worker of the queue runs them."""

    def __init__(self, case: Case) -> None:
        prepare_memory()
        model_input = read_model_input(case.features)
        self._seconds, self._epochs = case.seconds, case.epochs
        with quiet_lightning():
            _loop(case, few_rows(model_input)).epoch()
            self._idle_mb = peak_mb()
            self._loop = _loop(case, model_input)
        self.turn()

    def turn(self) -> Measured:
        """``rows_per_second`` of training, ``with_validation`` of everything, ``peak_mb`` beside an idle process.

        What is computed once for a fit counts with the share of it that falls to the turn's epochs.
        """
        loop = self._loop
        training, rows, epoch = loop.training_seconds, loop.progress.rows_seen, loop.progress.epoch
        started = time.perf_counter()
        while (passed := time.perf_counter() - started) < self._seconds or rows == loop.progress.rows_seen:
            loop.epoch()
        seen = loop.progress.rows_seen - rows
        once = loop.once_seconds * (loop.progress.epoch - epoch) / self._epochs
        return {
            "rows_per_second": seen / (loop.training_seconds - training + once),
            "with_validation": seen / (passed + once),
            "peak_mb": beyond(self._idle_mb),
        }


def _loop(case: Case, model_input: ModelInput) -> TimedLoop:
    return TimedLoop(model_input, case.config(case.encoders[0], model_input, seed=0), case.training)
