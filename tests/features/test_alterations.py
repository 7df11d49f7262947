from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.baselines.boosting import BoostingConfig, LightGbmOrderFree
from sequence_learning.features.alterations import newest, random_half, shuffled, unaltered, without_times
from sequence_learning.features.model_input import ModelInput
from sequence_learning.training.predict import predict
from tests.builders import make_checkpoint, make_model_input

Alteration = Callable[[ModelInput, np.ndarray], ModelInput]

ALTERATIONS: dict[str, Alteration] = {
    "unaltered": unaltered,
    "shuffled": partial(shuffled, seed=3),
    "newest": partial(newest, k=2),
    "random_half": partial(random_half, seed=3),
}
PER_ROW = ("numeric", "categorical", "target", "part")


@st.composite
def data_and_rows(draw: st.DrawFn) -> tuple[ModelInput, np.ndarray]:
    """Any lengths, zero included, and some of the rows in any order."""
    lengths = draw(st.lists(st.integers(0, 9), min_size=1, max_size=12))
    data = make_model_input(lengths=lengths, ages=draw(st.booleans()), seed=draw(st.integers(0, 99)))
    rows = draw(st.lists(st.integers(0, len(lengths) - 1), unique=True, max_size=12))
    return data, np.array(rows, dtype=np.int64)


def events(data: ModelInput, row: int) -> np.ndarray:
    """All that is known of each event of a row, ``(L, ...)``."""
    ages = np.zeros((len(data.values), 0)) if data.ages is None else data.ages[:, None]
    everything = np.concatenate([data.values, data.codes, ages], axis=1)
    return everything[data.offsets[row] : data.offsets[row + 1]]


def ascending(events: np.ndarray) -> list[list[float]]:
    return sorted(events.tolist())


@pytest.mark.parametrize("name", ALTERATIONS)
@given(drawn=data_and_rows())
def test_rows_keep_all_but_their_events_and_come_as_they_were_asked_for(
    name: str, drawn: tuple[ModelInput, np.ndarray]
) -> None:
    data, rows = drawn
    altered = ALTERATIONS[name](data, rows)
    assert len(altered) == len(rows)
    for column in PER_ROW:
        np.testing.assert_array_equal(getattr(altered, column), getattr(data, column)[rows], strict=True)
    assert (altered.spec, altered.target_spec) == (data.spec, data.target_spec)
    assert altered.offsets.dtype == np.int64
    assert (altered.ages is None) == (data.ages is None)


@given(data_and_rows())
def test_unaltered_rows_have_their_events(drawn: tuple[ModelInput, np.ndarray]) -> None:
    data, rows = drawn
    altered = unaltered(data, rows)
    for i, row in enumerate(rows):
        np.testing.assert_array_equal(events(altered, i), events(data, row))


@given(data_and_rows())
def test_shuffled_rows_have_the_same_events(drawn: tuple[ModelInput, np.ndarray]) -> None:
    data, rows = drawn
    altered = shuffled(data, rows, seed=0)
    for i, row in enumerate(rows):
        assert ascending(events(altered, i)) == ascending(events(data, row))


@given(data_and_rows(), st.integers(1, 12))
def test_the_newest_events_are_the_last_ones(drawn: tuple[ModelInput, np.ndarray], k: int) -> None:
    data, rows = drawn
    altered = newest(data, rows, k)
    for i, row in enumerate(rows):
        np.testing.assert_array_equal(events(altered, i), events(data, row)[-k:])


@given(data_and_rows(), st.integers(0, 9))
def test_a_random_half_has_half_of_the_events_in_their_order(drawn: tuple[ModelInput, np.ndarray], seed: int) -> None:
    data, rows = drawn
    altered = random_half(data, rows, seed)
    for i, row in enumerate(rows):
        kept, all_of_them = events(altered, i).tolist(), events(data, row).tolist()
        assert len(kept) == (len(all_of_them) + 1) // 2
        places = [all_of_them.index(event) for event in kept]
        assert places == sorted(set(places))


@pytest.mark.parametrize("alter", [shuffled, random_half])
def test_a_seed_says_what_is_drawn(alter: Callable[..., ModelInput]) -> None:
    data, rows = make_model_input(lengths=[9] * 20), np.arange(20)
    first, again, other = (alter(data, rows, seed=seed).values for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_every_order_and_every_half_is_as_likely() -> None:
    data = make_model_input(lengths=[3] * 6000, n_channels=1)
    data.values[:] = np.tile([[0.0], [1.0], [2.0]], (6000, 1))
    rows = np.arange(6000)
    orders = shuffled(data, rows, seed=0).values.reshape(-1, 3)
    halves = random_half(data, rows, seed=0).values.reshape(-1, 2)
    for drawn, n_kinds in ((orders, 6), (halves, 3)):
        _, counts = np.unique(drawn, axis=0, return_counts=True)
        np.testing.assert_allclose(counts, 6000 / n_kinds, rtol=0.1)
        assert len(counts) == n_kinds


@pytest.mark.parametrize("name", ALTERATIONS)
@pytest.mark.parametrize("ages", [False, True])
def test_rows_without_events_stay_without(name: str, ages: bool) -> None:
    altered = ALTERATIONS[name](make_model_input(lengths=[0] * 4, ages=ages), np.array([3, 0]))
    assert altered.offsets.tolist() == [0, 0, 0]
    assert (len(altered.values), len(altered.codes)) == (0, 0)


def test_a_model_that_is_blind_to_the_order_predicts_the_same_after_a_shuffle() -> None:
    data = make_model_input(n_rows=200)
    rows, all_rows = data.rows("test"), np.arange(len(data.rows("test")))
    altered = shuffled(data, rows, seed=0)
    for encoder, blind in (("statistical_aggregation", True), ("gru", False)):
        model = make_checkpoint(data, encoder).load_model()
        before, after = (predict(model, *of)["prediction"] for of in ((data, rows), (altered, all_rows)))
        assert np.allclose(before, after, atol=1e-5) == blind
    trees, _ = LightGbmOrderFree.fit(data, BoostingConfig(n_rounds=20), 0)
    np.testing.assert_allclose(
        trees.predict(data, rows)["prediction"], trees.predict(altered, all_rows)["prediction"], rtol=1e-6
    )


def test_features_without_times_are_those_of_data_that_have_none() -> None:
    plain = make_model_input(n_channels=3)
    timed = make_model_input(n_channels=3, ages=True)
    of_time = np.ones((len(timed.values), 2), dtype=np.float32)
    timed = replace(
        timed,
        values=np.concatenate([timed.values, of_time], axis=1),
        spec=timed.spec.model_copy(update={"n_channels": 5, "n_time_channels": 2}),
    )
    blind = without_times(timed)
    assert blind.spec == plain.spec
    assert blind.ages is None
    for name in (*PER_ROW, "values", "codes", "offsets"):
        np.testing.assert_array_equal(getattr(blind, name), getattr(plain, name))
    assert without_times(plain).spec == plain.spec
