import pandas as pd
import pytest

from sequence_learning.diagnosis.claims.claim import Evidence, by_cases, confirmed_if, percent
from sequence_learning.diagnosis.timing import Timings
from tests.diagnosis.small import CLAIMS_PARAMETERS

EVIDENCE = Evidence(
    {
        "one": pd.DataFrame({"attained": [80.0, 90.0, 85.0], "agreement": [0.5, 0.7, 0.6]}),
        "other_one": pd.DataFrame({"attained": [7.25]}),
    },
    Timings(pd.DataFrame(), 1),
    CLAIMS_PARAMETERS,
)


def test_evidence_is_shown_with_its_interval_if_it_has_one() -> None:
    # 4.303, of Student's t with two degrees of freedom, times 5 by the root of 3
    assert EVIDENCE.shown() == "one 85.0% ± 12.4; other one 7.2%"
    assert EVIDENCE.shown("other_one") == "other one 7.2%"
    assert EVIDENCE.shown("other_one", "one") == "other one 7.2%; one 85.0% ± 12.4"
    assert percent(pd.Series([80.0, 90.0, 85.0])) == "85.0% ± 12.4"


def test_a_mean_is_of_what_is_attained_or_of_another_column() -> None:
    assert EVIDENCE.mean("one") == pytest.approx(85)
    assert EVIDENCE.mean("one", "agreement") == pytest.approx(0.6)
    # Nothing was explained, so no claim that needs it is confirmed.
    assert not EVIDENCE.mean("other_one", "agreement") > 0


def test_a_claim_is_confirmed_or_not() -> None:
    assert (confirmed_if(True), confirmed_if(False)) == ("confirmed", "not confirmed")


@pytest.mark.parametrize(
    ("cases", "verdict"),
    [
        ([True, True], "confirmed"),
        ([True, False, True], "depends"),
        ([False, True], "depends"),
        ([False, False], "not confirmed"),
        ([True], "confirmed"),
        ([False], "not confirmed"),
    ],
)
def test_a_claim_that_holds_in_some_cases_depends(cases: list[bool], verdict: str) -> None:
    assert by_cases(cases) == verdict
    assert by_cases(case for case in cases) == verdict
