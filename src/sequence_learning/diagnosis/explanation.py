"""What a trained encoder says of its task, beside what is true of it."""

from typing import Any

import numpy as np
import torch

from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.encoders.learned_decay import LearnedDecay
from sequence_learning.encoders.learned_static_positional_weighting import LearnedStaticPositionalWeighting
from sequence_learning.encoders.learned_weighted_average import LearnedWeightedAverage
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fusion import Film
from sequence_learning.model import SequenceModel
from sequence_learning.tasks.base import KnownTruth, KnownTruthTask
from sequence_learning.tasks.content_selected import ContentSelected
from sequence_learning.tasks.exponential_recency import ExponentialRecency
from sequence_learning.tasks.irregular_time import IrregularTime
from sequence_learning.tasks.position_profile import PositionProfile

_MOST_EVENTS = 300


def explain(task: KnownTruthTask, truth: KnownTruth, model: SequenceModel, model_input: ModelInput) -> dict[str, Any]:
    """Learned numbers beside the true ones, where the encoder has numbers that mean the same as the task's.

    - learned static positional weighting on ``position_profile``: the weight of each position;
    - learned decay, one half-life per channel, on ``exponential_recency`` and ``irregular_time``: the half-lives;
    - learned weighted average, one head, on ``content_selected``: the weight of each event of the test rows.

    Returns:
        ``explains`` (``position weights``, ``half-lives`` or ``attention weights``), ``learned`` and ``true`` (lists
        of equal length; the first events stand for all), and ``agreement``: the correlation of weights, or of
        half-lives the mean factor by which they are off, at least 1. Empty where there is nothing to compare.
    """
    encoder = model.encoder
    if task.config.missing:  # the best use of what is seen has no such weights
        return {}
    if isinstance(task, PositionProfile) and isinstance(encoder, LearnedStaticPositionalWeighting):
        return _position_weights(task, encoder)
    if isinstance(task, ExponentialRecency) and isinstance(encoder, LearnedDecay) and encoder.unit == "steps":
        return _half_lives(task.config.half_lives, encoder)
    if isinstance(task, IrregularTime) and isinstance(encoder, LearnedDecay) and encoder.unit == "time":
        return _half_lives((task.config.half_life,), encoder)
    if isinstance(task, ContentSelected) and isinstance(encoder, LearnedWeightedAverage):
        return _attention_weights(task, truth, model, model_input)
    return {}


def _position_weights(task: PositionProfile, encoder: LearnedStaticPositionalWeighting) -> dict[str, Any]:
    true = task.profile
    if encoder.signed or len(encoder.theta) < len(true):
        return {}
    learned = encoder.theta.detach()[: len(true)].softmax(dim=0).double().numpy()
    return _compared("position weights", learned, true, correlation(learned, true))


def _half_lives(half_lives: tuple[float, ...], encoder: LearnedDecay) -> dict[str, Any]:
    if encoder.log_half_life.shape[1] != 1:
        return {}
    true = np.array(half_lives)
    learned = encoder.log_half_life.detach()[: len(true), 0].exp().double().numpy()
    return _compared("half-lives", learned, true, float(np.exp(np.abs(np.log(learned / true)).mean())))


def _attention_weights(
    task: ContentSelected, truth: KnownTruth, model: SequenceModel, model_input: ModelInput
) -> dict[str, Any]:
    encoder, rows = model.encoder, model_input.rows("test")
    assert isinstance(encoder, LearnedWeightedAverage)
    asked = encoder.pooling.query is not None or isinstance(model.fusion, Film)
    if asked or encoder.d_out != encoder.d_step:  # weights of the tabular features too, or of several heads
        return {}
    batch = TabularSequenceDataset(model_input, rows).__getitems__(range(len(rows)))
    with torch.inference_mode():
        steps = model.steps(batch)
        weights = encoder.pooling.weights(steps)
    learned = weights[:, :, 0][steps.mask].double().numpy()
    events = truth.events[truth.events["id"].isin(truth.entities["id"].iloc[rows])]
    counts = np.exp(task.config.sharpness * events["channel_1"])
    true = (counts / counts.groupby(events["id"]).transform("sum")).to_numpy()
    found = _compared("attention weights", learned, true, correlation(learned, true))
    return found | {name: found[name][:_MOST_EVENTS] for name in ("learned", "true")}


def correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's; 0 where either is constant."""
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _compared(what: str, learned: np.ndarray, true: np.ndarray, agreement: float) -> dict[str, Any]:
    return {"explains": what, "learned": learned.tolist(), "true": true.tolist(), "agreement": agreement}
