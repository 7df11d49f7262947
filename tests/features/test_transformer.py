"""Raw tables become model input, with everything learned from the training rows alone."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequence_learning.features.errors import DataError
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.scaler import Scaler
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.parameters import FeatureParameters, SchemaParameters
from sequence_learning.validation.tables import validate_new_tables
from tests.features.tables import small_entities, small_events, small_schema

ARRAYS = ("values", "codes", "offsets", "numeric", "categorical", "target", "part")
TIMED = small_schema(time="step", prediction_time="asked")


def fit(
    entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters | None = None, **parameters: Any
) -> FeatureTransformer:
    return FeatureTransformer.fit(entities, events, schema or small_schema(), FeatureParameters(**parameters))


def transform(transformer: FeatureTransformer, entities: pd.DataFrame, events: pd.DataFrame) -> ModelInput:
    return transformer.transform(entities, events, pd.Series("train", index=entities.index))


def fit_transform(
    entities: pd.DataFrame, events: pd.DataFrame, schema: SchemaParameters | None = None, **parameters: Any
) -> ModelInput:
    return transform(fit(entities, events, schema, **parameters), entities, events)


def assert_same(one: ModelInput, other: ModelInput) -> None:
    for name in (*ARRAYS, "ages"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert (one.spec, one.target_spec) == (other.spec, other.target_spec)


def channels(data: ModelInput) -> np.ndarray:
    """The numeric channels of all events, as scaled."""
    return data.values  # noqa: PD011


def readings(data: ModelInput) -> np.ndarray:
    """The first of them."""
    return channels(data)[:, 0]


def test_shapes_types_and_widths() -> None:
    data = fit_transform(small_entities(), small_events())

    assert {name: (getattr(data, name).shape, getattr(data, name).dtype.name) for name in ARRAYS} == {
        "values": ((12, 1), "float32"),
        "codes": ((12, 1), "int32"),
        "offsets": ((9,), "int64"),
        "numeric": ((8, 2), "float32"),
        "categorical": ((8, 1), "int32"),
        "target": ((8,), "float32"),
        "part": ((8,), "uint8"),
    }
    # One channel; kinds u and v and unknown; size with its indicator; shops x, y, z and unknown.
    assert data.spec.model_dump(exclude={"numeric_bins"}) == {
        "n_channels": 1,
        "event_categories": (3,),
        "n_numeric": 2,
        "categories": (4,),
        "n_outputs": 1,
        "has_ages": False,
        "n_time_channels": 0,
    }


def test_roles_without_a_column_give_arrays_of_width_zero() -> None:
    schema = small_schema(numeric=[], categorical=[], channels=[])
    data = fit_transform(small_entities(), small_events(), schema)

    shapes = {name: getattr(data, name).shape for name in ("numeric", "categorical", "values")}
    assert shapes == {"numeric": (8, 0), "categorical": (8, 0), "values": (12, 0)}
    assert (data.spec.n_numeric, data.spec.categories, data.spec.n_channels) == (0, (), 0)


def test_the_part_is_kept_by_row() -> None:
    entities, events = small_entities(), small_events()
    part = pd.Series(["test", "train", "validation", "train"] * 2)

    data = fit(entities, events).transform(entities, events, part)

    assert data.part.tolist() == [2, 0, 1, 0] * 2
    assert data.rows("validation").tolist() == [2, 6]


# What is learned, and from whom


@pytest.mark.parametrize("scaling", ["robust", "quantile"])
@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_rows_that_do_not_train_change_nothing_that_is_fitted(scaling: str, task: str) -> None:
    entities, events, schema = small_entities(), small_events(), small_schema(task=task)
    training = entities.iloc[:4]
    other = ~events["id"].isin(training["id"])
    changed = events.assign(
        price=events["price"].mask(other, 1e6), kind=events["kind"].mask(other, "new"), step=events["step"]
    )
    without_gaps = events.assign(price=events["price"].mask(other))

    fitted = fit(training, events, schema, scaling=scaling)

    assert fit(training, changed, schema, scaling=scaling) == fitted
    assert fit(training, without_gaps, schema, scaling=scaling) == fitted
    assert fit(training, events[~other], schema, scaling=scaling) == fitted
    assert fit(training, changed[other | (events["price"] > 0)], schema, scaling=scaling) != fitted


def test_a_scaler_is_fitted_on_the_training_rows_of_its_column() -> None:
    entities, events = small_entities(), small_events()
    fitted = fit(entities.iloc[:4], events)

    assert fitted.numeric == {"size": Scaler.fit(np.array([1.0, 2.0, np.nan, 4.0]), "robust")}
    assert fitted.channels == {"price": Scaler.fit(np.arange(10.0), "robust")}


def test_scaling_is_as_asked() -> None:
    fitted = fit(small_entities(), small_events(), scaling="quantile")

    assert fitted.numeric["size"].quantiles
    assert fitted.channels["price"].quantiles


# Categories


def test_categories_are_coded_from_one_and_missing_ones_are_unknown() -> None:
    data = fit_transform(small_entities(), small_events())

    assert data.categorical[:, 0].tolist() == [1, 2, 1, 0, 3, 1, 2, 1]
    assert data.codes[:, 0].tolist() == [1, 2] * 6


def test_categories_that_did_not_train_are_unknown() -> None:
    entities, events = small_entities(), small_events(kind=list("uuuuuuuuuuuw"))
    data = transform(fit(entities.iloc[:3], events), entities, events)

    assert data.categorical[:, 0].tolist() == [1, 2, 1, 0, 0, 1, 2, 1]
    assert data.codes[:, 0].tolist() == [1] * 11 + [0]
    assert (data.spec.categories, data.spec.event_categories) == ((3,), (2,))


@pytest.mark.parametrize("later", ["float64", "Int64", "object", "category", "str"])
@pytest.mark.parametrize("trained", ["int64", "float64", "object", "category"])
def test_whole_numbers_are_the_same_categories_and_classes_in_every_type(trained: str, later: str) -> None:
    numbers = pd.Series([3, 1, 2, 3, 1, 2, 3, 1])
    schema = small_schema(task="multiclass")
    tables = [small_entities(shop=numbers.astype(t), y=numbers.astype(t)) for t in (trained, later)]
    fitted = fit(tables[0], small_events(), schema)

    assert fitted.categorical["shop"] == fitted.target.classes == ("1", "2", "3")
    assert_same(transform(fitted, tables[0], small_events()), transform(fitted, tables[1], small_events()))


def test_the_fitted_schema_names_every_feature() -> None:
    entities = small_entities(n_a=1.0, n_b=2.0)
    fitted = fit(entities, small_events(), small_schema(numeric=["n_*", "size"]))

    assert fitted.schema_.numeric == ("n_a", "n_b", "size")
    told = validate_new_tables(entities.drop(columns="n_b"), small_events(), fitted.schema_)
    assert [(one.column, one.severity) for one in told] == [("n_b", "error")]
    assert FeatureTransformer.model_validate(json.loads(fitted.model_dump_json())) == fitted


def test_a_missing_category_is_not_the_text_nan() -> None:
    shops = ["nan", None, "None", np.nan, "nan", "None", "<NA>", "<NA>"]
    data = fit_transform(small_entities(shop=shops), small_events())

    codes = data.categorical[:, 0]
    assert codes[[1, 3]].tolist() == [0, 0]
    assert sorted(set(codes[[0, 2, 6]].tolist())) == [1, 2, 3]
    assert (codes[[4, 5, 7]] == codes[[0, 2, 6]]).all()


@pytest.mark.parametrize(("least", "codes"), [(1, [1, 2, 1, 0, 3, 1, 2, 1]), (2, [1, 2, 1, 0, 0, 1, 2, 1])])
def test_rare_categories_are_unknown(least: int, codes: list[int]) -> None:
    data = fit_transform(small_entities(), small_events(), min_category_count=least)

    assert data.categorical[:, 0].tolist() == codes
    assert data.spec.categories == (max(codes) + 1,)


def test_rare_is_counted_in_training_rows() -> None:
    entities, events = small_entities(), small_events(kind=list("uuvvvvvvvvvv"))
    fitted = fit(entities.iloc[:1], events, min_category_count=2)

    assert fitted.categorical == {"shop": ()}
    assert fitted.categorical_channels == {"kind": ("u",)}


def test_a_category_that_is_missing_everywhere_has_no_code_but_unknown() -> None:
    data = fit_transform(small_entities(shop=pd.Series([None] * 8, dtype=object)), small_events())

    assert data.categorical[:, 0].tolist() == [0] * 8
    assert data.spec.categories == (1,)


@pytest.mark.parametrize(
    "shops",
    [
        pd.Series([7, 8, 7, 8, 7, 8, 7, 8]),
        pd.Series([True, False] * 4),
        pd.Series(list("babababa"), dtype="category"),
        pd.Series([7, None] * 4, dtype="Int64"),
        pd.Series([7.5, np.nan] * 4),
    ],
    ids=["int", "bool", "category", "nullable", "float"],
)
def test_categories_may_be_of_any_type(shops: "pd.Series[Any]") -> None:
    codes = fit_transform(small_entities(shop=shops), small_events()).categorical[:, 0]

    assert (codes == 0).tolist() == shops.isna().tolist()
    assert (codes[::2] == codes[0]).all()
    assert (codes[1::2] == codes[1]).all()
    assert codes[0] != codes[1]


# Events


def test_events_lie_by_entity_and_oldest_first_whatever_their_order() -> None:
    entities, events = small_entities(), small_events()
    fitted = fit(entities, events)
    expected = transform(fitted, entities, events)
    for seed in range(5):
        shuffled = events.sample(frac=1, random_state=seed)
        assert_same(transform(fitted, entities, shuffled), expected)
        assert_same(fit_transform(entities, shuffled), expected)
    assert (np.diff(readings(expected)) > 0).all()


def test_entities_keep_their_order() -> None:
    entities, events = small_entities(), small_events()
    fitted = fit(entities, events)
    expected = transform(fitted, entities, events)

    backwards = transform(fitted, entities[::-1], events)

    np.testing.assert_array_equal(backwards.target, expected.target[::-1])
    np.testing.assert_array_equal(backwards.numeric, expected.numeric[::-1])
    rows = np.arange(8)
    assert backwards.lengths_of(rows).tolist() == expected.lengths_of(rows)[::-1].tolist()
    of_c = readings(expected)[expected.offsets[2] : expected.offsets[3]]
    np.testing.assert_array_equal(readings(backwards)[backwards.offsets[5] : backwards.offsets[6]], of_c)


ORDERS = {
    "timestamps": pd.Series(pd.date_range("2024-03-30", periods=12, freq="h")),
    "zoned timestamps": pd.Series(pd.date_range("2024-03-30 20:00", periods=12, freq="h", tz="Europe/Berlin")),
    "timedeltas": pd.Series(pd.to_timedelta(range(12), unit="D")),
    "dates": pd.Series(pd.date_range("2024-01-27", periods=12).date),
    "text": pd.Series(pd.date_range("2024-01-27", periods=12).strftime("%Y-%m-%d")),
    "floats": pd.Series(np.linspace(-1, 1, 12)),
    "nullable": pd.Series(range(-6, 6), dtype="Int64"),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_anything_that_sorts_may_order_the_events(order: "pd.Series[Any]") -> None:
    shuffle = np.random.default_rng(0).permutation(12)
    events = small_events(step=order).iloc[shuffle]

    data = fit_transform(small_entities(), events)

    assert (np.diff(readings(data)) > 0).all()


def test_an_ordered_category_orders_the_events_by_its_own_order() -> None:
    steps = pd.Categorical(["low", "mid", "high"] * 3 + ["low"] * 3, categories=["low", "mid", "high"], ordered=True)

    data = fit_transform(small_entities(), small_events(step=steps))

    assert (np.diff(readings(data)) > 0).all()


def test_offsets_agree_with_the_number_of_events() -> None:
    data = fit_transform(small_entities(), small_events())

    assert data.offsets.tolist() == [0, 3, 6, 9, 10, 11, 12, 12, 12]
    assert data.lengths_of(np.arange(8)).tolist() == [3, 3, 3, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("without", ["a", "d", "h"])
def test_an_entity_without_events_has_length_zero_wherever_it_stands(without: str) -> None:
    entities, events = small_entities(), small_events()
    events = events[events["id"] != without]

    data = fit_transform(entities, events)

    row = entities["id"].tolist().index(without)
    assert data.lengths_of(np.array([row])).tolist() == [0]
    assert data.offsets[-1] == len(events) == len(data.values)


known = st.integers(-1000, 1000).map(float)
event = st.tuples(st.integers(0, 9), st.integers(0, 99), known | st.none(), st.sampled_from(["u", "v", None]))


@given(
    events=st.lists(event, min_size=1, max_size=40, unique_by=lambda e: e[:2]),
    ids=st.permutations(range(10)),
    n_training=st.integers(2, 10),
)
@settings(max_examples=60, deadline=None)
def test_events_equal_a_slow_reference(
    events: list[tuple[int, int, float | None, str | None]], ids: list[int], n_training: int
) -> None:
    table = pd.DataFrame(events, columns=["id", "step", "price", "kind"]).astype({"price": float, "kind": "str"})
    entities = pd.DataFrame({"id": ids, "y": np.arange(10.0)})
    fitted = fit(entities.iloc[:n_training], table, small_schema(numeric=[], categorical=[]))
    data = transform(fitted, entities, table)

    values, codes, offsets = slow_reference(events, ids, set(ids[:n_training]), fitted.channels["price"])
    assert data.offsets.tolist() == offsets
    assert data.codes[:, 0].tolist() == codes
    np.testing.assert_allclose(data.values, np.array(values), rtol=1e-5, atol=1e-6)


def slow_reference(
    events: list[tuple[int, int, float | None, str | None]], ids: list[int], training: set[int], scaler: Scaler
) -> tuple[list[list[float]], list[int], list[int]]:
    theirs = [e for e in events if e[0] in training]
    kinds = sorted({e[3] for e in theirs if e[3] is not None})
    assert scaler.indicator == any(e[2] is None for e in theirs)
    values, codes, offsets = [], [], [0]
    for entity in ids:
        for _, _, price, kind in sorted((e for e in events if e[0] == entity), key=lambda e: e[1]):
            scaled = 0.0 if price is None else (price - scaler.center) / scaler.scale
            values.append([min(max(scaled, -10.0), 10.0)] + [float(price is None)] * scaler.indicator)
            codes.append(kinds.index(kind) + 1 if kind in kinds else 0)
        offsets.append(len(values))
    return values, codes, offsets


# Times


def timed_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    return small_entities(asked=[2.0, 3.0, 5.0, 7.0, 0.0, 9.0, 1.0, 1.0]), small_events()


def test_channels_made_of_times_come_after_the_others() -> None:
    entities, events = timed_tables()
    plain = fit_transform(entities, events)

    data = fit_transform(entities, events, TIMED, periods=(7, 2.5))

    assert channels(data).shape == (12, 1 + 2 + 4)
    assert data.spec == plain.spec.model_copy(update={"n_channels": 7, "has_ages": True, "n_time_channels": 6})
    np.testing.assert_array_equal(channels(data)[:, :1], channels(plain))
    assert_same(replace(data, values=channels(plain), spec=plain.spec, ages=None), plain)


def test_ages_are_in_units_and_not_scaled() -> None:
    entities, events = timed_tables()
    data = fit_transform(entities, events, TIMED)

    assert data.ages is not None
    assert data.ages.dtype == np.float32
    assert data.ages.tolist() == [2, 1, 0, 3, 2, 1, 5, 4, 3, 7, 0, 9]


def test_times_may_give_ages_alone() -> None:
    entities, events = timed_tables()
    data = fit_transform(entities, events, TIMED, time=())

    np.testing.assert_array_equal(channels(data), channels(fit_transform(entities, events)))
    assert (data.spec.n_channels, data.spec.n_time_channels, data.spec.has_ages) == (1, 0, True)
    assert data.ages is not None


@pytest.mark.parametrize("time", [(), ("age",)])
def test_without_a_time_column_there_are_no_channels_of_time(time: tuple[str, ...]) -> None:
    entities, events = timed_tables()

    assert fit(entities, events, time=time) == fit(entities, events)
    assert fit(entities, events).event_time is None
    assert_same(fit_transform(entities, events, time=time), fit_transform(entities, events))


@given(
    n_training=st.integers(2, 8),
    moved=st.lists(st.integers(0, 10**6), min_size=12, max_size=12),
    wait=st.integers(0, 10**6),
    scaling=st.sampled_from(["robust", "quantile"]),
)
def test_times_of_rows_that_do_not_train_change_nothing_that_is_fitted(
    n_training: int, moved: list[int], wait: int, scaling: str
) -> None:
    entities, events = timed_tables()
    training = entities.iloc[:n_training]
    other = ~events["id"].isin(training["id"])
    # The order of events follows their time, so both move.
    changed = events.assign(step=events["step"].mask(other, pd.Series(moved)))
    later = entities.assign(asked=entities["asked"].where(entities["id"].isin(training["id"]), 10**6 + wait))

    fitted = fit(training, events, TIMED, scaling=scaling)

    assert fit(training, changed, TIMED, scaling=scaling) == fitted
    assert fit(later.iloc[:n_training], events[~other], TIMED, scaling=scaling) == fitted
    np.testing.assert_array_equal(
        channels(transform(fitted, later, changed))[: (~other).sum()],
        channels(transform(fitted, entities, events))[: (~other).sum()],
    )


def test_times_of_training_rows_are_what_is_fitted() -> None:
    entities, events = timed_tables()
    fitted = fit(entities.iloc[:2], events, TIMED)

    assert fitted.event_time is not None
    assert fitted.event_time.scalers == {
        "delta": Scaler.fit(np.log1p([0, 1, 1, 0, 1, 1]), "robust"),
        "age": Scaler.fit(np.log1p([2, 1, 0, 3, 2, 1]), "robust"),
    }


def test_training_rows_may_have_no_events() -> None:
    entities, events = timed_tables()
    data = transform(fit(entities.iloc[6:], events, TIMED), entities, events)

    assert channels(data).shape == (12, 3)
    assert np.isfinite(channels(data)).all()


def test_times_that_changed_since_the_check_are_refused() -> None:
    entities, events = timed_tables()
    fitted = fit(entities, events, TIMED)

    with pytest.raises(DataError, match="every event must lie before its entity's prediction time"):
        transform(fitted, entities.assign(asked=0.0), events)


# Names


def test_every_column_has_the_name_of_what_it_is_made_of() -> None:
    """Each raw column is changed in turn: the columns that bear its name change, and no others."""
    schema = small_schema(channels=["price", "load"], numeric=["size", "weight"])
    entities = small_entities(weight=np.arange(8.0) ** 2)
    events = small_events(load=[np.nan, *np.arange(11.0)])
    fitted = fit(entities, events, schema)
    names, before = fitted.feature_names, transform(fitted, entities, events)
    shown = {name: list(map(str, getattr(names, name))) for name in ("values", "codes", "numeric", "categorical")}
    assert shown == {
        "values": ["price", "load", "load missing"],
        "codes": ["kind"],
        "numeric": ["size", "size missing", "weight"],
        "categorical": ["shop"],
    }
    for array, columns in shown.items():
        for source in {column.removesuffix(" missing") for column in columns}:
            table = events if array in {"values", "codes"} else entities
            other = table.assign(**{source: table[source].to_numpy()[::-1]})
            pair = (entities, other) if table is events else (other, events)
            after = transform(fitted, *pair)
            changed = (getattr(after, array) != getattr(before, array)).any(axis=0)
            assert [name for name, moved in zip(columns, changed, strict=True) if moved] == [
                name for name in columns if name.startswith(source)
            ]


def test_channels_made_of_times_are_named_in_their_order() -> None:
    entities, events = timed_tables()
    fitted = fit(entities, events, TIMED, time=("age", "delta"), periods=(7, 2.5))
    names = [str(name) for name in fitted.feature_names.values]  # noqa: PD011
    assert names == [
        "price", "time to prediction", "time since previous event",
        "cycle of 7 days sine", "cycle of 7 days cosine", "cycle of 2.5 days sine", "cycle of 2.5 days cosine",
    ]  # fmt: skip
    assert len(names) == fitted.spec.n_channels
    ages = transform(fitted, entities, events).ages
    assert ages is not None
    assert np.corrcoef(channels(transform(fitted, entities, events))[:, 1], np.log1p(ages))[0, 1] == pytest.approx(1)


# Target


def test_a_regression_target_is_standardised_with_the_training_rows() -> None:
    entities, events = small_entities(), small_events()
    data = transform(fit(entities.iloc[:4], events), entities, events)

    # The training targets are 1, 3, 5 and 7.
    assert data.target_spec.mean == 4.0
    assert data.target_spec.std == pytest.approx(5**0.5)
    np.testing.assert_allclose(data.target, (entities["y"] - 4) / 5**0.5, rtol=1e-6)


@pytest.mark.parametrize(
    ("task", "target", "classes", "indices"),
    [
        ("binary", [1, 0, 1, 1, 0, 0, 1, 0], ("0", "1"), [1, 0, 1, 1, 0, 0, 1, 0]),
        ("binary", [True, False] * 4, ("False", "True"), [1, 0] * 4),
        ("binary", ["yes", "no"] * 4, ("no", "yes"), [1, 0] * 4),
        ("binary", pd.array([7, 5] * 4, dtype="Int64"), ("5", "7"), [1, 0] * 4),
        ("multiclass", list("cabcabca"), ("a", "b", "c"), [2, 0, 1, 2, 0, 1, 2, 0]),
        # By value, not by text: 2 comes before 10.
        ("multiclass", [10, 2, 1, 10, 2, 1, 10, 2], ("1", "2", "10"), [2, 1, 0, 2, 1, 0, 2, 1]),
    ],
)
def test_classes_become_their_index(task: str, target: Any, classes: tuple[str, ...], indices: list[int]) -> None:
    data = fit_transform(small_entities(y=target), small_events(), small_schema(task=task))

    assert data.target_spec.classes == classes
    assert data.target.tolist() == indices
    assert data.spec.n_outputs == (1 if task == "binary" else len(classes))


@pytest.mark.parametrize(
    ("task", "target"), [("binary", ["no"] * 7 + ["yes"]), ("multiclass", ["a", "b", "c"] * 2 + ["a", "d"])]
)
def test_a_class_that_no_training_row_has_is_refused(task: str, target: list[str]) -> None:
    entities, events = small_entities(y=target), small_events()

    with pytest.raises(DataError, match="class"):
        transform(fit(entities.iloc[:6], events, small_schema(task=task)), entities, events)


@pytest.mark.parametrize(
    "constant",
    [
        5.0,
        0.1,
    ],
)
def test_a_target_that_is_constant_in_training_keeps_its_unit(constant: float) -> None:
    entities, events = small_entities(y=[constant] * 3 + [constant + 1] * 5), small_events()
    data = transform(fit(entities.iloc[:3], events), entities, events)

    np.testing.assert_allclose(data.target, [0.0] * 3 + [1.0] * 5, atol=1e-6)


# JSON


@pytest.mark.parametrize("scaling", ["robust", "quantile"])
@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_json_keeps_every_transform(scaling: str, task: str) -> None:
    entities = small_entities(y=[0.1, 0.2, 0.7] * 2 + [0.1, 0.2])
    events = small_events(price=np.random.default_rng(0).normal(size=12))
    fitted = fit(entities.iloc[:5], events, small_schema(task=task), scaling=scaling)

    again = FeatureTransformer.model_validate(json.loads(json.dumps(fitted.model_dump(mode="json"))))

    assert again == fitted
    assert_same(transform(again, entities, events), transform(fitted, entities, events))


def test_json_keeps_what_is_made_of_times() -> None:
    entities, events = timed_tables()
    fitted = fit(entities.iloc[:5], events, TIMED, scaling="quantile", time=("age", "delta"), periods=(7, 365.25))

    again = FeatureTransformer.model_validate(json.loads(json.dumps(fitted.model_dump(mode="json"))))

    assert again == fitted
    assert_same(transform(again, entities, events), transform(fitted, entities, events))


def test_json_from_before_there_were_times_still_loads() -> None:
    fitted = fit(small_entities(), small_events())
    dump = fitted.model_dump(mode="json")
    del dump["event_time"]
    for name in ("time", "prediction_time", "time_unit"):
        del dump["schema_"][name]

    assert FeatureTransformer.model_validate(dump) == fitted


def test_bins_lie_at_the_quantiles_of_the_training_rows_as_they_are_given_to_the_model() -> None:
    entities, events = small_entities(), small_events()
    train = entities.iloc[:5]
    fitted = fit(train, events, n_bins=4)
    scaled = transform(fitted, entities, events).numeric[:5]

    size, flag = fitted.spec.numeric_bins
    np.testing.assert_allclose(size, np.unique(np.quantile(scaled[:, 0], [0, 0.25, 0.5, 0.75, 1])), rtol=1e-6)
    assert set(flag) <= {0.0, 1.0}


def test_periods_need_the_time_of_events() -> None:
    with pytest.raises(DataError, match=r"periods need the time of events, got \[7\.0\] and no schema\.time; name"):
        fit(small_entities(), small_events(), periods=(7,))


def test_a_constant_number_has_one_bin() -> None:
    entities = small_entities().assign(size=3.0)
    assert fit(entities, small_events()).spec.numeric_bins == ((0.0, 1.0),)


def test_the_tables_are_left_as_they_were() -> None:
    entities, events = small_entities(), small_events().sample(frac=1, random_state=0)
    before = entities.copy(), events.copy()

    fit_transform(entities, events)

    pd.testing.assert_frame_equal(entities, before[0])
    pd.testing.assert_frame_equal(events, before[1])
