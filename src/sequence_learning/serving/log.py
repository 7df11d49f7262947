"""A bundle to MLflow: logged as a model made of text, and registered under a name."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import mlflow
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types import ColSpec, DataType, Schema
from mlflow.types.schema import AnyType, Array

import sequence_learning
from sequence_learning.inference import Bundle
from sequence_learning.inference.bundle import Runtime
from sequence_learning.serving.wide import event_columns

#: What :mod:`sequence_learning.inference` imports, and MLflow to serve it.
_REQUIREMENTS = (
    "mlflow",
    "numpy",
    "onnxruntime",
    "pandas",
    "pandera",
    "pydantic",
    "rtdl-num-embeddings",
    "safetensors",
    "scipy",
    "tabm",
    "torch",
)
_ANY = AnyType()  # type: ignore[no-untyped-call]


def log_bundle(
    folder: Path, *, registered_name: str | None = None, alias: str = "champion", runtime: Runtime = "torch"
) -> ModelInfo:
    """Log a bundle to the active run, and register it if it has a name.

    The model is logged from code (the text of :mod:`~sequence_learning.serving.model` and of this package), so nothing
    is pickled.

    Args:
        folder: the bundle.
        registered_name: in the registry; the new version takes the alias.
        alias: that production asks for.
        runtime: that computes predictions if whoever loads the model does not choose another.
    """
    bundle = Bundle.load(folder)
    with _without_advice():
        info: ModelInfo = mlflow.pyfunc.log_model(
            name="bundle",
            python_model=str(Path(__file__).with_name("model.py")),
            artifacts={"bundle": str(folder)},
            model_config={"runtime": runtime},
            signature=signature_of(bundle),
            pip_requirements=[f"{name}=={version(name)}" for name in _REQUIREMENTS],
            code_paths=[str(Path(sequence_learning.__file__).parent)],
            registered_model_name=registered_name,
        )
    if registered_name is not None:
        mlflow.MlflowClient().set_registered_model_alias(registered_name, alias, str(info.registered_model_version))
    return info


@contextmanager
def _without_advice() -> Iterator[None]:
    """MLflow misses pip, which an environment made by uv does not have, and an example beside the signature."""
    logger = logging.getLogger("mlflow.utils.environment")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*An input example was not provided")
            yield
    finally:
        logger.setLevel(before)


def signature_of(bundle: Bundle) -> ModelSignature:
    """What the model takes and gives, by name.

    What it takes may be of any type: MLflow would refuse whole numbers where a column was of fractions, or one that is
    all missing where it was of text, and the bundle checks its tables itself.
    """
    entities = [ColSpec(_ANY, name) for name in bundle.manifest.inputs.entities]
    events = [ColSpec(Array(_ANY), name) for name in event_columns(bundle)]
    return ModelSignature(inputs=Schema([*entities, *events]), outputs=Schema([*_outputs(bundle)]))


def _outputs(bundle: Bundle) -> list[ColSpec]:
    target = bundle.transformer.target
    regression = target.task == "regression"
    numbers = ["low", "high"] if regression else [f"p_{name}" for name in target.classes]
    return [
        ColSpec(_ANY, bundle.schema.id),
        ColSpec(DataType.double if regression else DataType.string, "prediction"),
        *(ColSpec(DataType.double, name) for name in numbers),
    ]
