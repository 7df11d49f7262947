"""The bundle of a run."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from sequence_learning.features.events import Events, head, is_stream
from sequence_learning.features.split import units_of
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.inference.bundle import Bundle, inputs_of
from sequence_learning.inference.no_bundle import NoBundle
from sequence_learning.packaging.card import Findings, write_card
from sequence_learning.packaging.choose import choose_encoder
from sequence_learning.packaging.measured import check_predictions, fit_calibration, measure
from sequence_learning.packaging.parameters import BundleParameters
from sequence_learning.training.checkpoint import Checkpoint


def make_bundle(
    checkpoints: Mapping[str, Checkpoint],
    transformer: FeatureTransformer,
    tables: tuple[pd.DataFrame, Events],
    split: pd.DataFrame,
    predictions: pd.DataFrame,
    scores: pd.DataFrame,
    decision: Mapping[str, Any],
    data: tuple[pd.DataFrame, pd.DataFrame],
    parameters: BundleParameters,
    *,
    coverage: float,
    confidence: float,
) -> Bundle | NoBundle:
    """Bundle the chosen model with all that it needs, and what was measured of it.

    Args:
        checkpoints: one per encoder: the seed that would be bundled.
        transformer: that made the features.
        tables: the raw ones, entities and events.
        split: ``id``, ``part`` and ``unit`` of every entity.
        predictions: of all models, on validation and test rows.
        scores: of all models.
        decision: what the run chose, and why.
        data: the data by part, and the checks of them.
        parameters: what is asked for.
        coverage: share of rows that prediction intervals should hold.
        confidence: of the scores' intervals.

    Raises:
        BundleError: if the bundle does not give what was measured.
        ValueError: if the encoder or the seed that was asked for was not trained.
    """
    encoder = choose_encoder(decision, checkpoints, parameters)
    if isinstance(encoder, NoBundle):
        return encoder
    checkpoint, (entities, events), units = checkpoints[encoder], tables, units_of(split)
    typed = head(events) if is_stream(events) else events
    task, seed = transformer.schema_.task, checkpoint.config.seed
    if parameters.seed not in {None, seed}:
        raise ValueError(
            f"bundle.seed must be the one that was picked, got {parameters.seed} where {seed} was; "
            "run from the node train.pick_best_seeds"
        )
    own = predictions[(predictions["encoder"] == encoder) & (predictions["seed"] == seed)]
    calibration = fit_calibration(task, own, units, coverage)
    bundle = Bundle.pack(
        checkpoint, transformer, calibration, data=parameters.name, inputs=inputs_of(transformer, entities, typed)
    )
    metrics = measure(task, own, scores, units, coverage, confidence) | {
        "difference": check_predictions(bundle, entities, events, own)
    }
    documents = {
        "metrics.json": json.dumps(metrics, indent=2),
        "decision.json": json.dumps(dict(decision), indent=2),
        "README.md": write_card(bundle, Findings(metrics, decision, *data)),
    }
    return bundle.with_documents(documents)
