"""Searches side by side, here or on a cluster; what has been searched before is read, not searched again."""

import logging
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pandas as pd

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.queue import Workers
from sequence_learning.parameters import ClusterParameters
from sequence_learning.training.cluster import PROGRESS, Errand, Lost, run_on_cluster
from sequence_learning.training.progress import report_end, show_progress, tell
from sequence_learning.tuning.errors import TuningError
from sequence_learning.tuning.plan import Search
from sequence_learning.tuning.search import is_finished, run_search
from sequence_learning.tuning.study import owned, records_of

logger = logging.getLogger(__name__)


def measure(model_input: ModelInput, plan: Sequence[Search], folder: Path, workers: Workers) -> pd.DataFrame:
    """Run every search that has budget left, each by one worker, which draws its trials one after the other.

    Returns:
        A row per trial, as :func:`~sequence_learning.tuning.study.records_of` gives it, in the order of the plan.
    """
    left = [search for search in plan if not is_finished(folder, search)]
    if len(left) < len(plan):
        logger.info("%d of %d searches were finished by earlier runs, in %s", len(plan) - len(left), len(plan), folder)
    if left:
        if isinstance(workers, int):
            _search_here(model_input, left, folder, workers)
        else:
            _search_on(model_input, left, folder, workers)
    return pd.DataFrame([record for search in plan for record in records_of(folder, search)])


def _search_here(model_input: ModelInput, searches: Sequence[Search], folder: Path, n_workers: int) -> None:
    from sequence_learning.training.pool import side_by_side

    side_by_side(
        [partial(run_search, model_input, search, folder) for search in searches],
        titles=[search.title for search in searches],
        n_steps=_most_trials(searches),
        n_workers=n_workers,
        title="searches",
    )


def _search_on(model_input: ModelInput, searches: Sequence[Search], folder: Path, cluster: ClusterParameters) -> None:
    """One errand per search, with its journal.

    Raises:
        TuningError: once all others have ended, if the worker of a search was lost too often.
    """
    titles = [search.title for search in searches]
    with ExitStack() as stack:
        progress = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        journals = [stack.enter_context(owned(folder, search)) for search in searches]
        stack.enter_context(show_progress(progress, titles, [_most_trials(searches)] * len(titles), "searches"))
        errands = {
            search.title: Errand(
                partial(_run_errand, search), {journal.name: journal, PROGRESS: progress / f"{i}.jsonl"}
            )
            for i, (search, journal) in enumerate(zip(searches, journals, strict=True))
        }
        ended = run_on_cluster(errands, model_input, cluster)
        lost = [f"{title} ({result.reason})" for title, result in ended if isinstance(result, Lost)]
    if lost:
        raise TuningError(
            f"every search must end, but {', '.join(lost)} did not; run again to go on, and where a worker was lost, "
            "with more memory per process or a higher training.cluster.retries"
        )


def _run_errand(search: Search, model_input: ModelInput, folder: Path) -> None:
    progress = folder / PROGRESS
    progress.unlink(missing_ok=True)  # of a worker that was lost
    try:
        run_search(model_input, search, folder, partial(tell, progress))
    finally:
        report_end(progress)


def _most_trials(searches: Sequence[Search]) -> int:
    return max(search.tuning.trials for search in searches)
