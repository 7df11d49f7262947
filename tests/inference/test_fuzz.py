"""Whatever two tables somebody wants scored: they are refused in plain words, or every row gets a prediction."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from sequence_learning.features.errors import DataError
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.inference import Bundle
from sequence_learning.inference.bundle import inputs_of
from sequence_learning.parameters import FeatureParameters, SchemaParameters
from tests.inference.made import random_checkpoint, small_calibration
from tests.validation.broken_tables import Case, cases, make_case

EXAMPLES = 60
ROLES = {
    "id": "id", "target": "y", "task": "regression", "numeric": ["size", "weight"], "categorical": ["shop"],
    "order": "step", "time": "at", "prediction_time": "asked", "channels": ["price"], "categorical_channels": ["kind"],
}  # fmt: skip


def _case(seed: int) -> Case:
    return make_case(np.random.default_rng(seed))


@pytest.fixture(scope="module")
def made() -> Bundle:
    """Of tables that nobody broke."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sequence_learning.exported_model.export_model", lambda model, spec: b"")
        case = next(case for case in map(_case, range(99)) if case.schema["task"] == "regression")
        tables = case.entities, case.events
        transformer = FeatureTransformer.fit(
            *tables, SchemaParameters.model_validate(ROLES), FeatureParameters(periods=(7.0,))
        )
        checkpoint = random_checkpoint(transformer, "statistical_aggregation")
        inputs = inputs_of(transformer, *tables)
        return Bundle.pack(checkpoint, transformer, small_calibration("regression"), data="made", inputs=inputs)


def _outcome(bundle: Bundle, case: Case) -> str:
    try:
        predictions = bundle.predict(case.entities, case.events)
    except DataError as error:
        return "refused" if str(error).startswith("the tables break ") else str(error)
    assert len(predictions) == len(case.entities)
    assert np.isfinite(predictions[["prediction", "low", "high"]].to_numpy()).all()
    return "predicted"


def test_any_tables_are_refused_in_plain_words_or_predicted(made: Bundle) -> None:
    outcomes: Counter[str] = Counter()

    @given(cases())
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def check(case: Case) -> None:
        outcomes[_outcome(made, case)] += 1

    check()
    # All rules are checked at once. Tables that are always refused, or never, would show little.
    assert set(outcomes) == {"refused", "predicted"}
    assert min(outcomes["refused"], outcomes["predicted"]) > EXAMPLES / 5
