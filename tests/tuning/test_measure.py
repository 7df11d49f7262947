from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from sequence_learning.features.model_input import ModelInput
from sequence_learning.tuning import measure as measure_
from sequence_learning.tuning.measure import measure
from sequence_learning.tuning.summary import choose
from tests.builders import make_model_input
from tests.tuning.small import SPACES, make_plan, with_other_test_rows

INPUT = make_model_input("regression", 100)


def found(model_input: ModelInput, folder: Path, n_workers: int = 1, **tuning: Any) -> pd.DataFrame:
    plan = make_plan(model_input, SPACES, **({"trials": 3, "searches": 1, "random_trials": 3} | tuning))
    return measure(model_input, plan, folder, n_workers).drop(columns="cpu_seconds")


@pytest.fixture(scope="module")
def one_worker(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return found(INPUT, tmp_path_factory.mktemp("one"))


def test_a_row_per_trial_of_every_configured_model(one_worker: pd.DataFrame) -> None:
    assert one_worker.groupby("model", sort=False).size().to_dict() == {
        "statistical_aggregation": 3,
        "gru": 3,
        "lightgbm_tabular": 3,
    }
    assert (one_worker["state"] == "complete").all()
    assert one_worker["score"].notna().all()


def test_results_do_not_depend_on_the_number_of_workers(one_worker: pd.DataFrame, tmp_path: Path) -> None:
    assert_frame_equal(one_worker, found(INPUT, tmp_path, n_workers=2))


def test_test_rows_change_nothing(one_worker: pd.DataFrame, tmp_path: Path) -> None:
    other = with_other_test_rows(INPUT)
    assert_frame_equal(one_worker, found(other, tmp_path), check_exact=True)
    plans = [make_plan(model_input) for model_input in (INPUT, other)]
    assert [search.key for search in plans[0]] == [search.key for search in plans[1]]
    assert choose(one_worker, plans[0]) == choose(one_worker, plans[1])


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_classes_are_searched_by_their_own_metric(task: Any, tmp_path: Path) -> None:
    table = found(
        make_model_input(task, 100), tmp_path, models=("statistical_aggregation", "lightgbm_tabular"), trials=1
    )
    assert table["score"].between(0, 1).all()


def test_finished_searches_start_nothing(one_worker: pd.DataFrame, tmp_path: Path, monkeypatch: Any) -> None:
    first = found(INPUT, tmp_path, models=("lightgbm_tabular",))
    monkeypatch.setattr(measure_, "run_search", None)
    assert_frame_equal(first, found(INPUT, tmp_path, models=("lightgbm_tabular",)))
