"""Progress bars of fits that run in other processes, fed by the files those fits append to."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

_INTERVAL = 0.5


@contextmanager
def show_progress(folder: Path, titles: list[str], max_epochs: int) -> Iterator[None]:
    """One bar per fit. Fit ``i`` appends a JSON line per epoch to ``<folder>/<i>.jsonl``."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TextColumn("epochs {task.fields[loss]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns) as progress:
        tasks = [progress.add_task(title, total=max_epochs, loss="", start=False) for title in titles]
        finished = threading.Event()
        watcher = threading.Thread(target=_watch, args=(folder, progress, tasks, finished), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            finished.set()
            watcher.join()
            for task in progress.tasks:
                # Early stopping ends a fit before the last epoch; a bar that stays open would look unfinished.
                progress.update(task.id, total=task.completed)
                progress.stop_task(task.id)


def _watch(folder: Path, progress: Progress, tasks: list[TaskID], finished: threading.Event) -> None:
    while True:
        last = finished.wait(_INTERVAL)
        for i, task in enumerate(tasks):
            _update(progress, task, folder / f"{i}.jsonl")
        if last:
            return


def _update(progress: Progress, task: TaskID, file: Path) -> None:
    if not file.exists():
        return
    records = [json.loads(line) for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    if records:
        best = min(record["val_loss"] for record in records)
        progress.start_task(task)
        progress.update(task, completed=len(records), loss=f"val {best:.4f}")
