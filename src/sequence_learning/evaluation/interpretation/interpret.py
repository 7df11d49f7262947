"""What every fitted model looks at, seed by seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from sequence_learning.baselines.base import Baseline
from sequence_learning.baselines.predict_the_mean import PredictTheMean
from sequence_learning.evaluation.interpretation.gradients import GRADIENTS, gradients_by_position
from sequence_learning.evaluation.interpretation.permutation import PERMUTATION, permutation_importance
from sequence_learning.evaluation.interpretation.rows import only
from sequence_learning.evaluation.interpretation.stability import stability
from sequence_learning.evaluation.interpretation.weights import (
    HALF_LIVES,
    WEIGHTS,
    list_half_lives,
    weights_by_position,
)
from sequence_learning.evaluation.parameters import InterpretationParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.names import FeatureNames
from sequence_learning.model import SequenceModel
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.training.pool import OnProgress, side_by_side
from sequence_learning.training.threads import single_thread

#: Columns of each table after ``encoder`` and ``seed``.
_COLUMNS = {"position_weights": WEIGHTS, "half_lives": HALF_LIVES, "gradients": GRADIENTS, "permutation": PERMUTATION}


@dataclass(frozen=True)
class Interpretation:
    """What models look at. Every table but the last has ``encoder`` (or baseline) and ``seed`` first.

    Attributes:
        position_weights: ``position``, ``weight``, ``relative_weight``; see :func:`~.weights.weights_by_position`.
        half_lives: ``channel``, ``half_life``, ``unit``; see :func:`~.weights.list_half_lives`.
        gradients: ``kind``, ``feature``, ``position``, ``importance``, ``rows``; see
            :func:`~.gradients.gradients_by_position`. Not of baselines, nor of encoders without gradients.
        permutation: ``kind``, ``feature``, ``importance``; see :func:`~.permutation.permutation_importance`.
        stability: ``encoder``, ``what``, ``agreement``, ``stable``; see :func:`~.stability.stability`.
    """

    position_weights: pd.DataFrame
    half_lives: pd.DataFrame
    gradients: pd.DataFrame
    permutation: pd.DataFrame
    stability: pd.DataFrame


def interpret(
    model_input: ModelInput,
    names: FeatureNames,
    fitted: Mapping[str, Sequence[tuple[int, Checkpoint | Baseline]]],
    parameters: InterpretationParameters,
    n_workers: int,
) -> Interpretation:
    """Explain all models on the same test rows, in worker processes.

    Args:
        model_input: prepared features.
        names: of their columns.
        fitted: seeds and what was fitted with them, by name; the baseline that predicts the mean looks at nothing and
            is left out.
        parameters: how much is explained.
        n_workers: processes, at most; 0 means one per core.
    """
    drawn = np.random.default_rng(parameters.seed).permutation(model_input.rows("test"))
    explained, scored = (only(model_input, drawn[:size]) for size in (parameters.rows, parameters.permutation_rows))
    jobs = [
        (name, seed, model)
        for name, by_seed in fitted.items()
        for seed, model in by_seed
        if not isinstance(model, PredictTheMean)
    ]
    results = side_by_side(
        [partial(_explain, model, explained, scored, names, parameters) for _, _, model in jobs],
        titles=[f"{name} seed {seed} explained" for name, seed, _ in jobs],
        n_steps=1,
        n_workers=n_workers,
        title="explanations",
    )
    found = list(zip(jobs, results, strict=True))
    tables = {
        table: _together([(name, seed, own.get(table)) for (name, seed, _), own in found], columns)
        for table, columns in _COLUMNS.items()
    }
    compared = stability(
        tables["position_weights"], tables["gradients"], tables["permutation"], least=parameters.stable
    )
    return Interpretation(**tables, stability=compared)


def _explain(
    model: Checkpoint | Baseline,
    explained: ModelInput,
    scored: ModelInput,
    names: FeatureNames,
    parameters: InterpretationParameters,
    on_progress: OnProgress,
) -> dict[str, pd.DataFrame]:
    """The tables of one fit, those that it has."""
    rows = np.arange(len(explained))
    with single_thread():
        loaded = model if isinstance(model, Baseline) else model.load_model()
        permutation = permutation_importance(loaded, scored, names, parameters.repeats, parameters.seed)
        tables = {"permutation": permutation}
        if isinstance(model, Checkpoint) and isinstance(loaded, SequenceModel):
            tables["position_weights"] = weights_by_position(loaded, explained, rows)
            tables["half_lives"] = list_half_lives(loaded, names)
            if model.config.encoder.config.differentiable:
                tables["gradients"] = gradients_by_position(loaded, explained, names, rows, parameters.steps)
    return tables


def _together(found: Sequence[tuple[str, int, pd.DataFrame | None]], columns: list[str]) -> pd.DataFrame:
    tables = [
        table.assign(encoder=name, seed=seed)
        for name, seed, table in found
        if table is not None and len(table)  # a table without rows has no types to keep
    ]
    every = ["encoder", "seed", *columns]
    return pd.concat(tables, ignore_index=True)[every] if tables else pd.DataFrame(columns=every)
