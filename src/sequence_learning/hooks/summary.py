"""The last thing a person reads in the terminal: what the run found, and where to look further."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sequence_learning.benchmark.words import CASES, pool_figures
from sequence_learning.drafting.page import questions
from sequence_learning.evaluation.leaderboard import latency_batches
from sequence_learning.fits.outcomes import describe, left_out
from sequence_learning.hooks.failed_fits import failed_in
from sequence_learning.hooks.preflight import local_files
from sequence_learning.hooks.secrets import without_login

_COLUMNS = {
    "parameters": ("params", "{:,.0f}"),
    "fit_seconds": ("fit", "{:.0f}"),
}


class RunSummary:
    """Prints after a run that found something."""

    @hook_impl(trylast=True)
    def after_pipeline_run(
        self,
        run_params: dict[str, Any],
        run_result: dict[str, Any],
        pipeline: Pipeline,
        catalog: DataCatalog,
    ) -> None:
        """Print the table and the addresses."""
        if "schema_draft" in pipeline.all_outputs():
            path = local_files(["schema_draft"], catalog)["schema_draft"]
            Console().print(draft_lines(path, catalog.load("schema_draft"), str(run_params["env"])), soft_wrap=True)
        made = [name for name in _SUMMARIES if name in pipeline.all_outputs()]
        decided = "report" in pipeline.all_outputs()
        bundled = "bundle" in pipeline.all_outputs() and catalog.exists("bundle")
        if not (made or decided or bundled):
            return
        console = Console()
        for name in made:
            console.print(_SUMMARIES[name](catalog.load(name)))
        if len(failed := failed_in(pipeline, catalog)):
            console.print(failure_lines(failed), soft_wrap=True)
        files = local_files([*made, "report"] if decided else made, catalog)
        in_environment = f" --env {run_params['env']}" if run_params.get("env") else ""
        for folder in sorted({path.parent for path in files.values()}):
            console.print(f"Tables and plots  {folder}", soft_wrap=True)
        if bundled:
            console.print(f"Bundle            {local_files(['bundle'], catalog)['bundle']}", soft_wrap=True)
        console.print(f"MLflow            {_mlflow_address()}", soft_wrap=True)
        console.print(f"Kedro-Viz         uv run kedro viz run{in_environment}, then open http://127.0.0.1:4141")
        if decided:
            console.print(decision_lines(catalog.load("decision")), soft_wrap=True)
            console.print(f"Report            {files['report']}", soft_wrap=True)


def _mlflow_address() -> str:
    import mlflow

    uri = without_login(mlflow.get_tracking_uri())
    return uri if uri.startswith("http") else "uv run mlflow ui, then open http://127.0.0.1:5000"


def draft_lines(path: Path, draft: str, environment: str) -> Text:
    """Where the draft of a schema is, what it leaves open, and what to do next."""
    lines = [f"Draft of the schema  {path}"]
    if open_questions := questions(draft):
        lines.append(f"To be filled in      {', '.join(open_questions)}")
        if "target" in open_questions:
            lines.append("                     (or delete it and add --params draft.target=<column>)")
    lines.append(f"Look it through, then kedro run --pipeline compare --env {environment}")
    return Text("\n".join(lines))


def decision_lines(decision: dict[str, Any]) -> Text:
    """What to use and why, and whether a model that is no encoder does better: the last word."""
    lines = [decision[part] for part in ("headline", "reason", "beside_baselines") if decision[part]]
    return Text("\n" + "\n".join(lines))


def _plain_table(title: str, caption: str | None = None) -> Table:
    return Table(
        title=title, caption=caption, box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 0, 0, 1), pad_edge=False
    )


def leaderboard_table(leaderboard: pd.DataFrame) -> Table:
    """The leaderboard for a terminal of 80 columns: ranking metric, size, cost, latency of least and most rows."""
    metric = str(leaderboard.columns[1])
    others = {name: shown for name, shown in _COLUMNS.items() if name in leaderboard}
    batches = latency_batches(leaderboard)
    others |= {batches[n]: (f"ms/{n}", "{:.2f}") for n in [*batches][:1] + [*batches][1:][-1:]}
    table = _plain_table(
        f"Test {metric} ± its interval over test rows and seeds",
        "fit: seconds to train one seed; ms/n: milliseconds to predict n rows",
    )
    table.add_column("encoder", no_wrap=True)
    for title in (metric, *(title for title, _ in others.values())):
        table.add_column(title, justify="right", no_wrap=True)
    for _, row in leaderboard.iterrows():
        score = f"{row[metric]:z.3f} ± {(row[f'{metric}_high'] - row[f'{metric}_low']) / 2:.3f}"
        cells = ["" if pd.isna(row[name]) else form.format(row[name]) for name, (_, form) in others.items()]
        table.add_row(row["encoder"], score, *cells)
    return table


def failure_lines(failed: pd.DataFrame) -> Text:
    """Fits that failed, and why."""
    lines = [f"Failed: {describe(failed[failed['model'] == model])}" for model in left_out(failed)]
    return Text("\n".join(lines), style="bold")


def ablations_table(ablations: pd.DataFrame) -> Table:
    """What each change is worth, for a terminal of 80 columns."""
    metric = next(str(name) for name in ablations.columns if f"val_{name}" in ablations.columns)
    table = _plain_table(
        f"{metric} of each change, means over seeds; gain on validation rows over the first",
        "±: std. over seeds; fit: seconds of one fit; more metrics in ablations.json",
    )
    table.add_column("encoder, change", overflow="fold")
    for title in ("validation", "gain", "test", "params", "fit"):
        table.add_column(title, justify="right", no_wrap=True)
    for group, rows in ablations.groupby("group", sort=False):
        table.add_section()
        table.add_row(str(group).replace("_", " "), style="bold")
        for _, row in rows.iterrows():
            gain = "" if pd.isna(row["gain"]) else f"{row['gain']:+.3f}"
            gain += f" ± {row['gain_std']:.3f}" if row["seeds"] > 1 and gain else ""
            table.add_row(
                f"  {row['encoder']}, {row['change']}",
                f"{row[f'val_{metric}']:.3f}",
                gain,
                f"{row[metric]:.3f}",
                f"{row['parameters']:,.0f}",
                f"{row['fit_seconds']:.0f}",
            )
    return table


def certificates_summary(certificates: pd.DataFrame) -> Text:
    """How many certificates hold, and each one that does not, for a terminal of 80 columns."""
    broken = certificates[~certificates["holds"]]
    lines = [f"{len(certificates) - len(broken)} of {len(certificates)} certificates hold"]
    for _, row in broken.iterrows():
        lines += [
            f"broken: {row['encoder']}, {row['variant']}",
            f"  {row['certificate']} {row['measured']:.2g}, must be {row['relation']} {row['limit']:g}",
            f"  {row['meaning']}",
        ]
    return Text("\n".join(lines))  # plain: an error's words may look like markup


def verdicts_table(verdicts: pd.DataFrame) -> Table:
    """The best model of each task and what theory named, in percent of the attainable, for 80 columns."""
    table = _plain_table("Percent of the attainable: the best model and the one that theory names")
    table.add_column("task", no_wrap=True)
    for title in ("best", "theory", "as expected"):
        table.add_column(title)
    for _, row in verdicts.iterrows():
        nothing = pd.isna(row["named"])
        wrong = [_FOUND if nothing else said for name, said in _EXPECTED.items() if not row[name]]
        table.add_row(
            row["task"],
            f"{row['best_attained']:.1f} {row['best']}".replace("_", " "),
            "" if pd.isna(row["named"]) else f"{row['named_attained']:.1f} {row['named']}".replace("_", " "),
            ", ".join(wrong) or "yes",
        )
    return table


def tuning_table(summary: pd.DataFrame) -> Table:
    """What searches gained and what they used, for a terminal of 80 columns."""
    metric = str(summary["metric"].iloc[0])
    table = _plain_table(
        f"Validation {metric} as configured and tuned: means over searches",
        "trials, CPU s: used of what was allowed, in all searches; cut: pruned or cut off",
    )
    table.add_column("model", overflow="fold")
    for title in ("default", "best", "gain", "trials", "cut", "CPU s"):
        table.add_column(title, justify="right", no_wrap=True)
    for _, row in summary.iterrows():
        half = (row["gain_high"] - row["gain_low"]) / 2
        gain = "" if pd.isna(row["gain"]) else f"{row['gain']:+.3f}"
        table.add_row(
            row["model"],
            *("" if pd.isna(row[name]) else f"{row[name]:.3f}" for name in ("default", "best")),
            gain if pd.isna(half) else f"{gain} ± {half:.3f}",
            f"{row['trials']}/{row['trials_allowed']}",
            str(row["pruned"] + row["cut_off"]),
            f"{row['cpu_seconds']:.0f}/{row['cpu_seconds_allowed']:.0f}",
        )
    return table


def scoring_words(summary: dict[str, Any]) -> Text:
    """What was scored by which model, and what that model did not know."""
    bundle = summary["bundle"]
    unseen = [
        f"{name} {found['values']:,} ({found['share']:.2%})"
        for name, found in summary["unseen"].items()
        if found["values"]
    ]
    size = f"{summary['rows']:,} rows with {summary['events']:,} events"
    memory = f", at most {summary['peak_memory_mb']:,.0f} MB of memory" if summary["peak_memory_mb"] else ""
    model = f"{bundle['encoder'].replace('_', ' ')}, seed {bundle['seed']}, trained on {bundle['data']}"
    lines = [
        size,
        f"scored by {model}, made {bundle['made']}",
        f"{summary['seconds']:.1f} s, {summary['rows_per_second']:,.0f} rows/s{memory}",
        f"{summary['rows_without_events']:,} rows have no events",
        f"values taken as unknown: {', '.join(unseen)}" if unseen else "every category is known",
    ]
    return Text("\n".join(lines))


def precisions_table(precisions: pd.DataFrame) -> Table:
    """Speed of bf16 and what it costs in validation score, for 80 columns."""
    table = _plain_table("Training in bf16, against 32 bits: times the speed, validation score (95% interval)")
    table.add_column("encoder", no_wrap=True)
    for title in ("speed", "score", "auto"):
        table.add_column(title, justify="right", no_wrap=True)
    for _, row in precisions.iterrows():
        speed = "fails" if pd.isna(row["speed"]) else f"{row['speed']:.2f}"
        score = "" if pd.isna(row["difference"]) else f"{row['difference']:+.3f}"
        score += "" if pd.isna(row["low"]) else f" ({row['low']:+.3f} to {row['high']:+.3f})"
        table.add_row(row["encoder"].replace("_", " "), speed, score, row["precision"])
    return table


def claims_table(claims: pd.DataFrame) -> Table:
    """Every claim and its verdict, for 80 columns."""
    table = _plain_table("What is said of the approaches, and what was measured")
    table.add_column("claim", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for _, row in claims.iterrows():
        table.add_row(f"{row['approach']} {row['claim']}", row["verdict"])
    return table


def benchmark_table(benchmark: pd.DataFrame) -> Table:
    """Ratios by case and encoder, which goals are met and which are not, for 80 columns."""
    table = _plain_table(
        "Training beside a plain PyTorch loop",
        "ours, loop: rows per second (memory: MB; bf16: beside 32 bits)\n"
        "without sequences: the loop's own; beyond: a goal that it misses so, too",
    )
    table.add_column("encoder", no_wrap=True, overflow="ellipsis")
    for title in ("ours", "loop", "ratio", "span", "goal", ""):
        table.add_column(title, justify="right", no_wrap=True)
    for case, rows in benchmark.groupby("case", sort=False):
        table.add_section()
        table.add_row(CASES[str(case)], style="bold")
        for _, row in rows.iterrows():
            in_memory = row["unit"] == "MB"
            table.add_row(
                row["encoder"].replace("_", " "),
                *(_short(row[name]) for name in ("ours", "reference")),
                f"{row['ratio']:.2f}",
                "" if in_memory else f"{row['lowest']:.2f}-{row['highest']:.2f}",
                "" if pd.isna(row["goal"]) else f"{row['goal']:g}",
                row["verdict"],
            )
    return table


def _short(number: float) -> str:
    return f"{number:,.0f}" if number < 10_000 else f"{number / 1000:,.0f}k"


def pool_words(pool: dict[str, Any]) -> Text:
    """The queue beside plain loops, and its goals."""
    ours = f"Queue of {pool['fits']} fits, {pool['workers']} side by side: {pool['queue_seconds']:.1f} s"
    lines = [f"{ours}; plain loops one by one: {pool['one_by_one_seconds']:.1f} s"] + [
        f"  {meaning}: {measured}, goal {goal}: {verdict}" for meaning, measured, goal, verdict in pool_figures(pool)
    ]
    return Text("\n".join(lines))


_FOUND = "something found in noise"
_EXPECTED = {
    "enough": "best is low",
    "named_is_close": "theory is behind",
    "insufficient_are_below": "others keep up",
}

_SUMMARIES: dict[str, Callable[[Any], Table | Text]] = {
    "leaderboard": leaderboard_table,
    "ablations": ablations_table,
    "certificates": certificates_summary,
    "diagnosis_verdicts": verdicts_table,
    "claims": claims_table,
    "precisions": precisions_table,
    "scoring_summary": scoring_words,
    "tuning_summary": tuning_table,
    "benchmark": benchmark_table,
    "benchmark_pool": pool_words,
}
