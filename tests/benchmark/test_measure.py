from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from sequence_learning.benchmark import measure
from sequence_learning.benchmark.case import Case
from sequence_learning.benchmark.measure import ROUND_COLUMNS, choose_encoders, measure_benchmark
from sequence_learning.benchmark.parameters import BenchmarkParameters
from sequence_learning.benchmark.process import MeasurementError
from sequence_learning.parameters import ModelParameters
from tests.builders import make_training

from .small import SMALL_SIZES

ENCODERS = {
    "gru": {"name": "gru"},
    "learned_decay": {"name": "learned_decay", "unit": "time", "shortest": 1, "longest": 2},
}


def test_encoders_that_weigh_by_time_are_left_out() -> None:
    assert [block.name for block in choose_encoders(ENCODERS, BenchmarkParameters())] == ["gru"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (("lstm",), "must be configured, got lstm; use some of: gru, learned_decay"),
        (("learned_decay",), "needs an encoder that does not weigh by time, got none; name another"),
    ],
)
def test_encoders_that_cannot_be_measured_are_refused(named: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        choose_encoders(ENCODERS, BenchmarkParameters(encoders=named))


def test_sides_take_turns_with_the_same_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[dict[str, Case]] = []
    asked: list[str] = []

    class Fake:
        def __init__(self, name: str) -> None:
            self.name = name

        def turn(self) -> dict[str, float]:
            asked.append(self.name)
            return {"rows_per_second": 1.0, "peak_mb": 1.0, "seconds": 2.0, "workers": 1, "fits": 2, "busy": 1.0}

    @contextmanager
    def fake(cases: Mapping[str, Case]) -> Iterator[dict[str, Any]]:
        started.append(dict(cases))
        assert all(case.features.exists() for case in cases.values())
        yield {name: Fake(name) for name in cases}

    monkeypatch.setattr(measure, "processes", fake)
    training = make_training(loss="huber", ema_decay=0.9, decay="all", keep="last", precision="bf16", learning_rate=0.5)
    rounds, turns = measure_benchmark(ENCODERS, ModelParameters(), training, BenchmarkParameters(**SMALL_SIZES))
    assert asked == ["fit", "bare", "bf16"] * 2 + ["fit", "bare", "no_sequences"] * 2 + ["queue", "one_by_one"]
    assert list(rounds.columns) == ROUND_COLUMNS
    assert rounds["round"].tolist() == [0, 0, 0, 1, 1, 1] * 2
    assert [turn["one_by_one_seconds"] for turn in turns] == [2.0]
    fixed, variable, pool = started
    assert {side: case.lengths for side, case in variable.items()} == {
        "fit": "variable",
        "bare": "variable",
        "no_sequences": "none",
    }
    for case in (*fixed.values(), *variable.values(), *pool.values()):
        recipe = case.training
        assert (recipe.loss, recipe.ema_decay, recipe.decay, recipe.keep) == ("standard", 0, "matrices", "best")
        assert (recipe.learning_rate, recipe.batch_size) == (0.5, 16)
    assert [case.training.precision for case in fixed.values()] == ["32", "32", "bf16"]
    assert {(case.training.seeds, case.training.max_epochs) for case in pool.values()} == {((0, 1), 1)}


@pytest.mark.parametrize("faster", [True, False])
def test_the_queue_trains_in_16_bits_what_was_measured_to_be_faster_so(
    faster: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, Case]] = []

    class Fake:
        def __init__(self, side: str) -> None:
            self.speed = 1.0 + (side == "bf16") * (0.06 if faster else 0.04)

        def turn(self) -> dict[str, float]:
            return {"rows_per_second": self.speed, "peak_mb": 1.0, "seconds": 2.0, "workers": 1, "fits": 2, "busy": 1.0}

    @contextmanager
    def fake(cases: Mapping[str, Case]) -> Iterator[dict[str, Any]]:
        started.append(dict(cases))
        yield {name: Fake(name) for name in cases}

    monkeypatch.setattr(measure, "processes", fake)
    _, turns = measure_benchmark(ENCODERS, ModelParameters(), make_training(), BenchmarkParameters(**SMALL_SIZES))
    pool = started[-1]
    assert [case.in_16_bits for case in pool.values()] == [(), (), *[("gru",)] * faster]
    assert [turn.get("mixed_seconds") for turn in turns] == [2.0 if faster else None]


def test_an_encoder_that_cannot_be_trained_in_16_bits_is_measured_without(monkeypatch: pytest.MonkeyPatch) -> None:
    class Fake:
        def turn(self) -> dict[str, float]:
            return {"rows_per_second": 1.0, "peak_mb": 1.0, "seconds": 2.0, "workers": 1, "fits": 2, "busy": 1.0}

    @contextmanager
    def fake(cases: Mapping[str, Case]) -> Iterator[dict[str, Any]]:
        if "bf16" in cases:
            raise MeasurementError("could not create a primitive descriptor")
        yield {name: Fake() for name in cases}

    monkeypatch.setattr(measure, "processes", fake)
    rounds, _ = measure_benchmark(ENCODERS, ModelParameters(), make_training(), BenchmarkParameters(**SMALL_SIZES))
    assert set(rounds["side"]) == {"fit", "bare", "no_sequences"}
    assert set(rounds["lengths"]) == {"fixed", "variable"}
