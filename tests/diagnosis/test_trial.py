import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from sequence_learning.diagnosis import trial as trial_
from sequence_learning.diagnosis.trial import Trial, attained, run_trial
from sequence_learning.parameters import Change
from sequence_learning.tasks.base import KnownTruth, KnownTruthTask
from sequence_learning.tasks.parameters import TaskParameters
from sequence_learning.training import fit as fit_
from sequence_learning.training.fit import FitResult
from tests.diagnosis.small import make_trial


@pytest.fixture(autouse=True)
def _tables_are_drawn_anew() -> None:
    trial_._draw.cache_clear()


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, FitResult]]:
    """The features and the result of every fit."""
    kept: list[tuple[Any, FitResult]] = []
    fit = fit_.fit

    def keeping(model_input: Any, *rest: Any) -> FitResult:
        kept.append((model_input, fit(model_input, *rest)))
        return kept[-1][1]

    monkeypatch.setattr(fit_, "fit", keeping)
    return kept


def rows_tested(trial: Trial) -> tuple[np.ndarray, np.ndarray]:
    """Targets and best predictions of the last rows of the tables, drawn here."""
    options = trial.task.model_dump() | {"num_samples": trial.rows.total, "seed": trial.seed}
    truth = TaskParameters.model_validate(options).build().generate()
    return truth.entities["target"].to_numpy()[-trial.rows.test :], truth.best[-trial.rows.test :]


@pytest.mark.parametrize("encoder", ["learned_static_positional_weighting", "gru"])
def test_a_trial_has_the_same_outcome_twice_and_can_be_written_as_json(encoder: str) -> None:
    trial = make_trial("position_profile", encoder)
    first = run_trial(trial)
    trial_._draw.cache_clear()
    second = run_trial(trial)
    for time in ("fit_seconds", "samples_per_second"):
        assert first.pop(time) > 0
        del second[time]
    assert first == second
    assert json.loads(json.dumps(first)) == first
    assert ("agreement" in first) == (encoder != "gru")


def test_another_seed_draws_other_tables_and_trains_another_model(fits: list[tuple[Any, FitResult]]) -> None:
    first, second = (run_trial(make_trial(seed=seed)) for seed in (0, 1))
    assert (first["seed"], second["seed"]) == (0, 1)
    assert first["best"] != second["best"]
    (one, one_fit), (other, other_fit) = fits
    assert not np.array_equal(one.target, other.target)
    assert (one_fit.checkpoint.config.seed, other_fit.checkpoint.config.seed) == (0, 1)


def test_the_best_score_is_that_of_the_bayes_prediction_on_the_rows_tested() -> None:
    trial = make_trial(noise=0.3)
    outcome = run_trial(trial)
    assert outcome["metric"] == "r2"
    assert outcome["best"] == pytest.approx(r2_score(*rows_tested(trial)))
    assert 0.3 < outcome["best"] < 0.95


def test_a_binary_target_is_scored_by_auc() -> None:
    trial = make_trial(target="binary", noise=0.3)
    outcome = run_trial(trial)
    assert outcome["metric"] == "auc"
    assert outcome["best"] == pytest.approx(roc_auc_score(*rows_tested(trial)))
    assert 0 <= outcome["score"] <= 1
    assert json.loads(json.dumps(outcome)) == outcome


def test_the_parts_are_as_large_as_asked_and_say_so(fits: list[tuple[Any, FitResult]]) -> None:
    trial = make_trial()
    outcome = run_trial(trial)
    assert outcome["train_rows"] == 40
    model_input = fits[0][0]
    assert {part: len(model_input.rows(part)) for part in ("train", "validation", "test")} == trial.rows.model_dump()
    assert len(model_input) == 80


def _spoil_from(first_row: int) -> Callable[[KnownTruthTask], KnownTruth]:
    """Tables whose later rows read something else altogether."""
    generate = KnownTruthTask.generate

    def generate_spoilt(task: KnownTruthTask) -> KnownTruth:
        truth = generate(task)
        entities, events = truth.entities.copy(), truth.events.copy()
        entities.loc[entities["id"] >= first_row, ["target", "tabular_0"]] *= -50
        events.loc[events["id"] >= first_row, "channel_0"] += 30
        return replace(truth, entities=entities, events=events)

    return generate_spoilt


@pytest.mark.parametrize(("first_row", "same"), [(50, True), (40, False)])
def test_training_sees_no_test_row(
    first_row: int, same: bool, fits: list[tuple[Any, FitResult]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the scaling nor the weights nor when to stop; a spoilt validation row shows that it would be seen."""
    trial = make_trial("order_free", "gru", Change(training={"max_epochs": 4, "learning_rate": 0.3}))
    clean = run_trial(trial)
    trial_._draw.cache_clear()
    monkeypatch.setattr(KnownTruthTask, "generate", _spoil_from(first_row))
    spoilt = run_trial(trial)
    assert spoilt["score"] != clean["score"]
    (one, one_fit), (other, other_fit) = fits
    assert np.array_equal(one.values[: one.offsets[first_row]], other.values[: one.offsets[first_row]])
    assert np.array_equal(one.target[:first_row], other.target[:first_row])
    assert ([r["val_loss"] for r in one_fit.history] == [r["val_loss"] for r in other_fit.history]) == same
    if same:
        for name, weights in one_fit.checkpoint.weights.items():
            assert np.array_equal(weights, other_fit.checkpoint.weights[name])


def drawn(trial: Trial) -> Any:
    return trial_._draw(trial.task.model_dump_json(), trial.rows, trial.seed)


OUTLIERS = make_trial("exponential_recency", min_length=0, max_length=6, missing=0.1)


def test_an_outlier_takes_the_place_of_one_event_of_every_entity_that_has_any() -> None:
    data = drawn(OUTLIERS)
    before = data.model_input.values.copy()
    spoilt = data.with_outliers(20, seed=3)
    offsets, lengths = data.model_input.offsets, np.diff(data.model_input.offsets)
    changed = (spoilt.values != before).any(axis=1)
    assert 0 < (lengths == 0).sum() < 40
    assert [changed[a : a + n].sum() for a, n in zip(offsets, lengths, strict=False)] == (lengths > 0).tolist()
    assert np.array_equal(data.model_input.values, before)
    places = {int(np.flatnonzero(changed[a : a + n])[0]) for a, n in zip(offsets, lengths, strict=False) if n}
    assert len(places) > 2
    assert np.array_equal(spoilt.values, data.with_outliers(20, seed=3).values)
    assert not np.array_equal(spoilt.values, data.with_outliers(20, seed=4).values)


def test_an_outlier_is_read_in_every_numeric_channel_and_nothing_else_is() -> None:
    data = drawn(OUTLIERS)
    before, spoilt = data.model_input, data.with_outliers(20, seed=3)
    changed = (spoilt.values != before.values).any(axis=1)
    # Each channel with readings missing is a number and whether that is missing.
    numbers, missing = spoilt.values[changed, ::2], spoilt.values[changed, 1::2]
    assert numbers.shape[1] == missing.shape[1] == sum(data.truth.events.columns.str.startswith("channel_"))
    assert (numbers == numbers[0]).all()
    assert (numbers > before.values[:, ::2].max(axis=0)).all()
    assert (missing == 0).all()
    for name in ("codes", "numeric", "categorical", "target", "part", "offsets"):
        assert np.array_equal(getattr(spoilt, name), getattr(before, name)), name
    assert spoilt.spec == before.spec
    assert spoilt.target_spec == before.target_spec


def test_outliers_leave_the_raw_tables_as_they_are_and_scaling_as_it_was_fitted() -> None:
    """A huge number is clipped as one that comes after training is."""
    data = drawn(OUTLIERS)
    events, fitted = data.truth.events.copy(), data.transformer.model_copy(deep=True)
    huge, larger = data.with_outliers(1e3, seed=3), data.with_outliers(1e6, seed=3)
    assert data.truth.events.equals(events)
    assert data.transformer == fitted
    unchanged = (huge.values == data.model_input.values).all(axis=1)
    assert unchanged.any()
    assert np.isfinite(larger.values).all()
    assert larger.values.max() == huge.values.max() < 1e3


def test_times_of_events_have_no_outliers() -> None:
    data = drawn(make_trial("irregular_time"))
    spoilt = data.with_outliers(20, seed=3)
    n_channels = sum(data.truth.events.columns.str.startswith("channel_"))
    assert spoilt.values.shape[1] > n_channels
    assert np.array_equal(spoilt.values[:, n_channels:], data.model_input.values[:, n_channels:])
    assert np.array_equal(spoilt.ages, data.model_input.ages)


def test_outliers_change_the_score_with_outliers_alone() -> None:
    plain, asked = run_trial(make_trial()), run_trial(make_trial(outlier=20))
    assert asked.pop("score_with_outliers") < plain["score"] - 0.1
    for outcome in (plain, asked):
        del outcome["fit_seconds"], outcome["samples_per_second"]
    assert asked == plain


@pytest.mark.parametrize(
    ("metric", "own", "best", "expected"),
    [
        ("r2", 0.0, 0.9, 0.0),
        ("r2", 0.9, 0.9, 100.0),
        ("r2", -0.09, 0.9, -10.0),
        ("auc", 0.5, 0.9, 0.0),
        ("auc", 0.7, 0.9, 50.0),
        ("auc", 0.9, 0.9, 100.0),
        ("r2", 0.0, 0.019, None),
        ("r2", 0.0, -0.1, None),
        ("auc", 0.5, 0.519, None),
        ("r2", 0.0105, 0.021, 50.0),
    ],
)
def test_attained_is_the_share_of_what_can_be_known(
    metric: str, own: float, best: float, expected: float | None
) -> None:
    assert attained(metric, own, best) == (expected if expected is None else pytest.approx(expected))


def test_every_epoch_is_told() -> None:
    told: list[Any] = []
    outcome = run_trial(make_trial(), told.append)
    assert [record["epoch"] for record in told] == list(range(outcome["epochs"])) == [0, 1]
