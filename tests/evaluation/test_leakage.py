import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sequence_learning.evaluation.leakage import check_leakage
from sequence_learning.features.split import split_entities
from sequence_learning.parameters import SchemaParameters

N, STEPS = 400, 4
CHECKS = [
    "test rows whose inputs are those of a training row",
    "a feature that is nearly the target",
    "training rows as new as test rows",
    "drift of the target from training to test rows",
]
COPIES, FEATURE, NEW, DRIFT = CHECKS

Tables = tuple[pd.DataFrame, pd.DataFrame]


def clean(n: int = N, steps: int = STEPS, seed: int = 0) -> Tables:
    """Entities ``0`` to ``n - 1``, one a day, five of each customer; every tenth has no event."""
    rng = np.random.default_rng(seed)
    entities = pd.DataFrame(
        {
            "id": np.arange(n),
            "size": rng.normal(size=n),
            "shop": rng.choice(list("xyz"), n),
            "day": np.arange(n),
            "now": np.arange(n) + 0.5,
            "customer": np.arange(n) // 5,
            "y": rng.normal(size=n),
            "flag": rng.random(n) < 0.3,
            "kind_of_y": rng.choice(list("abc"), n),
        }
    )
    with_events = np.setdiff1d(np.arange(n), np.arange(0, n, 10))
    events = pd.DataFrame(
        {
            "id": np.repeat(with_events, steps),
            "step": np.tile(np.arange(steps), len(with_events)),
            "price": rng.normal(size=len(with_events) * steps),
            "kind": rng.choice(list("uv"), len(with_events) * steps),
        }
    )
    return entities, events.assign(at=events["id"] - steps + events["step"])


def schema(**changes: Any) -> SchemaParameters:
    roles = {
        "id": "id", "target": "y", "task": "regression", "numeric": ["size"], "categorical": ["shop"],
        "order": "step", "channels": ["price"], "categorical_channels": ["kind"],
    }  # fmt: skip
    return SchemaParameters.model_validate(roles | changes)


RANDOM = {"method": "random", "test": 0.25, "validation": 0.15}
BY_TIME = {"method": "time", "column": "day", "test": 0.25, "validation": 0.15}


def check(
    tables: Tables, roles: SchemaParameters | None = None, how: dict[str, Any] = RANDOM, **split: Any
) -> pd.DataFrame:
    roles = SchemaParameters.model_validate((roles or schema()).model_dump() | {"split": how})
    divided = split_entities(tables[0], roles).assign(**split)
    return check_leakage(*tables, divided, roles).set_index("check")


def test_clean_tables_are_fine() -> None:
    found = check(clean())
    assert list(found.columns) == ["found", "verdict", "why"]
    assert list(found.index) == CHECKS
    assert found["verdict"].to_dict() == dict.fromkeys(CHECKS, "fine") | {NEW: "not applicable"}
    assert (found["why"].str.len() > 20).all()


def test_clean_tables_with_groups_and_times_are_fine() -> None:
    roles = schema(group="customer", time="at", prediction_time="now")
    by_customer = {"method": "group", "column": "customer", "test": 0.25, "validation": 0.15}
    assert set(check(clean(), roles, by_customer)["verdict"].drop(NEW)) == {"fine"}
    in_time = check(clean(), schema(time="at", prediction_time="now"), BY_TIME)
    assert set(in_time["verdict"]) == {"fine"}
    assert in_time.loc[NEW, "found"] == "0 of 240 training rows"


@pytest.mark.parametrize(("target", "task"), [("flag", "binary"), ("kind_of_y", "multiclass")])
def test_clean_classes_are_fine(target: str, task: str) -> None:
    found = check(clean(), schema(target=target, task=task))
    assert found.loc[[COPIES, FEATURE, DRIFT], "verdict"].tolist() == ["fine"] * 3


def copy_row(tables: Tables, source: int, to: int) -> Tables:
    entities, events = tables[0].copy(), tables[1].copy()
    entities.loc[to, ["size", "shop"]] = entities.loc[source, ["size", "shop"]].to_numpy()
    columns = ["price", "kind"]
    events.loc[events["id"] == to, columns] = events.loc[events["id"] == source, columns].to_numpy()
    return entities, events


def test_copies_of_training_rows_among_the_test_rows() -> None:
    tables, part = clean(), np.repeat(["train", "validation", "test"], [200, 100, 100])
    for source, to in (
        (1, 301),
        (2, 302),
        (3, 203),
        (312, 311),
        (10, 310),
    ):  # two rows, one to validation, one in test,
        tables = copy_row(tables, source, to)  # and one without events
    found = check(tables, part=part)
    assert tuple(found.loc[COPIES, ["found", "verdict"]]) == ("3 of 100 test rows", "look")


@pytest.mark.parametrize("change", ["order", "price", "kind", "size", "shop", "length", "missing"])
def test_a_row_that_differs_in_one_place_is_no_copy(change: str) -> None:
    part = np.repeat(["train", "validation", "test"], [200, 100, 100])
    entities, events = copy_row(clean(), 1, 301)
    assert check((entities, events), part=part).loc[COPIES, "verdict"] == "look"
    own = events.index[events["id"] == 301]
    match change:
        case "order":
            events.loc[own[:2], "step"] = [1, 0]
        case "price":
            events.loc[own[0], "price"] += 0.001
        case "kind":
            events.loc[own[2], "kind"] = "w"
        case "size":
            entities.loc[301, "size"] += 0.001
        case "shop":
            entities.loc[301, "shop"] = "w"
        case "length":
            events = events.drop(own[0])
        case "missing":
            entities.loc[301, "size"] = np.nan
    assert check((entities, events), part=part).loc[COPIES, "verdict"] == "fine"


def test_copies_are_found_in_any_order_of_events_and_times_count() -> None:
    part = np.repeat(["train", "validation", "test"], [200, 100, 100])
    entities, events = copy_row(clean(), 1, 301)
    shuffled = events.sample(frac=1, random_state=0)
    assert check((entities, shuffled), part=part).loc[COPIES, "verdict"] == "look"
    assert check((entities, shuffled), schema(time="at"), part=part).loc[COPIES, "verdict"] == "fine"


def planted(name: str, y: np.ndarray) -> Tables:
    """Tables where the target stands in one place; ``y`` are numbers."""
    entities, events = clean()
    noise = 0.01 * np.random.default_rng(1).normal(size=N)
    of_event = y[events["id"]]
    match name:
        case "size":
            entities["size"] = -np.exp(y + noise)
        case "the last price":
            events.loc[events["step"] == STEPS - 1, "price"] = of_event[events["step"] == STEPS - 1]
        case "the mean of price":
            events["price"] = of_event + (events["step"] - 1.5) * 10
    return entities, events


@pytest.mark.parametrize("name", ["size", "the last price", "the mean of price"])
@pytest.mark.parametrize(("target", "task"), [("y", "regression"), ("flag", "binary"), ("kind_of_y", "multiclass")])
def test_a_number_that_is_the_target(name: str, target: str, task: str) -> None:
    y = pd.factorize(clean()[0][target], sort=True)[0].astype(float)
    found = check(planted(name, y), schema(target=target, task=task)).loc[FEATURE]
    assert found["verdict"] == "look"
    assert found["found"].endswith(f" of {name}")


@pytest.mark.parametrize("name", ["shop", "the last kind"])
@pytest.mark.parametrize(("target", "task"), [("y", "regression"), ("flag", "binary"), ("kind_of_y", "multiclass")])
def test_a_category_that_determines_the_target(name: str, target: str, task: str) -> None:
    entities, events = clean()
    if target == "y":
        entities["y"] = np.random.default_rng(2).integers(0, 6, N)
    category = entities[target].astype(str)
    if name == "shop":
        entities["shop"] = category
    else:
        events["kind"] = events["kind"].where(events["step"] < STEPS - 1, category[events["id"]].to_numpy())
    found = check((entities, events), schema(target=target, task=task)).loc[FEATURE]
    assert (found["verdict"], found["found"]) == ("look", f"rank correlation 1.00 of {name}")


def test_a_number_that_is_missing_for_one_class() -> None:
    entities, events = clean()
    entities["size"] = entities["size"].where(entities["flag"])
    found = check((entities, events), schema(target="flag", task="binary")).loc[FEATURE]
    assert (found["verdict"], found["found"]) == ("look", "rank correlation 1.00 of whether size is missing")


def test_a_category_of_one_row_each_knows_nothing() -> None:
    entities, events = clean()
    assert check((entities.assign(shop=entities["id"].astype(str)), events)).loc[FEATURE, "verdict"] == "fine"


def test_a_good_feature_is_not_yet_the_target() -> None:
    entities, events = clean()
    entities["size"] = entities["y"] + 0.3 * np.random.default_rng(1).normal(size=N)
    found = check((entities, events)).loc[FEATURE]
    assert (found["verdict"], found["found"]) == ("fine", "rank correlation 0.95 of size")


def test_too_few_values_are_no_feature() -> None:
    entities, events = clean()
    entities["size"] = entities["y"].where(np.arange(N) < 15)
    assert not check((entities, events)).loc[FEATURE, "found"].endswith(" of size")
    alone = check((entities, events.iloc[:4].assign(price=np.nan, kind="u")), schema(numeric=[], categorical=[]))
    assert tuple(alone.loc[FEATURE, ["found", "verdict"]]) == ("too few rows to tell", "not applicable")


def test_too_few_rows_of_a_class_are_none_either() -> None:
    entities, events = clean()
    entities["flag"] = np.arange(N) % 50 == 0
    found = check((entities.assign(size=entities["flag"] + 0.0), events), schema(target="flag", task="binary"))
    assert tuple(found.loc[FEATURE, ["found", "verdict"]]) == ("too few rows to tell", "not applicable")


def test_training_rows_that_are_newer_than_test_rows() -> None:
    tables = clean()
    part = np.repeat(["train", "validation", "test"], [200, 100, 100])
    assert check(tables, how=BY_TIME, part=part).loc[NEW, "verdict"] == "fine"
    part[[350, 399]] = "train"
    found = check(tables, how=BY_TIME, part=part)
    assert tuple(found.loc[NEW, ["found", "verdict"]]) == ("2 of 202 training rows", "look")
    part = np.repeat(["train", "validation", "test", "train"], [200, 100, 99, 1])
    one_day = tables[0].assign(day=np.minimum(np.arange(N), 300)), tables[1]
    found = check(one_day, how=BY_TIME, part=part)
    assert tuple(found.loc[NEW, ["found", "verdict"]]) == ("1 of 201 training rows", "look")


@pytest.mark.parametrize(("target", "task"), [("y", "regression"), ("flag", "binary"), ("kind_of_y", "multiclass")])
def test_a_target_that_drifts(target: str, task: str) -> None:
    entities, events = clean()
    part = np.repeat(["train", "validation", "test"], [200, 100, 100])
    later = {"y": entities["y"] + 2, "flag": True, "kind_of_y": "c"}[target]
    entities[target] = entities[target].mask((part == "test") & (np.arange(N) % 2 == 0), later)
    assert check((entities, events), schema(target=target, task=task), part=part).loc[DRIFT, "verdict"] == "look"


def test_drift_is_told_in_standard_deviations_and_groups_may_be_luck() -> None:
    entities, events = clean()
    part = np.repeat(["train", "validation", "test"], [200, 100, 100])
    entities["y"] = np.where(np.arange(N) % 2 == 0, -2.0, 2.0) + (part == "test")
    found = check((entities, events), part=part).loc[DRIFT]
    assert (found["verdict"], found["found"]) == ("look", "the mean differs by 0.50 standard deviations")
    # The same difference between groups that each have one target.
    wide = entities.assign(
        y=np.where(np.arange(N) // 20 % 2 == 0, -2.0, 2.0) + (part == "test"), week=np.arange(N) // 20
    )
    assert check((wide, events), schema(group="week"), part=part).loc[DRIFT, "verdict"] == "fine"


def test_many_rows_are_checked_quickly() -> None:
    tables = clean(n=20_000, steps=24)
    started = time.perf_counter()
    check(tables)
    assert time.perf_counter() - started < 5
