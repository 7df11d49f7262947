"""Files that need not be there: what an earlier run may have left for this one."""

from typing import TYPE_CHECKING, Any

from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import ParquetDataset
from kedro_datasets.plotly import JSONDataset as FigureDataset

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


class OptionalJsonDataset(JSONDataset):  # type: ignore[misc]
    """JSON; an empty dictionary where there is no file."""

    def load(self) -> Any:  # noqa: ANN401
        """What the file holds, if there is one."""
        return super().load() if self.exists() else {}


class OptionalTableDataset(ParquetDataset):  # type: ignore[misc]
    """A Parquet table; None where there is no file."""

    def load(self) -> "pd.DataFrame | None":
        """The table, if there is one."""
        return super().load() if self.exists() else None


class OptionalFigureDataset(FigureDataset):  # type: ignore[misc]
    """A Plotly figure; None where there is no file."""

    def load(self) -> "go.Figure | None":
        """The figure, if there is one."""
        return super().load() if self.exists() else None
