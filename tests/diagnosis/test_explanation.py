"""Encoders whose weights are set by hand to the truth, and to something else."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from sequence_learning.diagnosis import trial as trial_
from sequence_learning.diagnosis.explanation import correlation, explain
from sequence_learning.diagnosis.trial import Trial
from sequence_learning.encoders.learned_static_positional_weighting import STRIDE
from sequence_learning.features.model_input import ModelInput
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import Change
from sequence_learning.tasks.base import KnownTruth, KnownTruthTask
from sequence_learning.training.checkpoint import CheckpointConfig
from tests.diagnosis.small import make_trial


@dataclass
class Untrained:
    """A model of a trial with random weights, and what it is explained by."""

    task: KnownTruthTask
    truth: KnownTruth
    model: SequenceModel
    model_input: ModelInput

    @property
    def encoder(self) -> Any:
        return self.model.encoder

    def explained(self) -> dict[str, Any]:
        return explain(self.task, self.truth, self.model, self.model_input)


def untrained(task: str, encoder: str, encoder_options: dict[str, Any] | None = None, **options: Any) -> Untrained:
    trial: Trial = make_trial(task, encoder, Change(encoder=encoder_options or {}), **options)
    data = trial_._draw(trial.task.model_dump_json(), trial.rows, trial.seed)
    truth, model_input = data.truth, data.model_input
    torch.manual_seed(0)
    config = CheckpointConfig(
        seed=0, encoder=trial.encoder, model=trial.model, spec=model_input.spec, target_spec=model_input.target_spec
    )
    return Untrained(trial.task.build(), truth, config.build_model().eval(), model_input)


def set_to(parameter: torch.nn.Parameter, numbers: Any) -> None:
    with torch.no_grad():
        parameter.copy_(torch.as_tensor(np.asarray(numbers), dtype=torch.float32))


# Learned static positional weighting on a profile.


def profile_model(logarithms: np.ndarray | None = None) -> Untrained:
    case = untrained("position_profile", "learned_static_positional_weighting", {"n_positions": 5})
    if logarithms is not None:
        set_to(case.encoder.stored, logarithms / STRIDE)
    return case


def test_the_true_profile_is_recognised() -> None:
    true = profile_model().task.profile  # type: ignore[attr-defined]
    found = profile_model(np.log(true) + 3).explained()  # a softmax ignores a constant
    assert found["explains"] == "position weights"
    assert found["agreement"] == pytest.approx(1)
    assert found["true"] == pytest.approx(true)
    assert found["learned"] == pytest.approx(true, abs=1e-6)


def test_weights_are_those_that_the_encoder_pools_with() -> None:
    """Not the numbers that are stored for them, which are smaller."""
    true = profile_model().task.profile  # type: ignore[attr-defined]
    case = profile_model(np.log(true))
    events, lengths = torch.eye(5).unsqueeze(0), torch.tensor([5])
    pooled = case.encoder(events, lengths)[0].detach().numpy()
    assert case.explained()["learned"] == pytest.approx(pooled[::-1], abs=1e-6)  # position 0 is the newest


def test_a_reversed_profile_agrees_less_and_an_even_one_not_at_all() -> None:
    true = profile_model().task.profile  # type: ignore[attr-defined]
    found = profile_model(np.log(true)[::-1]).explained()
    assert found["agreement"] == pytest.approx(np.corrcoef(true, true[::-1])[0, 1], abs=1e-5)
    assert found["agreement"] < 0.9
    assert profile_model(np.zeros(5)).explained()["agreement"] == 0


def test_positions_that_no_sequence_reaches_do_not_count() -> None:
    case = untrained("position_profile", "learned_static_positional_weighting", {"n_positions": 7})
    true = case.task.profile  # type: ignore[attr-defined]
    set_to(case.encoder.stored, np.append(np.log(true), [9.0, -9.0]) / STRIDE)
    found = case.explained()
    assert found["agreement"] == pytest.approx(1)
    assert found["learned"] == pytest.approx(true, abs=1e-6)


# Learned decay on half-lives.


def decay_model(first: float, second: float) -> Untrained:
    case = untrained("exponential_recency", "learned_decay", {"n_decays": 1}, half_lives=[1.5, 6.0])
    half_lives = case.encoder.log_half_life.detach().numpy().copy()
    half_lives[0], half_lives[1] = np.log(first), np.log(second)
    set_to(case.encoder.log_half_life, half_lives)
    return case


@pytest.mark.parametrize(
    ("first", "second", "factor"),
    [(1.5, 6.0, 1), (3.0, 6.0, 2**0.5), (0.75, 6.0, 2**0.5), (3.0, 3.0, 2), (6.0, 1.5, 4)],
)
def test_half_lives_are_off_by_a_factor(first: float, second: float, factor: float) -> None:
    found = decay_model(first, second).explained()
    assert found["explains"] == "half-lives"
    assert found["true"] == [1.5, 6.0]
    assert found["learned"] == pytest.approx([first, second])
    assert found["agreement"] == pytest.approx(factor)


def test_a_half_life_in_time_is_that_of_the_one_channel() -> None:
    options = {"n_decays": 1, "unit": "time", "shortest": 8, "longest": 8}
    found = untrained("irregular_time", "learned_decay", options, half_life=4.0).explained()
    assert found["true"] == [4.0]
    assert found["learned"] == pytest.approx([8])
    assert found["agreement"] == pytest.approx(2)


# Learned weighted average on content that selects.


def attention_model(sharpness: float, **options: Any) -> Untrained:
    """Scores that are as good as linear in the true reading of ``channel_1``."""
    case = untrained("content_selected", "learned_weighted_average", {"d_hidden": 8}, sharpness=1.5, **options)
    raw = case.truth.events["channel_1"].to_numpy()
    scaled = case.model_input.values[:, 1]
    hidden, score = case.encoder.pooling.hidden, case.encoder.pooling.score
    small = 1e-3  # where tanh is straight
    weight = np.zeros(hidden.weight.shape)
    weight[0, 1] = small * raw.std() / scaled.std()
    set_to(hidden.weight, weight)
    set_to(hidden.bias, np.zeros(8))
    set_to(score.weight, [[sharpness / small, *[0.0] * 7]])
    return case


def test_the_true_weights_of_events_are_recognised() -> None:
    found = attention_model(1.5).explained()
    assert found["explains"] == "attention weights"
    assert found["agreement"] == pytest.approx(1, abs=1e-4)
    assert found["learned"] == pytest.approx(found["true"], abs=1e-3)


def test_they_are_those_of_the_test_rows() -> None:
    case = attention_model(1.5)
    rows = case.model_input.rows("test")
    lengths = np.diff(case.model_input.offsets)[rows]
    true = np.array(case.explained()["true"])
    assert len(true) == lengths.sum() < 300
    ends = lengths.cumsum()
    assert [true[a:b].sum() for a, b in zip(ends - lengths, ends, strict=True)] == pytest.approx([1] * len(rows))


def test_only_the_first_of_many_events_are_kept_and_all_of_them_count() -> None:
    few, many = (attention_model(0.4, max_length=length, min_length=4) for length in (4, 24))
    assert len(few.explained()["true"]) == len(few.explained()["learned"]) == 120
    found = many.explained()
    assert len(found["true"]) == len(found["learned"]) == 300
    assert found["agreement"] != pytest.approx(correlation(np.array(found["learned"]), np.array(found["true"])))


def test_weights_that_look_elsewhere_agree_less() -> None:
    right, blunt, wrong = (attention_model(sharpness).explained()["agreement"] for sharpness in (1.5, 0.0, -1.5))
    assert wrong < blunt < 0.9 < right


# Where numbers do not mean the same there is nothing to compare.


@pytest.mark.parametrize(
    ("task", "encoder", "encoder_options", "options"),
    [
        ("position_profile", "learned_static_positional_weighting", {"weights": "signed"}, {}),
        ("position_profile", "learned_static_positional_weighting", {"n_positions": 4}, {}),
        ("position_profile", "learned_decay", {"n_decays": 1}, {}),
        ("linear_recency", "learned_static_positional_weighting", {}, {}),
        ("exponential_recency", "learned_decay", {"n_decays": 2}, {}),
        ("irregular_time", "learned_decay", {"n_decays": 1}, {}),
        ("irregular_time", "learned_decay", {"unit": "time", "shortest": 1, "longest": 8}, {}),
        ("content_selected", "learned_weighted_average", {"n_heads": 2}, {}),
        ("content_selected", "learned_weighted_average", {"d_query": 8}, {}),  # as wide as the tabular branch
        # The best use of what is seen has no such weights.
        ("content_selected", "learned_weighted_average", {}, {"missing": 0.2}),
        ("position_profile", "learned_static_positional_weighting", {}, {"missing": 0.2}),
        ("exponential_recency", "learned_decay", {"n_decays": 1}, {"missing": 0.2}),
        (
            "irregular_time",
            "learned_decay",
            {"n_decays": 1, "unit": "time", "shortest": 8, "longest": 8},
            {"missing": 0.2},
        ),
        ("content_selected", "gru", {}, {}),
        ("order_free", "learned_weighted_average", {}, {}),
    ],
)
def test_what_cannot_be_compared_is_not_explained(
    task: str, encoder: str, encoder_options: dict[str, Any], options: dict[str, Any]
) -> None:
    assert untrained(task, encoder, encoder_options, **options).explained() == {}


def test_weights_of_states_that_the_tabular_features_have_changed_are_not_explained() -> None:
    trial = make_trial("content_selected", "learned_weighted_average", Change(model={"fusion": "film"}))
    data = trial_._draw(trial.task.model_dump_json(), trial.rows, trial.seed)
    spec, target_spec = data.model_input.spec, data.model_input.target_spec
    config = CheckpointConfig(seed=0, encoder=trial.encoder, model=trial.model, spec=spec, target_spec=target_spec)
    assert explain(trial.task.build(), data.truth, config.build_model().eval(), data.model_input) == {}


def test_a_constant_correlates_with_nothing() -> None:
    numbers = np.array([1.0, 2.0, 4.0])
    assert correlation(numbers, np.ones(3)) == correlation(np.ones(3), numbers) == 0
    assert correlation(numbers, 2 - 3 * numbers) == pytest.approx(-1)
