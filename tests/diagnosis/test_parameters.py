import pandas as pd
import pytest
from pydantic import ValidationError

from sequence_learning.diagnosis.claims.claim import Evidence
from sequence_learning.diagnosis.claims.rnn import SLOW
from sequence_learning.diagnosis.claims.transformer import QUADRATIC
from sequence_learning.diagnosis.parameters import ClaimsParameters, CurvesParameters, DiagnosisParameters
from sequence_learning.diagnosis.timing import TIMED, Timings
from tests.diagnosis.small import CLAIMS_PARAMETERS

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
def test_fields_without_a_middle_are_refused(fields: list[int]) -> None:
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


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"encoders": ["cnn"]}, "options must be known, got 'encoders'"),  # the verdicts need all that are timed
        ({"seconds": 0}, "greater than 0"),
        ({"batch_size": 0}, "greater than or equal to 1"),
        ({"lengths": [8]}, "at least 2 items"),
    ],
)
def test_timings_that_verdicts_cannot_use_are_refused(block: dict[str, object], message: str) -> None:
    timing = {"lengths": [8, 16], "batch_size": 2, "seconds": 0.01}
    with pytest.raises(ValidationError, match=message):
        ClaimsParameters.model_validate(CLAIMS | {"timing": timing | block})


def test_verdicts_compare_no_others_in_time_than_are_timed() -> None:
    """Two claims read times; both are judged on a table of just these."""
    times = [(name, mode, n, float(n)) for name in TIMED for mode in ("prediction", "training") for n in (1, 2)]
    table = pd.DataFrame(times, columns=["encoder", "mode", "length", "milliseconds"])
    for claim in (SLOW, QUADRATIC):
        assert claim.judge(Evidence({}, Timings(table, 8), CLAIMS_PARAMETERS))[1] == "not confirmed"


DIAGNOSIS = {
    "tasks": {"order_free": {}},
    "rows": {"train": 40, "validation": 10, "test": 30},
    "seeds": [0, 1],
    "training": {"max_epochs": 3},
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": [0, -1]}, "greater than or equal to 0"),
        ({"seeds": []}, "at least 1 item"),
        ({"seeds": [2, 2]}, r"diagnosis.seeds must differ, got \[2, 2\]; remove"),
        # Seeds are those of the diagnosis, and workers change no result.
        ({"training": {"seeds": [3]}}, "all changes share seeds and workers, got seeds; set training.seeds for all"),
        ({"training": {"n_workers": 1}}, "got n_workers; set training.n_workers for all"),
    ],
)
def test_seeds_and_training_that_trials_cannot_have_are_refused(changes: dict[str, object], message: str) -> None:
    assert DiagnosisParameters.model_validate(DIAGNOSIS).seeds == (0, 1)
    with pytest.raises(ValidationError, match=message):
        DiagnosisParameters.model_validate(DIAGNOSIS | changes)


def test_curves_of_a_task_in_which_nothing_can_be_attained_are_refused() -> None:
    with pytest.raises(ValidationError, match="something can be attained, got pure_noise; remove it"):
        CurvesParameters(tasks={"order_free": (10,), "pure_noise": (10,)}, encoders=("gru",))


def test_curves_of_a_task_that_is_not_registered_are_refused() -> None:
    with pytest.raises(ValueError, match="must be registered, got 'order'"):
        CurvesParameters(tasks={"order": (10,)}, encoders=("gru",))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"nois": 0.2}, "correct the name: .*noise"), ({"noise": 2}, r"task order_free: (?s:.)*less than 1")],
)
def test_options_that_do_not_fit_a_task_are_refused_with_the_parameters(
    options: dict[str, object], message: str
) -> None:
    rows = {"train": 60, "validation": 20, "test": 30}
    with pytest.raises(ValidationError, match=message):
        DiagnosisParameters.model_validate(
            {"tasks": {"order_free": {}}, "options": options, "rows": rows, "seeds": [0]}
        )
