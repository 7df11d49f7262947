"""The last thing a person reads in the terminal: the leaderboard, and where to look further."""

from typing import Any

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from rich.console import Console
from rich.table import Table

from sequence_learning.hooks.preflight import local_files

_COLUMNS = {
    "parameters": ("parameters", "{:,.0f}"),
    "fit_seconds": ("fit, s", "{:.1f}"),
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
        # Wide enough for every column where there is no terminal to ask, in a log file say.
        console = Console()
        if not console.is_terminal:
            console = Console(width=120)
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
    """The leaderboard for a terminal: ranking metric, size, cost and latency."""
    metric = str(leaderboard.columns[1])
    others = {name: shown for name, shown in _COLUMNS.items() if name in leaderboard}
    others |= {
        name: (f"ms, batch {name.rsplit('_', 1)[-1]}", "{:.2f}")
        for name in map(str, leaderboard.columns)
        if name.startswith("latency_ms_")
    }
    table = Table(title=f"Test {metric}, mean ± standard deviation over seeds")
    table.add_column("encoder", no_wrap=True)
    for title in (metric, *(title for title, _ in others.values())):
        table.add_column(title, justify="right", no_wrap=True)
    for _, row in leaderboard.iterrows():
        score = f"{row[metric]:.4f}" + (f" ± {row[f'{metric}_std']:.4f}" if row["seeds"] > 1 else "         ")
        cells = ["" if pd.isna(row[name]) else form.format(row[name]) for name, (_, form) in others.items()]
        table.add_row(row["encoder"], score, *cells)
    return table
