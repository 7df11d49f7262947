"""The environment ``full`` asks of the diagnosis what ``base`` asks, of more and longer sequences."""

from typing import Any

import pytest

from sequence_learning.diagnosis.parameters import ClaimsParameters, CurvesParameters, DiagnosisParameters
from sequence_learning.encoders import ENCODERS
from sequence_learning.parameters import ModelParameters, TrainingParameters
from sequence_learning.pipelines.claims.nodes import plan_claims
from sequence_learning.pipelines.diagnosis.nodes import plan_diagnosis
from tests.builders import shipped_parameters


@pytest.fixture(scope="module")
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
    assert {trial.training.max_epochs for trial in trials} == {20}
    lengths = {(config.min_length, config.max_length) for config in (trial.task.build().config for trial in trials)}
    assert lengths == {(16, 64)}


def test_claims_and_curves_can_be_planned(full: dict[str, Any]) -> None:
    curves = CurvesParameters.model_validate(full["curves"])
    arms, trials = plan_claims(*bench(full), ClaimsParameters.model_validate(full["claims"]), curves)

    assert any(arms.values())
    assert len(trials) == 5 * 5 * sum(map(len, curves.tasks.values()))
    assert set(curves.tasks) == {"content_selected", "local_motif", "running_state", "exponential_recency"}


def test_it_differs_from_base_in_size_alone(full: dict[str, Any]) -> None:
    base = shipped_parameters("base")

    assert {name for name in base if base[name] != full[name]} == {"diagnosis", "curves"}
    for block in (base["diagnosis"], full["diagnosis"]):
        for name in ("seeds", "rows"):
            del block[name]
        for name in ("min_length", "max_length"):
            del block["options"][name]
    assert full["diagnosis"] == base["diagnosis"]
    assert full["curves"]["encoders"] == base["curves"]["encoders"]
