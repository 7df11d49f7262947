"""A fit of ours and a plain loop, turn by turn: each is built once and goes on where its last turn ended."""

import time
from dataclasses import replace
from typing import Protocol

import numpy as np

from sequence_learning.benchmark.bare_loop import BareLoop
from sequence_learning.benchmark.case import Case
from sequence_learning.benchmark.memory import peak_mb
from sequence_learning.features.model_input import NO_PART, ModelInput
from sequence_learning.features.model_input_file import read_model_input
from sequence_learning.features.split import PARTS
from sequence_learning.training.heap import keep_freed_memory
from sequence_learning.training.loop import TrainingLoop
from sequence_learning.training.quiet import quiet_lightning

#: Of a plain loop's turn: batches of different longest sequences differ.
_LEAST_STEPS = 8
_FEW = 32

Measured = dict[str, float]


class Turns(Protocol):
    """One side of the comparison."""

    def turn(self) -> Measured:
        """Train for a while; how fast that was."""


class TimedLoop(TrainingLoop):
    """Our loop, with the time of training and that of everything, which includes validation.

    Attributes:
        training_seconds: of all epochs so far, losses of the learning curves included.
    """

    training_seconds = 0.0

    def _train(self) -> float:
        started = time.perf_counter()
        loss = super()._train()
        self.training_seconds += time.perf_counter() - started
        return loss


class FitTurns:
    """Whole epochs of a fit, as a worker of the queue runs them."""

    def __init__(self, case: Case) -> None:
        keep_freed_memory()
        model_input = read_model_input(case.features)
        self._seconds = case.seconds
        with quiet_lightning():
            _loop(case, few_rows(model_input)).epoch()
            self._idle_mb = peak_mb()
            self._loop = _loop(case, model_input)
        self.turn()

    def turn(self) -> Measured:
        """``rows_per_second`` of training, ``with_validation`` of everything, ``peak_mb`` beside an idle process."""
        loop = self._loop
        training, rows = loop.training_seconds, loop.progress.rows_seen
        started = time.perf_counter()
        while (passed := time.perf_counter() - started) < self._seconds or rows == loop.progress.rows_seen:
            loop.epoch()
        seen = loop.progress.rows_seen - rows
        return {
            "rows_per_second": seen / (loop.training_seconds - training),
            "with_validation": seen / passed,
            "peak_mb": peak_mb() - self._idle_mb,
        }


class BareTurns:
    """Steps of a plain loop."""

    def __init__(self, case: Case) -> None:
        model_input = read_model_input(case.features)
        self._seconds = case.seconds
        _bare_loop(case, few_rows(model_input)).step()
        self._idle_mb = peak_mb()
        self._loop = _bare_loop(case, model_input)
        self.turn()

    def turn(self) -> Measured:
        """``rows_per_second``, and ``peak_mb`` beside an idle process."""
        rows = steps = 0
        started = time.perf_counter()
        while (passed := time.perf_counter() - started) < self._seconds or steps < _LEAST_STEPS:
            rows += self._loop.step()
            steps += 1
        return {"rows_per_second": rows / passed, "peak_mb": peak_mb() - self._idle_mb}


def few_rows(model_input: ModelInput) -> ModelInput:
    """The same features with few rows to train on: enough for everything to be imported."""
    part = np.full(len(model_input), NO_PART, dtype=np.uint8)
    part[:_FEW], part[-_FEW:] = PARTS.index("train"), PARTS.index("validation")
    return replace(model_input, part=part)


def _loop(case: Case, model_input: ModelInput) -> TimedLoop:
    return TimedLoop(model_input, case.config(case.encoders[0], model_input, seed=0), case.training)


def _bare_loop(case: Case, model_input: ModelInput) -> BareLoop:
    return BareLoop(model_input, case.config(case.encoders[0], model_input, seed=0), case.training, case.lengths)
