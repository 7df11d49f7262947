import pandas as pd
import pytest

from sequence_learning.diagnosis.claims.claim import Evidence, confirmed_if
from sequence_learning.diagnosis.timing import Timings

EVIDENCE = Evidence(
    {
        "one": pd.DataFrame({"attained": [80.0, 90.0, 85.0]}),
        "other": pd.DataFrame({"attained": [7.25]}),
    },
    Timings(pd.DataFrame(), 1),
)


def test_evidence_is_shown_with_its_interval_if_it_has_one() -> None:
    # 4.303, of Student's t with two degrees of freedom, times 5 by the root of 3
    assert EVIDENCE.shown() == "one 85.0% ± 12.4; other 7.2%"
    assert EVIDENCE.shown("other") == "other 7.2%"
    assert EVIDENCE.mean("one") == pytest.approx(85)


def test_a_claim_is_confirmed_or_not() -> None:
    assert (confirmed_if(True), confirmed_if(False)) == ("confirmed", "not confirmed")
