"""The pipelines that ``kedro run --pipeline`` knows."""

from collections.abc import Iterable

from kedro.pipeline import Pipeline

from sequence_learning.encoders import ENCODERS
from sequence_learning.pipelines.certification import pipeline as certification
from sequence_learning.pipelines.data_generation import pipeline as data_generation
from sequence_learning.pipelines.evaluation import pipeline as evaluation
from sequence_learning.pipelines.feature_preparation import pipeline as feature_preparation
from sequence_learning.pipelines.training import pipeline as training


def register_pipelines() -> dict[str, Pipeline]:
    """All that can be run: the main job, for all encoders or one; single stages; certificates.

    ``train_all`` is the default, ``train_<encoder>`` does the same for one encoder, and ``certify`` needs no data.
    """
    train_all = _main_job(ENCODERS)
    return {
        "__default__": train_all,
        "train_all": train_all,
        **{f"train_{encoder}": _main_job([encoder]) for encoder in ENCODERS},
        "data_generation": data_generation.create_pipeline(),
        "feature_preparation": feature_preparation.create_pipeline(),
        "evaluation": evaluation.create_pipeline(ENCODERS),
        "certify": certification.create_pipeline(),
    }


def _main_job(encoders: Iterable[str]) -> Pipeline:
    """From data generation to the leaderboard."""
    encoders = list(encoders)
    fits = [training.create_pipeline(encoder) for encoder in encoders]
    return (
        data_generation.create_pipeline()
        + feature_preparation.create_pipeline()
        + sum(fits, Pipeline([]))
        + evaluation.create_pipeline(encoders)
    )
