"""Complete sequences: what is read from them, and other orders of the same events."""

from collections import Counter

import numpy as np
import pytest

from sequence_learning.tasks.sequences import Sequences


def make_sequences(lengths: list[int], longest: int = 4, ages: bool = False) -> Sequences:
    """Readings count up from 1, so that each event is known by its numbers."""
    mask = np.arange(longest) >= longest - np.array(lengths)[:, None]
    readings = np.where(mask[:, :, None], 1.0 + np.arange(len(lengths) * longest * 2).reshape(-1, longest, 2), 0.0)
    return Sequences(
        readings=readings,
        kinds=np.where(mask, np.arange(longest) % 3, -1),
        mask=mask,
        tabular=np.zeros((len(lengths), 2)),
        segment=np.zeros(len(lengths), dtype=int),
        ages=mask * 1.0 * np.arange(longest, 0, -1) if ages else None,
    )


def events_of(sequences: Sequences, row: int) -> list[tuple[float, ...]]:
    real = sequences.mask[row]
    return [
        (*reading, kind)
        for reading, kind in zip(sequences.readings[row][real], sequences.kinds[row][real], strict=True)
    ]


def test_lengths_and_positions_count_events_and_steps_back() -> None:
    sequences = make_sequences([0, 1, 4])

    assert sequences.lengths.tolist() == [0, 1, 4]
    assert sequences.positions.tolist() == [3, 2, 1, 0]


def test_a_weighted_mean_is_over_real_events_of_one_channel() -> None:
    sequences = make_sequences([1, 2])
    last, second = sequences.readings[0, -1, 1], sequences.readings[1, -2:, 1]
    weights = np.array([9.0, 9.0, 1.0, 3.0])

    expected = [last, (second[0] + 3 * second[1]) / 4]
    assert sequences.weighted_mean(weights, 1).tolist() == pytest.approx(expected)
    assert sequences.weighted_mean(np.tile(weights, (2, 1)), 1).tolist() == pytest.approx(expected)


def test_a_weighted_mean_without_weight_is_zero() -> None:
    assert make_sequences([0, 2]).weighted_mean(np.array([1.0, 1.0, 0.0, 0.0]), 0).tolist() == [0.0, 0.0]


def test_a_weighted_mean_may_choose_events_by_true_and_false() -> None:
    sequences = make_sequences([3])

    assert sequences.weighted_mean(sequences.kinds == 1, 0)[0] == sequences.readings[0, 1, 0]


def test_rearranged_sequences_have_the_same_events_and_times_in_the_same_places() -> None:
    sequences = make_sequences([0, 1, 2, 4, 4], ages=True)
    other = sequences.rearranged(np.random.default_rng(0))

    assert (other.mask == sequences.mask).all()
    assert other.ages is sequences.ages
    assert (other.readings[~other.mask] == 0).all()
    assert (other.kinds[~other.mask] == -1).all()
    for row in range(5):
        assert sorted(events_of(other, row)) == sorted(events_of(sequences, row))


def test_the_original_is_left_as_it_was() -> None:
    sequences, same = make_sequences([4]), make_sequences([4])
    sequences.rearranged(np.random.default_rng(0))

    assert (sequences.readings == same.readings).all()
    assert (sequences.kinds == same.kinds).all()


def test_every_order_is_as_likely_and_rows_are_ordered_apart() -> None:
    other = make_sequences([3] * 6000).rearranged(np.random.default_rng(0))
    seen = Counter(map(tuple, other.kinds[:, 1:].tolist()))

    assert len(seen) == 6
    assert min(seen.values()) > 1000 - 4 * 30
    assert max(seen.values()) < 1000 + 4 * 30
