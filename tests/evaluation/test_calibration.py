import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from sequence_learning.evaluation.calibration import calibrate, fit_temperature, plot_reliability, scale_by_temperature
from sequence_learning.metrics import score

seeds = st.integers(0, 10_000)
classes = st.integers(2, 5)


def draw(seed: int, n_classes: int = 2, n: int = 4000, sharpen: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of logits that are ``sharpen`` times too large, and classes that were drawn from the true ones."""
    rng = np.random.default_rng(seed)
    logits = 1.5 * rng.normal(size=(n, n_classes))
    cumulated = softmax(logits, axis=1).cumsum(axis=1)
    target = (rng.random((n, 1)) > cumulated[:, :-1]).sum(axis=1)
    return softmax(sharpen * logits, axis=1), target


def table(probabilities: np.ndarray, target: np.ndarray, part: str, seed: int) -> pd.DataFrame:
    columns = {f"p_{k}": column for k, column in enumerate(probabilities.T)}
    return pd.DataFrame({"id": np.arange(len(target)), "part": part, "target": target, "seed": seed} | columns)


def predictions(sharpen: float, n_classes: int = 2, n_seeds: int = 2) -> pd.DataFrame:
    return pd.concat(
        [
            table(*draw(2 * seed + k, n_classes, sharpen=sharpen), part, seed)
            for seed in range(n_seeds)
            for k, part in enumerate(("validation", "test"))
        ]
    )


@given(seeds, classes, st.sampled_from([0.25, 0.5, 1.0, 2.0, 4.0]))
def test_the_temperature_undoes_what_logits_were_multiplied_with(seed: int, n_classes: int, factor: float) -> None:
    assert fit_temperature(*draw(seed, n_classes, sharpen=factor)) == pytest.approx(factor, rel=0.15)


@given(seeds, classes, st.floats(0.05, 20))
def test_scaling_divides_logits_and_keeps_the_likeliest_class(seed: int, n_classes: int, temperature: float) -> None:
    probabilities, _ = draw(seed, n_classes, n=50)
    scaled = scale_by_temperature(probabilities, temperature)
    assert scaled.sum(axis=1) == pytest.approx(1)
    assert (scaled.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    odds, scaled_odds = (np.log(p[:, 0] / p[:, 1]) for p in (probabilities, scaled))
    assert scaled_odds == pytest.approx(odds / temperature)


@given(seeds, st.sampled_from([0.5, 1.0, 3.0]))
def test_the_fitted_rows_are_never_worse_off(seed: int, sharpen: float) -> None:
    probabilities, target = draw(seed, n=30, sharpen=sharpen)
    scaled = scale_by_temperature(probabilities, fit_temperature(probabilities, target))
    before, after = (score("binary", table(p, target, "validation", 0))["log_loss"] for p in (probabilities, scaled))
    assert after <= before + 1e-12


@pytest.mark.filterwarnings("error")
def test_certain_and_constant_predictions_have_a_temperature() -> None:
    target = np.array([0, 1, 1, 0])
    assert fit_temperature(np.full((4, 2), 0.5), target) == 1.0
    certain = np.eye(2)[target]
    assert fit_temperature(certain, target) <= 1.0
    assert fit_temperature(certain[::-1] * [1, 1], 1 - target) > 10  # wrong in every row, and sure of it
    assert np.isfinite(scale_by_temperature(certain, 20.0)).all()


def test_too_sure_a_model_is_corrected_on_test_rows() -> None:
    sure, fair = calibrate({"sure": predictions(3.0), "fair": predictions(1.0)}, "binary").to_dict("records")
    assert (sure["encoder"], fair["encoder"]) == ("sure", "fair")
    assert sure["temperature"] == pytest.approx(3.0, rel=0.1)
    assert fair["temperature"] == pytest.approx(1.0, rel=0.1)
    assert sure["log_loss_scaled"] < sure["log_loss"] - 0.1
    assert sure["calibration_error_scaled"] < 0.04 < sure["calibration_error"]
    assert fair["log_loss_scaled"] == pytest.approx(fair["log_loss"], abs=0.005)
    assert sure["log_loss_scaled"] == pytest.approx(fair["log_loss_scaled"], abs=1e-3)


def test_values_are_means_over_seeds_and_measured_on_test_rows() -> None:
    mixed = pd.concat([predictions(2.0, n_classes=3, n_seeds=1), predictions(0.5, 3, 1).assign(seed=1)])
    (row,) = calibrate({"gru": mixed}, "multiclass").to_dict("records")
    assert row["temperature"] == pytest.approx((2.0 + 0.5) / 2, rel=0.1)
    by_seed = [score("multiclass", rows) for _, rows in mixed[mixed["part"] == "test"].groupby("seed")]
    for name in ("log_loss", "calibration_error"):
        assert row[name] == pytest.approx(np.mean([values[name] for values in by_seed]))


def test_calibrate_leaves_the_predictions_as_they_are() -> None:
    given_, before = predictions(2.0), predictions(2.0)
    calibrate({"gru": given_}, "binary")
    pd.testing.assert_frame_equal(given_, before)


def test_reliability_is_how_often_it_happened_by_bin_of_the_test_rows() -> None:
    probability = np.repeat([0.12, 0.18, 0.55, 0.95, 1.0], [10, 10, 10, 9, 11])
    target = np.concatenate([np.tile([0, 0, 0, 1], 5), np.tile([0, 1], 5), np.ones(20)])
    test = table(np.stack([1 - probability, probability], axis=1), target, "test", 0)
    other = test.assign(part="validation", target=1 - target)
    few = table(np.tile([[0.3, 0.7]], (9, 1)), np.zeros(9), "test", 1)
    diagonal, line = plot_reliability({"learned_decay": pd.concat([test, other, few])}).data
    assert list(diagonal.x) == list(diagonal.y)
    assert line.name == "learned decay"
    assert list(line.x) == pytest.approx([0.15, 0.55, (9 * 0.95 + 11) / 20])
    assert list(line.y) == pytest.approx([0.25, 0.5, 1.0])
    assert list(line.customdata) == [20, 10, 20]


def test_a_calibrated_model_lies_on_the_diagonal() -> None:
    _, fair, sure = plot_reliability({"fair": predictions(1.0), "sure": predictions(4.0)}).data
    assert np.abs(fair.x - fair.y).max() < 0.05
    assert np.abs(sure.x - sure.y).max() > 0.1
