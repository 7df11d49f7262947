"""The last thing a person reads in the terminal: the leaderboard, and where to look further."""

from typing import Any

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from rich import box
from rich.console import Console
from rich.table import Table

from sequence_learning.hooks.preflight import local_files

_COLUMNS = {
    "parameters": ("params", "{:,.0f}"),
    "fit_seconds": ("fit", "{:.0f}"),
}


class RunSummary:
    """Prints after a run that made a leaderboard."""

    @hook_impl(trylast=True)
    def after_pipeline_run(
        self,
        run_params: dict[str, Any],
        run_result: dict[str, Any],
        pipeline: Pipeline,
        catalog: DataCatalog,
    ) -> None:
        """Print the leaderboard and the addresses."""
        if "leaderboard" not in pipeline.all_outputs():
            return
        console = Console()
        console.print(leaderboard_table(catalog.load("leaderboard")))
        files = local_files(["leaderboard"], catalog)
        in_environment = f" --env {run_params['env']}" if run_params.get("env") else ""
        if "leaderboard" in files:
            console.print(f"Tables and plots  {files['leaderboard'].parent}", soft_wrap=True)
        console.print(f"MLflow            {_mlflow_address()}", soft_wrap=True)
        console.print(f"Kedro-Viz         uv run kedro viz run{in_environment}, then open http://127.0.0.1:4141")


def _mlflow_address() -> str:
    import mlflow

    uri = mlflow.get_tracking_uri()
    return uri if uri.startswith("http") else "uv run mlflow ui, then open http://127.0.0.1:5000"


def leaderboard_table(leaderboard: pd.DataFrame) -> Table:
    """The leaderboard for a terminal of 80 columns: ranking metric, size, cost and latency."""
    metric = str(leaderboard.columns[1])
    others = {name: shown for name, shown in _COLUMNS.items() if name in leaderboard}
    others |= {
        name: (f"ms/{name.rsplit('_', 1)[-1]}", "{:.2f}")
        for name in map(str, leaderboard.columns)
        if name.startswith("latency_ms_")
    }
    table = Table(
        title=f"Test {metric}: mean ± standard deviation over seeds",
        caption="fit: seconds to train one seed; ms/n: milliseconds to predict n rows",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 0, 0, 1),
        pad_edge=False,
    )
    table.add_column("encoder", no_wrap=True)
    for title in (metric, *(title for title, _ in others.values())):
        table.add_column(title, justify="right", no_wrap=True)
    for _, row in leaderboard.iterrows():
        score = f"{row[metric]:.3f}" + (f" ± {row[f'{metric}_std']:.3f}" if row["seeds"] > 1 else " " * 8)
        cells = ["" if pd.isna(row[name]) else form.format(row[name]) for name, (_, form) in others.items()]
        table.add_row(row["encoder"], score, *cells)
    return table
