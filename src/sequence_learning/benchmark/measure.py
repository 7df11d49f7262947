"""Runs the benchmark: sides take turns, so that a machine that slows down slows both."""

import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sequence_learning.benchmark.case import Case, Side
from sequence_learning.benchmark.features import LENGTHS, Lengths, draw_features
from sequence_learning.benchmark.parameters import BenchmarkParameters
from sequence_learning.benchmark.process import MeasurementError, Process, processes
from sequence_learning.benchmark.summary import summarise
from sequence_learning.features.model_input_file import write_model_input
from sequence_learning.parameters import EncoderParameters, ModelParameters, TrainingParameters

logger = logging.getLogger(__name__)

#: Epochs of a fit that is timed turn by turn: it never ends by itself.
_ENDLESS = 100_000
_MEASURED: tuple[Lengths, Lengths] = ("fixed", "variable")
_WHOLE: tuple[Side, Side] = ("queue", "one_by_one")
ROUND_COLUMNS = ["encoder", "lengths", "round", "side", "rows_per_second", "with_validation", "peak_mb"]


class Benchmark:
    """What is measured, with the features of all kinds in a folder.

    Args:
        encoders: blocks of configured encoders, by name.
        model: the part that all encoders share.
        training: the recipe.
        parameters: sizes.
        folder: for the features.

    Raises:
        ValueError: if no encoder is left to measure, or one that is named is not configured.
    """

    def __init__(
        self,
        encoders: Mapping[str, Any],
        model: ModelParameters,
        training: TrainingParameters,
        parameters: BenchmarkParameters,
        folder: Path,
    ) -> None:
        self.encoders = choose_encoders(encoders, parameters)
        self._model, self._parameters = model, parameters
        self._epochs = training.max_epochs
        self._training = training.model_dump() | _same_for_both(parameters)
        self._files: dict[Lengths, Path] = {lengths: folder / f"{lengths}.safetensors" for lengths in LENGTHS}
        for lengths, file in self._files.items():
            write_model_input(file, draw_features(parameters, lengths))

    def speed(self, encoder: EncoderParameters, lengths: Lengths) -> list[dict[str, Any]]:
        """Turns of a fit and of the plain loop.

        Where all sequences are as long, of a fit in 16 bits, too, if that runs; where they are not, of the plain loop
        without sequences, which tells how much sparing padding alone could give.
        """
        cases = {"fit": self._case("fit", [encoder], lengths), "bare": self._case("bare", [encoder], lengths)}
        if lengths == "variable":
            return self._take_turns(encoder, lengths, cases | {"no_sequences": self._case("bare", [encoder], "none")})
        in_16_bits = self._case("fit", [encoder], lengths, precision="bf16")
        try:
            return self._take_turns(encoder, lengths, cases | {"bf16": in_16_bits})
        except MeasurementError:
            logger.warning("%s cannot be trained in bf16 by this processor", encoder.name)
            return self._take_turns(encoder, lengths, cases)

    def _take_turns(
        self, encoder: EncoderParameters, lengths: Lengths, cases: Mapping[str, Case]
    ) -> list[dict[str, Any]]:
        rounds = []
        with processes(cases) as sides:
            for i in range(self._parameters.repeats):
                for side, process in sides.items():
                    told = {"encoder": encoder.name, "lengths": lengths, "round": i, "side": side}
                    rounds.append(told | process.turn())
        return rounds

    def pool(self, in_16_bits: Sequence[str]) -> list[dict[str, float]]:
        """Turns of the queue, with ``one_by_one_seconds`` of plain loops in 32 bits.

        Where there are encoders to be trained ``in_16_bits``, ``mixed_seconds`` of the queue with these, too.
        """
        pool = self._parameters.pool
        recipe = {"seeds": tuple(range(pool.seeds)), "max_epochs": pool.epochs, "patience": pool.epochs}
        cases: dict[str, Case] = {side: self._case(side, self.encoders, "fixed", **recipe) for side in _WHOLE}
        if in_16_bits:
            cases["mixed"] = cases["queue"].model_copy(update={"in_16_bits": tuple(in_16_bits)})
        with processes(cases) as sides:
            return [_turn(sides) for _ in range(pool.repeats)]

    def _case(self, side: Side, encoders: Sequence[EncoderParameters], lengths: Lengths, **recipe: object) -> Case:
        return Case(
            side=side,
            encoders=tuple(encoders),
            model=self._model,
            training=TrainingParameters.model_validate(self._training | recipe),
            features=self._files[lengths],
            lengths=lengths,
            epochs=self._epochs,
            seconds=self._parameters.seconds,
        )


def measure_benchmark(
    encoders: Mapping[str, Any],
    model: ModelParameters,
    training: TrainingParameters,
    parameters: BenchmarkParameters,
) -> tuple[pd.DataFrame, list[dict[str, float]]]:
    """Measure every encoder on both kinds of lengths, then the queue.

    Returns:
        Columns :data:`ROUND_COLUMNS`; the queue's turns.
    """
    with tempfile.TemporaryDirectory() as folder:
        benchmark = Benchmark(encoders, model, training, parameters, Path(folder))
        rounds = []
        for lengths in _MEASURED:
            for encoder in benchmark.encoders:
                rounds += benchmark.speed(encoder, lengths)
                logger.info("%s, %s lengths: measured", encoder.name, lengths)
        table = pd.DataFrame(rounds, columns=ROUND_COLUMNS)
        return table, benchmark.pool(faster_in_16_bits(table))


def faster_in_16_bits(rounds: pd.DataFrame) -> list[str]:
    """Encoders whose fits in 16 bits are as much faster as ``training.precision: auto`` asks for, scores aside."""
    case = summarise(rounds).query("case == 'bf16'")
    return list(case.loc[case["verdict"] == "faster", "encoder"])


def _turn(sides: Mapping[str, Process]) -> dict[str, float]:
    turn = sides["queue"].turn()
    return turn | {f"{side}_seconds": sides[side].turn()["seconds"] for side in sides if side != "queue"}


def choose_encoders(encoders: Mapping[str, Any], parameters: BenchmarkParameters) -> list[EncoderParameters]:
    """The encoders that are named, or all; those that weigh by time are left out, as the features have none.

    Raises:
        ValueError: if one that is named is not configured, or none is left.
    """
    missing = [name for name in parameters.encoders if name not in encoders]
    if missing:
        raise ValueError(
            f"benchmark.encoders must be configured, got {', '.join(missing)}; use some of: {', '.join(encoders)}"
        )
    blocks = [EncoderParameters.model_validate(encoders[name]) for name in parameters.encoders or encoders]
    chosen = [block for block in blocks if not block.config.needs_ages]
    if not chosen:
        raise ValueError("the benchmark needs an encoder that does not weigh by time, got none; name another")
    return chosen


def _same_for_both(parameters: BenchmarkParameters) -> dict[str, Any]:
    """What the plain loop does not vary: the rest of the recipe stays as configured."""
    return {
        "batch_size": parameters.batch_size,
        "max_epochs": _ENDLESS,
        "patience": _ENDLESS,
        "loss": "standard",
        "class_weights": "none",
        "decay": "matrices",
        "keep": "best",
        "ema_decay": 0.0,
        "precision": "32",
        "accelerator": "cpu",
        "n_workers": 0,
    }
