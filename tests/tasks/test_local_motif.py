from itertools import product

import numpy as np
import pandas as pd
import pytest

from tests.tasks.known_truth import draw, in_units_of, recomputed, standardised


def occurs(kinds: list[str], motif: list[str], spacing: int) -> float:
    reach = spacing * (len(motif) - 1) + 1
    return float(any(kinds[i : i + reach : spacing] == motif for i in range(len(kinds) - reach + 1)))


@pytest.mark.parametrize(("motif", "spacing"), [((0, 1, 2), 1), ((2, 2), 3), ((1, 0, 1), 2)])
def test_the_best_prediction_is_whether_the_motif_occurs(motif: tuple[int, ...], spacing: int) -> None:
    truth = draw("local_motif", motif=motif, spacing=spacing)
    names = [f"k{kind}" for kind in motif]
    slow = recomputed(truth, lambda _, events: occurs(events["kind"].tolist(), names, spacing))

    assert 0.05 < slow.mean() < 0.95
    np.testing.assert_allclose(truth.best, standardised(slow), atol=1e-9)


def chance_of_one(_: pd.Series, events: pd.DataFrame) -> float:
    """How many completions of the hidden kinds, all as likely, hold the motif."""
    choices = [["k0", "k1", "k2"] if pd.isna(kind) else [kind] for kind in events["kind"]]
    return float(np.mean([occurs(list(kinds), ["k0", "k1"], 1) for kinds in product(*choices)]))


def test_hidden_kinds_are_averaged_over() -> None:
    options = {"motif": (0, 1), "max_length": 5, "num_samples": 1000}
    in_units = in_units_of(recomputed(draw("local_motif", **options), chance_of_one))
    truth = draw("local_motif", missing=0.3, **options)
    error = truth.best - in_units(recomputed(truth, chance_of_one))

    standard_deviation = 0.5 * float((in_units(np.ones(1)) - in_units(np.zeros(1)))[0])  # of a completion, at most
    assert np.abs(error).max() < 5 * standard_deviation / 10
    assert abs(error.mean()) < 4 * standard_deviation / 10 / np.sqrt(1000)
    assert np.abs(error).max() > 0  # some kinds were hidden


@pytest.mark.parametrize("target", ["regression", "binary"])
def test_where_the_motif_has_no_room_all_is_noise(target: str) -> None:
    truth = draw("local_motif", max_length=2, target=target)

    assert truth.unexplained == 1
    assert set(truth.best) == {0.0 if target == "regression" else 0.5}
