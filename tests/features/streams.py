"""Events as files that are read piece by piece."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset as pads
import pytest

from sequence_learning.features import events as events_
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.model_input_file import read_model_input, write_sharded_model_input


def streamed(events: pd.DataFrame, folder: Path, n_files: int = 3) -> pads.Dataset:
    """The same events in the same order, in several Parquet files."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, rows in enumerate(np.array_split(np.arange(len(events)), n_files)):
        events.iloc[rows].to_parquet(folder / f"{i}.parquet", index=False)
    return pads.dataset(sorted(map(str, folder.glob("*.parquet"))))


def in_shards(data: ModelInput, file: Path, n_shards: int = 3, window_events: int = 1_000_000) -> ModelInput:
    """The same features, sharded."""
    parts = np.array_split(np.arange(len(data)), n_shards)
    n_numbers = data.spec.n_channels + len(data.spec.event_categories) + (data.ages is not None)
    write_sharded_model_input(file, (data.select(rows) for rows in parts), window_events * n_numbers * 4 / 1e6)
    return read_model_input(file)


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of seven events, and of five rows."""
    monkeypatch.setattr(events_, "_EVENTS_PER_CHUNK", 7)
    monkeypatch.setattr(events_, "_ROWS_PER_CHUNK", 5)
