"""All explanations of a diagnosis in one table."""

import pandas as pd

_COLUMNS = ["task", "model", "seed", "explains", "agreement", "learned", "true"]


def list_explanations(results: pd.DataFrame) -> pd.DataFrame:
    """Trials whose model could be read, one row per seed.

    Args:
        results: as :func:`~sequence_learning.diagnosis.measure.measure` gives it.

    Returns:
        ``task``, ``model``, ``seed``, and what :func:`~sequence_learning.diagnosis.explanation.explain` says.
    """
    if "explains" not in results:
        return pd.DataFrame(columns=_COLUMNS)
    return results.loc[results["explains"].notna(), _COLUMNS].reset_index(drop=True)
