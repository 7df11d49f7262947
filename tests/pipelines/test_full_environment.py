"""The environment ``full`` asks of the diagnosis what ``base`` asks, of more and longer sequences."""

from typing import Any

import pytest

from sequence_learning.diagnosis.parameters import ClaimsParameters, CurvesParameters, DiagnosisParameters
from sequence_learning.encoders import ENCODERS
from sequence_learning.parameters import ModelParameters, TrainingParameters
from sequence_learning.pipelines.claims.nodes import plan_claims
from sequence_learning.pipelines.diagnosis.nodes import plan_diagnosis
from tests.builders import shipped_parameters

#: Where the two environments differ.
SIZES = (
    ("diagnosis", "seeds"),
    ("diagnosis", "rows"),
    ("diagnosis", "options", "min_length"),
    ("diagnosis", "options", "max_length"),
    ("claims", "few_rows"),
    ("claims", "long", "lengths"),
    ("claims", "long", "rows"),
    ("claims", "timing", "lengths"),
    ("curves", "tasks"),
)


@pytest.fixture
def full() -> dict[str, Any]:
    return shipped_parameters("full")


def bench(shipped: dict[str, Any]) -> tuple[Any, ModelParameters, TrainingParameters, DiagnosisParameters]:
    return (
        shipped["encoders"],
        ModelParameters.model_validate(shipped["model"]),
        TrainingParameters.model_validate(shipped["training"]),
        DiagnosisParameters.model_validate(shipped["diagnosis"]),
    )


def test_every_encoder_meets_every_task_and_every_variant_its_own(full: dict[str, Any]) -> None:
    trials = plan_diagnosis(*bench(full))

    assert len(trials) == 5 * (12 * len(ENCODERS) + 4)
    assert {trial.rows.total for trial in trials} == {34_000}
    assert {trial.training.max_epochs for trial in trials if trial.task.name != "long_range_pair"} == {20}
    lengths = {(config.min_length, config.max_length) for config in (trial.task.build().config for trial in trials)}
    assert lengths == {(16, 64)}


def test_claims_and_curves_can_be_planned(full: dict[str, Any]) -> None:
    curves = CurvesParameters.model_validate(full["curves"])
    arms, trials = plan_claims(*bench(full), ClaimsParameters.model_validate(full["claims"]), curves)

    assert any(arms.values())
    assert len(trials) == 5 * 5 * sum(map(len, curves.tasks.values()))
    assert set(curves.tasks) == {"content_selected", "local_motif", "running_state", "exponential_recency"}


def test_claims_are_tried_on_more_rows_and_on_longer_sequences(full: dict[str, Any]) -> None:
    base = ClaimsParameters.model_validate(shipped_parameters("base")["claims"])
    claims = ClaimsParameters.model_validate(full["claims"])

    assert base.few_rows < claims.few_rows == 1000
    assert base.long.lengths[-1] < claims.long.lengths[-1] == 512
    for part in ("train", "validation", "test"):
        assert getattr(base.long.rows, part) < getattr(claims.long.rows, part)
    assert base.timing.lengths[-1] < claims.timing.lengths[-1] == 4096
    # Those of base stay among them, so that both can be compared.
    assert set(base.long.lengths) < set(claims.long.lengths)
    assert set(base.timing.lengths) < set(claims.timing.lengths)


def test_it_differs_from_base_in_size_alone(full: dict[str, Any]) -> None:
    base = shipped_parameters("base")

    base |= {name: full[name] for name in ("report", "bundle")}  # which bear the name of the data
    assert {name for name in base if base[name] != full[name]} == {"diagnosis", "claims", "curves"}
    for shipped in (base, full):
        for *path, name in SIZES:
            block = shipped
            for step in path:
                block = block[step]
            del block[name]
    for name in ("diagnosis", "claims", "curves"):
        assert full[name] == base[name]
