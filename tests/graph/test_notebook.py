"""The notebook runs on what a run left behind."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient


def test_analysis_notebook_shows_leaderboard_and_plots(
    finished: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, _ = finished
    monkeypatch.setenv("KEDRO_ENV", "smoke")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    notebook = nbformat.read(folder / "notebooks/analysis.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder / "notebooks")}}).execute()
    shown = [output.get("data", {}) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("statistical_aggregation" in data.get("text/html", "") for data in shown)
    assert sum("application/vnd.plotly.v1+json" in data for data in shown) == 6
