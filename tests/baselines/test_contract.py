"""What holds for every baseline."""

from dataclasses import replace

import numpy as np
import pytest

from sequence_learning.baselines import BASELINES, baseline_class, load_baseline
from sequence_learning.baselines.base import Baseline
from sequence_learning.features.model_input import ModelInput
from tests.builders import TASKS, make_model_input

#: Options that keep a fit short; one that is not named here is fitted with its defaults.
SHORT = {name: {"n_rounds": 40} for name in BASELINES if name.startswith("lightgbm")}


def fit(name: str, data: ModelInput, seed: int = 0) -> Baseline:
    cls = baseline_class(name)
    return cls.fit(data, cls.config_class.model_validate(SHORT.get(name, {})), seed)[0]


def assert_same(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> None:
    assert first.keys() == second.keys()
    for name, column in first.items():
        np.testing.assert_array_equal(column, second[name])


@pytest.fixture(scope="module", params=TASKS)
def data(request: pytest.FixtureRequest) -> ModelInput:
    return make_model_input(request.param, n_rows=300)


@pytest.mark.parametrize("name", BASELINES)
def test_predictions_have_the_columns_of_the_task(name: str, data: ModelInput) -> None:
    rows = data.rows("test")
    columns = fit(name, data).predict(data, rows)
    n_classes = len(data.target_spec.classes)
    assert list(columns) == ([f"p_{k}" for k in range(n_classes)] if n_classes else ["prediction"])
    for column in columns.values():
        assert column.shape == rows.shape
        assert column.dtype == np.float64
    if n_classes:
        np.testing.assert_allclose(sum(columns.values()), 1.0)


@pytest.mark.parametrize("name", BASELINES)
def test_the_same_seed_gives_the_same_model(name: str, data: ModelInput) -> None:
    assert fit(name, data) == fit(name, data)


@pytest.mark.parametrize("name", BASELINES)
def test_what_was_stored_predicts_exactly_the_same(name: str, data: ModelInput) -> None:
    import json

    fitted, rows = fit(name, data), np.arange(len(data))
    stored = load_baseline(json.loads(json.dumps(fitted.model_dump(mode="json"))))
    assert stored == fitted
    assert_same(stored.predict(data, rows), fitted.predict(data, rows))


@pytest.mark.parametrize("name", BASELINES)
def test_a_row_does_not_depend_on_the_other_rows(name: str, data: ModelInput) -> None:
    fitted = fit(name, data)
    every = fitted.predict(data, np.arange(len(data)))
    for rows in (np.array([7]), np.array([12, 3, 14])):
        assert_same(fitted.predict(data, rows), {column: values[rows] for column, values in every.items()})


@pytest.mark.parametrize("name", BASELINES)
def test_no_rows_give_columns_of_length_zero(name: str, data: ModelInput) -> None:
    table = fit(name, data).predict(data, np.array([], dtype=np.int64))
    assert all(len(column) == 0 for column in table.values())


@pytest.mark.parametrize("name", BASELINES)
def test_test_rows_teach_nothing(name: str, data: ModelInput) -> None:
    rng = np.random.default_rng(1)
    test = data.part == 2
    of_test = np.repeat(test, np.diff(data.offsets))
    garbage = replace(
        data,
        target=np.where(test, rng.permutation(data.target), data.target),
        numeric=np.where(test[:, None], np.float32(1e6), data.numeric),
        categorical=np.where(test[:, None], 0, data.categorical),
        values=np.where(of_test[:, None], np.float32(-1e6), data.values),
        codes=np.where(of_test[:, None], 0, data.codes),
    )
    assert fit(name, garbage) == fit(name, data)


@pytest.mark.parametrize("name", BASELINES)
def test_a_table_without_columns_and_sequences_without_steps_are_no_error(name: str) -> None:
    data = make_model_input(lengths=[0] * 60, n_numeric=0, categories=())
    prediction = fit(name, data).predict(data, data.rows("test"))["prediction"]
    assert np.isfinite(prediction).all()
