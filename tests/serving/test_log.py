"""A logged bundle predicts what the bundle does, is found by name and alias, and is made of text."""

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from sequence_learning.inference import Bundle
from sequence_learning.serving.log import log_bundle
from sequence_learning.serving.wide import wide_table
from tests.inference.made import packed, raw_tables


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return packed("binary")[0]


@pytest.fixture(scope="module")
def store(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A tracking store in which the bundle was registered twice."""
    folder = tmp_path_factory.mktemp("store")
    bundle.save(folder / "bundle")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        experiment = mlflow.create_experiment("one", artifact_location=(folder / "artifacts").as_uri())
        for registered_name in ("customers", "customers", None):
            with mlflow.start_run(experiment_id=experiment):
                log_bundle(folder / "bundle", registered_name=registered_name, alias="champion")
    yield folder
    mlflow.set_tracking_uri(None)


@pytest.mark.parametrize("runtime", ["torch", "onnx"])
def test_the_champion_predicts_from_one_table(bundle: Bundle, store: Path, runtime: str) -> None:
    entities, events = raw_tables("binary")
    model = mlflow.pyfunc.load_model("models:/customers@champion", model_config={"runtime": runtime})
    found = model.predict(wide_table(bundle, entities, events))
    pd.testing.assert_frame_equal(found, bundle.predict(entities, events), rtol=1e-5)


def test_one_row_may_lack_every_value(bundle: Bundle, store: Path) -> None:
    entities, events = raw_tables("binary")
    wide = wide_table(bundle, entities, events).iloc[[3]].assign(age=[None], visits=[None], country=[None])
    wide["amount"] = [[None] * len(wide["amount"].iloc[0])]
    blank = entities.iloc[[3]].assign(age=None, visits=None, country=None)
    theirs = events[events["customer"] == "c3"].assign(amount=None)
    found = mlflow.pyfunc.load_model("models:/customers@champion").predict(wide)
    pd.testing.assert_frame_equal(found, bundle.predict(blank, theirs))


def test_the_alias_is_that_of_the_newest_version(store: Path) -> None:
    client = mlflow.MlflowClient()
    assert client.get_model_version_by_alias("customers", "champion").version == 2
    assert len(client.search_model_versions("name='customers'")) == 2  # without a name nothing is registered


def test_the_signature_names_every_column(store: Path) -> None:
    signature = mlflow.models.get_model_info("models:/customers@champion").signature
    assert signature.inputs.input_names() == ["customer", "asked", "age", "visits", "country", "at", "amount", "shop"]
    assert signature.outputs.input_names() == ["customer", "prediction", "p_no", "p_yes"]


def test_nothing_is_pickled_and_requirements_are_pinned(store: Path) -> None:
    folder = Path(mlflow.artifacts.download_artifacts("models:/customers@champion", dst_path=str(store / "copy")))
    assert not [path for path in folder.rglob("*") if path.suffix in {".pkl", ".pickle", ".joblib", ".pt", ".pth"}]
    requirements = (folder / "requirements.txt").read_text().split()
    assert all("==" in requirement for requirement in requirements)
    assert {"torch", "onnxruntime", "pandas"} <= {requirement.split("==")[0] for requirement in requirements}
    assert (folder / "code/sequence_learning/inference/bundle.py").is_file()
