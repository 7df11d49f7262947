"""What a run of the main job leaves to the packaging stage, made at once from untrained models."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.evaluation.comparison import score_models, score_table
from sequence_learning.evaluation.data_summary import summarise_parts
from sequence_learning.evaluation.leakage import check_leakage
from sequence_learning.features.split import split_entities, units_of
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.metrics import ranking_score
from sequence_learning.packaging.parameters import BundleParameters
from sequence_learning.parameters import FeatureParameters, Task
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.training.predict import original_target, predict
from tests.inference.made import customers_schema, random_checkpoint, raw_tables

ENCODER = "statistical_aggregation"


@dataclass(frozen=True)
class Run:
    """Arguments of :func:`sequence_learning.packaging.make.make_bundle` under their names."""

    checkpoints: dict[str, Checkpoint]
    transformer: FeatureTransformer
    tables: tuple[pd.DataFrame, pd.DataFrame]
    split: pd.DataFrame
    predictions: pd.DataFrame
    scores: pd.DataFrame
    decision: dict[str, Any]
    data: tuple[pd.DataFrame, pd.DataFrame]
    parameters: BundleParameters


@cache
def run_of(task: Task) -> Run:
    lengths = np.random.default_rng(1).integers(0, 9, 120).tolist()
    entities, events = raw_tables(task, lengths)
    schema = customers_schema(task)
    split = split_entities(entities, schema)
    training = (split["part"] == "train").to_numpy()
    transformer = FeatureTransformer.fit(entities[training], events, schema, FeatureParameters())
    checkpoint = random_checkpoint(transformer, ENCODER)
    seed = checkpoint.config.seed
    model_input = transformer.transform(entities, events, split["part"])
    tables = []
    for part in ("validation", "test"):
        rows = model_input.rows(part)
        known = {"encoder": ENCODER, "id": split["id"].to_numpy()[rows], "part": part, "seed": seed}
        columns = predict(checkpoint.load_model(), model_input, rows)
        tables.append(pd.DataFrame(known | {"target": original_target(model_input, rows)} | columns))
    predictions = pd.concat(tables, ignore_index=True)
    other = predictions.assign(seed=seed + 1)
    by_model = {ENCODER: pd.concat([predictions, other], ignore_index=True).drop(columns="encoder")}
    scores = score_table(score_models(task, by_model, units_of(split)), {ENCODER: ranking_score(task, predictions)})
    by_part = summarise_parts(entities, events[schema.id].value_counts(), split, schema)
    return Run(
        checkpoints={ENCODER: checkpoint},
        transformer=transformer,
        tables=(entities, events),
        split=split,
        predictions=predictions,
        scores=scores,
        decision={"chosen": ENCODER, "verdict": "cheapest", "headline": "Use it.", "reason": "It is the best."},
        data=(by_part, check_leakage(entities, events, split, schema)),
        parameters=BundleParameters(name="customers"),
    )
