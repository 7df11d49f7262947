import io
import json
from dataclasses import replace
from typing import Any
from unittest.mock import MagicMock

import pytest
from mlflow.pyfunc.scoring_server import predictions_to_json

from sequence_learning.inference.calibration import Calibration
from sequence_learning.serving.model import BundleModel
from sequence_learning.serving.wide import wide_table
from tests.inference.bundles import bundle, tables


def _refuse(word: str) -> Any:
    raise AssertionError(f"{word} is not JSON")


@pytest.mark.parametrize("half_width", [None, float("inf"), 1.5])
def test_an_answer_is_json_even_without_an_interval(half_width: float | None) -> None:
    entities, events = tables()
    model = BundleModel()
    model.bundle = replace(bundle(), calibration=Calibration(coverage=0.9, half_width=half_width))
    body = io.StringIO()
    predictions_to_json(model.predict(MagicMock(), wide_table(model.bundle, entities, events)), body)
    answer = json.loads(body.getvalue(), parse_constant=_refuse)["predictions"]
    predicted = model.bundle.predict(entities, events)
    assert [row["prediction"] for row in answer] == pytest.approx(predicted["prediction"])
    for bound in ("low", "high"):
        told = [row[bound] for row in answer]
        assert told == ([None] * len(entities) if half_width != 1.5 else pytest.approx(predicted[bound]))
