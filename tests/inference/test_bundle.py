"""What a bundle predicts, and from what."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.features.errors import DataError
from sequence_learning.inference import Bundle, BundleError
from sequence_learning.inference.bundle import RUNTIMES, Runtime
from sequence_learning.parameters import Task
from tests.inference.made import LABELS, LENGTHS, packed, raw_tables

ENTITIES, EVENTS = raw_tables()


def test_a_regression_has_an_interval_of_the_calibrated_width(bundle: Bundle) -> None:
    found = bundle.predict(ENTITIES, EVENTS)
    assert list(found) == ["customer", "prediction", "low", "high"]
    assert list(found["customer"]) == list(ENTITIES["customer"])
    np.testing.assert_allclose(found["prediction"] - found["low"], 12.5)
    np.testing.assert_allclose(found["high"] - found["prediction"], 12.5)


def test_a_runtime_that_there_is_not_is_refused(bundle: Bundle) -> None:
    with pytest.raises(ValueError, match="runtime must be torch or onnx, got 'onx'; use one of these"):
        bundle.within("onx")  # type: ignore[arg-type]


@pytest.mark.usefixtures("without_graph")
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_classes_have_their_own_names_and_probabilities(task: Task) -> None:
    found = packed(task)[0].predict(*raw_tables(task))
    assert list(found) == ["customer", "prediction", *(f"p_{name}" for name in LABELS[task])]
    probabilities = found.filter(like="p_").drop(columns="prediction", errors="ignore")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert list(found["prediction"]) == [name.removeprefix("p_") for name in probabilities.idxmax(axis=1)]
    assert len(set(found["prediction"])) > 1


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_loaded_it_is_what_was_saved(bundle: Bundle, tmp_path: Path, runtime: Runtime) -> None:
    bundle.save(tmp_path / "one")
    loaded = Bundle.load(str(tmp_path / "one"), runtime)
    loaded.save(tmp_path / "two")
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert loaded.manifest == bundle.manifest
    assert loaded.schema.numeric == ("age", "visits")  # by their names, where the run may have had a pattern


def test_the_manifest_says_what_it_is_made_of(bundle: Bundle) -> None:
    manifest = bundle.manifest
    assert (manifest.format, manifest.data, manifest.encoder, manifest.seed, manifest.task) == (
        1,
        "customers",
        "statistical_aggregation",
        3,
        "regression",
    )
    assert set(manifest.libraries) == {"numpy", "onnxruntime", "pandas", "torch"}
    assert set(manifest.inputs.entities) == {"customer", "asked", "age", "visits", "country"}
    assert manifest.inputs.events["shop"] == "int64"
    assert set(manifest.files) == {
        "weights.safetensors",
        "model.json",
        "model.onnx",
        "feature_transformer.json",
        "schema.json",
        "calibration.json",
    }


def test_a_folder_in_use_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("mine")
    with pytest.raises(BundleError, match=r"needs a folder of its own, but .* is in use; name another"):
        bundle.save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_documents_lie_beside_the_model(bundle: Bundle, tmp_path: Path) -> None:
    bundle.with_documents({"metrics.json": '{"r2": 0.5}', "README.md": "# It"}).save(tmp_path / "bundle")
    loaded = Bundle.load(tmp_path / "bundle")
    assert loaded.document("metrics.json") == {"r2": 0.5}
    assert loaded.files["README.md"] == b"# It"


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_nobody_gets_no_predictions(bundle: Bundle, runtime: Runtime) -> None:
    found = bundle.within(runtime).predict(ENTITIES.iloc[:0], EVENTS.iloc[:0])
    assert list(found) == ["customer", "prediction", "low", "high"]
    assert found.empty


@given(order=st.permutations(range(len(LENGTHS))), n=st.integers(1, len(LENGTHS)), seed=st.integers(0, 9))
def test_a_prediction_depends_on_its_row_and_events_alone(bundle: Bundle, order: list[int], n: int, seed: int) -> None:
    whole = bundle.predict(ENTITIES, EVENTS).set_index("customer")["prediction"]
    asked = ENTITIES.iloc[order[:n]].assign(spent="unknown", other=1)
    theirs = EVENTS[EVENTS["customer"].isin(asked["customer"])].sample(frac=1, random_state=seed)
    found = bundle.predict(asked, theirs).set_index("customer")["prediction"]
    np.testing.assert_allclose(found, whole[found.index], rtol=1e-5)


def test_types_may_be_those_of_json(bundle: Bundle) -> None:
    """Whole numbers become floats beside a missing value, time stamps are text, what is all missing is an object."""
    expected = bundle.predict(ENTITIES.assign(age=np.nan), EVENTS)
    entities = ENTITIES.assign(
        age=pd.Series([None] * len(ENTITIES), dtype=object), asked=[at.isoformat() for at in ENTITIES["asked"]]
    )
    events = EVENTS.assign(shop=EVENTS["shop"].astype(float), at=[at.isoformat() for at in EVENTS["at"]])
    pd.testing.assert_frame_equal(bundle.predict(entities, events), expected)
    assert bundle.unseen(entities, events) == {"country": 0, "shop": 0}


def test_a_row_without_events_needs_no_types(bundle: Bundle) -> None:
    nothing = pd.DataFrame({"customer": [], "at": [], "amount": [], "shop": []})
    expected = bundle.predict(ENTITIES, EVENTS).iloc[[0]]
    pd.testing.assert_frame_equal(bundle.predict(ENTITIES.iloc[[0]], nothing), expected)


def test_unseen_categories_are_counted_and_predicted_as_missing_ones(bundle: Bundle) -> None:
    entities = ENTITIES.assign(country=["at", None, "de", *["fr"] * 8, "at"])
    events = EVENTS.assign(shop=EVENTS["shop"].replace({3: 99}))
    counts = bundle.unseen(entities, events)
    assert counts == {"country": 2, "shop": int((EVENTS["shop"] == 3).sum())}
    blank = entities.assign(country=entities["country"].where(entities["country"] != "at"))
    pd.testing.assert_frame_equal(bundle.predict(entities, events), bundle.predict(blank, events))


@pytest.mark.parametrize(
    ("entities", "events", "said"),
    [
        (
            ENTITIES.drop(columns=["age", "asked"]),
            EVENTS,
            "entities 'age' must be in its table, but entities has no column 'age'",
        ),
        (ENTITIES, EVENTS.drop(columns="shop"), "events 'shop' must be in its table, but events has no column 'shop'"),
        (ENTITIES.iloc[[0, 0]], EVENTS.iloc[:0], "entities 'customer' must be unique"),
        (ENTITIES.iloc[:1], EVENTS, "events 'customer' must be the id of an entity"),
        (ENTITIES.iloc[:0], EVENTS, "events 'customer' must be the id of an entity"),
        (ENTITIES.assign(age="old"), EVENTS, "entities 'age' must hold numbers, but it holds text"),
        (ENTITIES, EVENTS.assign(at="soon"), "events 'at' must be time stamps if it is text"),
        (ENTITIES, EVENTS.assign(amount=np.inf), "events 'amount' must be finite"),
        (
            ENTITIES.assign(asked=pd.Timestamp("2020-01-01")),
            EVENTS,
            "events 'at' must not lie after its entity's prediction time 'asked'",
        ),
    ],
)
def test_bad_tables_are_refused(bundle: Bundle, entities: pd.DataFrame, events: pd.DataFrame, said: str) -> None:
    for ask in (bundle.predict, bundle.unseen):
        with pytest.raises(DataError) as error:
            ask(entities, events)
        assert said in str(error.value)


LOADING = """
import sys
import pandas as pd
from sequence_learning.inference import Bundle

bundle = Bundle.load(sys.argv[1])
entities, events = (pd.read_parquet(f"{sys.argv[1]}/../{name}.parquet") for name in ("entities", "events"))
print(len(bundle.predict(entities, events)))
print(len(Bundle.load(sys.argv[1], runtime="onnx").predict(entities, events)))
print(sorted({name.split(".")[0] for name in sys.modules} & {"kedro", "kedro_mlflow", "mlflow", "lightning"}))
"""


def test_loading_imports_neither_kedro_nor_mlflow_nor_lightning(bundle: Bundle, tmp_path: Path) -> None:
    bundle.save(tmp_path / "bundle")
    ENTITIES.to_parquet(tmp_path / "entities.parquet")
    EVENTS.to_parquet(tmp_path / "events.parquet")
    done = subprocess.run(
        [sys.executable, "-c", LOADING, str(tmp_path / "bundle")], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["12", "12", "[]"], done.stderr
