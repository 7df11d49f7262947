"""Models compared over several data sets: average ranks, and which are shown to differ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

#: With fewer data sets or models the tests say nothing.
FEWEST = 3


@dataclass(frozen=True)
class CriticalDifferences:
    """Which models differ over data sets.

    Attributes:
        ranks: average rank by model, 1 for the highest score; best first.
        n_sets: data sets.
        p: of Friedman's test, that all models are alike.
        critical: average ranks this far apart are shown to differ.
        groups: the longest runs of at least two models, in the order of ``ranks``, of which none is shown to differ
            from another.
    """

    ranks: "pd.Series[float]"
    n_sets: int
    p: float
    critical: float
    groups: list[tuple[str, ...]]


def critical_differences(scores: pd.DataFrame, confidence: float = 0.95) -> CriticalDifferences:
    """Friedman's test, and if that finds any difference, Nemenyi's of every pair.

    As Demšar, *Statistical Comparisons of Classifiers over Multiple Data Sets*, 2006,
    https://jmlr.org/papers/v7/demsar06a.html.

    Args:
        scores: a row per data set, a column per model; higher is better. Equal scores share the mean of their ranks.
        confidence: of all statements together.

    Raises:
        ValueError: if there are fewer than three data sets or models, or a score is missing.
    """
    from scipy import stats  # takes more than a second to import, which every other command would wait for

    n_sets, n_models = scores.shape
    if min(n_sets, n_models) < FEWEST:
        raise ValueError(
            f"average ranks need at least {FEWEST} data sets and models, got {n_sets} and {n_models}; measure more"
        )
    missing = scores.columns[scores.isna().any()]
    if len(missing):
        raise ValueError(
            f"every model needs a score on every data set, but {', '.join(missing)} lack some; "
            "measure these or leave out the models"
        )
    ranks = scores.rank(axis=1, ascending=False).mean().sort_values(kind="stable")
    # Where all scores are equal the statistic is 0 / 0: nothing differs.
    alike = np.ptp(scores.to_numpy(), axis=1).max() == 0
    p = 1.0 if alike else float(stats.friedmanchisquare(*scores.to_numpy().T).pvalue)
    quantile = float(stats.studentized_range.ppf(confidence, n_models, np.inf)) / np.sqrt(2)
    critical = quantile * float(np.sqrt(n_models * (n_models + 1) / (6 * n_sets)))
    together = critical if p <= 1 - confidence else np.inf
    return CriticalDifferences(ranks, n_sets, p, critical, _runs(ranks, together))


def _runs(ranks: "pd.Series[float]", together: float) -> list[tuple[str, ...]]:
    """The longest runs of ascending ranks whose ends are less than ``together`` apart."""
    names, runs, covered = [str(name) for name in ranks.index], [], 0
    for start, rank in enumerate(ranks):
        end = int((ranks < rank + together).sum())
        if end > max(covered, start + 1):
            runs.append(tuple(names[start:end]))
            covered = end
    return runs
