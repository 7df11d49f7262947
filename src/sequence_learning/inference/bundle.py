"""A trained model with all that turns raw tables into predictions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd

from sequence_learning.features.columns import input_columns
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.inference.calibration import Calibration
from sequence_learning.inference.errors import BundleError
from sequence_learning.inference.folder import read_folder, write_folder
from sequence_learning.inference.manifest import FileEntry, Inputs, Manifest
from sequence_learning.parameters import SchemaParameters
from sequence_learning.root_cause import root_cause
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig
from sequence_learning.validation.problem import errors_of, raise_errors
from sequence_learning.validation.tables import validate_new_tables

if TYPE_CHECKING:
    from sequence_learning.training.predict import Network

#: What computes the network: PyTorch, or ONNX Runtime on one thread.
Runtime = Literal["torch", "onnx"]
RUNTIMES: tuple[Runtime, ...] = ("torch", "onnx")

_WEIGHTS, _MODEL, _GRAPH = "weights.safetensors", "model.json", "model.onnx"
_TRANSFORMER, _SCHEMA, _CALIBRATION = "feature_transformer.json", "schema.json", "calibration.json"


@dataclass(frozen=True)
class Bundle:
    """Raw tables in, predictions out. Nothing in it is code: safetensors, ONNX, JSON and Markdown.

    Attributes:
        manifest: what it says of itself.
        schema: roles of the columns, by their full names.
        transformer: makes features of raw tables, as fitted on the training rows.
        calibration: how wide intervals are, or what logits are divided by.
        files: content by name, manifest excepted.
        network: from a batch to raw outputs, in the runtime that was asked for.
    """

    manifest: Manifest
    schema: SchemaParameters = field(repr=False)
    transformer: FeatureTransformer = field(repr=False)
    calibration: Calibration
    files: Mapping[str, bytes] = field(repr=False)
    network: "Network" = field(repr=False)

    @classmethod
    def load(cls, folder: str | Path, runtime: Runtime = "torch") -> Self:
        """Verify a folder and load it; no code in it is run.

        Args:
            folder: as :meth:`save` wrote it.
            runtime: ``torch`` or ``onnx``.

        Raises:
            BundleError: if a file has changed, is missing or is not listed, or the bundle is of a newer format.
        """
        manifest, files = read_folder(Path(folder))
        return cls.of_files(manifest, files, runtime)

    @classmethod
    def pack(
        cls,
        checkpoint: Checkpoint,
        transformer: FeatureTransformer,
        calibration: Calibration,
        *,
        data: str,
        inputs: Inputs,
    ) -> Self:
        """Make a bundle, which takes seconds: the model is exported to ONNX.

        Args:
            checkpoint: the trained model.
            transformer: that made its features.
            calibration: fitted on its predictions of the validation rows.
            data: name of the data.
            inputs: types of the raw columns, see :func:`inputs_of`.
        """
        from safetensors.numpy import save

        from sequence_learning.exported_model import export_model

        config = checkpoint.config
        schema = transformer.schema_.model_copy(update=vars(transformer.columns))
        files = {
            _WEIGHTS: save(checkpoint.weights),
            _MODEL: _json(config),
            _GRAPH: export_model(checkpoint.load_model(), config.spec),
            _TRANSFORMER: _json(transformer),
            _SCHEMA: _json(schema),
            _CALIBRATION: _json(calibration),
        }
        manifest = Manifest.of(
            files,
            data=data,
            encoder=config.encoder.name,
            seed=config.seed,
            task=config.target_spec.task,
            inputs=inputs,
        )
        return cls.of_files(manifest, files)

    def with_documents(self, documents: Mapping[str, str]) -> Self:
        """The same bundle with more files beside the model, such as metrics and the model card, by name."""
        added = {name: text.encode() for name, text in documents.items()}
        entries = {name: FileEntry.of(content) for name, content in added.items()}
        manifest = self.manifest.model_copy(update={"files": self.manifest.files | entries})
        return replace(self, manifest=manifest, files={**self.files, **added})

    @classmethod
    def of_files(cls, manifest: Manifest, files: Mapping[str, bytes], runtime: Runtime = "torch") -> Self:
        """A bundle from the content of its files.

        Raises:
            BundleError: if a file that is needed is not among them, or cannot be understood.
        """
        try:
            return cls(
                manifest=manifest,
                schema=SchemaParameters.model_validate_json(files[_SCHEMA]),
                transformer=FeatureTransformer.model_validate_json(files[_TRANSFORMER]),
                calibration=Calibration.model_validate_json(files[_CALIBRATION]),
                files=files,
                network=_network(files, runtime),
            )
        except KeyError as error:
            raise BundleError(f"a bundle must hold {error}, but its manifest does not list it; make it anew") from error
        except Exception as error:  # of whatever reads a file: Pydantic, safetensors, PyTorch, ONNX Runtime
            raise BundleError(
                f"a bundle's files must be what this release reads, but are not: {root_cause(error)}; make it anew"
            ) from error

    def save(self, folder: str | Path) -> None:
        """Write the bundle to a folder that does not exist yet or is empty.

        Raises:
            BundleError: if it is in use.
        """
        write_folder(Path(folder), self.manifest, self.files)

    def predict(self, entities: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
        """Predict each row of ``entities``; the target is not needed, nor are events.

        Args:
            entities: one row per example.
            events: of these entities, in any order.

        Returns:
            The id under its own name, in the order of ``entities``. Then for regression ``prediction``, ``low`` and
            ``high`` in units of the target: the interval that should hold the truth for a share
            ``calibration.coverage`` of new rows. For classes ``prediction``, the name of the most probable one, and
            ``p_<class>``, its calibrated probability.

        Raises:
            DataError: if the tables break a rule: a column is missing, or ids are not unique, for example.
        """
        self._check(entities, events)
        return pd.DataFrame({self.schema.id: entities[self.schema.id].array, **self._columns(entities, events)})

    def unseen(self, entities: pd.DataFrame, events: pd.DataFrame) -> dict[str, int]:
        """How many values of each category column the model does not know: it takes them as unknown.

        Raises:
            DataError: as :meth:`predict`.
        """
        self._check(entities, events)
        return self.transformer.unseen(entities, events)

    def within(self, runtime: Runtime) -> Self:
        """The same bundle in a runtime."""
        return replace(self, network=_network(self.files, runtime))

    def document(self, name: str) -> Any:  # noqa: ANN401
        """A JSON file, such as ``metrics.json``."""
        return json.loads(self.files[name])

    def _check(self, entities: pd.DataFrame, events: pd.DataFrame) -> None:
        """Warnings were for those who trained."""
        raise_errors(errors_of(validate_new_tables(entities, events, self.schema)))

    def _columns(self, entities: pd.DataFrame, events: pd.DataFrame) -> dict[str, Any]:
        from sequence_learning.training.predict import raw_outputs, to_predictions

        model_input = self.transformer.transform(entities, events)
        target, outputs = model_input.target_spec, raw_outputs(self.network, model_input, np.arange(len(entities)))
        predicted = to_predictions(outputs / self.calibration.temperature, target)
        if target.task == "regression":
            prediction, reach = predicted["prediction"], self.calibration.half_width
            half_width = np.nan if reach is None else reach
            return {"prediction": prediction, "low": prediction - half_width, "high": prediction + half_width}
        probabilities = np.stack(list(predicted.values()), axis=1)
        names = np.array(target.classes, dtype=object)
        return {
            "prediction": names[probabilities.argmax(axis=1)],
            **{f"p_{name}": column for name, column in zip(target.classes, probabilities.T, strict=True)},
        }


def inputs_of(transformer: FeatureTransformer, entities: pd.DataFrame, events: pd.DataFrame) -> Inputs:
    """The raw columns that predictions are made from, with their types in these tables."""
    needed = input_columns(transformer.columns, transformer.schema_)
    of_entities, of_events = (
        {name: str(table[name].dtype) for name in names}
        for table, names in zip((entities, events), needed, strict=True)
    )
    return Inputs(entities=of_entities, events=of_events)


def _network(files: Mapping[str, bytes], runtime: Runtime) -> "Network":
    if runtime not in RUNTIMES:
        raise ValueError(f"runtime must be {' or '.join(RUNTIMES)}, got {runtime!r}; use one of these")
    if runtime == "onnx":
        from sequence_learning.exported_model import ExportedModel

        return ExportedModel(files[_GRAPH])
    from safetensors.numpy import load

    return Checkpoint(CheckpointConfig.model_validate_json(files[_MODEL]), load(files[_WEIGHTS])).load_model()


def _json(model: "CheckpointConfig | FeatureTransformer | SchemaParameters | Calibration") -> bytes:
    return model.model_dump_json(indent=2).encode()
