"""The dummy data set: sizes, seeds, and where its target comes from."""

import io
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequence_learning.parameters import SyntheticParameters, Task
from sequence_learning.tasks.mixed import generate_mixed

Tables = tuple[pd.DataFrame, pd.DataFrame]
TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")


def generate(task: Task = "regression", **changes: Any) -> Tables:
    values = {
        "source": "synthetic", "num_samples": 500, "min_length": 0, "max_length": 9, "num_channels": 3,
        "num_tabular": 2, "noise": 0.2, "missing": 0.05, "seed": 0,
    }  # fmt: skip
    return generate_mixed(SyntheticParameters.model_validate(values | changes), task)


def as_bytes(tables: Tables) -> tuple[bytes, ...]:
    contents = []
    for table in tables:
        file = io.BytesIO()
        table.to_parquet(file)
        contents.append(file.getvalue())
    return tuple(contents)


def correlation(one: Any, other: Any) -> float:
    return float(np.corrcoef(one, other)[0, 1])


# Tables


def test_the_columns_are_those_of_the_data_contract() -> None:
    entities, events = generate()

    assert list(entities.columns) == ["id", "tabular_0", "tabular_1", "segment", "target"]
    assert list(events.columns) == ["id", "step", "channel_0", "channel_1", "channel_2", "kind"]
    assert set(entities["segment"]) == {"basic", "plus", "pro", "trial"}
    assert set(events["kind"]) == {"a", "b", "c"}


@given(st.integers(10, 60), st.integers(0, 6), st.integers(0, 6), st.sampled_from(TASKS), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_sizes_are_as_asked_and_nothing_warns(n: int, shortest: int, more: int, task: Task, seed: int) -> None:
    longest = max(1, shortest + more)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        entities, events = generate(task, num_samples=n, min_length=shortest, max_length=longest, seed=seed)

    assert entities["id"].tolist() == list(range(n))
    assert entities["target"].notna().all()
    lengths = events.groupby("id").size().reindex(entities["id"], fill_value=0)
    assert lengths.between(shortest, longest).all()
    assert len(events) == lengths.sum()
    assert events["step"].tolist() == [step for length in lengths for step in range(length)]


def test_every_length_in_the_range_occurs() -> None:
    entities, events = generate(min_length=2, max_length=5)

    lengths = events.groupby("id").size().reindex(entities["id"], fill_value=0)
    assert sorted(lengths.unique()) == [2, 3, 4, 5]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("lengths", [(0, 1), (1, 1), (0, 2)])
def test_the_shortest_sequences_still_give_a_target_that_varies(task: Task, lengths: tuple[int, int]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        entities, _ = generate(task, min_length=lengths[0], max_length=lengths[1])

    assert np.isfinite(entities["target"]).all()
    assert entities["target"].nunique() == {"regression": 500, "binary": 2, "multiclass": 3}[task]


# Seeds


@pytest.mark.parametrize("task", TASKS)
def test_the_same_seed_gives_the_same_bytes(task: Task) -> None:
    assert as_bytes(generate(task)) == as_bytes(generate(task))


def test_another_seed_gives_other_tables() -> None:
    one, other = generate(seed=0), generate(seed=1)

    assert correlation(one[0]["tabular_0"].fillna(0), other[0]["tabular_0"].fillna(0)) < 0.2
    assert correlation(one[0]["target"], other[0]["target"]) < 0.2
    assert len(one[1]) != len(other[1])


def test_the_draw_is_not_numpys_global_one() -> None:
    np.random.seed(1)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    one = generate()
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002

    assert as_bytes(generate()) == as_bytes(one)


def test_the_features_do_not_depend_on_the_task_or_the_noise() -> None:
    entities, events = generate("regression", noise=0.2)
    for task, noise in (("binary", 0.2), ("multiclass", 0.2), ("regression", 0.0), ("regression", 0.9)):
        others = generate(task, noise=noise)
        pd.testing.assert_frame_equal(others[0].drop(columns="target"), entities.drop(columns="target"))
        pd.testing.assert_frame_equal(others[1], events)


# Missing values


def test_without_a_share_nothing_is_missing() -> None:
    assert not any(table.isna().any(axis=None) for table in generate(missing=0.0))


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_the_share_of_missing_numbers_is_as_asked(share: float) -> None:
    entities, events = generate(num_samples=4000, missing=share)

    for table, prefix in ((entities, "tabular_"), (events, "channel_")):
        numbers = table.filter(like=prefix)
        assert numbers.isna().mean().tolist() == pytest.approx([share] * numbers.shape[1], abs=0.03)
        assert not table.drop(columns=numbers.columns).isna().any(axis=None)


def test_gaps_hide_values_and_change_neither_the_others_nor_the_target() -> None:
    whole, gappy = generate(missing=0.0), generate(missing=0.3)

    for full, holed in zip(whole, gappy, strict=True):
        pd.testing.assert_frame_equal(full.where(holed.notna()), holed)
    pd.testing.assert_series_equal(whole[0]["target"], gappy[0]["target"])


# Target


@pytest.mark.parametrize("n_classes", [3, 4, 7])
def test_classes_are_about_equally_frequent(n_classes: int) -> None:
    entities, _ = generate("multiclass", num_classes=n_classes)

    frequency = entities["target"].value_counts()
    assert sorted(frequency.index) == list(range(n_classes))
    assert frequency.max() - frequency.min() <= 2


def test_classes_are_ranges_of_the_regression_target() -> None:
    number, index = generate("regression")[0]["target"], generate("multiclass", num_classes=4)[0]["target"]

    ranges = number.groupby(index).agg(["min", "max"])
    assert (ranges["max"].to_numpy()[:-1] < ranges["min"].to_numpy()[1:]).all()


def test_a_binary_target_says_whether_the_regression_target_is_above_zero() -> None:
    assert generate("binary")[0]["target"].tolist() == (generate("regression")[0]["target"] > 0).tolist()


def test_a_binary_target_is_about_balanced() -> None:
    assert generate("binary", num_samples=4000)[0]["target"].mean() == pytest.approx(0.5, abs=0.04)


def best_r2(noise: float, **changes: Any) -> float:
    """R² of predicting the target by its noise-free part: features are the same, so nothing can do better."""
    clean, noisy = (generate(num_samples=20_000, noise=share, **changes)[0]["target"] for share in (0.0, noise))
    return correlation(clean, noisy) ** 2


@pytest.mark.parametrize("noise", [0.0, 0.2, 0.5, 0.9])
def test_about_the_share_of_noise_cannot_be_predicted(noise: float) -> None:
    assert best_r2(noise) == pytest.approx(1 - noise, abs=0.04)


@pytest.mark.parametrize(
    "lengths",
    [(0, 9), (5, 5), pytest.param((0, 1), id="parts that are constant")],
)
def test_the_noise_free_target_has_unit_variance(lengths: tuple[int, int]) -> None:
    target = generate(num_samples=20_000, noise=0.0, min_length=lengths[0], max_length=lengths[1])[0]["target"]

    assert target.var() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("noise", [0.2, 0.5])
def test_no_model_can_beat_the_promised_r2(noise: float) -> None:
    assert best_r2(noise) <= 1 - noise + 0.008


def parts_of_one(sequence: pd.DataFrame) -> tuple[float, float, float, float]:
    """The four parts of the signal that come from a sequence, as the module's docstring names them, slowly."""
    first, second, kinds = (sequence[name].tolist() for name in ("channel_0", "channel_1", "kind"))
    weights = [0.8**age for age in range(len(second))][::-1]
    of_kind_a = [value for value, kind in zip(second, kinds, strict=True) if kind == "a"]
    products = [new * old for new, old in zip(first[1:], first[:-1], strict=True)]
    return (
        max(first),
        sum(w * v for w, v in zip(weights, second, strict=True)) / sum(weights),
        sum(of_kind_a) / max(len(of_kind_a), 1),
        sum(products) / max(len(products), 1),
    )


@pytest.fixture(scope="module")
def clean() -> tuple[np.ndarray, np.ndarray]:
    """The five parts of the signal, recomputed from the tables and standardised, beside the noise-free target."""
    entities, events = generate(num_samples=600, min_length=1, noise=0.0, missing=0.0)
    segment = entities["segment"].map({"basic": -1, "plus": -1 / 3, "pro": 1 / 3, "trial": 1})
    tabular = (entities["tabular_0"] + entities["tabular_1"]) / 2**0.5 + segment
    sequences = [parts_of_one(sequence) for _, sequence in events.groupby("id")]
    parts = np.column_stack([tabular, np.array(sequences)])
    return (parts - parts.mean(axis=0)) / parts.std(axis=0), entities["target"].to_numpy()


def test_the_target_is_the_sum_of_its_five_parts(clean: tuple[np.ndarray, np.ndarray]) -> None:
    parts, target = clean

    assert correlation(parts.sum(axis=1), target) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("k", range(5), ids=["tabular", "order-free", "recency", "content", "local order"])
def test_the_target_depends_on_every_part(clean: tuple[np.ndarray, np.ndarray], k: int) -> None:
    parts, target = clean
    others = np.delete(parts, k, axis=1)

    assert correlation(parts[:, k], target) > 0.3
    assert correlation(others.sum(axis=1), target) < 0.97


def test_the_order_of_events_matters() -> None:
    entities, events = generate(min_length=10, max_length=20, noise=0.0, missing=0.0)
    sequences = [sequence for _, sequence in events.groupby("id")]
    forwards, backwards = ([parts_of_one(s[::step])[1] for s in sequences] for step in (1, -1))

    assert correlation(forwards, entities["target"]) > correlation(backwards, entities["target"]) + 0.2


def test_channels_beyond_the_second_carry_nothing() -> None:
    entities, events = generate(num_samples=5000, min_length=1, noise=0.0, missing=0.0)

    assert abs(correlation(events.groupby("id")["channel_2"].mean(), entities["target"])) < 0.05
