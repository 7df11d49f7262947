import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.evaluation.interpretation.stability import stability

NO_WEIGHTS = pd.DataFrame(columns=["encoder", "seed", "position", "weight", "relative_weight"])
NO_GRADIENTS = pd.DataFrame(columns=["encoder", "seed", "kind", "feature", "position", "importance", "rows"])


def permutations(*by_seed: list[float], encoder: str = "gru") -> pd.DataFrame:
    rows = [
        (encoder, seed, "tabular", f"f{i}", value)
        for seed, values in enumerate(by_seed)
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["encoder", "seed", "kind", "feature", "importance"])


def of_permutations(*by_seed: list[float], least: float = 0.7) -> tuple[float, object]:
    (row,) = stability(NO_WEIGHTS, NO_GRADIENTS, permutations(*by_seed), least).to_dict("records")
    assert (row["encoder"], row["what"]) == ("gru", "permutation")
    return row["agreement"], row["stable"]


def test_agreement_is_the_mean_rank_correlation_of_pairs() -> None:
    agreement, stable = of_permutations([1, 2, 3], [10, 20, 99], [3, 2, 1])
    assert agreement == pytest.approx((1 - 1 - 1) / 3)
    assert stable is False
    assert of_permutations([1, 2, 3], [1, 20, 21]) == (pytest.approx(1), True)


def test_stable_begins_at_the_least_agreement() -> None:
    seeds = [1.0, 2.0, 3.0], [2.0, 1.0, 3.0]
    assert of_permutations(*seeds, least=0.5) == (pytest.approx(0.5), True)
    assert of_permutations(*seeds, least=0.51) == (pytest.approx(0.5), False)


def test_what_counts_next_to_nothing_has_no_order() -> None:
    noise = [1.0, 0.5, 0.01, -0.02, 0.0], [2.0, 1.0, -0.02, 0.01, 0.02]
    assert of_permutations(*noise) == (pytest.approx(1), True)


@pytest.mark.parametrize("by_seed", [([0, 0], [0, 0]), ([1, 2, 3],), ([1, 1, 1], [1, 2, 3]), ([2, 2], [2, 2])])
def test_one_seed_or_equal_numbers_say_nothing(by_seed: tuple[list[float], ...]) -> None:
    agreement, stable = of_permutations(*by_seed)
    assert np.isnan(agreement)
    assert pd.isna(stable)


@given(st.lists(st.lists(st.integers(-99, 99), min_size=4, max_size=4), min_size=2, max_size=4))
def test_agreement_does_not_depend_on_the_order_of_seeds_nor_on_scale(by_seed: list[list[float]]) -> None:
    agreement, _ = of_permutations(*by_seed)
    scaled = [[0.3 * value for value in values] for values in by_seed[::-1]]
    assert of_permutations(*scaled)[0] == pytest.approx(agreement, nan_ok=True)
    assert np.isnan(agreement) or -1 - 1e-9 <= agreement <= 1 + 1e-9


def gradients(*by_seed: list[list[float]]) -> pd.DataFrame:
    """Of each seed a list per channel, newest first."""
    rows = [
        ("gru", seed, "channel", f"c{c}", position, value, 10 - position)
        for seed, channels in enumerate(by_seed)
        for c, values in enumerate(channels)
        for position, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=NO_GRADIENTS.columns)


def test_channels_and_positions_are_compared_by_themselves() -> None:
    """Both seeds look at the newest event, each at another channel of it."""
    table = gradients([[9, 2, 1], [3, 1, 0.5]], [[3, 1, 0.5], [9, 2, 1]])
    found = stability(NO_WEIGHTS, table, permutations([1, 2]), 0.7).set_index("what")
    assert found["agreement"].to_dict() == {
        "gradients by channel": pytest.approx(-1),
        "gradients by position": pytest.approx(1),
        "permutation": pytest.approx(float("nan"), nan_ok=True),
    }


def test_channels_count_by_all_their_events() -> None:
    """Old positions, which few rows have, count less."""
    even = gradients([[0, 0, 3.2], [1, 1, 1]], [[0, 0, 1], [2, 2, 2]])
    assert stability(NO_WEIGHTS, even, permutations([1, 2]), 0.7)["agreement"][0] == pytest.approx(1)


def test_tabular_gradients_are_not_compared() -> None:
    tabular = pd.DataFrame({"encoder": "gru", "seed": [0, 1], "kind": "tabular", "feature": "t", "importance": 1.0})
    assert set(stability(NO_WEIGHTS, tabular.assign(rows=1), permutations([1, 2]), 0.7)["what"]) == {"permutation"}


def weights(*by_seed: list[float]) -> pd.DataFrame:
    rows = [("x", s, p, value / 9, value) for s, values in enumerate(by_seed) for p, value in enumerate(values)]
    return pd.DataFrame(rows, columns=NO_WEIGHTS.columns)


def test_weights_are_compared_by_position() -> None:
    found = stability(weights([3, 2, 1], [9, 4, 2]), NO_GRADIENTS, permutations([1, 2]), 0.7)
    assert found[["encoder", "what", "stable"]].to_numpy().tolist()[0] == ["x", "position weights", True]


def test_plain_means_do_not_agree_by_rounding() -> None:
    almost = weights([1.0, 1.0000001, 0.9999999], [1.0, 1.0000001, 0.9999998])
    assert np.isnan(stability(almost, NO_GRADIENTS, permutations([1, 2]), 0.7)["agreement"][0])
