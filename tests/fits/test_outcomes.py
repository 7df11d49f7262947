from pathlib import Path

import pytest

from sequence_learning.fits.outcomes import FitsFailedError, describe, files_of, tabulate
from sequence_learning.fits.queue import Outcome
from sequence_learning.fits.store import FitStore


def outcome(model: str, seed: int, failure: str | None = None) -> Outcome:
    return Outcome(model, seed, f"{model}_{seed}", kept=False, failure=failure)


def test_a_model_with_a_fit_that_failed_is_left_out() -> None:
    fits, failed = tabulate(
        [
            outcome("gru", 0),
            outcome("gru", 1),
            outcome("cnn", 0),
            outcome("cnn", 1, "a reason"),
            outcome("lstm", 0),
        ]
    )
    assert fits.to_dict("list") == {
        "model": ["gru", "gru", "lstm"],
        "seed": [0, 1, 0],
        "key": ["gru_0", "gru_1", "lstm_0"],
    }
    assert failed.to_dict("list") == {"model": ["cnn"], "seed": [1], "reason": ["a reason"]}


def test_files_come_in_the_order_of_the_seeds_that_were_asked_for(tmp_path: Path) -> None:
    fits, _ = tabulate([outcome("gru", 4), outcome("gru", 1), outcome("cnn", 0)])
    store = FitStore(tmp_path)
    assert files_of("gru", fits, store) == [store.file("gru_4"), store.file("gru_1")]
    assert files_of("lstm", fits, store) == []


def test_without_failures_the_table_of_these_is_empty_and_has_its_columns() -> None:
    _, failed = tabulate([outcome("gru", 0)])
    assert list(failed) == ["model", "seed", "reason"]
    assert failed.empty


@pytest.mark.parametrize("others", [[], [outcome("predict_the_mean", 0)]])
def test_it_is_an_error_if_no_encoder_is_left(others: list[Outcome]) -> None:
    failed = [
        outcome("gru", 0, "OSError: full"),
        outcome("gru", 1, "OSError: full"),
        outcome("cnn", 0, "a loss of nan"),
    ]
    with pytest.raises(FitsFailedError, match=r"gru with seed 0, 1: OSError: full; cnn with seed 0: a loss of nan"):
        tabulate([*failed, *others])


def test_baselines_alone_can_be_compared() -> None:
    fits, failed = tabulate([outcome("predict_the_mean", 0), outcome("lightgbm_tabular", 0, "no")])
    assert (len(fits), len(failed)) == (1, 1)
    with pytest.raises(FitsFailedError, match="lightgbm_tabular with seed 0: no"):
        tabulate([outcome("lightgbm_tabular", 0, "no")])


def test_failures_are_told_by_model_and_reason() -> None:
    _, failed = tabulate(
        [
            outcome("gru", 0, "a"),
            outcome("gru", 1, "b"),
            outcome("gru", 2, "a"),
            outcome("cnn", 0, "a"),
            outcome("lstm", 0),
        ]
    )
    assert describe(failed) == "gru with seed 0, 2: a; gru with seed 1: b; cnn with seed 0: a"
