"""Roles of columns, and the reasons given."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.drafting.choice import Choice, SchemaDraft
from sequence_learning.drafting.infer import infer_schema
from sequence_learning.drafting.page import questions, to_yaml
from sequence_learning.features.errors import DataError
from sequence_learning.parameters import FeatureParameters, SchemaParameters
from sequence_learning.pipelines.feature_preparation.nodes import split_rows
from tests.shop import make_shop

N = 60
RNG = np.random.default_rng(0)


def _tables(
    entities: dict[str, Any] | None = None, events: dict[str, Any] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """60 entities with three events each, and more columns."""
    ids = np.arange(N)
    return (
        pd.DataFrame({"id": ids, "target": np.tile([0.5, 1.5, 2.5], N // 3)} | (entities or {})),
        pd.DataFrame(
            {"id": np.repeat(ids, 3), "step": np.tile([0, 1, 2], N), "x": np.random.default_rng(1).normal(size=3 * N)}
            | (events or {})
        ),
    )


def _names(choices: tuple[Choice, ...]) -> list[str]:
    return [str(choice.value) for choice in choices]


def _reason(draft: SchemaDraft, table: str, column: str) -> str:
    return next(choice.why for choice in draft.left_out[table] if choice.value == column)


def test_a_shop() -> None:
    draft = infer_schema(*make_shop())
    assert [choice.value for choice in (draft.id, draft.target, draft.task, draft.order)] == [
        "customer",
        "churned",
        "binary",
        "ordered_at",
    ]
    assert (_names(draft.numeric), _names(draft.categorical)) == (["age"], ["country"])
    assert (_names(draft.channels), _names(draft.categorical_channels)) == (["amount"], ["category"])
    assert draft.prediction_time is not None
    assert draft.prediction_time.value == "asked_on"
    assert draft.time_unit is not None
    assert draft.time_unit.value == "days"


@given(
    task=st.sampled_from(["regression", "binary", "multiclass"]),
    gaps=st.floats(0, 0.5),
    stamps=st.booleans(),
    seed=st.integers(0, 100),
)
def test_a_draft_is_a_schema_that_the_tables_pass(task: str, gaps: float, stamps: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 80))
    owner = np.repeat(np.arange(n), rng.integers(0, 5, n))
    moment = rng.integers(0, 10_000, len(owner))
    target = {
        "regression": rng.normal(size=n),
        "binary": np.arange(n) % 2,
        "multiclass": np.array(list("abc"))[np.arange(n) % 3],
    }
    entities = pd.DataFrame(
        {
            "key": [f"k{i}" for i in range(n)],
            "label": target[task],
            "yes": np.where(rng.random(n) < gaps, np.nan, rng.normal(size=n)),
            "sp ace: #1": rng.choice(["a", "b", None], n),
            "${city}": rng.choice(["x", "y"], n),
            "split[%]": rng.random(n) < 0.5,
        }
    )
    events = pd.DataFrame(
        {
            "key": entities["key"].to_numpy()[owner],
            "at": pd.Timestamp("2026-01-01") + pd.to_timedelta(moment, "h") if stamps else moment,
            "speed[km/h]": rng.normal(size=len(owner)),
            "on": rng.integers(0, 9, len(owner)),
            "no": rng.choice(["p", "q"], len(owner)),
        }
    ).sample(frac=1, random_state=seed)
    schema = SchemaParameters.model_validate(_loaded(to_yaml(infer_schema(entities, events)))["schema"])
    assert schema.task == task
    split_rows(entities, events, schema, FeatureParameters())


def _loaded(page: str) -> dict[str, Any]:
    """As Kedro reads it."""
    from omegaconf import OmegaConf

    loaded = OmegaConf.to_container(OmegaConf.create(page), resolve=True)
    assert isinstance(loaded, dict)
    return {str(key): value for key, value in loaded.items()}


@pytest.mark.parametrize(
    ("values", "role"),
    [
        (np.arange(N) * 0.5, "numeric"),
        ([1, 2] * (N // 2), "numeric"),
        ([True, False] * (N // 2), "numeric"),
        (["a", "b"] * (N // 2), "categorical"),
        ([True, None, False, False, True] * (N // 5), "numeric"),
        (pd.Categorical([10, 20] * (N // 2)), "categorical"),
        (pd.Categorical(["a", "b"] * (N // 2)), "categorical"),
        ([None] * N, "all missing"),
        ([7] * N, "the same in every row"),
        (["same"] * N, "the same in every row"),
        ([f"name {i}" for i in range(N)], "another value in every row"),
        (np.arange(N)[::-1], "another value in every row"),
        ([f"this is row {i} of all" if i else None for i in range(N)], "free text"),
        ([f"v{i // 2}" if i else None for i in range(N)], "categorical"),
        (pd.date_range("2020-01-01", periods=N), "a time"),
        (["2020-01-01", "2020-02-30"] * (N // 2), "categorical"),
        (["2020-01-01", "2020-02-28"] * (N // 2), "a time"),
        (["28.02.2020", "3.11.2024"] * (N // 2), "write them as 2026-11-23T08:11"),
        (["2/28/20 7:15 PM", None] * (N // 2), "write them as 2026-11-23T08:11"),
        (["1.2.3", "28.02.2020"] * (N // 2), "categorical"),
        (["12,5", "-3,25"] * (N // 2), "decimal comma"),
        (["12,5", "1,250,000"] * (N // 2), "categorical"),
        ([[1], [2]] * (N // 2), "holds list"),
        (np.tile([0.5, 1.5, 2.5], N // 3), "says the same as the target"),
        (["low", "middle", "high"] * (N // 3), "says the same as the target"),
    ],
)
def test_roles_of_a_column(values: Any, role: str) -> None:
    draft = infer_schema(*_tables({"column": values}))
    found = {"numeric": _names(draft.numeric), "categorical": _names(draft.categorical)}
    if role in found:
        assert found == {"numeric": [], "categorical": []} | {role: ["column"]}
    else:
        assert role in _reason(draft, "entities", "column")


def test_numbers_that_differ_in_every_row_say_the_same_only_on_a_line() -> None:
    target = RNG.normal(size=N)
    draft = infer_schema(
        *_tables(
            {"target": target, "line": 3 - 2 * target, "apart": RNG.normal(size=N), "near": target + RNG.normal(size=N)}
        )
    )
    assert _names(draft.numeric) == ["apart", "near"]
    assert "same as the target" in _reason(draft, "entities", "line")


def test_whole_numbers_are_codes_by_their_name() -> None:
    codes = np.tile([10, 20, 30, 40], N // 4)
    draft = infer_schema(*_tables({"plan_code": codes, "visits": codes}, {"shop_id": np.tile([1, 2, 9], N)}))
    assert (_names(draft.categorical), _names(draft.numeric)) == (["plan_code"], ["visits"])
    assert _names(draft.categorical_channels) == ["shop_id"]


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([0, 1] * 30, "binary"),
        ([True, False] * 30, "binary"),
        (["a", "b", "c"] * 20, "multiclass"),
        ([1, 2, 3] * 20, "multiclass"),
        (list(range(60)), "regression"),
        ([0.5, 1.5, 2.5] * 20, "regression"),
        (pd.date_range("2020-01-01", periods=60), "<regression, binary or multiclass>"),
    ],
)
def test_the_task_follows_from_the_target(values: Any, task: str) -> None:
    assert infer_schema(*_tables({"target": values})).task.value == task


def test_a_target_is_named_or_has_a_usual_name_or_is_asked_for() -> None:
    entities, events = _tables({"is_fraud": [0, 1] * 30, "visits": [1, 2, 3] * 20})
    assert infer_schema(entities, events).target.value == "target"
    assert infer_schema(entities, events, "visits").target.value == "visits"
    assert infer_schema(entities.drop(columns="target"), events).target.value == "is_fraud"
    page = to_yaml(infer_schema(entities.drop(columns=["target", "is_fraud"]), events))
    assert questions(page) == ["target", "task"]
    assert "it is one of: visits" in page
    for wrong in ("revenue", "id"):
        with pytest.raises(DataError, match=rf"other than the id, got '{wrong}'; use one of: target, is_fraud, visits"):
            infer_schema(entities, events, wrong)


def test_a_target_with_gaps_is_told() -> None:
    entities, events = _tables({"target": [None, 1.0, 2.0] * 20})
    assert infer_schema(entities, events).target.why == "by its name; missing in 20 rows, which must go"


@pytest.mark.parametrize(
    ("columns", "order", "time"),
    [
        ({}, "step", None),
        ({"day": np.tile([3, 5, 9], N)}, "day", "day"),
        ({"when": pd.date_range("2020-01-01", periods=3 * N, freq="h").astype(str)}, "when", "when"),
        ({"when": [None, *pd.date_range("2020-01-01", periods=3 * N - 1)]}, "step", None),
        ({"step": np.tile([0.5, 1.5, 4.0], N)}, "step", None),
    ],
)
def test_what_orders_events(columns: dict[str, Any], order: str, time: str | None) -> None:
    draft = infer_schema(*_tables(events=columns))
    assert draft.order.value == order
    assert (draft.time.value if draft.time else None) == time
    assert order not in _names(draft.channels)


def test_a_column_without_a_telling_name_orders_if_it_increases() -> None:
    entities, events = _tables()
    events = events.rename(columns={"step": "a"})
    draft = infer_schema(entities, events)
    assert draft.order == Choice("a", "increases within each entity")
    assert questions(to_yaml(infer_schema(entities, events.sample(frac=1, random_state=0)))) == ["order"]


def test_events_at_one_moment_are_counted() -> None:
    draft = infer_schema(*_tables(events={"day": np.tile([1, 1, 2], N)}))
    assert f"{N} events at the moment of another of the same entity" in draft.order.why


@pytest.mark.parametrize(("freq", "unit"), [("s", "seconds"), ("90s", "minutes"), ("5h", "hours"), ("2D", "days")])
def test_the_unit_of_time_suits_the_gaps(freq: str, unit: str) -> None:
    draft = infer_schema(*_tables(events={"at": pd.date_range("2020-01-01", periods=3 * N, freq=freq)}))
    assert draft.time_unit is not None
    assert draft.time_unit.value == unit


def test_the_prediction_is_made_after_all_events_of_an_entity() -> None:
    day = np.tile([1, 5, 9], N)
    late, early = np.arange(N) + 9, np.arange(N) + 8
    assert infer_schema(*_tables({"cutoff": late}, {"day": day})).prediction_time is not None
    assert infer_schema(*_tables({"cutoff": early}, {"day": day})).prediction_time is None
    gaps = np.where(np.arange(N) == 3, np.nan, late)
    assert infer_schema(*_tables({"cutoff": gaps}, {"day": day})).prediction_time is None
    assert infer_schema(*_tables({"cutoff": late}, {})).prediction_time is None  # events have no time
    assert infer_schema(*_tables({"visits": late * 2.0}, {"day": day})).prediction_time is None
    stamps = pd.to_datetime(day, unit="D")
    draft = infer_schema(*_tables({"asked": stamps.max() + pd.to_timedelta(np.arange(N), "D")}, {"at": stamps}))
    assert draft.prediction_time is not None
    assert (draft.split_method.value, draft.split_column) == ("time", "asked")


def test_a_column_that_says_the_part_splits() -> None:
    draft = infer_schema(*_tables({"part": ["train"] * 40 + ["validation"] * 10 + ["test"] * 10}))
    assert (draft.split_method.value, draft.split_column) == ("column", "part")
    assert _names(draft.categorical) == []


def test_only_sequences_far_longer_than_others_are_cut() -> None:
    entities, events = _tables()
    assert infer_schema(entities, events).max_length is None
    assert "3 to 3 events per entity" in infer_schema(entities, events).lengths
    ids = np.arange(400)
    many = pd.DataFrame({"id": np.concatenate([np.repeat(ids, 3), np.zeros(500, dtype=int)])})
    many = many.assign(step=np.arange(len(many)), x=np.random.default_rng(0).normal(size=len(many)))
    draft = infer_schema(pd.DataFrame({"id": ids, "target": ids % 2}), many)
    assert draft.max_length == Choice(3, "99 of 100 entities have no more, the longest has 503")


def test_groups_are_suggested_in_a_comment() -> None:
    page = to_yaml(infer_schema(*_tables({"household": [f"h{i // 3}" for i in range(N)]})))
    assert (
        "  # group: a column whose rows belong together, if there is one; maybe household (20 distinct values)\n"
        in page
    )
    assert "group" not in yaml.safe_load(page)["schema"]


def test_the_id_is_the_shared_column_that_is_unique_in_entities() -> None:
    entities, events = _tables({"region": ["n", "s"] * 30}, {"region": ["n", "s", "n"] * N})
    strangers = pd.concat([events, events.tail(2).assign(id=999)])
    draft = infer_schema(entities.head(N - 1), strangers)
    assert draft.id.value == "id"
    assert "5 events of no entity, which must go" in draft.id.why


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "number"}, r"rename one of 'id' in entities and 'number' in events, which match"),
        ({"id": None}, r"entities has id \(numbers\), target \(numbers\), events has step \(numbers\), x"),
    ],
)
def test_tables_that_nothing_joins_are_refused(change: dict[str, str | None], message: str) -> None:
    entities, events = _tables()
    events = events.rename(columns=change) if change["id"] else events.drop(columns="id")
    with pytest.raises(DataError, match=message):
        infer_schema(entities, events)


def test_ids_of_another_type_are_refused() -> None:
    entities, events = _tables()
    with pytest.raises(DataError, match=r"id \(numbers\), .* id \(text\)"):
        infer_schema(entities, events.assign(id=events["id"].astype(str) + "x"))


@pytest.mark.parametrize(
    ("entities", "message"),
    [
        (pd.DataFrame({"id": []}), "must have rows, but entities has none"),
        (pd.DataFrame([[1, 2]], columns=["id", "id"]), "each its own, but entities has 'id', 'id'; rename"),
        (pd.DataFrame([[1, 2]]), "must have names, and each its own, but entities has 0, 1; rename"),
    ],
)
def test_tables_without_rows_or_names_are_refused(entities: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        infer_schema(entities, _tables()[1])


def test_lists_are_left_out_whatever_their_column_is_called() -> None:
    lists = [[i % 20] for i in range(N)]
    draft = infer_schema(*_tables({"group_list": lists, "target": lists}, {"id_list": [[1]] * (3 * N)}))
    assert draft.groups == ()
    assert draft.task == ("<regression, binary or multiclass>", "the target holds list; convert it to numbers or text")
    assert "holds list" in _reason(draft, "entities", "group_list")
    assert "holds list" in _reason(draft, "events", "id_list")


def test_lists_for_ids_are_refused() -> None:
    entities, events = _tables()
    with pytest.raises(DataError, match=r"events has id \(list\)"):
        infer_schema(entities, events.assign(id=[[1]] * len(events)))


@pytest.mark.parametrize("odd", ["\n", "\t", "\0", "\x7f", "\x85", "\u2028", "\n  id: wrong", "#", '"', "😀"])
def test_no_character_breaks_the_page(odd: str) -> None:
    entities, events = _tables(
        {"target": [f"a{odd}", "b", "c"] * 20, f"group{odd}": [f"{odd}{i // 3}" for i in range(N)]},
        {f"at{odd}": np.arange(3 * N), f"date{odd}": np.arange(3 * N) // 2, f"{odd}left": ["same"] * (3 * N)},
    )
    page = to_yaml(infer_schema(entities, events))
    schema = _loaded(page)["schema"]
    assert (schema["id"], schema["order"], schema["categorical"]) == ("id", f"at{odd}", [f"group{odd}"])
    assert all(line.isprintable() for line in page.split("\n"))
