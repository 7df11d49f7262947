import pytest

from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.fits.configuration import BaselineConfiguration, EncoderConfiguration
from sequence_learning.parameters import EncoderParameters, ModelParameters
from sequence_learning.tuning.apply import apply_tuned
from sequence_learning.tuning.errors import TuningError
from tests.builders import make_training

TUNED = {
    "gru": {
        "encoder": {"hidden_size": 12},
        "model": {"dropout": 0.2},
        "training": {"learning_rate": 0.02},
        "data": "a",
    },
    "lightgbm_tabular": {"baseline": {"num_leaves": 5}, "data": "a"},
}
MODEL, TRAINING = ModelParameters(d_head=8), make_training()
GRU = EncoderConfiguration(EncoderParameters(name="gru", read_out="mean"), MODEL, TRAINING)
TREES = BaselineConfiguration(BaselineParameters(name="lightgbm_tabular", lambda_l2=1))


def test_an_encoder_takes_its_options_and_keeps_all_others() -> None:
    tuned = apply_tuned(TUNED, GRU, "a")
    assert isinstance(tuned, EncoderConfiguration)
    assert tuned.encoder.model_dump() == {"name": "gru", "read_out": "mean", "hidden_size": 12}
    assert tuned.model == MODEL.model_copy(update={"dropout": 0.2})
    assert tuned.training == TRAINING.model_copy(update={"learning_rate": 0.02})


def test_a_baseline_takes_its_options() -> None:
    tuned = apply_tuned(TUNED, TREES, "a")
    assert isinstance(tuned, BaselineConfiguration)
    assert tuned.baseline.model_dump() == {"name": "lightgbm_tabular", "lambda_l2": 1, "num_leaves": 5}


def test_the_mean_has_nothing_to_tune() -> None:
    mean = BaselineConfiguration(BaselineParameters(name="predict_the_mean"))
    assert apply_tuned({}, mean, "a") == mean


@pytest.mark.parametrize(
    ("tuned", "data", "message"),
    [
        ({}, "a", r"but no search has tuned gru \(tuned are: none\); .* --pipeline tune .*tuning.use to false"),
        ({"lightgbm_tabular": TUNED["lightgbm_tabular"]}, "a", r"tuned are: lightgbm_tabular\)"),
        (TUNED, "b", "gru was tuned on rows with the key a, and these have b; run kedro run --pipeline tune again"),
    ],
)
def test_what_was_not_tuned_on_these_data_is_refused(
    tuned: dict[str, dict[str, object]], data: str, message: str
) -> None:
    with pytest.raises(TuningError, match=message):
        apply_tuned(tuned, GRU, data)
