"""Progress bars of fits that run in other processes, fed by the files those fits append to."""

import json
import multiprocessing
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

_INTERVAL = 0.5
_ENDED = "ended"
# More bars than this would not fit a terminal: then only those of running fits are shown, above one of all fits.
_MOST_BARS = 12


def tell(file: Path, record: Mapping[str, Any]) -> None:
    """Append the record of an epoch or a round, for the bar to read."""
    _append(file, json.dumps(record))


def report_end(file: Path) -> None:
    """Say that the fit is over, before its last step perhaps."""
    _append(file, _ENDED)


def _append(file: Path, line: str) -> None:
    # A bar that stands still, on a full disk perhaps, is no reason for a fit to fail.
    with suppress(OSError), file.open("a") as stream:
        stream.write(line + "\n")


@contextmanager
def show_progress(folder: Path, titles: Sequence[str], n_steps: Sequence[int], title: str = "fits") -> Iterator[None]:
    """One bar per fit; of many, those that run below those that have ended, and one for all, with a ``title``.

    Fit ``i`` takes at most ``n_steps[i]`` steps and reports to ``<folder>/<i>.jsonl``.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=10),
        MofNCompleteColumn(),
        TextColumn("{task.fields[state]}"),
    )
    # Workers of Kedro's ParallelRunner share one terminal: their bars would draw over each other.
    hidden = multiprocessing.parent_process() is not None
    with Progress(*columns, disable=hidden) as progress:
        many = len(titles) > _MOST_BARS
        tasks = [
            progress.add_task(own, total=total, state="waiting", visible=not many)
            for own, total in zip(titles, n_steps, strict=True)
        ]
        every = progress.add_task(title, total=len(titles), state="", visible=many)
        finished = threading.Event()
        watcher = threading.Thread(target=_watch, args=(folder, progress, tasks, every, finished), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            finished.set()
            watcher.join()


def _watch(folder: Path, progress: Progress, tasks: list[TaskID], every: TaskID, finished: threading.Event) -> None:
    many = len(tasks) > _MOST_BARS
    running = dict(enumerate(tasks))
    while True:
        last = finished.wait(_INTERVAL)
        for i, task in list(running.items()):
            file = folder / f"{i}.jsonl"
            if file.exists():
                ended = _update(progress, task, file)
                progress.update(task, visible=True)
                if ended:
                    del running[i]
                    if many:  # its bar as it ended scrolls away above those that run
                        _leave(progress, task)
        progress.update(every, completed=len(tasks) - len(running))
        if last:
            return


def _leave(progress: Progress, task: TaskID) -> None:
    """Print the bar as it ended, if it has something to tell."""
    (ended,) = (one for one in progress.tasks if one.id == task)
    if not progress.disable and ended.fields["state"] != _ENDED:
        progress.console.print(progress.make_tasks_table([ended]))
    progress.update(task, visible=False)


def _update(progress: Progress, task: TaskID, file: Path) -> bool:
    """Show what a fit has reported; whether it has ended."""
    lines = [line.rstrip("\n") for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    records = [json.loads(line) for line in lines if line != _ENDED]
    if records:
        best = min(record["val_loss"] for record in records)
        state = f"val {best:.4f}, {records[-1]['seconds']:.0f} s"
        progress.update(task, completed=len(records), state=state)
    if _ENDED in lines:
        # Early stopping ends a fit before the last step; a bar that stays open would look unfinished.
        progress.update(task, total=max(1, len(records)))
        if not records:  # a fit without steps, which had nothing to tell
            progress.update(task, completed=1, state=_ENDED)
    return _ENDED in lines
