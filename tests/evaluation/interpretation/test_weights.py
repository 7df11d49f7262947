import numpy as np
import pytest
import torch

from sequence_learning.encoders.learned_static_positional_weighting import STRIDE
from sequence_learning.evaluation.interpretation.weights import list_half_lives, weights_by_position
from sequence_learning.model import SequenceModel
from tests.builders import make_checkpoint, make_model_input
from tests.evaluation.interpretation.small import names_of

DATA = make_model_input(lengths=[3, 2, 0])
ROWS = np.arange(3)


def loaded(encoder: str) -> SequenceModel:
    return make_checkpoint(DATA, encoder).load_model()


def test_weights_are_means_over_the_rows_that_have_a_position() -> None:
    model = loaded("fixed_positional_weighting")
    table = weights_by_position(model, DATA, ROWS)
    assert table.columns.tolist() == ["position", "weight", "relative_weight"]
    assert table["position"].tolist() == [0, 1, 2]
    # Linear: 3, 2, 1 of 6 and 2, 1 of 3.
    np.testing.assert_allclose(table["weight"], [(3 / 6 + 2 / 3) / 2, (2 / 6 + 1 / 3) / 2, 1 / 6], rtol=1e-6)
    np.testing.assert_allclose(table["relative_weight"], [(9 / 6 + 4 / 3) / 2, (1 + 2 / 3) / 2, 1 / 2], rtol=1e-6)


def test_a_plain_mean_weighs_every_position_alike() -> None:
    model = loaded("learned_static_positional_weighting")  # before it has learned anything
    table = weights_by_position(model, DATA, ROWS)
    np.testing.assert_allclose(table["relative_weight"], 1, rtol=1e-6)
    assert table["weight"].iloc[0] < table["weight"].iloc[2] * 1.5


def test_the_newest_event_alone_may_count() -> None:
    model = loaded("learned_static_positional_weighting")
    with torch.no_grad():
        model.encoder.stored[0] = 50 / STRIDE  # type: ignore[index, operator]
    np.testing.assert_allclose(weights_by_position(model, DATA, ROWS)["weight"], [1, 0, 0], atol=1e-6)


def test_weights_are_means_over_heads_and_half_lives() -> None:
    model = loaded("learned_decay")
    with torch.no_grad():
        model.encoder.log_half_life[:] = torch.tensor([-10.0, 20.0])  # type: ignore[index, operator]
    table = weights_by_position(model, DATA, ROWS[:1])
    np.testing.assert_allclose(table["weight"], [(1 + 1 / 3) / 2, 1 / 6, 1 / 6], rtol=1e-4)


@pytest.mark.parametrize("encoder", ["gru", "statistical_aggregation", "tabular_only", "random_convolution"])
def test_encoders_that_weigh_no_steps_have_none(encoder: str) -> None:
    table = weights_by_position(loaded(encoder), DATA, ROWS)
    assert table.empty
    assert table.columns.tolist() == ["position", "weight", "relative_weight"]


def test_rows_without_events_have_no_positions() -> None:
    table = weights_by_position(loaded("learned_decay"), DATA, ROWS[2:])
    assert table.empty
    assert table.columns.tolist() == ["position", "weight", "relative_weight"]


def test_half_lives_stand_by_channel() -> None:
    model = loaded("learned_decay")
    half_lives = np.arange(1.0, 11.0).reshape(5, 2)  # three channels, and two numbers for four codes
    with torch.no_grad():
        model.encoder.log_half_life[:] = torch.from_numpy(np.log(half_lives))  # type: ignore[index, operator]
    table = list_half_lives(model, names_of(DATA))
    assert table.columns.tolist() == ["channel", "half_life", "unit"]
    assert table["channel"].tolist()[::2] == ["channel_0", "channel_1", "channel_2", "code_0 [0]", "code_0 [1]"]
    np.testing.assert_allclose(table["half_life"], half_lives.flatten(), rtol=1e-6)
    assert set(table["unit"]) == {"steps"}


def test_other_encoders_have_no_half_lives() -> None:
    table = list_half_lives(loaded("gru"), names_of(DATA))
    assert table.empty
    assert table.columns.tolist() == ["channel", "half_life", "unit"]
