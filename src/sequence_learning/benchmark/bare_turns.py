"""Plain loops: one turn by turn, or many one by one. Their process does not import Lightning."""

import time

from sequence_learning.benchmark.bare_loop import BareLoop
from sequence_learning.benchmark.case import Case
from sequence_learning.benchmark.memory import beyond, peak_mb
from sequence_learning.benchmark.turns import Measured, few_rows
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.model_input_file import read_model_input

#: Of a turn: batches of different longest sequences differ.
_LEAST_STEPS = 8


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
        return {"rows_per_second": rows / passed, "peak_mb": beyond(self._idle_mb)}


class OneByOneTurns:
    """Plain loops."""

    def __init__(self, case: Case) -> None:
        self._case, self._model_input = case, read_model_input(case.features)
        few = few_rows(self._model_input)
        for encoder in case.encoders:
            BareLoop(few, case.config(encoder, few, seed=0), case.training, case.lengths).step()

    def turn(self) -> Measured:
        """``seconds`` of all."""
        case = self._case
        started = time.perf_counter()
        for encoder in case.encoders:
            for seed in case.training.seeds:
                config = case.config(encoder, self._model_input, seed)
                loop = BareLoop(self._model_input, config, case.training, case.lengths)
                for _ in range(loop.steps_per_epoch * case.training.max_epochs):
                    loop.step()
        return {"seconds": time.perf_counter() - started}


def _bare_loop(case: Case, model_input: ModelInput) -> BareLoop:
    return BareLoop(model_input, case.config(case.encoders[0], model_input, seed=0), case.training, case.lengths)
