"""Prediction time on test rows: of the model alone, and from raw tables to predictions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import torch

from sequence_learning.baselines.base import Baseline
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.evaluation.latency.rounds import percentiles, time_in_rounds
from sequence_learning.evaluation.latency.rows import RawTables, typical_rows
from sequence_learning.evaluation.parameters import LatencyParameters
from sequence_learning.exported_model import ExportedModel
from sequence_learning.features.model_input import ModelInput
from sequence_learning.model import SequenceModel
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.training.predict import predict

Call = Callable[[], object]
#: Runtime and scope.
Kind = tuple[str, str]


def measure_latency(
    model_input: ModelInput,
    models: Sequence[Checkpoint | Baseline],
    tables: RawTables | None,
    parameters: LatencyParameters,
    graphs: Mapping[str, bytes],
) -> pd.DataFrame:
    """Time of one call to each model, on one CPU thread; every model gets the same test rows.

    Scope ``model`` starts from prepared features: an encoder's forward pass on a padded batch, or a baseline's way to
    predictions, its summaries of the sequences included. Scope ``with_features`` starts from the raw tables and ends at
    predictions in the units of the target, for which rows of like length go through the model together. Where there is
    a GPU, runtime ``cuda`` is the forward pass there, on a batch that is there already.

    Args:
        model_input: the prepared features.
        models: at most one per name.
        tables: what they were prepared from; without it that scope is left out.
        parameters: batch sizes, and the time to spend.
        graphs: encoders exported to ONNX, by name; others are not timed there.

    Returns:
        Columns ``encoder``, ``runtime`` (``eager``, ``onnx`` or ``cuda``), ``scope``, ``batch_size``, ``p50_ms``,
        ``p95_ms``, ``p99_ms`` (NaN where the calls are too few to tell) and ``calls``.

    Raises:
        ValueError: if the raw tables are not those of the prepared features.
    """
    if tables is not None and len(tables.entities) != len(model_input):
        raise ValueError(
            f"raw tables and prepared features must have the same rows, got {len(tables.entities)} and "
            f"{len(model_input)}; run the pipeline feature_preparation again"
        )
    timed = [_timed(model, graphs) for model in models]
    measured = []
    with torch.inference_mode():
        for batch_size in parameters.batch_sizes:
            batch = _Batch(model_input, typical_rows(model_input, batch_size), tables)
            calls = {(model.name, *kind): call for model in timed for kind, call in model.calls(batch).items()}
            for (encoder, runtime, scope), times in time_in_rounds(calls, parameters.seconds).items():
                cell = {"encoder": encoder, "runtime": runtime, "scope": scope, "batch_size": batch_size}
                measured.append(cell | percentiles(times))
    return pd.DataFrame(measured)


@dataclass(frozen=True)
class _Batch:
    """The rows of one call."""

    model_input: ModelInput
    rows: np.ndarray
    tables: RawTables | None

    def from_raw_tables(self, predict_rows: Callable[[ModelInput, np.ndarray], object]) -> dict[Kind, Call]:
        """The way from raw tables to predictions, if there are any."""
        if self.tables is None:
            return {}
        tables, (entities, events) = self.tables, self.tables.select(self.rows)
        every = np.arange(len(self.rows))
        return {("eager", "with_features"): lambda: predict_rows(tables.transform(entities, events), every)}


@dataclass(frozen=True)
class _TimedEncoder:
    name: str
    model: SequenceModel
    on_gpu: SequenceModel | None
    exported: ExportedModel | None

    def calls(self, batch: _Batch) -> dict[Kind, Call]:
        padded = TabularSequenceDataset(batch.model_input).__getitems__(batch.rows.tolist())
        calls: dict[Kind, Call] = {("eager", "model"): partial(self.model, padded)}
        if self.exported is not None:
            calls["onnx", "model"] = partial(self.exported, padded)
        if self.on_gpu is not None:
            calls["cuda", "model"] = partial(self.on_gpu, padded.to("cuda"))
        return calls | batch.from_raw_tables(partial(predict, self.model, batch_size=len(batch.rows)))


@dataclass(frozen=True)
class _TimedBaseline:
    name: str
    baseline: Baseline

    def calls(self, batch: _Batch) -> dict[Kind, Call]:
        prepared = partial(self.baseline.predict, batch.model_input, batch.rows)
        return {("eager", "model"): prepared} | batch.from_raw_tables(self.baseline.predict)


def _timed(model: Checkpoint | Baseline, graphs: Mapping[str, bytes]) -> _TimedEncoder | _TimedBaseline:
    if isinstance(model, Baseline):
        return _TimedBaseline(model.name, model)
    name = model.config.encoder.name
    return _TimedEncoder(
        name,
        model=model.load_model(),
        on_gpu=model.load_model().to("cuda") if torch.cuda.is_available() else None,
        exported=ExportedModel(graphs[name]) if name in graphs else None,
    )
