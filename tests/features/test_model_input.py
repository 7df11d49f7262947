"""The container of prepared features."""

import dataclasses

import numpy as np
import pytest

from sequence_learning.features.model_input import ModelInput
from sequence_learning.spec import InputSpec, TargetSpec


def small_input(lengths: list[int], part: list[int]) -> ModelInput:
    n, n_events = len(lengths), sum(lengths)
    return ModelInput(
        values=np.zeros((n_events, 1), np.float32),
        codes=np.zeros((n_events, 0), np.int32),
        offsets=np.cumsum([0, *lengths]),
        numeric=np.zeros((n, 0), np.float32),
        categorical=np.zeros((n, 0), np.int32),
        target=np.zeros(n, np.float32),
        part=np.array(part, np.uint8),
        spec=InputSpec(n_channels=1, event_categories=(), n_numeric=0, categories=(), n_outputs=1),
        target_spec=TargetSpec(task="regression"),
    )


def test_its_length_is_the_number_of_entities() -> None:
    assert len(small_input([2, 0, 3], [0, 1, 2])) == 3


def test_events_of_any_rows_in_any_order() -> None:
    data = small_input([2, 0, 3, 1], [0, 0, 1, 2])
    assert data.events_of(np.array([3, 1, 0, 2, 0])).tolist() == [5, 0, 1, 2, 3, 4, 0, 1]
    assert data.events_of(np.array([1])).tolist() == []
    assert data.events_of(np.array([], dtype=np.int64)).tolist() == []


def test_lengths_of_any_rows_in_any_order() -> None:
    data = small_input([2, 0, 3, 1], [0, 0, 1, 2])

    assert data.lengths_of(np.array([3, 0, 1, 0])).tolist() == [1, 2, 0, 2]
    assert data.lengths_of(np.array([], dtype=np.int64)).tolist() == []


def test_rows_of_each_part() -> None:
    data = small_input([1, 1, 1, 1], [2, 0, 0, 1])

    assert {name: data.rows(name).tolist() for name in ("train", "validation", "test")} == {
        "train": [1, 2],
        "validation": [3],
        "test": [0],
    }


def test_there_are_no_ages_unless_given() -> None:
    data = small_input([2, 1], [0, 0])

    assert data.ages is None
    assert not data.spec.has_ages


def test_it_never_changes() -> None:
    data = small_input([1], [0])

    with pytest.raises(dataclasses.FrozenInstanceError):
        data.target = np.ones(1, np.float32)  # type: ignore[misc]


def test_features_of_the_same_content_have_one_fingerprint() -> None:
    data = small_input([2, 0, 3], [0, 1, 2])
    again = dataclasses.replace(small_input([2, 0, 3], [0, 1, 2]), values=np.asfortranarray(data.values))
    assert again.fingerprint == data.fingerprint


def test_everything_in_them_changes_the_fingerprint() -> None:
    data = small_input([2, 0, 3], [0, 1, 2])
    changes = {
        "values": np.ones_like(data.values),
        "codes": np.zeros((5, 1), np.int32),
        "offsets": np.cumsum([0, 2, 1, 2]),
        "numeric": np.zeros((3, 1), np.float32),
        "categorical": np.zeros((3, 1), np.int32),
        "target": np.array([0, 0, 1e-6], np.float32),
        "part": np.array([0, 1, 1], np.uint8),
        "spec": data.spec.model_copy(update={"n_numeric": 1}),
        "target_spec": TargetSpec(task="regression", mean=1.0),
        "ages": np.zeros(5, np.float32),
    }
    assert set(changes) == {field.name for field in dataclasses.fields(ModelInput)}
    found = {dataclasses.replace(data, **{name: value}).fingerprint for name, value in changes.items()}
    assert len(found | {data.fingerprint}) == len(changes) + 1


def test_kind_and_shape_of_numbers_count_as_the_numbers_do() -> None:
    data = small_input([2, 0, 3], [0, 1, 2])
    bits = dataclasses.replace(data, target=data.target.view(np.int32))
    shaped = dataclasses.replace(data, values=data.values.reshape(1, 5))
    assert len({data.fingerprint, bits.fingerprint, shaped.fingerprint}) == 3
