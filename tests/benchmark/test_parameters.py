from typing import Any

import pytest
from pydantic import ValidationError

from sequence_learning.benchmark.parameters import BenchmarkParameters
from tests.builders import shipped_parameters


@pytest.mark.parametrize("environment", ["base", "smoke"])
def test_what_is_shipped_is_valid(environment: str) -> None:
    assert BenchmarkParameters.model_validate(shipped_parameters(environment)["benchmark"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"encoders": ["gruu"]}, r"must be registered, got gruu; use some of: .*gru"),
        ({"median_length": 9, "max_length": 8}, "must not exceed benchmark.max_length, got 9 and 8; lower the first"),
        ({"batch_size": 64, "train_rows": 63}, "must not exceed benchmark.train_rows, got 64 and 63; lower the first"),
        ({"repeat": 2}, r"must be known, got 'repeat'; correct the name: .*repeats"),
        ({"pool": {"seeds": 0}}, "greater than or equal to 1"),
    ],
)
def test_a_mistake_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        BenchmarkParameters.model_validate(given)
