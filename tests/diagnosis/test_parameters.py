import pandas as pd
import pytest
from pydantic import ValidationError

from sequence_learning.diagnosis.claims.claim import Evidence
from sequence_learning.diagnosis.claims.rnn import SLOW
from sequence_learning.diagnosis.claims.transformer import QUADRATIC
from sequence_learning.diagnosis.parameters import COMPARED_IN_TIME, ClaimsParameters
from sequence_learning.diagnosis.timing import Timings

CLAIMS = {
    "few_rows": 60,
    "outlier": 20,
    "receptive_fields": [3, 5],
    "long": {"lengths": [6, 8], "rows": {"train": 60, "validation": 20, "test": 30}},
    "timing": {"lengths": [8, 16], "batch_size": 2, "seconds": 0.01},
}


def test_they_are_accepted_in_order() -> None:
    assert ClaimsParameters.model_validate(CLAIMS).long.lengths == (6, 8)


@pytest.mark.parametrize("fields", [[3, 4], [1, 3], [5, 5], [3]])
def test_fields_that_three_evenly_spaced_events_cannot_span_are_refused(fields: list[int]) -> None:
    with pytest.raises(ValidationError, match=r"different odd numbers from 3 on|at least 2 items"):
        ClaimsParameters.model_validate(CLAIMS | {"receptive_fields": fields})


@pytest.mark.parametrize("block", ["long", "timing"])
@pytest.mark.parametrize("lengths", [[16, 8], [8, 8]])
def test_lengths_that_do_not_ascend_are_refused(block: str, lengths: list[int]) -> None:
    """The verdicts compare the last with the ones before."""
    own = CLAIMS[block]
    assert isinstance(own, dict)
    with pytest.raises(ValidationError, match=rf"claims\.{block}\.lengths must ascend, got \[{lengths[0]}, 8\]"):
        ClaimsParameters.model_validate(CLAIMS | {block: own | {"lengths": lengths}})


def test_timings_without_an_encoder_that_claims_compare_are_refused() -> None:
    """The verdict would otherwise fail after everything is trained."""
    timing = {"lengths": [8, 16], "batch_size": 2, "seconds": 0.01, "encoders": ["cnn", "gru", "lstm", "transformer"]}
    with pytest.raises(ValidationError, match=r"claims\.timing\.encoders must hold .* got no state_space; add"):
        ClaimsParameters.model_validate(CLAIMS | {"timing": timing})


def test_verdicts_compare_no_others_in_time() -> None:
    """Two claims read times; both are judged on a table of just these."""
    times = [
        (name, mode, n, float(n)) for name in COMPARED_IN_TIME for mode in ("prediction", "training") for n in (1, 2)
    ]
    table = pd.DataFrame(times, columns=["encoder", "mode", "length", "milliseconds"])
    for claim in (SLOW, QUADRATIC):
        assert claim.judge(Evidence({}, Timings(table, 8)))[1] == "not confirmed"
