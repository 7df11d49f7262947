"""What trained models lose when test sequences are shuffled, cut to the newest few events, or to a random half.

No model is trained again: a drop says what a model makes use of, not what another could do without. Channels made of
times travel with their event (see :mod:`sequence_learning.features.alterations`), so a model that reads them may know
the order of shuffled events all the same.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from sequence_learning.baselines.base import Baseline
from sequence_learning.evaluation.labels import wrapped
from sequence_learning.evaluation.parameters import RobustnessParameters
from sequence_learning.evaluation.prediction import predict_rows
from sequence_learning.evaluation.rungs import BLIND_TO_EVENTS, rung_of
from sequence_learning.evaluation.uncertainty import difference, scored
from sequence_learning.features.alterations import newest, random_half, shuffled, unaltered
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import Task
from sequence_learning.spec import InputSpec
from sequence_learning.training.checkpoint import Checkpoint
from sequence_learning.training.pool import OnProgress, side_by_side
from sequence_learning.training.predict import original_target

Model = Checkpoint | Baseline

_UNALTERED = "unaltered"


def predict_altered(
    model_input: ModelInput,
    models: Mapping[str, Mapping[int, Model]],
    ids: np.ndarray,
    parameters: RobustnessParameters,
    n_workers: int = 0,
) -> pd.DataFrame:
    """Predict altered test rows with every model that looks at the sequence, in worker processes.

    Args:
        model_input: prepared features.
        models: by name and seed; those that do not look at the sequence are left out.
        ids: ``(N,)`` of all rows.
        parameters: which alterations, and how many rows.
        n_workers: processes, at most; 0 means one per core.

    Returns:
        Columns ``encoder``, ``alteration`` (``unaltered``, ``shuffled``, ``random_half``, ``last_<k>``), ``id``,
        ``seed``, ``target``, and ``prediction`` or ``p_0``, ``p_1``, ...
    """
    rows = _draw(model_input.rows("test"), parameters)
    altered = {name: alter(model_input, rows) for name, alter in _alterations(parameters).items()}
    keys = [
        (name, seed)
        for name, by_seed in models.items()
        for seed, model in by_seed.items()
        if _looks(model, model_input.spec)
    ]
    known = {"id": ids[rows], "target": original_target(model_input, rows)}
    if not keys:
        return pd.DataFrame(columns=["encoder", "alteration", "seed", *known])
    predictions = side_by_side(
        [partial(_predict_each, models[name][seed], altered) for name, seed in keys],
        titles=[f"{name} altered" for name, _ in keys],
        n_steps=1,
        n_workers=n_workers,
        title="altered sequences",
    )
    tables = [
        pd.DataFrame({"encoder": name, "alteration": alteration, "seed": seed, **known, **columns})
        for (name, seed), by_alteration in zip(keys, predictions, strict=True)
        for alteration, columns in by_alteration.items()
    ]
    return pd.concat(tables, ignore_index=True)


def drops(task: Task, altered: pd.DataFrame, units: "pd.Series[int]", confidence: float = 0.95) -> pd.DataFrame:
    """How far each model's score falls, paired over test units and seeds.

    Args:
        task: chooses the metric.
        altered: as :func:`predict_altered` gives it.
        units: by ``id``, what is resampled together with the row.
        confidence: of each interval by itself.

    Returns:
        ``encoder``, ``alteration``, ``score``, ``drop`` (from the unaltered score, whose own row has none), its
        interval ``low`` to ``high``, and ``p``, not corrected for the number of drops.
    """
    rows = []
    for encoder, own in altered.groupby("encoder", sort=False):
        scores = {name: scored(task, table, units) for name, table in own.groupby("alteration", sort=False)}
        for name, score in scores.items():
            row: dict[str, object] = {"encoder": encoder, "alteration": name, "score": score.mean}
            if name != _UNALTERED:
                drop = difference(scores[_UNALTERED], score, confidence)
                row |= {"drop": drop.value, "low": drop.low, "high": drop.high, "p": drop.p}
            rows.append(row)
    return pd.DataFrame(rows, columns=["encoder", "alteration", "score", "drop", "low", "high", "p"])


def plot_drops(drops: pd.DataFrame) -> go.Figure:
    """Drops as a heat-map: a row per model, those that lose most in a shuffle on top; a column per alteration."""
    lost = drops[drops["alteration"] != _UNALTERED]
    alterations, encoders = lost["alteration"].unique(), lost["encoder"].unique()
    table = lost.pivot_table(index="encoder", columns="alteration", values="drop", dropna=False)
    table = table.reindex(index=encoders, columns=alterations)
    if "shuffled" in table:
        table = table.sort_values("shuffled")
    # One model that is misled altogether must not make all other colours the same.
    sizes = np.abs(table.to_numpy(dtype=np.float64))
    most = float(np.nanquantile(sizes, 0.8)) if np.isfinite(sizes).any() else 0.0
    most = most or 1.0
    beyond = ", larger ones in the last colour" if (sizes > most).any() else ""
    figure = go.Figure(
        go.Heatmap(
            z=table,
            x=[wrapped(name, 8) for name in table.columns],
            y=[wrapped(name) for name in table.index],
            zmin=-most,  # white is no drop
            zmax=most,
            colorscale="RdBu_r",
            texttemplate="%{z:.3f}",
            hovertemplate="%{y}, %{x}: %{z:.3f}<extra></extra>",
            colorbar={
                "orientation": "h",
                "y": 0,
                "yanchor": "top",
                "thickness": 10,
                "title": {"text": f"drop of the score{beyond}", "side": "bottom"},
            },
            xgap=2,
            ygap=2,
        )
    )
    return figure.update_layout(
        template="plotly_white",
        xaxis={"side": "top", "tickangle": 0, "tickfont": {"size": 11}, "automargin": True, "showgrid": False},
        yaxis={"automargin": True, "showgrid": False},
        margin={"l": 10, "r": 10, "t": 70, "b": 80},
        height=180 + 40 * len(table),
    )


def _draw(rows: np.ndarray, parameters: RobustnessParameters) -> np.ndarray:
    if len(rows) <= parameters.most_rows:
        return rows
    return np.sort(np.random.default_rng(parameters.seed).choice(rows, parameters.most_rows, replace=False))


def _alterations(parameters: RobustnessParameters) -> dict[str, Callable[[ModelInput, np.ndarray], ModelInput]]:
    return {
        _UNALTERED: unaltered,
        "shuffled": partial(shuffled, seed=parameters.seed),
        "random_half": partial(random_half, seed=parameters.seed),
        **{f"last_{k}": partial(newest, k=k) for k in parameters.last},
    }


def _looks(model: Model, spec: InputSpec) -> bool:
    """Whether the model looks at the sequence."""
    return rung_of(model if isinstance(model, Baseline) else model.config.encoder, spec) not in BLIND_TO_EVENTS


def _predict_each(
    model: Model, altered: dict[str, ModelInput], on_progress: OnProgress
) -> dict[str, dict[str, np.ndarray]]:
    """Predictions of all rows by alteration; so short that there is no progress to tell of."""
    return {name: predict_rows(model, data, np.arange(len(data))) for name, data in altered.items()}
