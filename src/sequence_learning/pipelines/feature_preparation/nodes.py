"""Nodes of the feature preparation pipeline. Events may be a table, or a stream that need not fit into memory."""

import logging
from typing import Any

import pandas as pd

from sequence_learning.features.events import Events, is_stream, sampled
from sequence_learning.features.feature_stream import FeatureStream
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import parts_of, split_entities
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.parameters import FeatureParameters, SchemaParameters
from sequence_learning.validation.parts import validate_split
from sequence_learning.validation.problem import as_table, raise_errors
from sequence_learning.validation.stream import validate_stream
from sequence_learning.validation.tables import validate_tables

logger = logging.getLogger(__name__)


def split_rows(
    entities: pd.DataFrame, events: Events, schema: SchemaParameters, features: FeatureParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Assign every entity to train, validation or test, unless the tables break a rule.

    Returns:
        The split, and what a person should know of the tables all the same, which is logged too.
    """
    stream = features.stream
    problems = (
        validate_stream(entities, events, schema, stream)
        if is_stream(events)
        else validate_tables(entities, events, schema)
    )
    raise_errors(problems)
    split = split_entities(entities, schema)
    _, theirs = sampled(entities, events, schema, stream)
    of_split = validate_split(entities, theirs, schema, split)
    # A sample does not tell which categories training rows lack: those that are unknown are counted later, in all.
    problems += tuple(p for p in of_split if not is_stream(events) or (p.table, p.severity) != ("events", "warning"))
    raise_errors(problems)
    if problems:
        logger.warning("The tables can be learned from, but\n%s", "\n".join(f"  {problem}" for problem in problems))
    return split, as_table(problems)


def fit_transformer(
    entities: pd.DataFrame,
    events: Events,
    split: pd.DataFrame,
    schema: SchemaParameters,
    features: FeatureParameters,
) -> dict[str, Any]:
    """Learn scales and categories from the training rows alone; those of streamed events from a sample of these."""
    training_rows = entities[(parts_of(entities, schema.id, split) == "train").to_numpy()]
    _, theirs = sampled(training_rows, events, schema, features.stream)
    return FeatureTransformer.fit(training_rows, theirs, schema, features).model_dump(mode="json")


def transform_features(
    entities: pd.DataFrame,
    events: Events,
    split: pd.DataFrame,
    feature_transformer: dict[str, Any],
    features: FeatureParameters,
) -> ModelInput | FeatureStream:
    """Prepare all rows for training and evaluation; those of streamed events while they are saved."""
    transformer = FeatureTransformer.model_validate(feature_transformer)
    part = parts_of(entities, transformer.schema_.id, split)
    if is_stream(events):
        return FeatureStream(transformer, entities, events, part, features.stream)
    return transformer.transform(entities, events, part)
