import pytest
from pydantic import ValidationError

from sequence_learning.diagnosis.parameters import ClaimsParameters

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
