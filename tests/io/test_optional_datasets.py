from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from sequence_learning.io.folder_dataset import FolderDataset
from sequence_learning.io.optional_datasets import OptionalFigureDataset, OptionalJsonDataset, OptionalTableDataset


@pytest.mark.parametrize(
    ("dataset", "nothing", "something"),
    [
        (OptionalJsonDataset, {}, {"gru": {"encoder": {"hidden_size": 12}}}),
        (OptionalTableDataset, None, pd.DataFrame({"model": ["gru"], "gain": [0.1]})),
        (OptionalFigureDataset, None, go.Figure(go.Scatter(x=[1], y=[2]))),
    ],
)
def test_there_is_nothing_until_it_is_saved(dataset: type[Any], nothing: Any, something: Any, tmp_path: Path) -> None:
    stored = dataset(filepath=str(tmp_path / "file"), metadata={"kedro-viz": {"layer": "08_reporting"}})
    assert stored.load() == nothing
    stored.save(something)
    loaded = dataset(filepath=str(tmp_path / "file")).load()
    assert loaded.equals(something) if isinstance(something, pd.DataFrame) else loaded == something


def test_a_folder_loads_as_its_path_and_is_not_saved(tmp_path: Path) -> None:
    dataset = FolderDataset(filepath=str(tmp_path / "not_yet"))
    assert dataset.load() == tmp_path / "not_yet"
    assert dataset.exists()
    with pytest.raises(Exception, match="make it an input"):
        dataset.save("text")  # type: ignore[arg-type]
