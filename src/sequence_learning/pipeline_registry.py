"""The pipelines that ``kedro run --pipeline`` knows."""

from collections.abc import Iterable

from kedro.pipeline import Pipeline

from sequence_learning.baselines import BASELINES
from sequence_learning.encoders import ENCODERS
from sequence_learning.pipelines.ablation import pipeline as ablation
from sequence_learning.pipelines.benchmark import pipeline as benchmark
from sequence_learning.pipelines.certification import pipeline as certification
from sequence_learning.pipelines.claims import pipeline as claims
from sequence_learning.pipelines.data_generation import pipeline as data_generation
from sequence_learning.pipelines.diagnosis import pipeline as diagnosis
from sequence_learning.pipelines.drafting import pipeline as drafting
from sequence_learning.pipelines.evaluation import pipeline as evaluation
from sequence_learning.pipelines.feature_preparation import pipeline as feature_preparation
from sequence_learning.pipelines.inspection import pipeline as inspection
from sequence_learning.pipelines.packaging import pipeline as packaging
from sequence_learning.pipelines.precision import pipeline as precision
from sequence_learning.pipelines.prediction import pipeline as prediction
from sequence_learning.pipelines.reporting import pipeline as reporting
from sequence_learning.pipelines.training import pipeline as training
from sequence_learning.pipelines.tuning import pipeline as tuning

#: Stands beside whatever is trained alone: the foot of the scale.
_FOOT = "predict_the_mean"


def register_pipelines() -> dict[str, Pipeline]:
    """All that can be run: the main job, for all models or one; scoring; stages; ablations; certificates; diagnosis.

    ``train_all`` is the default, ``train_<name>`` does the same for one encoder or baseline, ``compare`` does it on
    tables that are there, and ``draft_schema`` prepares that; ``predict`` scores new tables; ``ablate`` measures
    changes to the configuration, ``tune`` searches for better ones, ``measure_precision`` tells what bf16 is worth;
    ``certify``, ``diagnose``, ``claims``, ``benchmark``, ``benchmark_cluster`` and ``benchmark_stream`` need no data.
    """
    train_all = _main_job(ENCODERS, BASELINES)
    return {
        "__default__": train_all,
        "train_all": train_all,
        **{f"train_{encoder}": _main_job([encoder], [_FOOT]) for encoder in ENCODERS},
        **{f"train_{baseline}": _main_job([], dict.fromkeys([baseline, _FOOT])) for baseline in BASELINES},
        "compare": _compared(ENCODERS, BASELINES),
        "draft_schema": drafting.create_pipeline(),
        "data_generation": data_generation.create_pipeline(),
        "feature_preparation": feature_preparation.create_pipeline(),
        "evaluation": _evaluated(ENCODERS, BASELINES, _fitted(ENCODERS, BASELINES)),
        "predict": prediction.create_pipeline(),
        "ablate": _prepared() + ablation.create_pipeline(),
        "measure_precision": _prepared() + precision.create_pipeline(),
        "tune": _prepared() + tuning.create_pipeline(),
        "certify": certification.create_pipeline(),
        "diagnose": diagnosis.create_pipeline(),
        "claims": claims.create_pipeline(),
        "benchmark": benchmark.create_pipeline(),
        "benchmark_cluster": benchmark.create_cluster_pipeline(),
        "benchmark_stream": benchmark.create_stream_pipeline(),
    }


def _main_job(encoders: Iterable[str], baselines: Iterable[str]) -> Pipeline:
    """From data generation to the report and the bundle."""
    return _compared(encoders, baselines, data_generation.create_pipeline())


def _compared(encoders: Iterable[str], baselines: Iterable[str], generation: Pipeline | None = None) -> Pipeline:
    """From the two tables, or what makes them, to the report and the bundle."""
    encoders, baselines = list(encoders), list(baselines)
    fitted = (generation or Pipeline([])) + _fitted(encoders, baselines)
    return fitted + _evaluated(encoders, baselines, fitted)


def _fitted(encoders: Iterable[str], baselines: Iterable[str]) -> Pipeline:
    """From the two tables to fitted models."""
    return feature_preparation.create_pipeline() + training.create_pipeline(encoders, baselines)


def _evaluated(encoders: Iterable[str], baselines: Iterable[str], fitted: Pipeline) -> Pipeline:
    """From fitted models to the report and the bundle; without an encoder there is nothing to decide or to bundle.

    Args:
        encoders: whose fits are measured.
        baselines: likewise.
        fitted: what leads to the fits; the report shows its settings too.
    """
    encoders = list(encoders)
    measured = evaluation.create_pipeline(encoders, baselines) + inspection.create_pipeline(
        with_encoders=bool(encoders)
    )
    if not encoders:
        return measured
    measured += packaging.create_pipeline(encoders)
    return measured + reporting.create_pipeline(_blocks_read(fitted + measured))


def _blocks_read(pipeline: Pipeline) -> list[str]:
    """The blocks of parameters that a pipeline reads, whole or in part."""
    read = (name.removeprefix("params:") for name in pipeline.inputs() if name.startswith("params:"))
    return sorted({name.split(".")[0] for name in read})


def _prepared() -> Pipeline:
    """From data generation to model input."""
    return data_generation.create_pipeline() + feature_preparation.create_pipeline()
