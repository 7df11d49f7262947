"""A process of the benchmark of streams: ``python -m sequence_learning.benchmark.stream_case '<case>'``.

The last line that it prints is JSON: ``seconds`` of its phase, the most memory that it held, ``peak_mb``, and before it
had read anything, ``idle_mb``, both in a million bytes.
"""

import json
import sys
import time
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from sequence_learning.benchmark.memory import peak_mb
from sequence_learning.benchmark.parameters import StreamBenchmarkParameters
from sequence_learning.options import Options
from sequence_learning.parameters import (
    EncoderParameters,
    FeatureParameters,
    ModelParameters,
    SchemaParameters,
    StreamParameters,
    TrainingParameters,
)

Phase = Literal["draw", "prepare_table", "prepare", "train"]
PHASES: tuple[Phase, ...] = get_args(Phase)

BATCH_SIZE = 256
_EVENTS_PER_FILE = 250_000


class StreamCase(Options):
    """What one process does.

    Attributes:
        phase: ``draw`` the tables; ``prepare_table``: their features as of a table, all in memory; ``prepare``: as of a
            stream; ``train`` on what was prepared of a stream, one epoch.
        folder: of the files.
        factor: by which there are more rows.
        parameters: how many rows and events, and how much memory.
    """

    phase: Phase
    folder: str
    factor: int
    parameters: StreamBenchmarkParameters


def main() -> None:
    """Do it, and tell."""
    case = StreamCase.model_validate_json(sys.argv[1])
    began = time.perf_counter()
    idle_mb = {"draw": _draw, "prepare_table": _prepare, "prepare": _prepare, "train": _train}[case.phase](case)
    print(json.dumps({"seconds": time.perf_counter() - began, "peak_mb": peak_mb(), "idle_mb": idle_mb}))


def _draw(case: StreamCase) -> float:
    """Events of random rows, file after file, as a log has them: in the order of their time."""
    rng, folder = np.random.default_rng(0), Path(case.folder)
    n_rows = case.factor * case.parameters.rows
    n_events = n_rows * case.parameters.length
    ids = np.arange(n_rows)
    pd.DataFrame({"id": ids, "size": rng.normal(size=n_rows), "y": rng.normal(size=n_rows)}).to_parquet(
        folder / "entities.parquet"
    )
    (folder / "events").mkdir()
    for i, first in enumerate(range(0, n_events, _EVENTS_PER_FILE)):
        n = min(_EVENTS_PER_FILE, n_events - first)
        channels = rng.standard_normal((n, case.parameters.channels), dtype=np.float32)
        events = pd.DataFrame(channels, columns=[f"channel_{d}" for d in range(case.parameters.channels)])
        events.insert(0, "id", rng.integers(0, n_rows, n))
        events.insert(1, "at", np.arange(first, first + n))
        events.to_parquet(folder / "events" / f"{i:05}.parquet", index=False)
    return 0.0


def _prepare(case: StreamCase) -> float:
    import pyarrow.dataset as pads

    from sequence_learning.features.events import Events, is_stream, sampled
    from sequence_learning.features.feature_stream import FeatureStream
    from sequence_learning.features.model_input_file import write_model_input, write_sharded_model_input
    from sequence_learning.features.split import split_entities
    from sequence_learning.features.transformer import FeatureTransformer
    from sequence_learning.validation.problem import raise_errors
    from sequence_learning.validation.stream import validate_stream
    from sequence_learning.validation.tables import validate_tables

    idle_mb, folder, stream = peak_mb(), Path(case.folder), _stream(case)
    entities = pd.read_parquet(folder / "entities.parquet")
    as_table = case.phase == "prepare_table"
    events: Events = pd.read_parquet(folder / "events") if as_table else pads.dataset(folder / "events")
    schema = _schema()
    raise_errors(
        validate_stream(entities, events, schema, stream)
        if is_stream(events)
        else validate_tables(entities, events, schema)
    )
    part = split_entities(entities, schema)["part"]
    training = entities[(part == "train").to_numpy()]
    _, theirs = sampled(training, events, schema, stream)
    transformer = FeatureTransformer.fit(training, theirs, schema, FeatureParameters(stream=stream))
    del theirs
    if is_stream(events):
        shards = FeatureStream(transformer, entities, events, part, stream)
        write_sharded_model_input(folder / "stream.safetensors", shards, stream.window_mb)
    else:
        write_model_input(folder / "table.safetensors", transformer.transform(entities, events, part))
    return idle_mb


def _train(case: StreamCase) -> float:
    from sequence_learning.features.model_input_file import read_model_input
    from sequence_learning.training.checkpoint import CheckpointConfig
    from sequence_learning.training.fit import fit

    idle_mb = peak_mb()
    data = read_model_input(Path(case.folder) / "stream.safetensors")
    config = CheckpointConfig(
        seed=0,
        encoder=EncoderParameters(name=case.parameters.encoder),
        model=ModelParameters(),
        spec=data.spec,
        target_spec=data.target_spec,
    )
    training = {"seeds": (0,), "max_epochs": 1, "patience": 1, "batch_size": BATCH_SIZE, "learning_rate": 1e-3}
    rest = {"weight_decay": 0.01, "gradient_clip": 1.0, "n_workers": 1, "accelerator": "cpu"}
    fit(data, config, TrainingParameters.model_validate(training | rest))
    return idle_mb


def _stream(case: StreamCase) -> StreamParameters:
    p = case.parameters
    return StreamParameters(sample_events=p.sample_events, sorting_mb=p.sorting_mb, window_mb=p.window_mb)


def _schema() -> SchemaParameters:
    roles = {"id": "id", "target": "y", "task": "regression", "numeric": ["size"], "order": "at"}
    return SchemaParameters.model_validate(roles | {"channels": ["channel_*"], "split": {"method": "random"}})


if __name__ == "__main__":
    main()
