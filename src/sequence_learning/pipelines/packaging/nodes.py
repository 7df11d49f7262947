"""Nodes of the packaging pipeline. PyTorch is imported when a node runs, not when it is listed."""

from typing import Any

import pandas as pd

from sequence_learning.evaluation.parameters import CalibrationParameters, DecisionParameters
from sequence_learning.features.events import Events
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.inference.bundle import Bundle
from sequence_learning.inference.no_bundle import NoBundle
from sequence_learning.packaging.parameters import BundleParameters
from sequence_learning.parameters import SchemaParameters
from sequence_learning.training.checkpoint import Checkpoint


def pick_best_seeds(
    predictions: pd.DataFrame,
    schema: SchemaParameters,
    bundle: BundleParameters,
    **checkpoints: dict[int, Checkpoint],
) -> dict[str, Checkpoint]:
    """Of each encoder, the seed that did best on validation rows, or the one that is asked for."""
    from sequence_learning.packaging.choose import best_seed

    of_encoder = dict(list(predictions.groupby("encoder")))
    return {
        name: by_seed[best_seed(schema.task, of_encoder[name], bundle.seed)]
        for name, by_seed in checkpoints.items()
        if by_seed
    }


def make_bundle(
    best_seeds: dict[str, Checkpoint],
    feature_transformer: dict[str, Any],
    entities: pd.DataFrame,
    events: Events,
    split: pd.DataFrame,
    predictions: pd.DataFrame,
    scores: pd.DataFrame,
    decision: dict[str, Any],
    data_by_part: pd.DataFrame,
    leakage: pd.DataFrame,
    calibration: CalibrationParameters,
    deciding: DecisionParameters,
    bundle: BundleParameters,
) -> Bundle | NoBundle:
    """What production needs, in one folder."""
    from sequence_learning.packaging.make import make_bundle

    return make_bundle(
        best_seeds,
        FeatureTransformer.model_validate(feature_transformer),
        (entities, events),
        split,
        predictions,
        scores,
        decision,
        (data_by_part, leakage),
        bundle,
        coverage=calibration.coverage,
        confidence=deciding.confidence,
    )
