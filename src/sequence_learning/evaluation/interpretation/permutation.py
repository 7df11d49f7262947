"""Permutation importance: what a model loses when one feature no longer goes with its row."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sequence_learning.baselines.base import Baseline
from sequence_learning.features.model_input import EventArray, ModelInput
from sequence_learning.features.names import TO_PREDICTION, ColumnName, FeatureNames, sources
from sequence_learning.metrics import ranking_score
from sequence_learning.model import SequenceModel
from sequence_learning.training.predict import original_target, predict

#: Small enough that the steps of a batch stay in a processor's cache.
_BATCH_SIZE = 128

PERMUTATION = ["kind", "feature", "importance"]


def permutation_importance(
    model: SequenceModel | Baseline, model_input: ModelInput, names: FeatureNames, repeats: int, seed: int
) -> pd.DataFrame:
    """Drop of the ranking metric when one feature is permuted; every model is put to the same permutations.

    Breiman, *Random Forests*, 2001, https://doi.org/10.1023/A:1010933404324; for any model: Fisher et al., 2019,
    https://arxiv.org/abs/1801.01489.

    Args:
        model: in evaluation mode.
        model_input: the rows that are scored, and no others.
        names: of its columns.
        repeats: permutations of each feature.
        seed: of the permutations.

    Returns:
        ``kind`` (``tabular`` or ``channel``), ``feature`` and ``importance``, the mean over permutations: 0 for a
        feature that is not used, and below where a permutation happens to help.
    """
    before = _score(model, model_input)
    rows = []
    for kind, feature in _features(names, has_ages=model_input.ages is not None):
        rngs = [np.random.default_rng([seed, repeat]) for repeat in range(repeats)]
        after = [_score(model, permuted(model_input, names, kind, feature, rng)) for rng in rngs]
        rows.append((kind, feature, before - np.mean(after)))
    return pd.DataFrame(rows, columns=PERMUTATION)


def permuted(
    model_input: ModelInput, names: FeatureNames, kind: str, feature: str, rng: np.random.Generator
) -> ModelInput:
    """The same rows with one raw column in another order, and with it what says where it is missing.

    A tabular column is permuted between rows; a channel between all events of all rows, so that its values keep neither
    their row nor their position.
    """
    if kind == "tabular":
        order = rng.permutation(len(model_input))
        return replace(
            model_input,
            numeric=_reordered(model_input.numeric, names.numeric, feature, order),
            categorical=_reordered(model_input.categorical, names.categorical, feature, order),
        )
    order = rng.permutation(len(model_input.values))
    ages = model_input.ages
    return replace(
        model_input,
        values=_reordered(model_input.values, names.values, feature, order),
        codes=_reordered(model_input.codes, names.codes, feature, order),
        ages=ages[order] if ages is not None and feature == TO_PREDICTION else ages,
    )


def _features(names: FeatureNames, *, has_ages: bool) -> list[tuple[str, str]]:
    # Encoders that weigh by time are given it whether it is a channel or not.
    channels = [*names.values, *names.codes, *[ColumnName(TO_PREDICTION)] * has_ages]  # noqa: PD011  # no table
    tabular = [*names.numeric, *names.categorical]
    return [("tabular", name) for name in sources(tabular)] + [("channel", name) for name in sources(channels)]


def _reordered(array: EventArray, columns: Sequence[ColumnName], source: str, order: np.ndarray) -> np.ndarray:
    moved = [i for i, column in enumerate(columns) if column.source == source]
    if not moved:
        return np.asarray(array)
    changed = np.array(array)
    changed[:, moved] = changed[order][:, moved]
    return changed


def _score(model: SequenceModel | Baseline, model_input: ModelInput) -> float:
    rows, task = np.arange(len(model_input)), model_input.target_spec.task
    columns = (
        model.predict(model_input, rows)
        if isinstance(model, Baseline)
        else predict(model, model_input, rows, _BATCH_SIZE)
    )
    predictions = pd.DataFrame({"target": original_target(model_input, rows), **columns})
    return ranking_score(task, predictions)
