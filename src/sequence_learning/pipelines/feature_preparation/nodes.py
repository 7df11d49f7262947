"""Nodes of the feature preparation pipeline."""

from typing import Any

import pandas as pd

from sequence_learning.features.checks import check_tables
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import check_test_rows, parts_of, split_entities
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.parameters import FeatureParameters, SchemaParameters


def split_rows(entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters) -> pd.DataFrame:
    """Refuse tables that break a rule, then assign every entity to train, validation or test."""
    check_tables(entities, events, schema)
    parts = split_entities(entities, schema)
    check_test_rows(entities[schema.target], parts)
    return parts


def fit_transformer(
    entities: pd.DataFrame,
    events: pd.DataFrame,
    split: pd.DataFrame,
    schema: SchemaParameters,
    features: FeatureParameters,
) -> dict[str, Any]:
    """Learn scales and categories from the training rows alone."""
    training_rows = entities[(parts_of(entities, schema.id, split) == "train").to_numpy()]
    return FeatureTransformer.fit(training_rows, events, schema, features).model_dump(mode="json")


def transform_features(
    entities: pd.DataFrame, events: pd.DataFrame, split: pd.DataFrame, feature_transformer: dict[str, Any]
) -> ModelInput:
    """Prepare all rows for training and evaluation."""
    transformer = FeatureTransformer.model_validate(feature_transformer)
    return transformer.transform(entities, events, parts_of(entities, transformer.schema_.id, split))
