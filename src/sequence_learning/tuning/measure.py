"""Searches side by side; what has been searched before is read, not searched again."""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd

from sequence_learning.features.model_input import ModelInput
from sequence_learning.tuning.plan import Search
from sequence_learning.tuning.search import is_finished, run_search
from sequence_learning.tuning.study import records_of

logger = logging.getLogger(__name__)


def measure(model_input: ModelInput, plan: Sequence[Search], folder: Path, n_workers: int) -> pd.DataFrame:
    """Run every search that has budget left, in worker processes.

    Returns:
        A row per trial, as :func:`~sequence_learning.tuning.study.records_of` gives it, in the order of the plan.
    """
    left = [search for search in plan if not is_finished(folder, search)]
    if len(left) < len(plan):
        logger.info("%d of %d searches were finished by earlier runs, in %s", len(plan) - len(left), len(plan), folder)
    if left:
        from sequence_learning.training.pool import side_by_side

        side_by_side(
            [partial(run_search, model_input, search, folder) for search in left],
            titles=[search.title for search in left],
            n_steps=max(search.tuning.trials for search in left),
            n_workers=n_workers,
        )
    return pd.DataFrame([record for search in plan for record in records_of(folder, search)])
