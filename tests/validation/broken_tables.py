"""Small pairs of tables that can be learned from, and many ways to break them."""

import datetime
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import strategies as st

from sequence_learning.parameters import SchemaParameters

UTC = datetime.UTC
NAMES = {"entities": ["id", "size", "weight", "shop", "y", "asked", "customer", "fold"],
         "events": ["id", "step", "at", "price", "kind"]}  # fmt: skip


class Case(NamedTuple):
    """What somebody might hand in."""

    entities: pd.DataFrame
    events: pd.DataFrame
    schema: dict[str, Any]

    def with_table(self, name: str, table: pd.DataFrame) -> "Case":
        return self._replace(**{name: table})


Random = np.random.Generator
Breakage = Callable[[Case, Random], Case]


def make_case(rng: Random) -> Case:
    """Tables without an error: 25 to 60 entities with up to five events each."""
    n, task = int(rng.integers(25, 60)), str(rng.choice(["regression", "binary", "multiclass"]))
    lengths = rng.integers(0, 6, n)
    ids = np.arange(n) if rng.random() < 0.5 else np.array([f"e{i}" for i in range(n)])
    step = np.concatenate([np.arange(length) for length in lengths])
    start = pd.Timestamp("2026-01-01")
    stamps = rng.random() < 0.5
    entities = pd.DataFrame(
        {
            "id": ids,
            "size": rng.normal(size=n),
            "weight": rng.integers(0, 9, n),
            "shop": rng.choice(list("xyz"), n),
            "y": {
                "regression": rng.normal(size=n),
                "binary": np.arange(n) % 2 == 0,
                "multiclass": np.array(list("abc"))[np.arange(n) % 3],
            }[task],
            "asked": start + pd.Timedelta(days=99) if stamps else 99.0,
            "customer": np.arange(n) // 2,
            "fold": np.array(["train", "train", "validation", "test"])[np.arange(n) // 3 % 4],
        }
    )
    events = pd.DataFrame(
        {
            "id": np.repeat(ids, lengths),
            "step": step,
            "at": start + pd.to_timedelta(step, unit="D") if stamps else step * 1.5,
            "price": rng.normal(size=len(step)),
            "kind": rng.choice(list("uvw"), len(step)),
        }
    )
    return Case(entities, events, _schema(rng, task))


def _schema(rng: Random, task: str) -> dict[str, Any]:
    def sometimes(**options: Any) -> dict[str, Any]:
        return {name: value for name, value in options.items() if rng.random() < 0.5}

    timed = rng.random() < 0.6
    split: dict[str, Any] = {
        "method": str(rng.choice(["random", "time", "group", "column"])),
        "validation": 0.2,
        "test": 0.3,
    }
    columns = {"time": "weight", "group": "customer", "column": "fold"}
    split |= {"column": columns[split["method"]]} if split["method"] != "random" else {}
    return {
        "id": "id", "target": "y", "task": task, "order": "at" if timed and rng.random() < 0.3 else "step",
        "channels": ["price"], "split": split,
        **sometimes(numeric=["size", "wei*"], categorical=["shop"], categorical_channels=["kind"], group="customer"),
        **sometimes(max_length=3),
        **({"time": "at", **sometimes(prediction_time="asked", time_unit="hours")} if timed else {}),
    }  # fmt: skip


def _some_rows(table: pd.DataFrame, rng: Random) -> np.ndarray:
    share = rng.choice([0.02, 0.3, 1.0])
    return np.flatnonzero(rng.random(len(table)) < share)


def _pick(case: Case, rng: Random) -> tuple[str, pd.DataFrame, int]:
    """A table and the position of one of its columns."""
    name = str(rng.choice(["entities", "events"]))
    table = case.entities if name == "entities" else case.events
    return name, table, int(rng.integers(max(1, table.shape[1])))


def _with_column(table: pd.DataFrame, position: int, values: Any) -> pd.DataFrame:
    """Another column in the place of one, whatever the names and the index are."""
    parts = [table.iloc[:, [i]] for i in range(table.shape[1])]
    parts[position] = pd.DataFrame({0: pd.Series(values, index=None).array}).set_axis(table.index)
    result = pd.concat([part.reset_index(drop=True) for part in parts], axis=1)
    return result.set_axis(table.columns, axis=1).set_axis(table.index, axis=0)


#: Cells that no column, or few, should hold.
CELLS: list[Any] = [
    None, np.nan, pd.NA, pd.NaT, float("inf"), -float("inf"), 1e300, -1e300, 5e-324, 0, -0.0, -1, 2**63, 10**400, True,
    "", " ", "nan", "text", "3", "3.0", "é\n\t\u2028", "x" * 500, b"\xff", Decimal("1.10"), Decimal("NaN"), 1j,
    datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(1, 1, 1),
    datetime.datetime(9999, 12, 31), datetime.date(2026, 1, 1), datetime.time(1), datetime.timedelta(1), "2026-01-01",
    "2026-01-01T00:00+09:00", "10/2/2026", pd.Timestamp.max, pd.Period("2026-01"), uuid.UUID(int=7),
    [], [1], (1, 2), {"a": 1}, {1}, np.array([1, 2]), object,
]  # fmt: skip


def put_a_cell(case: Case, rng: Random) -> Case:
    """One odd value in some rows, or in all, or several odd values."""
    name, table, position = _pick(case, rng)
    if table.empty:
        return case
    values = table.iloc[:, position].astype(object).tolist()
    odd = [CELLS[int(i)] for i in rng.integers(len(CELLS), size=int(rng.integers(1, 3)))]
    for row in _some_rows(table, rng):
        values[row] = odd[int(rng.integers(len(odd)))]
    column = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):  # lists would become further dimensions
        column[i] = value
    # As a file would be read: by the type of the values where they have one.
    try:
        inferred = pd.Series(column).infer_objects() if rng.random() < 0.5 else pd.Series(column, dtype=object)
    except (OverflowError, ValueError, TypeError):
        inferred = pd.Series(column, dtype=object)
    return case.with_table(name, _with_column(table, position, inferred))


TYPES: list[Any] = [
    "Int64", "Float64", "boolean", "string", "str", "object", "category", "float32", "int8", "uint64", "complex128",
    "bool", "datetime64[ns]", "datetime64[s]", "datetime64[us, Europe/Berlin]", "timedelta64[s]", "period[D]",
    pd.CategoricalDtype(ordered=True), pd.SparseDtype("float64"),
    *map(pd.ArrowDtype, [
        pa.int32(), pa.float32(), pa.decimal128(38, 6), pa.bool_(), pa.string(), pa.large_string(), pa.binary(),
        pa.date32(), pa.timestamp("us"), pa.timestamp("ns", "UTC"), pa.duration("us"), pa.null(), pa.list_(pa.int64()),
        pa.dictionary(pa.int32(), pa.string()), pa.struct([("a", pa.int64())]),
    ]),
]  # fmt: skip


def change_a_type(case: Case, rng: Random) -> Case:
    """Another type, where the values can take it."""
    name, table, position = _pick(case, rng)
    to = TYPES[int(rng.integers(len(TYPES)))]
    column = table.iloc[:, position]
    try:
        changed = column.astype(to)
    except Exception:  # what cannot be converted cannot be handed in
        changed = column.map(lambda value: str(value).encode(), "ignore")
    return case.with_table(name, _with_column(table, position, changed))


def mixed_zones(case: Case, rng: Random) -> Case:
    """Time stamps of which every other has a zone."""
    name, table, position = _pick(case, rng)
    position = [i for i, column in enumerate(table.columns) if column in {"at", "step", "asked"}][:1] or [position]
    if table.empty:
        return case
    stamps = [datetime.datetime(2026, 1, 1 + i % 5, tzinfo=UTC if i % 2 else None) for i in range(len(table))]
    values = stamps if rng.random() < 0.5 else [stamp.isoformat() for stamp in stamps]
    return case.with_table(name, _with_column(table, position[0], pd.Series(values, dtype=object)))


def drop_a_column(case: Case, rng: Random) -> Case:
    name, table, position = _pick(case, rng)
    return case.with_table(name, table.drop(columns=table.columns[position : position + 1]))


NEW_NAMES: list[Any] = [
    "",
    " ",
    "é\n",
    "size",
    "id",
    "at",
    "wei[ght]",
    0,
    1.5,
    None,
    np.nan,
    ("a", "b"),
    True,
    pd.Timestamp(0),
]


def rename_a_column(case: Case, rng: Random) -> Case:
    """To something odd, to the name of another, or to something that the schema learns of."""
    name, table, position = _pick(case, rng)
    if not table.shape[1]:
        return case
    names = list(table.columns)
    old, new = names[position], NEW_NAMES[int(rng.integers(len(NEW_NAMES)))]
    names[position] = new
    schema = case.schema
    if isinstance(new, str) and rng.random() < 0.5:
        schema = {role: _renamed(value, old, new) for role, value in schema.items()}
    return case.with_table(name, table.set_axis(pd.Index(names, dtype=object), axis=1))._replace(schema=schema)


def _renamed(value: Any, old: Any, new: str) -> Any:
    if isinstance(value, list):
        return [_renamed(one, old, new) for one in value]
    return new if isinstance(value, str) and value == old else value


def repeat_a_column(case: Case, rng: Random) -> Case:
    name, table, position = _pick(case, rng)
    return case.with_table(name, pd.concat([table, table.iloc[:, [position]]], axis=1)) if table.shape[1] else case


def levels_of_columns(case: Case, rng: Random) -> Case:
    name, table, _ = _pick(case, rng)
    return case.with_table(name, pd.concat({"a": table}, axis=1))


def repeat_rows(case: Case, rng: Random) -> Case:
    """Repeated ids, or tied events; the index is repeated too."""
    name, table, _ = _pick(case, rng)
    return case.with_table(name, pd.concat([table, table.iloc[_some_rows(table, rng)]]))


def drop_rows(case: Case, rng: Random) -> Case:
    """Of entities: their events have no owner then. All of them, at times."""
    name, table, _ = _pick(case, rng)
    return case.with_table(name, table.drop(index=table.index[_some_rows(table, rng)]))


def keep_few_rows(case: Case, rng: Random) -> Case:
    """Some entities and their events."""
    if "id" not in case.entities or "id" not in case.events:
        return case
    entities = case.entities.iloc[: int(rng.integers(0, 9))]
    return case._replace(entities=entities, events=_of(entities, case.events))


def _of(entities: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    if isinstance(entities["id"], pd.DataFrame) or isinstance(events["id"], pd.DataFrame):
        return events
    return events[[str(one) in set(map(str, entities["id"])) for one in events["id"]]]


def odd_index(case: Case, rng: Random) -> Case:
    name, table, _ = _pick(case, rng)
    indices = [
        np.zeros(len(table)),
        np.arange(len(table))[::-1],
        np.full(len(table), None),
        list(map(str, range(len(table)))),
    ]
    return case.with_table(name, table.set_axis(indices[int(rng.integers(len(indices)))], axis=0))


def constant_column(case: Case, rng: Random) -> Case:
    name, table, position = _pick(case, rng)
    if table.empty:
        return case
    value = table.iloc[0, position] if rng.random() < 0.7 else None
    column = np.empty(len(table), dtype=object)
    column.fill(value)
    return case.with_table(name, _with_column(table, position, pd.Series(column).infer_objects()))


def copy_a_column(case: Case, rng: Random) -> Case:
    """A feature that is the target, a group that is the id, an order that is a reading."""
    name, table, position = _pick(case, rng)
    source = int(rng.integers(max(1, table.shape[1])))
    return case.with_table(name, _with_column(table, position, table.iloc[:, source])) if table.shape[1] else case


def shuffle_a_column(case: Case, rng: Random) -> Case:
    """Times that run against the order, ids of other types, and so on."""
    name, table, position = _pick(case, rng)
    order = rng.permutation(len(table))
    return case.with_table(name, _with_column(table, position, table.iloc[order, position])) if table.shape[1] else case


def negate_or_tie(case: Case, rng: Random) -> Case:
    name, table, position = _pick(case, rng)
    column = table.iloc[:, position] if table.shape[1] else pd.Series(dtype=object)
    if not pd.api.types.is_float_dtype(column.dtype) and not pd.api.types.is_integer_dtype(column.dtype):
        return case
    factor = float(rng.choice([-1.0, 1e12, 1e-300, 0.0, 1e31]))
    return case.with_table(name, _with_column(table, position, column.astype("float64") * factor))


def one_entity_has_all_events(case: Case, rng: Random) -> Case:
    if "id" not in case.entities or "id" not in case.events or case.entities.empty or case.events.empty:
        return case
    position = list(case.events.columns).index("id")
    owner = case.entities.iloc[0, list(case.entities.columns).index("id")]
    column = np.empty(len(case.events), dtype=object)
    column.fill(owner)
    return case._replace(events=_with_column(case.events, position, pd.Series(column).infer_objects()))


def rare_class(case: Case, rng: Random) -> Case:
    if "y" not in case.entities or case.entities.empty:
        return case
    values = case.entities.iloc[:, list(case.entities.columns).index("y")].astype(object).tolist()
    values[int(rng.integers(len(values)))] = "rare"
    return case._replace(
        entities=_with_column(case.entities, list(case.entities.columns).index("y"), pd.Series(values))
    )


FEATURES = ["numeric", "categorical", "channels", "categorical_channels"]
ROLES = ["id", "target", "order", "time", "prediction_time", "group", "task", "column", *FEATURES]


def another_schema(case: Case, rng: Random) -> Case:
    """Roles that fit the tables badly."""
    columns = [str(one) for one in [*NAMES["entities"], *NAMES["events"], "*", "absent"]]
    role = str(rng.choice(ROLES))
    column = str(rng.choice(columns))
    if role == "task":
        value: Any = str(rng.choice(["regression", "binary", "multiclass"]))
    elif role == "column":
        role, value = "split", {"method": str(rng.choice(["time", "group", "column"])), "column": column}
    else:
        value = [column] if role in FEATURES else column
    return case._replace(schema=case.schema | {role: value})


BREAKAGES: list[Breakage] = [
    put_a_cell, put_a_cell, put_a_cell, put_a_cell, change_a_type, change_a_type, change_a_type, mixed_zones,
    drop_a_column, rename_a_column, repeat_a_column, levels_of_columns, repeat_rows, drop_rows, keep_few_rows,
    odd_index, constant_column, copy_a_column, shuffle_a_column, negate_or_tie, one_entity_has_all_events, rare_class,
    another_schema, another_schema,
]  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Good tables with up to four breakages, one after the other."""
    seeds = st.integers(0, 2**32 - 1)
    case = make_case(np.random.default_rng(draw(seeds)))
    for breakage, seed in draw(st.lists(st.tuples(st.sampled_from(BREAKAGES), seeds), max_size=4)):
        case = breakage(case, np.random.default_rng(seed))
    return case


def schema_of(case: Case) -> SchemaParameters:
    return SchemaParameters.model_validate(case.schema)
