import pytest

from sequence_learning.baselines.parameters import BaselineParameters
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
GRU, MODEL, TRAINING = EncoderParameters(name="gru", read_out="mean"), ModelParameters(d_head=8), make_training()
TREES = BaselineParameters(name="lightgbm_tabular", lambda_l2=1)


def test_an_encoder_takes_its_options_and_keeps_all_others() -> None:
    encoder, model, training = apply_tuned(TUNED, "gru", GRU, MODEL, TRAINING, "a")
    assert encoder.model_dump() == {"name": "gru", "read_out": "mean", "hidden_size": 12}
    assert model == MODEL.model_copy(update={"dropout": 0.2})
    assert training == TRAINING.model_copy(update={"learning_rate": 0.02})


def test_a_baseline_takes_its_options() -> None:
    baseline, model, training = apply_tuned(TUNED, "lightgbm_tabular", TREES, None, TRAINING, "a")
    assert baseline.model_dump() == {"name": "lightgbm_tabular", "lambda_l2": 1, "num_leaves": 5}
    assert (model, training) == (None, TRAINING)


def test_the_mean_has_nothing_to_tune() -> None:
    mean = BaselineParameters(name="predict_the_mean")
    assert apply_tuned({}, "predict_the_mean", mean, None, TRAINING, "a") == (mean, None, TRAINING)


@pytest.mark.parametrize(
    ("tuned", "data", "message"),
    [
        ({}, "a", r"but gru is not \(tuned are: none\); run kedro run --pipeline tune .*tuning.use to false"),
        ({"lightgbm_tabular": TUNED["lightgbm_tabular"]}, None, r"tuned are: lightgbm_tabular\)"),
        (TUNED, "b", "gru was tuned on rows with the key a, and these have b; run kedro run --pipeline tune again"),
    ],
)
def test_what_was_not_tuned_on_these_data_is_refused(
    tuned: dict[str, dict[str, object]], data: str | None, message: str
) -> None:
    with pytest.raises(TuningError, match=message):
        apply_tuned(tuned, "gru", GRU, MODEL, TRAINING, data)
