"""The models of the matrix compared over all tasks."""

import pandas as pd

from sequence_learning.evaluation.critical_difference import FEWEST, CriticalDifferences, critical_differences


def rank_models(matrix: pd.DataFrame) -> CriticalDifferences | None:
    """Compare the models that ran on every task on which there is something to attain.

    Args:
        matrix: as :func:`~sequence_learning.diagnosis.matrix.summarise` gives it.

    Returns:
        None where tasks or models are too few.
    """
    known = matrix[matrix["attained"].notna()]
    by_task = known.pivot_table(index="task", columns="model", values="attained", sort=False).dropna(axis=1)
    return critical_differences(by_task) if min(by_task.shape) >= FEWEST else None
