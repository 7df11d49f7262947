"""A bench whose trials take a few hundredths of a second."""

from typing import Any

from sequence_learning.diagnosis.parameters import ClaimsParameters, DiagnosisParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.diagnosis.trial import Trial
from sequence_learning.parameters import Change, ModelParameters
from tests.builders import make_training, shipped_parameters

ENCODERS = ("tabular_only", "statistical_aggregation", "gru")

#: Numbers that names of arms are made of.
CLAIMS_PARAMETERS = ClaimsParameters.model_validate(
    {
        "few_rows": 300,
        "outlier": 20,
        "receptive_fields": [3, 5, 9],
        "long": {"lengths": [16, 64, 192], "rows": {"train": 60, "validation": 20, "test": 30}},
        "timing": {"lengths": [100, 200], "batch_size": 8, "seconds": 0.01},
    }
)


def make_bench(encoders: dict[str, dict[str, Any]] | None = None, **changes: Any) -> Bench:
    """Three encoders, one task and one seed, unless said otherwise."""
    diagnosis = {
        "tasks": {"order_free": {}},
        "options": {"min_length": 2, "max_length": 5},
        "rows": {"train": 40, "validation": 10, "test": 30},
        "seeds": [0],
    }
    return Bench.of(
        encoders or {name: {"name": name} for name in ENCODERS},
        ModelParameters(d_tabular=8, d_head=8),
        make_training(),
        DiagnosisParameters.model_validate(diagnosis | changes),
    )


def make_trial(
    task: str = "order_free",
    encoder: str = "statistical_aggregation",
    change: Change | None = None,
    *,
    seed: int = 0,
    outlier: float | None = None,
    **options: Any,
) -> Trial:
    """One trial of that bench."""
    bench = make_bench({encoder: {"name": encoder}}, seeds=[seed])
    (trial,) = bench.trials(bench.task(task, **options), encoder, change, outlier=outlier)
    return trial


def shipped_bench(environment: str) -> tuple[Bench, dict[str, Any]]:
    """The project's own configuration: what trials have in common, and all parameters."""
    from sequence_learning.parameters import TrainingParameters

    parameters = shipped_parameters(environment)
    bench = Bench.of(
        parameters["encoders"],
        ModelParameters.model_validate(parameters["model"]),
        TrainingParameters.model_validate(parameters["training"]),
        DiagnosisParameters.model_validate(parameters["diagnosis"]),
    )
    return bench, parameters
