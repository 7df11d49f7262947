"""Whatever two tables somebody hands in: they are refused in plain words, or everything runs."""

import io
import warnings
from collections import Counter

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError

from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.features.errors import DataError
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import EncoderParameters, FeatureParameters, ModelParameters
from sequence_learning.pipelines.feature_preparation.nodes import fit_transformer, split_rows, transform_features
from sequence_learning.pipelines.reporting.nodes import check_data
from sequence_learning.training.checkpoint import CheckpointConfig
from sequence_learning.training.losses import build_loss
from sequence_learning.training.module import SequenceModule
from sequence_learning.training.predict import predict
from sequence_learning.validation.tables import validate_new_tables
from tests.builders import make_training
from tests.validation.broken_tables import Case, cases, make_case, schema_of

EXAMPLES = 150


def run(case: Case) -> None:
    """What ``kedro run`` does with two tables, with the smallest model and a single step of training."""
    schema = schema_of(case)
    validate_new_tables(case.entities, case.events, schema)
    features = FeatureParameters(periods=(7,) if schema.time else ())
    split, problems = split_rows(case.entities, case.events, schema, features)
    for table in (split, problems):
        table.to_parquet(io.BytesIO())
    transformer = fit_transformer(case.entities, case.events, split, schema, features)
    model_input = transform_features(case.entities, case.events, split, transformer, features)
    assert isinstance(model_input, ModelInput)
    for table in check_data(case.entities, case.events, split, schema, features):
        table.to_parquet(io.BytesIO())
    learn(model_input)


def learn(model_input: ModelInput) -> None:
    for array in (model_input.values, model_input.numeric, model_input.target):
        assert np.isfinite(array).all()
    encoder = EncoderParameters(name="statistical_aggregation", statistics=["mean", "max"])
    config = CheckpointConfig(
        seed=0,
        encoder=encoder,
        model=ModelParameters(d_tabular=4, d_head=4),
        spec=model_input.spec,
        target_spec=model_input.target_spec,
    )
    torch.manual_seed(0)
    training = make_training()
    module = SequenceModule(config.build_model(), build_loss(model_input.target_spec.task, training), training)
    rows = model_input.rows("train")
    batch = TabularSequenceDataset(model_input, rows).__getitems__(range(len(rows)))
    module.training_step((batch,), 0).backward()
    torch.optim.SGD(module.parameters(), lr=0.01).step()
    predictions = predict(module.model.eval(), model_input, model_input.rows("test"))
    assert all(np.isfinite(column).all() for column in predictions.values())


def outcome(case: Case) -> str:
    """What becomes of them, if it is one of what may."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # numbers that overflow or are none
        try:
            run(case)
        except ValidationError as error:
            return f"refused: {error}" if error.title == "SchemaParameters" else f"{error}"
        except DataError as error:
            return f"refused: {error}"
    return "learned from"


def test_any_tables_are_refused_in_plain_words_or_learned_from() -> None:
    outcomes: Counter[str] = Counter()

    @given(cases())
    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    def check(case: Case) -> None:
        told = outcome(case)
        assert told == "learned from" or told.startswith(("refused: the tables break ", "refused: 1 validation error"))
        outcomes[told.split(":")[0]] += 1

    check()
    # Tables that are always refused, or never, would show little.
    assert min(outcomes["refused"], outcomes["learned from"]) > EXAMPLES / 5


def test_tables_that_nobody_broke_are_learned_from() -> None:
    assert [outcome(make_case(np.random.default_rng(seed))) for seed in range(20)] == ["learned from"] * 20
