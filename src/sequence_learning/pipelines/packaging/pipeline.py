"""Packaging: the decision and the model it chose -> ``bundle``."""

from collections.abc import Iterable

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.packaging.nodes import make_bundle, pick_best_seeds
from sequence_learning.pipelines.training.pipeline import GROUP, namespace_of


def create_pipeline(encoders: Iterable[str]) -> Pipeline:
    """Pick a seed of each of these encoders, then bundle the one that was chosen.

    The seeds that were picked are stored, so that another decision, or another ``bundle.encoder``, needs no training.
    """
    return _pick(list(encoders)) + Pipeline(
        [
            Node(
                make_bundle,
                [
                    "best_seeds",
                    "feature_transformer",
                    "entities",
                    "events",
                    "split",
                    "predictions",
                    "scores",
                    "decision",
                    "data_by_part",
                    "leakage",
                    "params:calibration",
                    "params:decision",
                    "params:bundle",
                ],
                "bundle",
                name="make_bundle",
            )
        ]
    )


def _pick(encoders: list[str]) -> Pipeline:
    """It takes an input from every encoder, so it lies inside the training group."""
    named = {encoder: f"{encoder}_checkpoints" for encoder in encoders}  # names here have no dots
    stored = {named[encoder]: f"{namespace_of(encoder)}.checkpoints" for encoder in encoders}
    parameters = {"schema": "params:schema", "bundle": "params:bundle"}
    return Pipeline(
        [
            Node(
                pick_best_seeds,
                {"predictions": "predictions", **parameters, **named},
                "best_seeds",
                name="pick_best_seeds",
            )
        ],
        namespace=GROUP,
        inputs={"predictions": "predictions", **stored},
        outputs={"best_seeds"},
        parameters=set(parameters.values()),
    )
