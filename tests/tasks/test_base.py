"""What every task with known truth keeps to: its tables, seeds, missing readings and lengths."""

import io
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.tasks import TASKS, task_class
from sequence_learning.tasks.base import KnownTruth, _Scale
from tests.tasks.known_truth import draw, lengths_of, make_task, rows_of

each_task = pytest.mark.parametrize("name", TASKS)
each_target = pytest.mark.parametrize("target", ["regression", "binary"])
TIMED = [name for name in TASKS if task_class(name).has_times]


def as_bytes(truth: KnownTruth) -> tuple[bytes, ...]:
    contents = [truth.best.tobytes()]
    for table in (truth.entities, truth.events):
        file = io.BytesIO()
        table.to_parquet(file)
        contents.append(file.getvalue())
    return tuple(contents)


def shortest(name: str) -> int:
    return make_task(name).config.min_length


# Tables


@each_task
def test_the_columns_are_those_of_the_data_contract(name: str) -> None:
    truth = draw(name, num_channels=5, num_tabular=3)
    now, time = (["now"], ["time"]) if name in TIMED else ([], [])

    assert [*truth.entities.columns] == ["id", *(f"tabular_{k}" for k in range(3)), "segment", *now, "target"]
    assert [*truth.events.columns] == ["id", "step", *(f"channel_{k}" for k in range(5)), "kind", *time]
    assert truth.best.shape == (400,)


def test_one_task_has_times() -> None:
    assert TIMED == ["irregular_time"]


@each_task
def test_categories_take_all_their_values(name: str) -> None:
    truth = draw(name, n_kinds=7, n_segments=7)

    assert set(truth.entities["segment"]) == {f"s{k}" for k in range(7)}
    assert set(truth.events["kind"]) == {f"k{k}" for k in range(7)}


@each_task
def test_sizes_and_lengths_are_as_asked(name: str) -> None:
    truth = draw(name, num_samples=300, max_length=5)
    lengths = lengths_of(truth)

    assert truth.entities["id"].tolist() == list(range(300))
    assert sorted(lengths.unique()) == list(range(shortest(name), 6))
    assert truth.events["id"].tolist() == np.repeat(np.arange(300), lengths).tolist()
    assert truth.events["step"].tolist() == [step for length in lengths for step in range(length)]


@each_task
@pytest.mark.parametrize("positives", [0.02, 0.2, 0.9])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_of_two_classes_one_may_be_rare(name: str, positives: float, noise: float) -> None:
    truth = draw(name, target="binary", positives=positives, noise=noise, num_samples=4000)

    share = truth.entities["target"].mean()
    if name == "local_motif" and noise == 0:  # nothing tells rows without a motif from each other
        assert share <= positives
        return
    assert share == pytest.approx(positives, abs=1e-3)
    assert truth.best.mean() == pytest.approx(positives, abs=4 * np.sqrt(positives * (1 - positives) / 4000))


def test_positives_are_refused_where_there_are_none() -> None:
    with pytest.raises(ValueError, match=r"are rows of a binary target, got 0.1 for a regression; leave them out"):
        draw("order_free", positives=0.1)


@each_task
@each_target
@pytest.mark.parametrize("lengths", [(0, 1), (1, 1), (0, 2), (2, 2), (2, 3), (3, 3)])
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_the_shortest_sequences_give_a_truth_without_warnings(
    name: str, target: str, lengths: tuple[int, int], missing: float
) -> None:
    if lengths[0] < shortest(name):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        truth = draw(name, target=target, min_length=lengths[0], max_length=lengths[1], missing=missing, num_samples=60)

    assert lengths_of(truth).between(*lengths).all()
    assert np.isfinite(truth.best).all()
    assert truth.entities["target"].nunique() == (60 if target == "regression" else 2)
    assert 0.1 <= truth.unexplained < np.inf  # above 1 where a motif is rarer in these rows than it is on average


@each_task
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_all_sequences_may_have_512_events(name: str, missing: float) -> None:
    truth = draw(name, min_length=512, max_length=512, num_samples=20, missing=missing)

    assert (lengths_of(truth) == 512).all()
    assert np.isfinite(truth.best).all()
    # A motif has so much room that it occurs in every sequence.
    assert (truth.best.std() > 0.1) == (name not in {"local_motif", "pure_noise"})


# Seeds


@each_task
@each_target
def test_the_same_configuration_gives_the_same_bytes(name: str, target: str) -> None:
    one, same = (draw(name, target=target, missing=0.2, num_samples=100, seed=5) for _ in range(2))

    assert as_bytes(one) == as_bytes(same)


@each_task
def test_another_seed_gives_other_tables(name: str) -> None:
    one, other = draw(name, seed=0), draw(name, seed=1)

    for column in ("tabular_0", "tabular_1", "target"):
        assert abs(np.corrcoef(one.entities[column], other.entities[column])[0, 1]) < 0.2
    assert lengths_of(one).tolist() != lengths_of(other).tolist()
    assert abs(np.corrcoef(one.events["channel_0"][:1000], other.events["channel_0"][:1000])[0, 1]) < 0.2


@each_task
@pytest.mark.parametrize("changes", [{"target": "binary"}, {"noise": 0.0}, {"noise": 0.9}])
def test_the_features_change_neither_with_the_target_nor_with_the_noise(name: str, changes: dict[str, Any]) -> None:
    one, other = draw(name, missing=0.2), draw(name, missing=0.2, **changes)

    pd.testing.assert_frame_equal(other.entities.drop(columns="target"), one.entities.drop(columns="target"))
    pd.testing.assert_frame_equal(other.events, one.events)


# Missing readings


@each_task
def test_hidden_readings_are_as_many_as_asked_and_nothing_else_is_hidden(name: str) -> None:
    truth = draw(name, missing=0.3, num_samples=3000)
    hidden = truth.events.isna().mean()
    channels = [column for column in truth.events if column.startswith("channel_")]

    assert hidden[channels].tolist() == pytest.approx([0.3] * len(channels), abs=0.02)
    assert hidden["kind"] == pytest.approx(0.3 if name != "long_range_pair" else 0.0, abs=0.02)
    assert (hidden.drop([*channels, "kind"]) == 0).all()
    assert not truth.entities.isna().any(axis=None)
    assert not draw(name).events.isna().any(axis=None)


@each_task
@each_target
def test_hiding_changes_neither_other_cells_nor_the_target(name: str, target: str) -> None:
    whole, gappy = draw(name, target=target), draw(name, target=target, missing=0.3)

    pd.testing.assert_frame_equal(whole.entities, gappy.entities)
    pd.testing.assert_frame_equal(whole.events.where(gappy.events.notna()), gappy.events)


@each_task
def test_nothing_can_be_predicted_better_with_less_to_see(name: str) -> None:
    unexplained = [draw(name, missing=share).unexplained for share in (0.0, 0.2, 0.5)]

    assert unexplained == sorted(unexplained)
    assert (unexplained[2] > unexplained[0] + 0.2) == (name not in {"tabular_only", "pure_noise"})


@each_task
@each_target
def test_what_is_hidden_does_not_reach_the_best_prediction(name: str, target: str) -> None:
    task = make_task(name, target=target, missing=0.3)
    rng = np.random.default_rng(0)
    sequences = task.draw(rng)
    hidden_readings = rng.random(sequences.readings.shape) < 0.3
    hidden_kinds = (rng.random(sequences.kinds.shape) < 0.3) & task.hides_kinds
    other = sequences.replaced(
        np.where(hidden_readings & sequences.mask[:, :, None], 99.0, sequences.readings),
        np.where(hidden_kinds & sequences.mask, 0, sequences.kinds),
    )
    scale = _Scale.of(task.signal(sequences), 0.1)
    one, same = (task._best(each, hidden_readings, hidden_kinds, scale) for each in (sequences, other))

    assert (one[0] == same[0]).all()
    assert one[1] == pytest.approx(same[1])


# Signal and target


@each_task
def test_the_signal_of_a_row_does_not_depend_on_other_rows(name: str) -> None:
    task = make_task(name)
    sequences = task.draw(np.random.default_rng(0))
    rows = np.random.default_rng(1).permutation(400)[:100]

    np.testing.assert_allclose(task.signal(rows_of(sequences, rows)), task.signal(sequences)[rows], rtol=1e-12)


@each_task
def test_the_signal_does_not_change_the_sequences(name: str) -> None:
    task = make_task(name)
    sequences, same = (task.draw(np.random.default_rng(0)) for _ in range(2))
    task.signal(sequences)
    task.order_free_signal(sequences, np.random.default_rng(0))

    assert (sequences.readings == same.readings).all()
    assert (sequences.kinds == same.kinds).all()


@each_task
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.6])
def test_the_best_prediction_has_the_share_of_variance_that_is_not_noise(name: str, noise: float) -> None:
    truth = draw(name, noise=noise)

    assert truth.best.mean() == pytest.approx(0, abs=1e-9)
    assert truth.best.var() == pytest.approx(0 if name == "pure_noise" else 1 - noise)
    assert truth.unexplained == pytest.approx(1 if name == "pure_noise" else noise)


@each_task
def test_without_noise_the_best_prediction_is_the_target(name: str) -> None:
    if name != "pure_noise":
        number, label = draw(name, noise=0.0), draw(name, noise=0.0, target="binary")

        np.testing.assert_allclose(number.best, number.entities["target"], atol=1e-12)
        assert (label.best == label.entities["target"]).all()


@each_task
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_a_binary_target_says_whether_the_number_is_above_zero(name: str, missing: float) -> None:
    number, label = (draw(name, target=target, missing=missing) for target in ("regression", "binary"))

    assert label.entities["target"].tolist() == (number.entities["target"] > 0).astype(int).tolist()
    assert ((label.best >= 0) & (label.best <= 1)).all()


@each_task
def test_neither_class_is_rare_by_default(name: str) -> None:
    cls = task_class(name)
    truth = cls(cls.config_class(target="binary")).generate()

    assert 0.2 < truth.entities["target"].mean() < 0.8
