from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequence_learning.features.feature_stream import FeatureStream
from sequence_learning.features.model_input import ModelInput
from sequence_learning.io.model_input_dataset import ModelInputDataset
from sequence_learning.parameters import FeatureParameters, SchemaParameters, StreamParameters
from sequence_learning.pipelines.feature_preparation.nodes import fit_transformer, split_rows, transform_features
from sequence_learning.pipelines.reporting.nodes import check_data
from tests.features.streams import small_chunks, streamed
from tests.shop import make_shop
from tests.validation.broken_tables import make_case

__all__ = ["small_chunks"]
SHOP = SchemaParameters.model_validate(
    {
        "id": "customer", "target": "churned", "task": "binary", "numeric": ["age"], "categorical": ["country"],
        "order": "ordered_at", "time": "ordered_at", "prediction_time": "asked_on", "time_unit": "days",
        "channels": ["amount"], "categorical_channels": ["category"], "max_length": 5,
    }
)  # fmt: skip


def prepared(entities: pd.DataFrame, events: object, schema: SchemaParameters, file: Path) -> ModelInput:
    features = FeatureParameters(periods=(7.0,) if schema.time else ())
    split, _ = split_rows(entities, events, schema, features)
    transformer = fit_transformer(entities, events, split, schema, features)
    dataset = ModelInputDataset(filepath=str(file))
    dataset.save(transform_features(entities, events, split, transformer, features))
    return dataset.load()


def assert_same(found: ModelInput, expected: ModelInput) -> None:
    for field in fields(ModelInput):
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if field.name in {"spec", "target_spec"} or other is None:
            assert one == other, field.name
        else:
            np.testing.assert_array_equal(np.asarray(one), other, err_msg=field.name, strict=True)


@pytest.mark.usefixtures("small_chunks")
def test_features_of_a_stream_are_those_of_the_table(tmp_path: Path) -> None:
    customers, orders = make_shop(60)
    found = prepared(customers, streamed(orders, tmp_path / "orders"), SHOP, tmp_path / "stream.safetensors")
    assert found.window_events == 256e6 // 28  # amount, delta, age, sine and cosine; a code; an age: four bytes each
    assert len(list(tmp_path.glob("stream_shards_*/*"))) > 10
    assert_same(found, prepared(customers, orders, SHOP, tmp_path / "table.safetensors"))


@pytest.mark.usefixtures("small_chunks")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_whatever_the_tables_and_the_schema(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("case")
    case = make_case(np.random.default_rng(seed))
    events = case.events.sample(frac=1, random_state=seed, ignore_index=True)
    schema = SchemaParameters.model_validate(case.schema)
    found = prepared(case.entities, streamed(events, folder / "events"), schema, folder / "stream.safetensors")
    assert_same(found, prepared(case.entities, events, schema, folder / "table.safetensors"))


def test_no_shards_stay_of_features_that_were_replaced_or_of_a_preparation_that_failed(tmp_path: Path) -> None:
    customers, orders = make_shop(60)
    file, stream = tmp_path / "features" / "model_input.safetensors", streamed(orders, tmp_path / "orders")
    first = prepared(customers, stream, SHOP, file).fingerprint
    before = sorted(file.parent.iterdir())
    assert prepared(customers, stream, SHOP, file).fingerprint == first
    assert len(list(file.parent.iterdir())) == len(before) == 2
    after = sorted(file.parent.iterdir())
    assert after != before

    class Breaks(FeatureStream):
        def __iter__(self) -> Iterator[ModelInput]:
            yield from list(super().__iter__())[:1]
            raise OSError("no space")

    split, _ = split_rows(customers, stream, SHOP, FeatureParameters())
    fitted = fit_transformer(customers, stream, split, SHOP, FeatureParameters())
    whole = transform_features(customers, stream, split, fitted, FeatureParameters())
    assert isinstance(whole, FeatureStream)
    dataset = ModelInputDataset(filepath=str(file))
    with pytest.raises(Exception, match="no space"):
        dataset.save(Breaks(**vars(whole)))
    assert sorted(file.parent.iterdir()) == after
    assert dataset.load().fingerprint == first
    dataset.save(dataset.load().select(np.arange(10)))
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("sample_events", [1, 30])
def test_parts_are_those_of_all_rows_and_columns_those_of_a_sample_however_small(
    tmp_path: Path, sample_events: int
) -> None:
    customers, orders = make_shop(60)
    stream = streamed(orders, tmp_path)
    features = FeatureParameters(stream=StreamParameters(sample_events=sample_events))
    split, _ = split_rows(customers, stream, SHOP, features)
    by_part, by_column, leakage = check_data(customers, stream, split, SHOP, features)
    whole, whole_columns, whole_leakage = check_data(customers, orders, split, SHOP, features)
    pd.testing.assert_frame_equal(by_part, whole)
    assert by_column["column"].tolist() == whole_columns["column"].tolist()
    assert leakage["check"].tolist() == whole_leakage["check"].tolist()


def test_events_of_categories_that_the_sample_lacks_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    customers, orders = make_shop(60)
    orders["category"] = np.where(np.arange(len(orders)) < 3, "rare", orders["category"])
    features = FeatureParameters(stream=StreamParameters(sample_events=30))
    stream = streamed(orders, tmp_path / "orders")
    split, problems = split_rows(customers, stream, SHOP, features)
    assert not problems["rule"].str.contains("categories").any()
    fitted = fit_transformer(customers, stream, split, SHOP, features)
    fitted["categorical_channels"]["category"] = [c for c in fitted["categorical_channels"]["category"] if c != "rare"]
    features_ = transform_features(customers, stream, split, fitted, features)
    assert isinstance(features_, FeatureStream)
    list(features_)
    assert "events 'category': 3 have a category that was not in the sample of training rows" in caplog.text
