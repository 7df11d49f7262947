from pathlib import Path

import pytest
import torch

from sequence_learning.benchmark import fit_turns
from sequence_learning.benchmark.bare_loop import BareLoop
from sequence_learning.benchmark.bare_turns import BareTurns
from sequence_learning.benchmark.case import Case
from sequence_learning.benchmark.features import LENGTHS, Lengths
from sequence_learning.benchmark.fit_turns import FitTurns
from sequence_learning.features.model_input_file import read_model_input

from .small import make_case


@pytest.fixture(autouse=True)
def _memory_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the tests' own process."""
    monkeypatch.setattr(fit_turns, "prepare_memory", lambda: None)


def test_a_case_survives_its_way_to_another_process(tmp_path: Path) -> None:
    case = make_case(tmp_path, "fit", "fixed", "cnn")
    assert Case.model_validate_json(case.model_dump_json()) == case


@pytest.mark.parametrize("lengths", LENGTHS)
def test_both_sides_say_how_fast_they_were(tmp_path: Path, lengths: Lengths) -> None:
    fit = FitTurns(make_case(tmp_path, "fit", lengths)).turn()
    assert fit["rows_per_second"] > fit["with_validation"] > 0
    assert fit["peak_mb"] >= 1
    bare = BareTurns(make_case(tmp_path, "bare", lengths)).turn()
    assert bare["rows_per_second"] > 0
    assert bare["peak_mb"] >= 1


def test_a_turn_of_a_fit_is_whole_epochs(tmp_path: Path) -> None:
    fit = FitTurns(make_case(tmp_path))
    before = fit._loop.progress.rows_seen
    fit.turn()
    assert (fit._loop.progress.rows_seen - before) % 32 == 0  # 40 rows are two whole batches of 16
    assert fit._loop.progress.rows_seen > before


def test_what_is_computed_once_for_a_fit_counts_with_its_share(tmp_path: Path) -> None:
    fit = FitTurns(make_case(tmp_path, "fit", "fixed", "random_convolution"))
    assert fit._loop._learner is not fit._loop.model
    assert fit._loop.once_seconds > 0
    fit._loop.once_seconds = 10_000.0  # a thousand an epoch
    measured = fit.turn()
    assert measured["rows_per_second"] == pytest.approx(32 / 1000, rel=0.01)
    assert measured["with_validation"] == pytest.approx(32 / 1000, rel=0.01)


@pytest.mark.parametrize("lengths", ["fixed", "variable"])
def test_the_plain_loop_learns_what_it_is_given(tmp_path: Path, lengths: Lengths) -> None:
    case = make_case(tmp_path, "bare", lengths)
    model_input = read_model_input(case.features)
    loop = BareLoop(model_input, case.config(case.encoders[0], model_input, seed=0), case.training, lengths)
    before = [p.detach().clone() for p in loop.model.parameters()]
    assert [loop.step() for _ in range(loop.steps_per_epoch)] == [16, 16]
    assert all(not torch.equal(a, b) for a, b in zip(before, loop.model.parameters(), strict=True))


def test_a_batch_of_the_plain_loop_is_padded_to_its_own_longest(tmp_path: Path) -> None:
    case = make_case(tmp_path, "bare", "variable")
    model_input = read_model_input(case.features)
    loop = BareLoop(model_input, case.config(case.encoders[0], model_input, seed=0), case.training, "variable")
    batches = [next(loop._batches) for _ in range(4)]
    assert all(batch.values.shape[1] == batch.lengths.max() for batch in batches)
    assert len({batch.values.shape[1] for batch in batches}) > 1
