import pytest

from sequence_learning.baselines import BASELINES
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.baselines.predict_the_mean import PredictTheMean
from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.rungs import RUNGS, Rung, rung_of
from sequence_learning.parameters import EncoderParameters
from tests.builders import make_model_input

PLAIN = make_model_input().spec
TIMED = PLAIN.model_copy(update={"has_ages": True, "n_time_channels": 2})
BLIND_TO_ORDER = {"statistical_aggregation", "learned_weighted_average"}
IN_TIME = {"unit": "time", "shortest": 1, "longest": 9}


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders_know_what_they_look_at(name: str) -> None:
    expected = "tabular" if name == "tabular_only" else "order_free" if name in BLIND_TO_ORDER else "order_aware"
    assert rung_of(EncoderParameters(name=name), PLAIN) == expected


@pytest.mark.parametrize(
    ("name", "rung"),
    [
        ("predict_the_mean", "mean"),
        ("lightgbm_tabular", "tabular"),
        ("lightgbm_length", "length"),
        ("lightgbm_order_free", "order_free"),
        ("lightgbm_aggregates", "order_aware"),
    ],
)
def test_baselines_know_what_their_table_holds(name: str, rung: Rung) -> None:
    assert rung_of(BaselineParameters(name=name), PLAIN) == rung
    read_events = rung in {"order_free", "order_aware"}
    assert rung_of(BaselineParameters(name=name), TIMED) == ("time_aware" if read_events else rung)


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_has_a_rung(name: str) -> None:
    assert rung_of(BaselineParameters(name=name), PLAIN) in RUNGS


def test_a_fitted_baseline_has_the_rung_of_its_parameters() -> None:
    assert rung_of(PredictTheMean(expected=(1.0,)), PLAIN) == "mean"


@pytest.mark.parametrize("name", ENCODERS)
def test_whatever_reads_channels_made_of_times_knows_times(name: str) -> None:
    expected = "tabular" if name == "tabular_only" else "time_aware"
    assert rung_of(EncoderParameters(name=name), TIMED) == expected


def test_ages_are_seen_by_encoders_that_weigh_by_time_alone() -> None:
    ages_alone = PLAIN.model_copy(update={"has_ages": True})
    assert rung_of(EncoderParameters(name="learned_decay", **IN_TIME), ages_alone) == "time_aware"
    assert rung_of(EncoderParameters(name="learned_decay"), ages_alone) == "order_aware"
